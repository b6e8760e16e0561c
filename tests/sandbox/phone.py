"""The phone page: a citizen's phone on the screen, beside which anyone sees the whole journey.

The H5 pages run in a frame as the chosen citizen, service notices arrive live, and buttons play what the
mini-program's client would do: sign in, share the mobile, answer the subscribe sheet.
"""

from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import quote

import aiohttp
from sanic import Blueprint, HTTPResponse, Request, html
from sanic import json as json_answer

PAGE = Path(__file__).parent / "pages" / "phone.html"


MOST_ON_SHEET = 3


@dataclass(frozen=True)
class Person:
    name: str
    shown: str
    about: str


PEOPLE = (
    Person("zhang", "张三", "第一次使用"),
    Person("li", "李秀英", "长辈，常用大字"),
    Person("wang", "王强", "替公司办事"),
    Person("chen", "陈静", "常用小程序"),
)


def phone_blueprint(app_url: str) -> Blueprint:
    """The page at `/` and what its buttons call. `app_url`: where the product runs."""
    phone = Blueprint("phone")
    client = MiniProgram(app_url)

    @phone.get("/")
    async def page(request: Request) -> HTTPResponse:
        people = "".join(
            f'<button type="button" data-name="{p.name}"><b>{p.shown}</b><small>{p.about}</small></button>'
            for p in PEOPLE
        )
        text = PAGE.read_text(encoding="utf-8").replace("{{app}}", app_url).replace("{{people}}", people)
        return html(text)

    @phone.get("/phone/<name:str>/sheet")
    async def sheet(request: Request, name: str) -> HTTPResponse:
        moment = request.args.get("moment", "booking")
        return json_answer({"items": await client.sheet(name, moment)}, ensure_ascii=False)

    @phone.post("/phone/<name:str>/<call:str>")
    async def play(request: Request, name: str, call: str) -> HTTPResponse:
        own = f"http://{request.headers['host']}"
        steps = await client.play(name=name, call=call, stand_in=own, answers=request.json or {})
        return json_answer(steps, ensure_ascii=False)

    return phone


class MiniProgram:
    """What the mini-program's client does, as a person would tap it."""

    def __init__(self, app_url: str) -> None:
        self._app_url = app_url
        self._tokens: dict[str, str] = {}
        self.steps: list[dict[str, Any]] = []

    async def sheet(self, name: str, moment: str) -> list[dict[str, Any]]:
        """What the subscribe sheet asks this person at this moment: at most three templates, as in WeChat."""
        self.steps = []
        async with aiohttp.ClientSession() as self.http:
            await self._sign_in(name)
            asked = await self._call("GET", f"/subscriptions?moment={moment}", name)
        return list(asked["items"][:MOST_ON_SHEET])

    async def play(self, *, name: str, call: str, stand_in: str, answers: dict[str, str]) -> list[dict[str, Any]]:
        """Play one tap. Returns each HTTP call with its answer, to be shown on the page.

        Args:
            answers: of the subscribe sheet, by template id: accept or reject.
        """
        self.steps = []
        async with aiohttp.ClientSession() as self.http:
            await self._sign_in(name)
            if call == "phone":
                await self._agree(name)
                code = await self._from_wechat(stand_in, "phone-code", name)
                await self._call("POST", "/me/phone", name, {"code": code})
            elif call == "subscribe":
                await self._answer_sheet(name, stand_in, answers)
            elif call == "bookings":
                await self._call("GET", "/bookings", name)
        return self.steps

    async def _sign_in(self, name: str) -> None:
        if name not in self._tokens:
            answer = await self._call("POST", "/sessions", name, {"channel": "wechat", "code": f"demo-{name}"})
            self._tokens[name] = answer["token"]

    async def _agree(self, name: str) -> None:
        """The client shows the text once, before the first personal data."""
        text = await self._call("GET", "/consents/current", name)
        if not text["agreed"]:
            await self._call("POST", "/consents", name, {"name": text["name"], "version": text["version"]})

    async def _answer_sheet(self, name: str, stand_in: str, answers: dict[str, str]) -> None:
        """`wx.requestSubscribeMessage`: WeChat notes the grants, the client tells us the answers."""
        for template, answer in answers.items():
            if answer == "accept":
                grant = {"name": name, "templateId": template, "n": 1}
                await self.http.post(f"{stand_in}/_control/grant", json=grant)
        await self._call("POST", "/subscriptions", name, {"answers": answers})

    async def _from_wechat(self, stand_in: str, what: str, name: str) -> str:
        async with self.http.post(f"{stand_in}/_control/{what}?name={quote(name)}") as response:
            return str((await response.json())["code"])

    async def _call(self, method: str, path: str, name: str, body: Any = None) -> Any:
        """One call. A session that ended meanwhile is opened again, as `wx.login` does without a tap."""
        answer = await self._ask(method, path, name, body)
        if self.steps[-1]["status"] == 401 and self._tokens.pop(name, None):
            await self._sign_in(name)
            answer = await self._ask(method, path, name, body)
        return answer

    async def _ask(self, method: str, path: str, name: str, body: Any) -> Any:
        headers = {"authorization": f"Bearer {self._tokens[name]}"} if name in self._tokens else {}
        async with self.http.request(method, f"{self._app_url}/api/v1{path}", json=body, headers=headers) as response:
            answer = await response.json(content_type=None)
            shown = {key: value for key, value in (answer or {}).items() if key != "token"}
            self.steps.append({"call": f"{method} {path}", "status": response.status, "answer": shown})
            return answer
