"""The console on a loopback port, and a browser without script that signs in and posts forms."""

import html
import re
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Any

import aiohttp
from sanic import Sanic

from admin.blueprint import blueprint as admin
from app.http import access, errors
from app.http.admission import Admission
from app.http.context import App, Context
from app.http.open_streams import OpenStreams
from app.server import TypedRequest
from app.settings import Settings
from miniprogram_api.blueprint import blueprint as miniprogram_api
from tests.running import serving
from tests.staff.people import PASSWORD


def make_app(**settings: Any) -> App:
    context = Context(
        settings=Settings(**settings),
        admission=Admission(at_once=16, waiting=100, deadline_s=10),
        streams=OpenStreams(at_most=50, per_source=50, per_person=5, looks_every_s=1),
    )
    app: App = Sanic("zhangban_console", ctx=context, configure_logging=False, request_class=TypedRequest)
    app.config.AUTO_EXTEND = False
    access.install(app)
    errors.install(app)
    app.blueprint(miniprogram_api)
    app.blueprint(admin)
    return app


@dataclass
class Page:
    status: int
    path: str
    text: str

    @property
    def words(self) -> str:
        """What a person reads, without markup and blanks."""
        body = re.sub(r"<(script|style).*?</\1>|<[^>]+>", " ", self.text, flags=re.S)
        return re.sub(r"\s+", " ", html.unescape(body))

    def field(self, name: str) -> str:
        """The value of a hidden field."""
        found = re.search(rf'name="{name}" value="([^"]*)"', self.text)
        assert found, f"no field {name}"
        return html.unescape(found[1])


@dataclass
class Browser:
    url: str
    http: aiohttp.ClientSession
    csrf: str = field(default="")

    async def get(self, path: str) -> Page:
        async with self.http.get(self.url + path) as response:
            return await self._page(response)

    async def post(self, path: str, form: dict[str, object] | aiohttp.FormData | None = None, **fields: object) -> Page:
        data = form if isinstance(form, aiohttp.FormData) else {"csrf": self.csrf, **(form or {}), **fields}
        async with self.http.post(self.url + path, data=data) as response:
            return await self._page(response)

    async def _page(self, response: aiohttp.ClientResponse) -> Page:
        is_stream = response.content_type == "text/event-stream"  # which does not end
        text = "" if is_stream else await response.text(errors="replace")  # a file is no text
        if token := re.search(r'name="csrf" value="([0-9a-f]+)"', text):
            self.csrf = token[1]
        return Page(response.status, response.url.path, text)

    async def sign_in(self, username: str = "hu.min", password: str = PASSWORD) -> Page:
        await self.get("/admin/sign-in")
        return await self.post("/admin/sign-in", username=username, password=password)

    async def sit_down(self, counter: str = "HALL-SZ-B01") -> Page:
        await self.get("/admin/password")
        return await self.post("/admin/desk", counter=counter)


@asynccontextmanager
async def browsing(url: str) -> AsyncIterator[Browser]:
    jar = aiohttp.CookieJar(unsafe=True)
    async with aiohttp.ClientSession(cookie_jar=jar) as http:
        yield Browser(url, http)


@asynccontextmanager
async def console(**settings: Any) -> AsyncIterator[Browser]:
    """`settings`: what differs from the defaults."""
    async with serving(make_app(**settings)) as url, browsing(url) as browser:
        yield browser
