"""离我最近 in a browser: sorted on the phone, which tells nobody where it is; and by district without script."""

from playwright.async_api import expect

from app.booking.models import Slot
from app.halls.models import Hall
from tests.browser import chromium, sign_in
from tests.city import Doors
from tests.h5.test_in_browser import SMALL
from tests.h5.test_pages import days_of
from tests.h5.visitor import visiting

MARRIAGE = "/h5/booking?matter=HN-MZ-001&answers=both_mainland.y,lost_certificate.n"


async def test_the_nearest_hall_comes_first_and_no_address_carries_where_one_is(doors: Doors) -> None:
    await Hall.filter(code="HALL-HY-0405").update(latitude=32.63, longitude=116.83)
    await Hall.filter(code="HALL-HY-0402").update(latitude=32.63, longitude=117.05)
    async with chromium() as browser:
        here = {"latitude": 32.631, "longitude": 116.831}
        context = await browser.new_context(viewport=SMALL, geolocation=here, permissions=["geolocation"])
        page = await context.new_page()
        sent: list[str] = []
        page.on("request", lambda request: sent.append(request.url + (request.post_data or "")))
        await sign_in(page, doors.product)
        await page.goto(f"{doors.product}{MARRIAGE}")
        await page.get_by_role("button", name="离我最近").click()
        names = page.locator("nav[aria-label=大厅] a")
        await expect(names.nth(0)).to_contain_text("八公山区民政局婚姻登记处0.1 公里")
        await expect(names.nth(1)).to_contain_text("大通区民政局婚姻登记处")
        await expect(names.nth(2)).not_to_contain_text("公里")
    assert [url for url in sent if "116.83" in url or "32.63" in url] == []


async def test_without_script_the_halls_of_ones_district_come_first(doors: Doors) -> None:
    async with visiting(doors) as visitor:
        await visitor.sign_in("zhang")
        page = await visitor.get(MARRIAGE)
        assert "您在哪个区县？" in page.words
        near = await visitor.get(f"{MARRIAGE}&near=340421")
        first = near.links("/h5/booking?matter=HN-MZ-001")[0]
        assert (first.endswith("hall=HALL-HY-0421"), near.field("hall")) == (True, "HALL-HY-0421")
        assert "near=340421" in first


# How wide the choice would be by itself, and how wide it is.
WIDTHS = """choice => {
  const free = choice.cloneNode(true);
  free.style.cssText = "position:absolute;width:max-content";
  choice.parentNode.append(free);
  return [free.offsetWidth, choice.offsetWidth];
}"""


async def test_for_elders_the_choice_of_districts_is_not_cut_off(doors: Doors) -> None:
    async with chromium() as browser:
        page = await (await browser.new_context(viewport=SMALL)).new_page()
        await sign_in(page, doors.product)
        await page.goto(f"{doors.product}/h5/look?elder=1&size=huge")
        await page.goto(f"{doors.product}{MARRIAGE}")
        needs, has = await page.get_by_label("您所在的区县").evaluate(WIDTHS)
    assert needs <= has <= SMALL["width"] - 32


async def test_a_busy_time_shows_a_quieter_one(doors: Doors) -> None:
    async with visiting(doors) as visitor:
        await visitor.sign_in("zhang")
        day = (await days_of(visitor))[3]
        page = await visitor.get(day)
        assert "较忙" not in page.words
        first = page.field("slot")
        await Slot.filter(id=first).update(left=1)
        busy = await visitor.get(day)
        assert f"{first[-4:-2]}:{first[-2:]} 较忙，" in busy.words and "只约了 0 人" in busy.words
