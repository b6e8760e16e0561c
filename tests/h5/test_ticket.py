"""A ticket's page: without script by links and forms, in Chromium live (features.md D8 to D11, D15)."""

import re
from datetime import timedelta

import pytest
from playwright.async_api import Page as Tab
from playwright.async_api import expect

from app import clock
from app.queue import actions
from app.queue.models import Companion, Ticket
from app.ratings.models import Rating
from app.staff.by import SYSTEM
from h5.pages import tickets
from tests.browser import chromium
from tests.city import Doors
from tests.h5.busy_hall import arrive, counter_of
from tests.h5.test_in_browser import AUDIT, LOOKS, PICTURES, SMALL, phone
from tests.h5.visitor import Visitor, visiting
from tests.h5.waiting import COUNTER, SECOND, SECRET, call, finish, serve_some, signed_in, take_number

# What the phone was asked to do, beside what the page shows.
SENSES = "window.shaken = []; navigator.vibrate = pattern => { shaken.push(pattern); return true; };"

# Whether the wait stands above the time it was reckoned; looked at in one go, the open page draws itself anew.
STANDS_ABOVE = """() => {
  const [told, reckoned] = [".two .txt", ".two small"].map(at => document.querySelector(at).getBoundingClientRect());
  return told.bottom <= reckoned.top;
}"""

pytestmark = pytest.mark.usefixtures("mid_morning")


async def own_ticket(visitor: Visitor, *, ahead: int = 0) -> Ticket:
    await visitor.sign_in("zhang")
    return await take_number(citizen_id=await signed_in(), ahead=ahead)


async def test_the_page_says_how_many_how_long_and_in_which_order(doors: Doors) -> None:
    async with visiting(doors) as visitor:
        await serve_some(7)
        mine = await own_ticket(visitor, ahead=4)
        page = await visitor.get(f"/h5/tickets/{mine.code}")
        assert f"{mine.number} 等候中 前面还有 4 人 大约还要等" in page.words
        assert re.search(r"\d+–\d+ 分钟 \d\d:\d\d 计算", page.words)
        assert "每连续叫 3 位优先或预约群众后，叫 1 位现场取号群众" in page.words
        assert '<noscript><meta http-equiv="refresh" content="20"></noscript>' in page.text
        await call()
        assert "前面还有 3 人" in (await visitor.get(f"/h5/tickets/{mine.code}/now")).words


async def test_with_no_open_counter_nothing_is_invented_and_called_it_says_where_to_go(doors: Doors) -> None:
    async with visiting(doors) as visitor:
        mine = await own_ticket(visitor)
        page = await visitor.get(f"/h5/tickets/{mine.code}")
        assert ("窗口尚未开放叫号，暂时不能估计时间" in page.words, "计算" in page.words) == (True, False)
        await call(SECOND)
        page = await visitor.get(f"/h5/tickets/{mine.code}")
    assert "已叫号 请现在到 B02 窗口 1 楼 B 区 户政窗口" in page.words


async def test_leaving_coming_back_and_giving_up_by_forms(doors: Doors) -> None:
    async with visiting(doors) as visitor:
        mine = await own_ticket(visitor, ahead=1)
        path = f"/h5/tickets/{mine.code}"
        page = await visitor.get(path)
        assert "15 分钟内回来并点“我回来了”，原来的位置不变" in page.words
        left = await visitor.post(f"{path}/leave", page)
        until = (await Ticket.get(id=mine.id)).return_by
        assert until and f"号码为您保留到 {until.astimezone(clock.CHINA):%H:%M}" in left.words
        assert (await visitor.post(f"{path}/leave", page)).status == 200  # pressed twice
        back = await visitor.post(f"{path}/return", left)
        assert ("前面还有 1 人" in back.words, "暂时离开" in back.words) == (True, False)
        again = await visitor.post(f"{path}/leave", page)
        assert (again.status, "每个号只能暂时离开一次" in again.words) == (409, True)
        assert "暂时离开" not in (await visitor.get(f"{path}/give-up")).words  # it is used up
        await Ticket.filter(id=mine.id).update(leaves=0)
        asked = await visitor.get(f"{path}/give-up")
        assert (f"确定放弃 {mine.number} 号吗" in asked.words, "可以用“暂时离开”" in asked.words) == (True, True)
        assert (await Ticket.get(id=mine.id)).state == "waiting"
        gone = await visitor.post(f"{path}/give-up", asked)
        assert "这个号已经放弃，不会再叫" in gone.words
        assert (await visitor.get(f"{path}/give-up")).address == path  # nothing to give up


async def test_a_ticket_opens_to_its_owner_and_to_nobody_else(doors: Doors) -> None:
    async with visiting(doors) as owner, visiting(doors) as stranger:
        mine = await own_ticket(owner)
        path = f"/h5/tickets/{mine.code}"
        asked = await stranger.get(path)
        assert asked.address == f"/h5/sign-in?next=/h5/tickets/{mine.code}"
        await stranger.sign_in("li")
        pages = [await stranger.get(path + end) for end in ("", "/now", "/family", "/give-up", "/rate", "/stream")]
        assert [page.status for page in pages] == [404] * 6
        form = await stranger.get("/h5/me")
        ends = ("/leave", "/return", "/give-up", "/family/end", "/rate")
        refused = [await stranger.post(path + end, form, grade="1") for end in ends]
        assert {page.status for page in refused} <= {404, 422}
    assert (await Ticket.get(id=mine.id)).state == "waiting"


