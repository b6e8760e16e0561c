"""The camera of the console, with Chromium's stand-in for a camera: a film that shows the citizen's code."""

from collections.abc import AsyncIterator
from datetime import timedelta
from pathlib import Path

import pytest
import qrcode
from playwright.async_api import Page

from app import clock, codes
from app.codes import Code, Purpose
from app.queue.models import Ticket
from tests.admin.console import console
from tests.browser import PHONE, camera, chromium, film
from tests.queue.day import make_booking, make_hall
from tests.staff.people import PASSWORD, make_staff


async def open_counter(url: str, arguments: list[str]) -> AsyncIterator[Page]:
    async with chromium(*arguments) as browser:
        context = await browser.new_context(viewport=PHONE)
        page = await context.new_page()
        await page.goto(f"{url}/admin/sign-in")
        await page.fill("[name=username]", "hu.min")
        await page.fill("[name=password]", PASSWORD)
        await page.click("button.primary")
        await page.click("button[value='HALL-SZ-B01']")
        yield page


@pytest.fixture
async def url(db: str) -> AsyncIterator[str]:
    await make_hall(opened_by=None)
    await make_staff()
    async with console() as browser:
        yield browser.url


async def test_the_camera_reads_the_code_and_checks_in(url: str, tmp_path: Path) -> None:
    now = clock.now()
    booking = await make_booking(starts_at=now)
    text = codes.issue(Code(Purpose.CHECK_IN, booking.number, booking.nonce, now + timedelta(minutes=5)))
    film(qrcode.make(text, border=4).get_image(), tmp_path / "phone.y4m")
    async for page in open_counter(url, camera(tmp_path / "phone.y4m")):
        await page.click("[data-camera]")
        await page.wait_for_selector(".note.good", timeout=20_000)
        assert "签到成功" in await page.inner_text(".note.good")
        assert (await Ticket.get()).booking_number == booking.number


async def test_without_a_camera_the_field_still_works(url: str) -> None:
    booking = await make_booking(starts_at=clock.now())
    async for page in open_counter(url, []):
        await page.click("[data-camera]")
        await page.get_by_text("无法打开相机，请允许使用相机，或用扫码枪、手工输入").wait_for()
        await page.click("[data-close]")
        await page.fill("[name=text]", booking.number)
        await page.keyboard.press("Enter")
        await page.wait_for_selector(".note.good")
    assert await Ticket.all().count() == 1


async def test_the_pages_fit_a_phone_and_every_target_is_large_enough(url: str) -> None:
    await make_booking(starts_at=clock.now())
    small = """[...document.querySelectorAll('button, select, input:not([type=hidden]), summary, .button')]
        .filter(e => e.offsetParent && e.type != 'radio' && e.type != 'checkbox')
        .filter(e => e.getBoundingClientRect().height < 43.5).map(e => e.outerHTML.slice(0, 90))"""
    async for page in open_counter(url, []):
        for path in ("today", "desk", "pickups", "pickups/ready", "bookings", "bookings/new", "password"):
            await page.goto(f"{url}/admin/{path}")
            assert await page.evaluate("document.documentElement.scrollWidth") == 375, path
            assert await page.evaluate(small) == [], path
