"""A hall with its own devices on the morning of a working day: the pages and the API alone, on the test's database."""

import io
import re
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import datetime, timedelta

import aiohttp
from PIL import Image
from sanic import Sanic

from app.booking.models import Booking
from app.citizens.models import Citizen
from app.http import access, errors
from app.http.admission import Admission
from app.http.context import App, Context
from app.http.open_streams import OpenStreams
from app.http.session import open_session
from app.ids import new_code
from app.matters import live
from app.matters.models import Stamp
from app.queue import devices
from app.server import TypedRequest
from app.settings import Settings
from app.staff.by import SYSTEM
from h5.blueprint import blueprint as h5
from h5.errors import refuse
from miniprogram_api.blueprint import blueprint as miniprogram_api
from tests.booking.town import make_matter
from tests.city import Calendar
from tests.factories import NOW
from tests.h5.visitor import Page, Visitor
from tests.queue.day import make_booking, make_hall
from tests.reading_codes import qr_in
from tests.running import free_port, serving

HALL, MATTER = "HALL-SZ", "HN-GA-001"


@dataclass(frozen=True)
class Site:
    url: str
    calendar: Calendar

    @property
    def now(self) -> datetime:
        return self.calendar.now()

    def later(self, **time: float) -> None:
        self.calendar.ahead += timedelta(**time)

    @asynccontextmanager
    async def visiting(self, citizen_id: int | None = None) -> AsyncIterator[Visitor]:
        """A browser, signed in as a citizen if one is named."""
        async with aiohttp.ClientSession(cookie_jar=aiohttp.CookieJar(unsafe=True)) as http:
            visitor = Visitor(self.url, http)
            if citizen_id is not None:
                await self.sign_in(visitor, citizen_id)
            yield visitor

    async def sign_in(self, visitor: Visitor, citizen_id: int) -> None:
        visitor.http.cookie_jar.update_cookies({"zb": await self.token(citizen_id)})

    async def token(self, citizen_id: int) -> str:
        return await open_session(kind="citizen", subject_id=citizen_id, channel="h5", now=self.now)

    async def link_of(self, kind: str) -> str:
        """The link with which a manager pairs a device."""
        _, key = await devices.add(hall_code=HALL, kind=kind, name="一楼大厅", by=SYSTEM, now=self.now)
        return f"/h5/{kind}/{HALL}?key={key}"

    async def on_the_wall(self) -> str:
        """What a phone reads from a tablet just now: an address, without the host."""
        async with self.visiting() as tablet:
            return self.path(address_on(await tablet.get(await self.link_of("wall"))))

    async def scan(self, phone: Visitor) -> Page:
        return await phone.get(await self.on_the_wall())

    def path(self, address: str) -> str:
        assert address.startswith(self.url)
        return address.removeprefix(self.url)

    async def book(self, minutes: float = 0, *, citizen_id: int | None = 1, **values: str) -> Booking:
        """A booking so many minutes from now."""
        return await make_booking(starts_at=self.now + timedelta(minutes=minutes), citizen_id=citizen_id, **values)


def make_app(url: str) -> App:
    context = Context(
        settings=Settings(public_url=url),
        admission=Admission(at_once=16, waiting=100, deadline_s=10),
        streams=OpenStreams(at_most=9, per_source=9, per_person=9, looks_every_s=1),
    )
    app: App = Sanic("zhangban_hall", ctx=context, configure_logging=False, request_class=TypedRequest)
    app.config.AUTO_EXTEND = False
    access.install(app)
    errors.install(app, pages={"/h5/": refuse})
    app.blueprint(miniprogram_api)
    app.blueprint(h5)
    return app


@asynccontextmanager
async def open_hall(calendar: Calendar) -> AsyncIterator[Site]:
    calendar.jump_to(NOW + timedelta(minutes=30))
    await make_hall()
    await Citizen.create(id=1, code=new_code(), created_at=NOW)
    await make_matter(MATTER, (HALL, "HZ"), short_name="身份证换领", stamp=1)
    await Stamp.create(key="all", epoch=new_code(), value=1)
    await live.refresh()
    port = free_port()
    url = f"http://127.0.0.1:{port}"
    async with serving(make_app(url), port=port):
        yield Site(url, calendar)


def shown_on(picture: bytes) -> str:
    """What a phone reads from a photo of a screen."""
    return qr_in(Image.open(io.BytesIO(picture)))


def address_on(page: Page) -> str:
    """What a phone reads from the QR of a page, drawn as one SVG path of squares."""
    svg = re.search(r"<svg[^>]*version.*?</svg>", page.text, re.S)
    assert svg, "no code on the page"
    side = int(re.search(r'viewBox="0 0 (\d+)', svg[0])[1])
    picture = Image.new("L", (side, side), 255)
    for x, y in re.findall(r"M(\d+),(\d+)H", svg[0]):
        picture.putpixel((int(x), int(y)), 0)
    return qr_in(picture.resize((side * 6, side * 6), Image.Resampling.NEAREST))
