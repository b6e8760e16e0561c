"""The kiosk: codes, numbers and walk-ins, a ticket to take along, and nothing left of the person before."""

from pathlib import Path

import qrcode
from playwright.async_api import Browser as Chromium
from playwright.async_api import Page as Tab
from playwright.async_api import expect

from app import codes
from app.booking.models import Booking
from app.codes import Code, Purpose
from app.ids import hashed
from app.queue import presence
from app.queue.models import Ticket
from app.queue.policy import set_policy
from tests.browser import camera, chromium, film
from tests.h5.arriving.site import HALL, Site, address_on, shown_on
from tests.h5.visitor import Page, Visitor

KIOSK = f"/h5/kiosk/{HALL}"
PICTURES = Path("var/arriving")


async def begin(kiosk: Visitor, site: Site) -> Page:
    return await kiosk.get(await site.link_of("kiosk"))


async def check_in(kiosk: Visitor, on: Page, text: str, **more: str) -> Page:
    return await kiosk.post(f"{KIOSK}/check-in", on, key=on.field("key"), text=text, **more)


async def take(kiosk: Visitor, on: Page, **more: str) -> Page:
    return await kiosk.post(f"{KIOSK}/walk-in", on, key=on.field("key"), group="HZ", **more)


def code_of(booking: Booking, site: Site) -> str:
    return codes.issue(Code(Purpose.CHECK_IN, booking.number, booking.nonce, site.now + presence.CODE_LIFE))


async def test_a_kiosk_nobody_has_paired_gives_nothing(site: Site) -> None:
    async with site.visiting() as stranger:
        assert (await stranger.get(KIOSK)).status == 403
        assert (await stranger.get(f"{KIOSK}/walk-in")).status == 403
        form = await stranger.get("/h5/search")
        assert form.status == 200
        stranger.http.cookie_jar.update_cookies({"zb_wall": "x", "zb_kiosk": "guessed"})
        assert (await stranger.get(KIOSK)).status == 403
    assert await Ticket.all().count() == 0


async def test_a_code_and_a_typed_number_check_in(site: Site) -> None:
    one, two = await site.book(5), await site.book(60, citizen_id=None)
    async with site.visiting() as kiosk:
        start = await begin(kiosk, site)
        done = await check_in(kiosk, start, code_of(one, site))
        assert (done.address, "HZ001" in done.words) == (f"{KIOSK}/ticket", True)
        assert "签到成功，请在等候区等候叫号" in done.words
        start = await kiosk.get(KIOSK)
        done = await check_in(kiosk, start, two.number.lower(), priority="elder")
        assert ("HZ002" in done.words, "签到成功。来早了" in done.words) == (True, True)
        start = await kiosk.get(KIOSK)
        again = await check_in(kiosk, start, two.number)
        assert ("您已经签到过，没有重复取号" in again.words, "<svg" in again.text) == (True, False)
    assert await Ticket.all().order_by("id").values_list("channel", "priority") == [("kiosk", ""), ("kiosk", "elder")]


async def test_what_cannot_be_used_says_why_in_place(site: Site) -> None:
    async with site.visiting() as kiosk:
        start = await begin(kiosk, site)
        cases = {
            "nonsense": (422, "无法识别该二维码"),
            "0123456789ABCDEF": (422, "没有这个预约号，请核对 16 位预约号后重新输入"),
            (await site.book(24 * 60)).number: (409, "该预约的日期是11月25日，今天不能签到"),
            (await site.book(state="cancelled")).number: (409, "该预约已取消，请重新预约，或现场取号"),
            codes.issue(Code(Purpose.PICKUP, "X", "N", site.now + presence.CODE_LIFE)): (
                409, "这不是预约签到码，请打开“预约签到码”页面出示",
            ),
        }  # fmt: skip
        for text, (status, says) in cases.items():
            page = await check_in(kiosk, start, text)
            assert (page.status, says in page.words, 'name="text"' in page.text) == (status, True, True)
    assert await Ticket.all().count() == 0


async def test_a_number_is_taken_once_and_goes_along_on_the_phone(site: Site) -> None:
    async with site.visiting() as kiosk:
        await begin(kiosk, site)
        choice = await kiosk.get(f"{KIOSK}/walk-in")
        assert "户政 等候 0 人" in choice.words
        done = await take(kiosk, choice, priority="military")
        twice = await take(kiosk, choice)
        ticket = await Ticket.get()
        assert ("HZ001" in done.words, "HZ001" in twice.words) == (True, True)
        address, _, key = address_on(done).partition("?k=")
        assert address == f"{site.url}/h5/tickets/{ticket.code}"
        assert ticket.guest_hash == hashed(key)
        assert (ticket.channel, ticket.priority, ticket.priority_state) == ("kiosk", "military", "claimed")