async def test_a_guests_link_opens_the_ticket_and_the_secret_leaves_the_address(doors: Doors) -> None:
    mine = await take_number(secret=SECRET)
    path = f"/h5/tickets/{mine.code}"
    async with visiting(doors) as guest, visiting(doors) as guesser:
        page = await guest.get(f"{path}?k={SECRET}")
        assert (page.status, page.address, mine.number in page.words) == (200, path, True)
        assert (await guest.post(f"{path}/leave", page)).status == 200
        wrong = await guesser.get(f"{path}?k={'x' * 24}")
        assert (wrong.address.startswith("/h5/sign-in"), len(guesser.http.cookie_jar)) == (True, 1)  # of the form
        # Nobody is talked into using a secret that somebody else knows: one of another ticket is not kept.
        await guest.get(f"{path}?k={'y' * 24}")
        assert (await guest.get(path)).status == 200
    assert (await Ticket.get(id=mine.id)).state == "left"


async def test_the_family_scans_signs_in_confirms_and_watches(doors: Doors) -> None:
    async with visiting(doors) as owner, visiting(doors) as relative:
        mine = await own_ticket(owner)
        path = f"/h5/tickets/{mine.code}"
        link = (await owner.get(f"{path}/family")).text.split('readonly value="')[1].split('"')[0]
        assert link.startswith(f"{doors.product}/h5/family?c=ZB1.")
        await relative.sign_in("li")
        asked = await relative.get(link.removeprefix(doors.product))
        assert f"接收 {mine.number} 号的通知？" in asked.words
        seen = await relative.post("/h5/family", asked, c=asked.field("c"))
        assert "已开始接收这个号的通知" in seen.words
        assert ("放弃本号" in seen.words, "暂时离开" in seen.words, "不再接收" in seen.words) == (False, False, True)
        assert mine.number in (await relative.get("/h5/me")).words
        refused = await relative.get(f"{path}/give-up")
        assert (refused.status, "请让本人在其手机上操作" in refused.words, "确定放弃" in refused.words) == (
            403,
            True,
            False,
        )
        page = await owner.get(path)
        assert "移除" in page.words
        await owner.post(f"{path}/family/end", page, companion=page.field("companion"))
        assert (await relative.get(path)).status == 404
        lapsed = await relative.get("/h5/family?c=ZB1.x.y")
        assert lapsed.status == 422
    assert await Companion.filter(ended_at=None).count() == 0


async def test_rating_without_script_once(doors: Doors) -> None:
    async with visiting(doors) as visitor:
        mine = await own_ticket(visitor)
        path = f"/h5/tickets/{mine.code}/rate"
        await call()
        assert "窗口办理完成后才能评价" in (await visitor.get(path)).words
        await finish(mine)
        faces = await visitor.get(f"/h5/rate?counter={COUNTER}")
        assert faces.address == f"{path}?from=counter"
        assert "非常满意 满意 基本满意 不满意 非常不满意" in faces.words
        bad = await visitor.get(faces.links(f"{path}?grade=4")[0])
        incomplete = await visitor.post(path, bad, grade="4", came=bad.field("came"), text="<等太久>")
        assert (incomplete.status, "请至少选择一项原因" in incomplete.words) == (422, True)
        assert "&lt;等太久&gt;</textarea>" in incomplete.text
        said = {"grade": "4", "came": incomplete.field("came"), "text": "<等太久>", "reasons[]": "D1"}
        done = await visitor.post(path, incomplete, **said)
        assert ("谢谢您的评价" in done.words, "等候时间太长" in done.words) == (True, True)
        second = await visitor.post(path, incomplete, **{**said, "grade": "1", "reasons[]": "A1"})
        assert "一次办理只评一次，下面是您的评价" in second.words
        assert "不满意" in second.words
    rating = await Rating.get()
    assert (rating.grade, rating.channel, rating.text) == (4, "counter", "<等太久>")


async def test_a_counters_code_says_what_to_do_when_nothing_was_finished_there(doors: Doors) -> None:
    async with visiting(doors) as visitor:
        assert (await visitor.get(f"/h5/rate?counter={COUNTER}")).address.startswith("/h5/sign-in?next=")
        await visitor.sign_in("zhang")
        page = await visitor.get(f"/h5/rate?counter={COUNTER}")
    assert (page.status, "没有找到您今天在本窗口办完的业务" in page.words) == (404, True)


async def opened(tab: Tab, doors: Doors, mine: Ticket) -> None:
    await tab.goto(f"{doors.product}/h5/tickets/{mine.code}")
    await expect(tab.locator("[data-lost]")).to_be_hidden()


