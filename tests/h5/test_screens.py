"""The screens of a hall in Chromium: they follow calls, speak once, say when they hear nothing, and come back."""

from datetime import timedelta
from pathlib import Path

from playwright.async_api import Browser, Page, ViewportSize, expect

from app import clock
from app.queue import actions
from app.queue.policy import set_policy
from app.staff.by import SYSTEM
from tests.browser import PHONE, chromium
from tests.city import Doors
from tests.faults.served import process
from tests.h5.busy_hall import HALL, NAMES, arrive, call, counter_of
from tests.h5.visitor import visiting
from tests.marks import on_mariadb
from tests.queue.day import make_hall, make_ticket, open_desks
from tests.running import free_port

PICTURES = Path("var/h5")
TV: ViewportSize = {"width": 1920, "height": 1080}
TALL: ViewportSize = {"width": 1080, "height": 1920}
GROUPS = ["HZ", "SB", "YB", "BDC", "GRZH", "CJG", "CRJ", "GJJ", "SW", "QYKB", "MZ", "JYCY"]
LOST = "连接中断，显示的可能不是最新，正在重新连接…"

# The browser's voice, as a list of what it was asked to say.
VOICE = """
window.said = [];
class Words { constructor(text) { this.text = text; } }
const speak = words => said.push([words.lang, words.text]);
Object.defineProperty(window, "SpeechSynthesisUtterance", { value: Words });
Object.defineProperty(window, "speechSynthesis", { value: { speak, cancel() {} } });
"""
# Nothing to scroll, and nothing below the edge.
FITS = """() => {
  const page = document.documentElement, rows = [...document.querySelectorAll("tbody tr, .calls li")];
  return page.scrollHeight <= innerHeight && page.scrollWidth <= innerWidth
    && rows.every(row => !row.offsetHeight || row.getBoundingClientRect().bottom <= innerHeight);
}"""


async def fill() -> None:
    """A busy morning: people in twelve groups, eight of them called."""
    now = clock.now() - timedelta(minutes=2)
    for n, group in enumerate(GROUPS):
        for k in range(3 + (n * 5) % 9):
            await arrive(group, name=NAMES[(n + k) % len(NAMES)], now=now + timedelta(seconds=k))
    for n, group in enumerate(GROUPS[:8]):
        await call(await counter_of(group), now=now + timedelta(seconds=10 * n))


async def tv(browser: Browser, doors: Doors, query: str = "") -> Page:
    page = await browser.new_page(viewport=TV)
    await page.goto(f"{doors.product}/h5/screen/{HALL}{query}")
    return page


async def test_a_screen_and_a_phone_follow_a_call_within_a_second(doors: Doors) -> None:
    await fill()
    async with chromium() as browser:
        screen = await tv(browser, doors)
        phone = await browser.new_page(viewport=PHONE)
        await phone.goto(f"{doors.product}/h5/halls/{HALL}/live")
        assert await screen.locator(".new").count() == 0
        await expect(screen.locator(".calls li").first).to_contain_text("GJJ001")
        await expect(phone.locator("section", has_text="户政")).to_contain_text("等候 2 人")
        await call(await counter_of("HZ", nth=1))
        for place in (screen.locator(".calls li.new"), phone.locator("li.new")):
            await expect(place).to_have_count(1, timeout=1000)
            await expect(place).to_contain_text("HZ002")
        await expect(screen.locator(".calls li").first).to_contain_text("HZ002李**请到B02户政窗口")
        await expect(phone.locator("li.new")).to_contain_text("HZ002 李**请到 B02 窗口")
        await expect(phone.locator("section", has_text="户政")).to_contain_text("等候 1 人")
        await screen.screenshot(path=PICTURES / "screen.png")
        await phone.screenshot(path=PICTURES / "live.png", full_page=True)
        for size in (TV, TALL, {"width": 1366, "height": 768}, {"width": 1280, "height": 1024}):
            await screen.set_viewport_size(size)
            assert (size, await screen.evaluate(FITS)) == (size, True)
            await screen.screenshot(path=PICTURES / f"screen-{size['width']}.png")
        text = await screen.content() + await phone.content()
        assert [name for name in NAMES if name in text] == []


async def test_a_screen_of_some_groups_shows_no_other(doors: Doors) -> None:
    await fill()
    async with chromium() as browser:
        screen = await tv(browser, doors, "?group=HZ&group=SB")
        await expect(screen.locator(".calls li")).to_have_count(2)
        await call(await counter_of("YB", nth=1))
        await call(await counter_of("SB", nth=1))
        await expect(screen.locator(".calls li")).to_have_count(3)
        assert [await row.inner_text() for row in await screen.locator("tbody th").all()] == ["户政", "社会保险"]
        await screen.screenshot(path=PICTURES / "screen-groups.png")


