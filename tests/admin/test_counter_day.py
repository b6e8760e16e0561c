"""A whole day at a counter on a phone, by thumb, in a real browser; two clerks at once; a network that goes away."""

import asyncio
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from datetime import timedelta

import pytest
from playwright.async_api import Browser as Chromium
from playwright.async_api import Error, Page, expect

from app import clock
from app.http.session import Session
from app.queue import alarms
from app.queue.check_in import check_in
from app.queue.models import Step, Ticket
from app.queue.policy import set_policy
from tests.admin.console import console
from tests.browser import PHONE, chromium
from tests.queue.day import CLERK, make_booking, make_hall
from tests.staff.people import PASSWORD, make_staff

# Whether a thumb reaches it without scrolling: the lower two thirds of the screen.
REACHED = """button => { const r = button.getBoundingClientRect();
  return r.height >= 44 && r.bottom <= innerHeight && r.top >= innerHeight / 3 }"""


@pytest.fixture
async def url(db: str) -> AsyncIterator[str]:
    await make_hall(opened_by=None)
    await set_policy(hall_code="HALL-SZ", recall_after_s=2, calls_before_miss=2)
    for name in ("hu.min", "wang.fang"):
        await make_staff(name)
    for n in range(5):
        booking = await make_booking(starts_at=clock.now(), citizen_id=n)
        await check_in(text=booking.number, hall_code="HALL-SZ", by=CLERK, now=clock.now())
    async with console() as browser:
        yield browser.url


@asynccontextmanager
async def at_counter(chrome: Chromium, url: str, counter: str, username: str = "hu.min") -> AsyncIterator[Page]:
    context = await chrome.new_context(viewport=PHONE, has_touch=True, is_mobile=True)
    page = await context.new_page()
    page.set_default_timeout(10_000)
    await page.goto(f"{url}/admin/sign-in")
    await page.fill("[name=username]", username)
    await page.fill("[name=password]", PASSWORD)
    await page.tap("button.primary")
    await page.tap(f"button[value='{counter}']")
    await page.wait_for_url("**/admin/today")
    try:
        yield page
    finally:
        await context.close()


async def press(page: Page, name: str) -> None:
    button = page.get_by_role("button", name=name).first
    await button.tap()


async def shows(page: Page, text: str) -> None:
    await expect(page.locator("[data-live]")).to_contain_text(text)


async def test_a_whole_day_by_thumb(url: str) -> None:
    async with chromium() as chrome, at_counter(chrome, url, "HALL-SZ-B01") as page:
        assert await page.locator(".thumb button.primary").evaluate(REACHED)
        await press(page, "下一位")
        await shows(page, "HZ001 已叫 1 次")
        recall = page.locator("[data-key=F3]")
        await expect(recall).to_be_disabled()  # counts its seconds down
        await expect(recall).to_be_enabled(timeout=4000)
        await recall.tap()
        await shows(page, "已叫 2 次")
        await press(page, "过号")
        await shows(page, "HZ001 已过号")
        await press(page, "撤销")
        await shows(page, "HZ001转到本窗口")
        await press(page, "下一位")
        await press(page, "已到窗口")
        await shows(page, "HZ001 办理中")
        await press(page, "暂离")
        await shows(page, "HZ001暂离窗口")
        await press(page, "下一位")
        await shows(page, "HZ002 已叫 1 次")
        await press(page, "已到窗口")
        await page.locator("summary", has_text="挂起").tap()
        await page.fill("[name=why]", "等系统恢复")
        await press(page, "挂起，先叫别人")
        await shows(page, "HZ002挂起")
        await press(page, "继续办理")
        await shows(page, "HZ001 办理中")
        await page.locator("summary", has_text="转窗口").tap()
        await page.select_option("[name=to]", "HZ")
        await press(page, "转过去，保留已等时间")
        await shows(page, "窗口空闲")
        await press(page, "再叫")
        await shows(page, "HZ002 已叫 2 次")
        await press(page, "已到窗口")
        await press(page, "完成，当场办结")
        await shows(page, "HZ002 已完成")
        await press(page, "撤销")
        await shows(page, "HZ002 办理中")
        await press(page, "结果待取")
        await page.wait_for_url("**/admin/pickups/ready?pickup=*")
        await page.goto(f"{url}/admin/today")
        await page.locator("summary", has_text="暂停或收窗").tap()
        await press(page, "午餐")
        await shows(page, "已暂停：午餐")
        await press(page, "继续受理")
        await page.locator("summary", has_text="暂停或收窗").tap()
        await press(page, "收窗")
        await shows(page, "本窗口未开窗")
    assert await Step.filter(staff_id__gt=0, step="reopen").count() == 1
    assert await Ticket.filter(state="done").values_list("number", "result") == [("HZ002", "later")]


