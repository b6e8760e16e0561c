"""A browser without script that follows links and posts forms."""

import html
import re
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass

import aiohttp

from app.citizens.consents import CURRENT
from tests.city import Doors


@dataclass(frozen=True)
class Page:
    status: int
    address: str
    text: str

    @property
    def words(self) -> str:
        """What a person reads, without markup and blanks."""
        body = re.sub(r"<(script|style|head).*?</\1>|<[^>]+>", " ", self.text, flags=re.S)
        return re.sub(r"\s+", " ", html.unescape(body))

    def field(self, name: str) -> str:
        """The first value of a hidden field or choice."""
        found = re.search(rf'name="{name}" value="([^"]*)"', self.text)
        assert found, f"no field {name}"
        return html.unescape(found[1])

    def links(self, start: str) -> list[str]:
        return [html.unescape(link) for link in re.findall(r'href="([^"]+)"', self.text) if link.startswith(start)]


class Visitor:
    def __init__(self, url: str, http: aiohttp.ClientSession) -> None:
        self.url = url
        self.http = http

    async def get(self, path: str) -> Page:
        async with self.http.get(self.url + path) as response:
            return await _page(response)

    async def post(self, path: str, on: Page, **fields: str) -> Page:
        """Send the form of a page that was read before, as the browser does, with where it came from."""
        data, headers = {"csrf": on.field("csrf"), **fields}, {"referer": self.url + on.address}
        async with self.http.post(self.url + path, data=data, headers=headers) as response:
            return await _page(response)

    async def sign_in(self, name: str) -> Page:
        """By WeChat's web authorisation, as whom the stand-in knows by the cookie; back where one wanted to go."""
        self.http.cookie_jar.update_cookies({"sandbox_citizen": name})
        door = await self.get("/h5/sign-in?next=/h5/me")
        page = await self.post("/h5/sign-in/wechat", door, next="/h5/me", agreed=CURRENT["privacy"].version)
        (to_wechat,) = page.links("http")
        async with self.http.get(to_wechat) as response:
            return await _page(response)


async def _page(response: aiohttp.ClientResponse) -> Page:
    query = f"?{response.url.query_string}" if response.url.query_string else ""
    return Page(response.status, response.url.path + query, await response.text())


@asynccontextmanager
async def visiting(doors: Doors) -> AsyncIterator[Visitor]:
    jar = aiohttp.CookieJar(unsafe=True)
    async with aiohttp.ClientSession(cookie_jar=jar) as http:
        yield Visitor(doors.product, http)