async def test_nothing_is_left_for_whoever_comes_next(site: Site) -> None:
    async with site.visiting() as kiosk:
        await begin(kiosk, site)
        done = await take(kiosk, await kiosk.get(f"{KIOSK}/walk-in"))
        await kiosk.get(KIOSK)
        after = await kiosk.get(f"{KIOSK}/ticket")
        assert (after.address, "HZ001" in after.words) == (KIOSK, False)
        assert "HZ001" in done.words
        other = await take(kiosk, await kiosk.get(f"{KIOSK}/walk-in"))
        assert "HZ002" in other.words


async def test_full_and_closed_groups_cannot_be_pressed_and_a_late_press_says_why(site: Site) -> None:
    async with site.visiting() as kiosk:
        await begin(kiosk, site)
        choice = await kiosk.get(f"{KIOSK}/walk-in")
        await set_policy(hall_code=HALL, walk_in_limit=0)
        full = await take(kiosk, choice)
        assert (full.status, "今天的现场号已发完" in full.words) == (409, True)
        assert '<button name="group" value="HZ" disabled>' in full.text
        bad = await kiosk.post(f"{KIOSK}/walk-in", choice, key="short", group="HZ")
        assert bad.status == 422


async def opened(browser: Chromium, site: Site, width: int = 1080, height: int = 1600) -> Tab:
    page = await (await browser.new_context(viewport={"width": width, "height": height})).new_page()
    await page.clock.install(time=site.now)
    await page.goto(site.url + await site.link_of("kiosk"))
    return page


async def test_the_kiosks_camera_reads_the_code_on_a_phone(site: Site, tmp_path: Path) -> None:
    booking = await site.book()
    film(qrcode.make(code_of(booking, site), border=4).get_image(), tmp_path / "phone.y4m")
    async with chromium(*camera(tmp_path / "phone.y4m")) as browser:
        page = await (await browser.new_context(viewport={"width": 1080, "height": 1600})).new_page()
        await page.goto(site.url + await site.link_of("kiosk"))
        await page.screenshot(path=PICTURES / "kiosk-start.png")
        await page.get_by_role("button", name="用相机扫").click()
        await expect(page.locator(".number")).to_have_text("HZ001", timeout=20_000)
    assert (await Ticket.get()).booking_number == booking.number


async def test_a_scanner_types_into_the_field_and_the_ticket_goes_away_by_itself(site: Site) -> None:
    booking = await site.book()
    async with chromium() as browser:
        page = await opened(browser, site)
        await page.locator("h1").click()
        await page.keyboard.type(booking.number)
        await page.keyboard.press("Enter")
        await expect(page.locator(".number")).to_have_text("HZ001")
        picture = await page.screenshot(path=PICTURES / "kiosk-ticket.png")
        assert shown_on(picture).startswith(f"{site.url}/h5/tickets/")
        await page.clock.run_for(29_000)
        await expect(page.locator(".number")).to_have_text("HZ001")
        await page.clock.run_for(2_000)
        await expect(page).to_have_url(site.url + KIOSK)
        await page.go_back()
        await expect(page.locator(".number")).to_have_count(0)


TARGETS = """() => [...document.querySelectorAll('a, button, .picks label, input:not([type=hidden]):not([type=radio])')]
    .filter(e => e.offsetParent).map(e => [e.textContent.trim().slice(0, 12), e.getBoundingClientRect().height])
    .filter(([, height]) => height < 60)"""


async def test_everything_can_be_hit_with_a_thumb_on_every_screen(site: Site) -> None:
    async with chromium() as browser:
        for name, size in {"high": (1080, 1600), "wide": (1280, 800)}.items():
            page = await opened(browser, site, *size)
            for path in ("", "/walk-in"):
                await page.goto(site.url + KIOSK + path)
                assert await page.evaluate(TARGETS) == []
                assert await page.evaluate("document.documentElement.scrollWidth") == size[0]
                await page.screenshot(path=PICTURES / f"kiosk{path.replace('/', '-')}-{name}.png")