async def test_the_open_page_turns_to_called_within_a_second_and_says_so(doors: Doors) -> None:
    async with chromium() as browser:
        context = await browser.new_context(viewport=SMALL)
        await context.add_init_script(SENSES)
        tab = await phone(context, doors)
        mine = await take_number(citizen_id=await signed_in(), ahead=1)
        await opened(tab, doors, mine)
        await expect(tab.locator(".two")).to_contain_text("前面还有1人")
        await call(COUNTER)
        await expect(tab.locator(".two")).to_contain_text("前面还有0人", timeout=1500)
        await tab.evaluate("document.querySelector('.t').marked = true")
        await arrive("SB")  # rings the hall's bell: this group is looked at again, and is as it was
        await tab.wait_for_timeout(700)
        assert await tab.evaluate("[document.querySelector('.t').marked, shaken.length]") == [True, 0]
        await call(SECOND)
        await expect(tab.locator(".go")).to_contain_text("B02 窗口1 楼 B 区 户政窗口", timeout=1500)
        assert (await tab.evaluate("shaken.length"), await tab.title()) == (1, "【请到 B02 窗口】")
        await expect(tab.locator("[role=status]")).to_have_text("已叫号")
        now = clock.now() + timedelta(seconds=20)
        await actions.recall(ticket_code=mine.code, counter_code=SECOND, by=SYSTEM, now=now)
        await expect(tab.locator(".t")).to_contain_text("已叫第 2 次", timeout=1500)
        assert await tab.evaluate("shaken.length") == 2
        await finish(mine, SECOND)
        await expect(tab.get_by_role("link", name="评价这次办理")).to_be_visible(timeout=1500)


async def test_leaving_and_coming_back_by_tapping_and_a_page_in_two_places(doors: Doors) -> None:
    async with chromium() as browser:
        context = await browser.new_context(viewport=SMALL)
        tab = await phone(context, doors)
        mine = await take_number(citizen_id=await signed_in(), ahead=2)
        other = await context.new_page()
        for page in (tab, other):
            await opened(page, doors, mine)
        await tab.get_by_role("button", name="暂时离开").click()
        await expect(other.locator(".t")).to_contain_text("号码为您保留到", timeout=1500)
        await other.get_by_role("button", name="我回来了").click()
        await expect(tab.locator(".two")).to_contain_text("前面还有2人", timeout=1500)
        await expect(tab.get_by_role("button", name="暂时离开")).to_have_count(0)


async def test_sent_to_another_group_the_page_follows(doors: Doors) -> None:
    async with chromium() as browser:
        tab = await phone(await browser.new_context(viewport=SMALL), doors)
        mine = await take_number(citizen_id=await signed_in())
        await call()
        await opened(tab, doors, mine)
        await actions.transfer(ticket_code=mine.code, counter_code=COUNTER, to_group="SB", by=SYSTEM, now=clock.now())
        await expect(tab.locator(".st")).to_have_text("等候中", timeout=3000)
        await call(await counter_of("SB"))
        await expect(tab.locator(".go")).to_be_visible(timeout=3000)


async def test_a_wait_told_by_the_clock_does_not_run_into_the_time_it_was_reckoned(
    doors: Doors, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(tickets, "across", lambda wait: "14:15 至 14:55 之间（12:00–14:00 休息）")
    async with chromium() as browser:
        tab = await phone(await browser.new_context(viewport=SMALL), doors, look="elder=1")
        await serve_some(7)
        mine = await take_number(citizen_id=await signed_in(), ahead=4)
        await tab.goto(f"{doors.product}/h5/tickets/{mine.code}")
        await expect(tab.locator(".two .txt")).to_contain_text("叫到您")
        assert await tab.evaluate(STANDS_ABOVE)


async def test_every_page_of_a_ticket_in_every_look_can_be_read_and_tapped(doors: Doors) -> None:
    found: dict[str, list[str]] = {}
    async with chromium() as browser:
        tab = await phone(await browser.new_context(viewport=SMALL), doors)
        me = await signed_in()
        await serve_some(6)
        done, called = await take_number(citizen_id=me), await take_number(citizen_id=me)
        for counter in (COUNTER, SECOND):
            await call(counter)
        await finish(done)
        mine = await take_number(citizen_id=me, ahead=3)
        paths = {
            "ticket": mine.code, "ticket-called": called.code, "ticket-done": done.code,
            "ticket-family": f"{mine.code}/family", "ticket-give-up": f"{mine.code}/give-up",
            "rate": f"{done.code}/rate", "rate-bad": f"{done.code}/rate?grade=4",
        }  # fmt: skip
        for look, query in LOOKS.items():
            await tab.goto(f"{doors.product}/h5/look?elder=0&size=usual&tone=usual&next=/h5/look%3F{query}")
            for name, path in paths.items():
                await tab.goto(f"{doors.product}/h5/tickets/{path}")
                if faults := await tab.evaluate(AUDIT):
                    found[f"{look} {name}"] = faults
                await tab.screenshot(path=PICTURES / f"{name}-{look}.png")
    assert found == {}