async def test_an_alarm_is_on_a_colleagues_page_within_two_seconds(url: str) -> None:
    async with (
        chromium() as chrome,
        at_counter(chrome, url, "HALL-SZ-B01") as page,
        at_counter(chrome, url, "HALL-SZ-B02", "wang.fang") as other,
    ):
        await other.goto(f"{url}/admin/pickups")
        await other.wait_for_timeout(1500)  # the page is open, and nothing is wrong
        assert await other.locator(".alarm").count() == 0
        await page.locator("summary[aria-label=告警]").tap()
        pressed = time.monotonic()
        await press(page, "呼叫同事支援")
        await other.locator(".alarm").wait_for()
        took = time.monotonic() - pressed
        assert "B01 窗口告警：胡敏" in await other.inner_text(".alarm")
        assert took < 2, took
        await press(other, "我来处理")
        await expect(page.locator(".alarm")).to_contain_text("正在处理")
        await press(page, "解除")
        await expect(other.locator(".alarm")).to_have_count(0)


async def test_two_clerks_who_press_at_once_never_call_the_same_person_and_see_each_other(url: str) -> None:
    async with (
        chromium() as chrome,
        at_counter(chrome, url, "HALL-SZ-B01") as page,
        at_counter(chrome, url, "HALL-SZ-B02", "wang.fang") as other,
    ):
        await asyncio.gather(press(page, "下一位"), press(other, "下一位"))
        for each in (page, other):
            await shows(each, "已叫 1 次")
        numbers = {await each.inner_text(".number") for each in (page, other)}
        assert numbers == {"HZ001", "HZ002"}
        await shows(page, "B02 窗口")  # at once, by the stream
        await shows(other, "B01 窗口")


async def test_a_counter_that_loses_its_network_presses_again_and_gets_the_same_person(url: str) -> None:
    async with chromium() as chrome, at_counter(chrome, url, "HALL-SZ-B01") as page:
        lost = []

        async def answer_is_lost(route) -> None:
            """The press arrives, its answer does not."""
            await route.fetch(max_redirects=0)
            lost.append(await Ticket.get(holder="HALL-SZ-B01"))
            await page.context.set_offline(True)
            with suppress(Error):  # going offline has ended it already, in most runs
                await route.abort("internetdisconnected")

        await page.route("**/admin/today/live", lambda route: route.abort())  # it would show whom it called by itself
        await page.route("**/admin/today/next", answer_is_lost, times=1)
        await press(page, "下一位")
        await page.get_by_text(
            "网络中断刚才的操作可能没有送到。恢复后会告诉您是否送到，也可以再按一次，不会重复叫号。"
        ).wait_for()
        await press(page, "下一位")  # still offline
        await expect(page.locator("[data-lost]")).to_be_visible()
        await page.context.set_offline(False)
        await press(page, "下一位")
        await shows(page, "HZ001 已叫 1 次")
        await expect(page.locator("[data-lost]")).to_be_hidden()
    assert [ticket.number for ticket in lost] == ["HZ001"]
    assert await Step.filter(step="call").count() == 1


# Whether a title stands above the text that follows it, not beside it.
STANDS_ABOVE = """title => {
  const text = document.createRange();
  text.selectNode(title.nextSibling);
  return title.getBoundingClientRect().bottom <= text.getBoundingClientRect().top + 1;
}"""
CAME, LOST = "刚才的操作已经送到：HZ001 已叫 1 次", "刚才的操作没有送到，请再按一次"


@pytest.mark.parametrize(("arrives", "held_s", "says"), [(True, 0, CAME), (True, 3, CAME), (False, 0, LOST)])
async def test_after_a_lost_press_the_page_says_whether_it_came_through(
    url: str, arrives: bool, held_s: int, says: str
) -> None:
    """Held for some seconds, the open page shows who was called before the answer is known to be lost."""
    async with chromium() as chrome, at_counter(chrome, url, "HALL-SZ-B01") as page:

        async def answer_is_lost(route) -> None:
            if arrives:
                await route.fetch(max_redirects=0)
            await asyncio.sleep(held_s)
            await route.abort("internetdisconnected")

        await page.route("**/admin/today/next", answer_is_lost, times=1)
        await press(page, "下一位")
        await expect(page.locator("[data-said]")).to_have_text(says)
        assert await page.locator("[data-said] strong").evaluate(STANDS_ABOVE)
        await expect(page.locator("[data-lost]")).to_be_hidden()
        await press(page, "已到窗口" if arrives else "下一位")
        await expect(page.locator("[data-said]")).to_have_text("")
    assert await Step.filter(step="call").count() == 1


async def test_a_lost_alarm_is_not_said_to_be_lost(url: str) -> None:
    """It shows elsewhere: the clerk is told to look."""
    async with chromium() as chrome, at_counter(chrome, url, "HALL-SZ-B01") as page:

        async def answer_is_lost(route) -> None:
            await route.fetch(max_redirects=0)
            await route.abort("internetdisconnected")

        await page.route("**/admin/alarms", answer_is_lost, times=1)
        await page.locator("summary[aria-label=告警]").tap()
        await press(page, "呼叫同事支援")
        says = "刚才的操作不知是否送到，请看下面是否已生效，没有的话再按一次"
        await expect(page.locator("[data-said]")).to_have_text(says)


