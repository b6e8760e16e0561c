"""The tablet, the phone and the kiosk in Chromium: what is scanned is what the screen shows, and it can be read."""

from datetime import timedelta
from pathlib import Path

import pytest
from playwright.async_api import Browser, Page, expect

from app.halls.models import Hall
from app.queue.models import Ticket
from tests.browser import chromium
from tests.h5.arriving.site import HALL, Site, shown_on

AUDIT = (Path(__file__).parent.parent / "audit.js").read_text(encoding="utf-8")
PICTURES = Path("var/arriving")
PHONE = {"width": 375, "height": 667}
TABLETS = {"wide": {"width": 1280, "height": 800}, "high": {"width": 800, "height": 1280}}


async def tablet(browser: Browser, site: Site, *, size: str = "wide", clock_off: timedelta | None = None) -> Page:
    """A paired tablet on the wall, its own clock off by so much."""
    page = await (await browser.new_context(viewport=TABLETS[size])).new_page()
    if clock_off is not None:
        await page.clock.install(time=site.now + clock_off)
    await page.goto(site.url + await site.link_of("wall"))
    return page


async def phone(browser: Browser, site: Site, *, citizen_id: int | None = None, **options: object) -> Page:
    context = await browser.new_context(viewport=PHONE, **options)
    if citizen_id is not None:
        await context.add_cookies([{"name": "zb", "value": await site.token(citizen_id), "url": site.url}])
    return await context.new_page()


@pytest.mark.parametrize("size", list(TABLETS))
async def test_a_phone_reads_the_tablet_from_its_picture_and_checks_in(site: Site, size: str) -> None:
    booking = await site.book(5)
    async with chromium() as browser:
        wall = await tablet(browser, site, size=size)
        picture = await wall.screenshot(path=PICTURES / f"wall-{size}.png")
        page = await phone(browser, site, citizen_id=1)
        await page.goto(shown_on(picture))
        await expect(page).to_have_url(f"{site.url}/h5/here")
        await page.get_by_role("button", name="签到").click()
        ticket = await Ticket.get()
        await expect(page).to_have_url(f"{site.url}/h5/tickets/{ticket.code}?new=1")
    assert (ticket.booking_number, ticket.channel) == (booking.number, "wall")


async def test_the_code_changes_by_itself_and_an_old_picture_is_refused(site: Site) -> None:
    async with chromium() as browser:
        wall = await tablet(browser, site, clock_off=timedelta())
        photo = shown_on(await wall.screenshot())
        before = await wall.locator(".qr").get_attribute("data-server")
        site.later(seconds=61)
        await wall.clock.run_for(20_000)
        await expect(wall.locator(".qr")).not_to_have_attribute("data-server", str(before))
        fresh = shown_on(await wall.screenshot())
        page = await phone(browser, site)
        await page.goto(photo)
        await expect(page.locator("h1")).to_contain_text("二维码已过期（照片、截图无效）")
        await page.screenshot(path=PICTURES / "photo-refused.png")
        await page.goto(fresh)
        await expect(page.locator("main")).to_contain_text("现场取号")


async def test_a_clock_two_minutes_off_is_shown_and_the_code_still_works(site: Site) -> None:
    async with chromium() as browser:
        wall = await tablet(browser, site, clock_off=timedelta(minutes=2))
        await expect(wall.locator(".skew")).to_contain_text("本机时钟快 1")
        await expect(wall.locator(".skew")).to_contain_text("秒，不影响签到")
        picture = await wall.screenshot(path=PICTURES / "wall-skew.png")
        page = await phone(browser, site)
        await page.goto(shown_on(picture))
        await expect(page).to_have_url(f"{site.url}/h5/here")


async def test_a_tablet_that_hears_nothing_takes_its_code_away_until_it_does(site: Site) -> None:
    async with chromium() as browser:
        wall = await tablet(browser, site, clock_off=timedelta())
        await wall.context.set_offline(True)
        await wall.clock.run_for(58_000)
        await expect(wall.get_by_role("alert")).to_contain_text("网络中断，二维码暂停使用")
        await expect(wall.locator(".qr")).to_be_hidden()
        await expect(wall.get_by_role("heading", name="暂时不能扫码")).to_be_visible()
        await expect(wall.get_by_text("请到咨询导办台，工作人员帮您签到、取号")).to_be_visible()
        await expect(wall.get_by_text("打开微信“扫一扫”")).to_be_hidden()
        await wall.screenshot(path=PICTURES / "wall-lost.png")
        await wall.context.set_offline(False)
        await wall.clock.run_for(21_000)
        await expect(wall.locator(".qr")).to_be_visible()
        await expect(wall.get_by_text("打开微信“扫一扫”")).to_be_visible()
        await expect(wall.get_by_text("暂时不能扫码")).to_be_hidden()


async def test_without_script_the_number_is_taken_all_the_same(site: Site) -> None:
    async with chromium() as browser:
        page = await phone(browser, site, java_script_enabled=False)
        await page.goto(site.url + await site.on_the_wall())
        await page.get_by_role("link", name="户政").click()
        await page.locator("summary").click()
        await page.get_by_label("残疾人").check()
        await page.get_by_role("button", name="取号").click()
        ticket = await Ticket.get()
        await expect(page).to_have_url(f"{site.url}/h5/tickets/{ticket.code}?new=1")
    assert ticket.priority == "disabled"


@pytest.mark.parametrize("look", ["", "elder=1", "tone=dark"])
async def test_the_pages_can_be_read_and_tapped(site: Site, look: str) -> None:
    await site.book(5)
    await site.book(24 * 60)
    await Hall.all().update(latitude=32.625, longitude=116.999)
    found: dict[str, list[str]] = {}
    async with chromium() as browser:
        page = await phone(browser, site, citizen_id=1)
        await page.goto(f"{site.url}/h5/look?{look}&next=/h5/here")
        for name, path in {
            "away": "/h5/here", "place": f"/h5/here?hall={HALL}", "here": await site.on_the_wall(),
            "walk-in": "/h5/here/walk-in?group=HZ",
        }.items():  # fmt: skip
            await page.goto(site.url + path)
            for summary in await page.locator("summary").all():
                await summary.click()
            if faults := await page.evaluate(AUDIT):
                found[name] = faults
            await page.screenshot(path=PICTURES / f"{name}-{look.partition('=')[0] or 'usual'}.png", full_page=True)
    assert found == {}


async def test_a_poster_asks_the_phone_where_it_is_once_its_owner_taps(site: Site) -> None:
    await Hall.all().update(latitude=32.625, longitude=116.999)
    async with chromium() as browser:
        page = await phone(
            browser, site, geolocation={"latitude": 32.6252, "longitude": 116.9991}, permissions=["geolocation"]
        )
        await page.goto(f"{site.url}/h5/here?hall={HALL}&counter={HALL}-B01")
        await page.screenshot(path=PICTURES / "place.png")
        await page.get_by_role("button", name="用手机位置确认").click()
        await expect(page).to_have_url(f"{site.url}/h5/here?counter={HALL}-B01")
