"""Clients that hang up at every writing address of the product, in the middle of a header, a body, or the work."""

import asyncio
import json
import random
import re
from collections.abc import Iterator
from dataclasses import dataclass
from urllib.parse import urlencode, urlsplit

import aiohttp

from app.citizens.consents import CURRENT
from app.http.context import App

AT_ONCE = 60
WRITING = {"POST", "PUT", "PATCH", "DELETE"}


@dataclass(frozen=True)
class Known:
    """What the requests are made of: one token for each address, since some of them sign out."""

    citizens: list[str]
    staff: list[str]
    booking: str
    slot: str
    matter: str


@dataclass(frozen=True)
class Address:
    method: str
    path: str
    kind: str  # api, h5 or admin

    @property
    def name(self) -> str:
        return f"{self.method} {self.path}"


def writing_addresses(app: App) -> list[Address]:
    """Every address that changes something, from the router itself: a new one is tried without being listed."""
    return sorted(_writing(app), key=lambda address: address.name)


def _writing(app: App) -> Iterator[Address]:
    for route in app.router.routes:
        path = "/" + route.path.rstrip("/")
        kind = path.split("/")[1]
        yield from (Address(method, path, kind) for method in route.methods & WRITING)


async def requests(url: str, addresses: list[Address], known: Known) -> dict[str, bytes]:
    """The whole request of each address, as a signed-in person sends it; forms with the token of a page of ours."""
    found, citizens, staff = {}, iter(known.citizens), iter(known.staff)
    async with aiohttp.ClientSession() as http:
        for address in addresses:
            token = next(staff if address.kind == "admin" else citizens)
            found[address.name] = await _request(http, url, address, token, known)
    return found


async def _request(http: aiohttp.ClientSession, url: str, address: Address, token: str, known: Known) -> bytes:
    path = re.sub("<number:str>", known.booking, address.path)
    path = re.sub("<[^>]+>", "A" * 16, path)
    values = {
        "slotId": known.slot, "matterCode": known.matter, "slot": known.slot, "matter": known.matter, "hall": "HALL-SZ",
        "name": "privacy" if path.endswith("consents") else "张三", "version": CURRENT["privacy"].version,
        "channel": "wechat", "code": "demo-zhang", "counter": "HALL-SZ-B01", "text": known.booking,
        "booking": known.booking, "reason": "有事不能来", "mobile": "13800000001",
        "contactName": "张三", "contactMobile": "13800000001",
    }  # fmt: skip
    if address.kind == "api":
        wanted = API_FIELDS.get(path.removeprefix("/api/v1"), ())
        body, kind = json.dumps({name: values[name] for name in wanted}), "application/json"
        who = f"authorization: Bearer {token}"
    else:
        cookie = f"{'zb_staff' if address.kind == 'admin' else 'zb'}={token}"
        page = "/admin/password" if address.kind == "admin" else "/h5/me"
        async with http.get(url + page, headers={"cookie": cookie}) as answer:
            found = re.search(r'name="csrf" value="([0-9a-f]+)"', await answer.text())
        assert found, page
        body, kind, who = (
            urlencode({"csrf": found[1], **values}),
            "application/x-www-form-urlencoded",
            f"cookie: {cookie}",
        )
    content = body.encode()
    lines = [
        f"{address.method} {path} HTTP/1.1", f"host: {urlsplit(url).netloc}", who, f"idempotency-key: k-{token[:12]}",
        f"content-type: {kind}", f"content-length: {len(content)}", "", "",
    ]  # fmt: skip
    return "\r\n".join(lines).encode() + content


API_FIELDS = {
    "/bookings": ("slotId", "matterCode", "contactName", "contactMobile"),
    "/bookings/holds": ("slotId", "matterCode"),
    "/consents": ("name", "version"),
    "/me/phone": ("code",),
    "/sessions": ("channel", "code"),
    "/me": ("name",),
    "/booking-restrictions/current/appeal": ("reason",),
}


async def hang_up(url: str, request: bytes, times: int, *, seed: int = 7) -> None:
    """Send it, or a part of it, and cut the connection within 20 ms; so many times."""
    chance, port = random.Random(seed), urlsplit(url).port
    left = iter(range(times))

    async def clients() -> None:
        for _ in left:
            sent = request[: chance.choice([len(request), len(request), chance.randrange(1, len(request))])]
            try:
                _, writer = await asyncio.open_connection("127.0.0.1", port)
            except OSError:
                continue  # more at once than the kernel keeps waiting
            writer.write(sent)
            await asyncio.sleep(chance.uniform(0, 0.02))
            writer.transport.abort()

    await asyncio.gather(*(clients() for _ in range(AT_ONCE)))


async def answer_to(url: str, request: bytes) -> tuple[int, float]:
    """Send it whole. Returns status and seconds."""
    started = asyncio.get_running_loop().time()
    reader, writer = await asyncio.open_connection("127.0.0.1", urlsplit(url).port)
    writer.write(request)
    line = await asyncio.wait_for(reader.readline(), 30)
    writer.transport.abort()
    return int(line.split()[1]), asyncio.get_running_loop().time() - started