# A second tap, 300 ms after the main button has become another one.
SECOND_TAPS = """() => {
  window.tapped = [];
  const main = () => document.querySelector(".thumb button.primary"), words = () => main()?.textContent.trim();
  let before = words();
  new MutationObserver(() => {
    if (words() === before) return;
    before = words();
    setTimeout(() => { tapped.push(words()); main().click(); }, 300);
  }).observe(document.querySelector("[data-live]"), { childList: true, subtree: true });
}"""


async def test_a_second_tap_does_not_hit_the_button_that_came_in_its_place(url: str) -> None:
    async with chromium() as chrome, at_counter(chrome, url, "HALL-SZ-B01") as page:
        await page.evaluate(SECOND_TAPS)
        main, done = page.locator(".thumb button.primary"), []
        for words in ("已到窗口", "完成，当场办结"):
            await main.click()
            await expect(main).to_have_text(words)
            await page.wait_for_function("words => tapped.includes(words)", arg=words)
            await expect(main).to_be_enabled()
            done.append(words)
            assert await page.evaluate("tapped") == done
    assert await Step.filter(step__in=("call", "serve", "finish")).values_list("step", flat=True) == ["call", "serve"]


async def test_a_press_that_is_answered_with_a_fault_leaves_the_clerk_on_the_page(url: str) -> None:
    async with chromium() as chrome, at_counter(chrome, url, "HALL-SZ-B01") as page:
        await page.route("**/admin/today/next", lambda route: route.fulfill(status=502, body="Bad Gateway"), times=1)
        await press(page, "下一位")
        await page.get_by_text(
            "网络中断刚才的操作可能没有送到。恢复后会告诉您是否送到，也可以再按一次，不会重复叫号。"
        ).wait_for()
        good = await page.locator("[name=csrf]").first.input_value()
        await page.evaluate("document.querySelectorAll('[name=csrf]').forEach(field => field.value = '0'.repeat(64))")
        await press(page, "下一位")
        await expect(page.locator("[data-said]")).to_contain_text("页面已过期，请返回上一页刷新后重新提交")
        await expect(page.locator("[data-lost]")).to_be_hidden()
        assert page.url == f"{url}/admin/today"
        await page.evaluate("good => document.querySelectorAll('[name=csrf]').forEach(f => f.value = good)", good)
        await press(page, "下一位")
        await shows(page, "HZ001 已叫 1 次")


async def test_an_open_page_of_the_day_is_no_touch(url: str) -> None:
    async with chromium() as chrome, at_counter(chrome, url, "HALL-SZ-B01") as page:
        idle = clock.now() - timedelta(minutes=14)
        await Session.filter(kind="staff").update(seen_at=idle)
        await page.wait_for_timeout(2000)  # the stream is there
        booking = await make_booking(starts_at=clock.now(), citizen_id=9)
        async with page.expect_response("**/admin/today/live"):
            await check_in(text=booking.number, hall_code="HALL-SZ", by=CLERK, now=clock.now())
        async with page.expect_response("**/admin/alarms/open"):
            await alarms.raise_alarm(counter_code="HALL-SZ-B02", by=CLERK, now=clock.now())
        assert (await Session.get()).seen_at == idle


async def test_without_script_the_day_goes_on_by_forms(url: str) -> None:
    async with chromium() as chrome:
        context = await chrome.new_context(viewport=PHONE, java_script_enabled=False)
        page = await context.new_page()
        page.set_default_timeout(10_000)
        await page.goto(f"{url}/admin/sign-in")
        await page.fill("[name=username]", "hu.min")
        await page.fill("[name=password]", PASSWORD)
        await page.click("button.primary")
        await page.click("button[value='HALL-SZ-B01']")
        for name, after in (("下一位", "已叫 1 次"), ("已到窗口", "办理中"), ("完成，当场办结", "窗口空闲")):
            await page.get_by_role("button", name=name).click()
            await page.get_by_text(after).first.wait_for()
        await page.locator("summary[aria-label=告警]").click()
        await page.get_by_role("button", name="呼叫同事支援").click()
        await page.get_by_text("B01 窗口告警：胡敏").wait_for()


async def test_a_page_that_renews_itself_forgets_nothing_that_was_chosen(url: str) -> None:
    async with chromium() as chrome, at_counter(chrome, url, "HALL-SZ-B01") as page:
        await press(page, "下一位")
        await press(page, "已到窗口")
        await shows(page, "办理中")
        await page.locator("summary", has_text="转窗口").tap()
        await page.select_option("[name=to]", "HZ")
        await page.locator("#f-to").evaluate("field => field.blur()")
        booking = await make_booking(starts_at=clock.now(), citizen_id=9)
        await check_in(text=booking.number, hall_code="HALL-SZ", by=CLERK, now=clock.now())
        await shows(page, "HZ006")
        assert await page.locator("#f-to").input_value() == "HZ"
