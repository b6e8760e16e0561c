"""The citizens' pages in Chromium, the size of a small phone: readable, tappable, light, and whole without script."""

from datetime import timedelta
from pathlib import Path

import pytest
from playwright.async_api import BrowserContext, Page, Response, expect

from app import clock
from app.booking.models import Booking, Waiting
from app.pickup import proxies
from app.pickup.models import Pickup
from tests.browser import chromium, sign_in
from tests.city import Doors
from tests.h5.busy_hall import HALL, arrive, call, counter_of
from tests.pickup.shelf import make_ready

AUDIT = (Path(__file__).parent / "audit.js").read_text(encoding="utf-8")
PICTURES = Path("var/h5")
SMALL = {"width": 375, "height": 667}
LOOKS = {"usual": "", "elder": "elder=1", "dark": "tone=dark", "huge": "size=huge", "elder-huge": "elder=1&size=huge"}


async def phone(context: BrowserContext, doors: Doors, *, look: str = "") -> Page:
    """张三's phone, signed in, in a look."""
    page = await context.new_page()
    await sign_in(page, doors.product)
    await page.goto(f"{doors.product}/h5/look?{look}")
    return page


async def book(page: Page, doors: Doors) -> str:
    """Book, by tapping; returns the number."""
    await page.goto(f"{doors.product}/h5/matters/HN-GA-002")
    await page.get_by_role("link", name="预约办理").click()
    await page.locator("nav[aria-label=日期] a").nth(1).click()
    await page.locator("input[name=slot]:enabled").first.check()
    await page.get_by_label("姓名").fill("张三")
    await page.get_by_label("手机号").fill("13800000001")
    await page.get_by_role("button", name="确认预约").click()
    await expect(page.locator("main")).to_contain_text("预约成功")
    return page.url.rpartition("/")[2].partition("?")[0]


async def addresses(page: Page, doors: Doors) -> dict[str, str]:
    """Every page there is, by a name for its picture."""
    number = await book(page, doors)
    booking = await Booking.get(number=number)
    pickup = await make_ready(citizen_id=booking.citizen_id, now=clock.now())
    other = await make_ready(citizen_id=booking.citizen_id, now=clock.now())
    named = await proxies.name_proxy(
        pickup_code=pickup.code, citizen_id=booking.citizen_id or 0, name="王小红", tail="1234", now=clock.now()
    )
    await Pickup.filter(id=other.id).update(archive_on=clock.now().date())
    await page.goto(f"{doors.product}/h5/messages")
    message = await page.locator("main a.card").first.get_attribute("href")
    await arrive("HZ", name="张三丰")
    await arrive("HZ", name="欧阳娜娜")
    await call(await counter_of("HZ"))
    return {
        "home": "", "search": "search?q=身份证", "nothing-found": "search?q=飞碟", "guide": "matters/HN-GA-002",
        "themes": "themes",
        "booking": "booking?matter=HN-GA-002", "booked": f"bookings/{number}", "move": f"bookings/{number}/move",
        "cancel": f"bookings/{number}/cancel", "bookings": "bookings", "messages": "messages", "notices": "me/notices",
        "message": str(message).removeprefix("/h5/"), "me": "me", "pickup": f"pickups/{pickup.code}",
        "proxy": f"pickups/{pickup.code}/proxy", "name-proxy": f"pickups/{other.code}/proxy",
        "by-link": f"proxy?k={named.secret}", "courier": f"pickups/{other.code}/courier",
        "overdue": f"pickups/{other.code}",
        "waiting": f"waiting/{await stand_in_line(booking.citizen_id)}",
        "join": f"waiting?matter=HN-GA-002&hall=HALL-SZ&date={clock.now().date()}&part=am",
        "asking": "booking?matter=HN-GA-012", "right": "booking?matter=HN-GA-012&answers=only_hongkong_macao.y",
        "consent": "consent", "sign-in": "sign-in", "sign-in-phone": "sign-in/phone", "privacy": "privacy",
        "accessibility": "accessibility",
        "later-day": f"booking?matter=HN-GA-002&hall=HALL-SZ&date={clock.now().date() + timedelta(days=6)}",
        "missing": "nowhere", "live": f"halls/{HALL}/live",
    }  # fmt: skip


async def stand_in_line(citizen_id: int | None) -> str:
    """The second in a line, whom the first one keeps from being offered anything."""
    line, on = "HALL-SZ.HZ.29991231.am", clock.now().date()
    for n, who in enumerate((0, citizen_id)):
        row = await Waiting.create(
            code=f"W{n}", line=line, citizen_id=who, person=f"c{who}", hall_code="HALL-SZ", group_code="HZ", on=on,
            part="am", matter_codes=["HN-GA-002"], slots=1, joined_at=clock.now(),
            until=clock.now() + timedelta(days=1),
        )  # fmt: skip
    return row.code


async def test_every_page_in_every_look_can_be_read_and_tapped(doors: Doors) -> None:
    found: dict[str, list[str]] = {}
    async with chromium() as browser:
        page = await phone(await browser.new_context(viewport=SMALL), doors)
        pages = await addresses(page, doors)
        for look, query in LOOKS.items():
            await page.goto(f"{doors.product}/h5/look?elder=0&size=usual&tone=usual&next=/h5/look%3F{query}")
            for name, path in pages.items():
                await page.goto(f"{doors.product}/h5/{path}")
                if faults := await page.evaluate(AUDIT):
                    found[f"{look} {name}"] = faults
                await page.screenshot(path=PICTURES / f"{name}-{look}.png")
    assert found == {}


async def test_booking_moving_and_cancelling_without_script(doors: Doors) -> None:
    async with chromium() as browser:
        page = await phone(await browser.new_context(viewport=SMALL, java_script_enabled=False), doors)
        await book(page, doors)
        await page.get_by_role("link", name="改期").click()
        await page.locator("nav[aria-label=日期] a").last.click()
        await page.locator("input[name=slot]:enabled").first.check()
        await page.get_by_role("button", name="确认改期").click()
        await expect(page.locator("main")).to_contain_text("已改到新时间")
        await page.get_by_role("link", name="取消预约").click()
        await page.get_by_role("button", name="确定取消").click()
        await expect(page.locator("main")).to_contain_text("已取消，名额将让给其他人")
    assert (await Booking.get()).state == "cancelled"


@pytest.mark.parametrize("path", ["", "search?q=身份证", "matters/HN-GA-002"])
async def test_the_first_visit_is_light_and_its_text_needs_one_request(doors: Doors, path: str) -> None:
    async with chromium() as browser:
        page = await (await browser.new_context(viewport=SMALL)).new_page()
        answers: list[Response] = []
        page.on("response", lambda answer: answers.append(answer))
        await page.goto(f"{doors.product}/h5/{path}", wait_until="networkidle")
        sizes = [await answer.request.sizes() for answer in answers]
        kinds = [answer.request.resource_type for answer in answers]
    assert sum(size["responseBodySize"] + size["responseHeadersSize"] for size in sizes) <= 30_000
    assert kinds == ["document", "script"]  # the text and its style are in the first
