"""A proof on the citizens' page: a sum to answer without script, nothing to do with it."""

from playwright.async_api import expect

from app.booking.models import Booking
from app.citizens.models import Citizen
from tests.booking.test_proof import reckoned
from tests.browser import chromium, sign_in
from tests.city import Doors
from tests.h5.test_in_browser import SMALL
from tests.h5.test_pages import days_of
from tests.h5.visitor import Page, Visitor, visiting


async def press(visitor: Visitor) -> Page:
    """Try for a slot that does not exist as often as arouses suspicion."""
    page = await visitor.get((await days_of(visitor))[1])
    fields = {name: page.field(name) for name in ("matter", "hall", "answers")}
    nowhere = f"{page.field('slot')[:-4]}0901"
    for _ in range(12):
        page = await visitor.post("/h5/booking", page, **fields, slot=nowhere)
    return page


async def test_without_script_a_sum_is_asked_and_its_answer_books(doors: Doors) -> None:
    async with visiting(doors) as visitor:
        await visitor.sign_in("zhang")
        asked = await press(visitor)
        assert (asked.status, "再确认一下" in asked.words, "<img" in asked.text) == (403, True, False)
        page = await visitor.get((await days_of(visitor))[1])
        fields = {name: page.field(name) for name in ("slot", "matter", "hall", "answers")}
        fields |= {"name": "张三", "mobile": "13800000001"}
        asked = await visitor.post("/h5/booking", page, **fields)
        question = asked.text.partition('<label for="f-result">')[2].partition("<")[0]
        proof = reckoned(asked.field("challenge"), question)
        wrong = await visitor.post("/h5/booking", asked, **fields, challenge=proof.challenge, work="", result="0")
        assert (wrong.status, wrong.field("challenge") != proof.challenge) == (403, True)
        question = wrong.text.partition('<label for="f-result">')[2].partition("<")[0]
        proof = reckoned(wrong.field("challenge"), question)
        sent = {"challenge": proof.challenge, "work": "", "result": proof.answer}
        assert "预约成功" in (await visitor.post("/h5/booking", wrong, **fields, **sent)).words
    assert await Booking.all().count() == 1


async def test_an_elders_page_asks_the_sum_and_no_work(doors: Doors) -> None:
    async with visiting(doors) as visitor:
        await visitor.sign_in("zhang")
        await Citizen.all().update(is_elder=True)
        asked = await press(visitor)
        assert (asked.status, "等于多少？" in asked.words, "data-work" in asked.text) == (403, True, False)


async def test_with_script_the_browser_answers_by_itself(doors: Doors) -> None:
    async with visiting(doors) as visitor, chromium() as browser:
        await visitor.sign_in("zhang")
        await press(visitor)
        page = await (await browser.new_context(viewport=SMALL)).new_page()
        await sign_in(page, doors.product)
        await page.goto(f"{doors.product}{(await days_of(visitor))[1]}")
        await page.locator("input[name=slot]:enabled").first.check()
        await page.fill("[name=name]", "张三")
        await page.fill("[name=mobile]", "13800000001")
        await page.get_by_role("button", name="确认预约").click()
        await expect(page.locator("main")).to_contain_text("已自动确认，请直接提交", timeout=20_000)
        await page.get_by_role("button", name="确认预约").click()
        await expect(page.locator("main")).to_contain_text("预约成功")
