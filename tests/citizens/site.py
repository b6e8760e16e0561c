"""The API and the H5 pages on a loopback port, with WeChat and SMS stood in for on another."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass

import aiohttp
from sanic import Sanic

from app.http import access, errors
from app.http.admission import Admission
from app.http.context import App, Context
from app.platforms.http import PlatformHttp
from app.platforms.sms import Sms
from app.platforms.wechat import WeChat
from app.server import TypedRequest
from app.settings import Settings
from h5.blueprint import blueprint as h5
from miniprogram_api.blueprint import blueprint as miniprogram_api
from tests.running import serving
from tests.sandbox.faults import Faults
from tests.sandbox.messages import messages_of
from tests.sandbox.sms import mount as mount_sms
from tests.sandbox.template_fields import KINDS as TEMPLATES
from tests.sandbox.wechat import mount as mount_wechat
from tests.sandbox.wechat_state import ACCOUNTS, MINI_PROGRAM, OFFICIAL_ACCOUNT, State


@dataclass
class Site:
    """`state`, `faults` and `messages` are the stand-in's own."""

    url: str
    http: aiohttp.ClientSession
    state: State
    faults: Faults
    messages: list[dict[str, object]]

    async def api(self, method: str, path: str, body: object = None, *, token: str | None = None) -> tuple[int, dict]:
        """Call the API. Returns status and JSON."""
        headers = {"authorization": f"Bearer {token}"} if token else {}
        async with self.http.request(method, f"{self.url}/api/v1{path}", json=body, headers=headers) as response:
            return response.status, await response.json(content_type=None) if response.status != 204 else {}

    async def sign_in(self, code: str) -> tuple[int, dict]:
        return await self.api("POST", "/sessions", {"channel": "wechat", "code": code})

    async def agree(self, token: str) -> None:
        _, text = await self.api("GET", "/consents/current", token=token)
        await self.api("POST", "/consents", {"name": text["name"], "version": text["version"]}, token=token)

    async def refusal(self, method: str, path: str, body: object = None, *, token: str | None = None) -> tuple:
        """Status and code of a refusal."""
        status, answer = await self.api(method, path, body, token=token)
        return status, answer["error"]["code"]


@asynccontextmanager
async def site() -> AsyncIterator[Site]:
    sandbox = Sanic("sandbox", configure_logging=False)
    sandbox.config.AUTO_EXTEND = False
    state = mount_wechat(sandbox)
    mount_sms(sandbox)
    async with serving(sandbox) as platforms, serving(_app(platforms)) as url:
        app = Sanic.get_app("zhangban_site")
        app.ctx.settings = app.ctx.settings.model_copy(update={"public_url": url})
        jar = aiohttp.CookieJar(unsafe=True)
        async with aiohttp.ClientSession(cookie_jar=jar) as http:
            yield Site(url, http, state, sandbox.ctx.faults, messages_of(sandbox).all)
        for client in app.ctx.platforms.values():
            await client.close()


def _app(platforms: str) -> App:
    settings = Settings(wechat={"oauth_url": platforms, "templates": TEMPLATES})
    context = Context(settings=settings, admission=Admission(at_once=16, waiting=100, deadline_s=10))
    context.platforms[WeChat] = WeChat(
        PlatformHttp(platforms, name="wechat"),
        appid=MINI_PROGRAM,
        secret=ACCOUNTS[MINI_PROGRAM],
        oa_appid=OFFICIAL_ACCOUNT,
        oa_secret=ACCOUNTS[OFFICIAL_ACCOUNT],
    )
    context.platforms[Sms] = Sms(
        PlatformHttp(platforms, name="sms"),
        access_key_id="sandbox",
        access_key_secret="sandbox-sms",
        sign_name="淮南政务服务",
    )
    app: App = Sanic("zhangban_site", ctx=context, configure_logging=False, request_class=TypedRequest)
    app.config.AUTO_EXTEND = False
    access.install(app)
    errors.install(app)
    app.blueprint(miniprogram_api)
    app.blueprint(h5)
    return app