async def test_each_call_and_recall_is_spoken_once_twice_over_and_no_old_one(doors: Doors) -> None:
    await set_policy(hall_code=HALL, recall_after_s=0)
    counter = await counter_of("HZ")
    for _ in range(3):
        await arrive("HZ", name="张三")
    async with chromium() as browser:
        context = await browser.new_context(viewport=TV)
        await context.add_init_script(VOICE)
        first = await call(counter)
        screen = await context.new_page()
        await screen.goto(f"{doors.product}/h5/screen/{HALL}")
        await call(await counter_of("HZ", nth=1))  # before anybody tapped: browsers would not speak
        await expect(screen.locator(".calls li")).to_have_count(2)
        await screen.get_by_role("button", name="开启语音叫号").click()
        await actions.recall(ticket_code=first.code, counter_code=counter, by=SYSTEM, now=clock.now())
        await call(await counter_of("HZ", nth=2))
        await expect(screen.locator(".calls li")).to_have_count(3)
        await screen.wait_for_timeout(2500)  # two more looks say nothing again
        told = [["zh-CN", f"请 {n} 号到 {at} 窗口。" * 2] for n, at in (("HZ001", "B01"), ("HZ003", "B03"))]
        assert await screen.evaluate("said") == told
        await screen.reload()
        await expect(screen.get_by_role("button", name="关闭语音叫号")).to_be_visible()
        await screen.wait_for_timeout(2500)
        assert await screen.evaluate("said") == []
        await screen.get_by_role("button", name="关闭语音叫号").click()
        await actions.recall(ticket_code=first.code, counter_code=counter, by=SYSTEM, now=clock.now())
        await expect(screen.locator(".calls li.new")).to_have_count(1)
        assert await screen.evaluate("said") == []


@on_mariadb
async def test_a_screen_that_lost_its_server_says_so_and_catches_up_by_itself(db: str, keys_file: Path) -> None:
    await make_hall(opened_by=None)
    await open_desks("HALL-SZ-B01", "HALL-SZ-B02", by=SYSTEM, now=clock.now())
    for _ in range(3):
        await make_ticket(starts_at=clock.now(), now=clock.now())
    port = free_port()
    url = f"http://127.0.0.1:{port}/h5"
    async with chromium() as browser:
        screen, phone = await browser.new_page(viewport=TV), await browser.new_page(viewport=PHONE)
        pages = (screen, phone)
        await screen.add_init_script(VOICE)
        async with process(db, keys_file, port=port):
            await screen.goto(f"{url}/screen/HALL-SZ")
            await phone.goto(f"{url}/halls/HALL-SZ/live")
            await screen.get_by_role("button", name="开启语音叫号").click()
            await screen.wait_for_timeout(6000)
            for page in pages:  # a stream in order is no reason for alarm
                await expect(page.get_by_text(LOST)).to_be_hidden()
        for page in pages:
            await expect(page.get_by_text(LOST)).to_be_visible(timeout=7000)
        await screen.screenshot(path=PICTURES / "screen-lost.png")
        await phone.screenshot(path=PICTURES / "live-lost.png")
        await actions.call_next(counter_code="HALL-SZ-B01", by=SYSTEM, now=clock.now())
        async with process(db, keys_file, port=port):
            for page in pages:
                await expect(page.get_by_text(LOST)).to_be_hidden(timeout=15_000)
                await expect(page.locator("[data-call]", has_text="HZ001")).to_be_visible()
            await actions.call_next(counter_code="HALL-SZ-B02", by=SYSTEM, now=clock.now())
            for page in pages:
                await expect(page.locator("li.new", has_text="HZ002")).to_be_visible(timeout=4000)
        # Called while it was away for less than a minute: that is news.
        assert [text[:9] for _, text in await screen.evaluate("said")] == ["请 HZ001 号", "请 HZ002 号"]


async def test_without_script_the_pages_show_the_same_and_renew_themselves(doors: Doors) -> None:
    await arrive("HZ", name="张三丰")
    await arrive("HZ", name="李秀英")
    await arrive("SB")  # somebody whose name we do not know
    await call(await counter_of("HZ"))
    await call(await counter_of("SB"))
    async with visiting(doors) as visitor:
        page = await visitor.get(f"/h5/halls/{HALL}/live")
        assert "户政 等候 1 人 HZ001 张** 请到 B01 窗口 接下来：HZ002 李**" in page.words
        assert "社会保险 等候 0 人 SB001 请到" in page.words
        assert "数据截至" in page.words
        assert '<noscript><meta http-equiv="refresh" content="20"></noscript>' in page.text
        assert f"/h5/halls/{HALL}/live" in page.links("/h5/halls")
        screen = await visitor.get(f"/h5/screen/{HALL}")
        assert "HZ001 张** 请到 B01 户政窗口" in screen.words
        assert '<noscript><meta http-equiv="refresh" content="10"></noscript>' in screen.text


async def test_a_hall_without_a_queue_has_no_screen(doors: Doors) -> None:
    async with visiting(doors) as visitor:
        for path in ("screen/HALL-XZ", "halls/HALL-XZ/live", "screen/NONE", f"screen/{HALL}?group=NONE"):
            assert (path, (await visitor.get(f"/h5/{path}")).status) == (path, 404)
        for path in ("screen/HALL-XZ/stream", "halls/NONE/live/stream", f"screen/{HALL}/stream?group=NONE"):
            assert (path, (await visitor.get(f"/h5/{path}")).status) == (path, 404)
