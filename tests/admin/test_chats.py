"""The desk's pages: who waits, taking them, answering, notes, giving back, ending; masked, and written down."""

from datetime import timedelta

import pytest
from playwright.async_api import expect

from app import clock
from app.staff.models import AuditRow, Staff
from chatbot import conversations, desk, peers
from chatbot.models import Conversation, Message
from tests.admin.console import Browser, browsing
from tests.admin.talking import ZHANG, ask, wait
from tests.browser import PHONE, chromium
from tests.factories import make_citizen
from tests.queue.day import make_ticket
from tests.staff.people import PASSWORD, by_of, make_staff


@pytest.fixture
async def citizen(db: str) -> int:
    """张三, who has told a name and a mobile."""
    return (await make_citizen("C1")).id


async def test_who_has_waited_too_long_stands_first_and_red(clerk: Browser) -> None:
    await wait(peer=peers.citizen(2), seconds=10)
    await wait(seconds=130)
    page = await clerk.get("/admin/chats")
    assert "等候中 2 位" in page.words
    assert page.words.index("已超 60 秒：等了 2 分钟") < page.words.index("等了 10 秒")
    assert '<span class="tag bad push">已超 60 秒' in page.text
    assert "HN-GA-003" in page.words
    assert (await AuditRow.get(action="chat.list")).details == {"count": 2}
    assert "2 位群众" not in (await clerk.get("/admin/digest")).words
    assert "1 位群众等候人工客服答复超过 60 秒" in (await clerk.get("/admin/digest")).words


async def test_taken_answered_noted_and_ended_without_script(clerk: Browser, citizen: int) -> None:
    await make_ticket(starts_at=clock.now(), now=clock.now(), citizen_id=citizen)
    code = await wait(peer=peers.citizen(citizen))
    waiting = await clerk.get(f"/admin/chats/{code}")
    assert ("接待" in waiting.words, "群众情况" in waiting.words) == (True, False)
    page = await clerk.post(f"/admin/chats/{code}/claim")
    assert ("回复群众" in page.words, "为什么这样回答" in page.words) == (True, True)
    assert "结果 直接作答 编号 FAQ-0008 · 可信度" in page.words
    assert ("张*" in page.words, "138****0001" in page.words) == (True, True)
    assert ("张三" in page.text, "13800000001" in page.text) == (False, False)
    assert ("HZ001" in page.words, "已签到" in page.words) == (True, True)
    page = await clerk.post(f"/admin/chats/{code}/reply", text="您好")
    assert "人工客服 胡敏" in page.words
    page = await clerk.post(f"/admin/chats/{code}/note", note="已电话核实")
    assert "备注 胡敏" in page.words
    await clerk.post(f"/admin/chats/{code}/close")
    assert (await Conversation.get()).state == "closed"
    acts = await AuditRow.filter(action__startswith="chat.", citizen_id=citizen).values_list("action", flat=True)
    assert {"chat.view", "chat.claim", "chat.reply", "chat.note", "chat.close"} <= set(acts)


async def test_what_is_refused_comes_back_with_what_was_typed(clerk: Browser) -> None:
    code = await wait()
    await clerk.post(f"/admin/chats/{code}/claim")
    page = await clerk.post(f"/admin/chats/{code}/reply", text="好" * 501)
    assert (page.status, "一次最多 500 个字" in page.words, "好" * 501 in page.text) == (422, True, True)
    await conversations.close(peer=ZHANG, now=clock.now())
    page = await clerk.post(f"/admin/chats/{code}/reply", text="您好")
    assert (page.status, "这次咨询目前是“已结束”" in page.words) == (409, True)
    assert "群众情况" not in page.words


async def test_a_colleague_was_first(clerk: Browser) -> None:
    code = await wait()
    await make_staff("sun.hao")
    async with browsing(clerk.url) as colleague:
        await colleague.sign_in("sun.hao")
        await colleague.get("/admin/chats")
        await clerk.post(f"/admin/chats/{code}/claim")
        page = await colleague.post(f"/admin/chats/{code}/claim")
        assert (page.status, "这位群众已由 胡敏 接待，请接待下一位" in page.words) == (409, True)
        seen = await colleague.get(f"/admin/chats/{code}")
        assert ("回复群众" in seen.words, "结束咨询" in seen.words, "data-live" in seen.text) == (False, False, False)
        assert (await colleague.get(f"/admin/chats/{code}/now")).path == f"/admin/chats/{code}"
        assert (await colleague.post(f"/admin/chats/{code}/reply", text="好")).status == 403
        await Staff.filter(username="sun.hao").update(roles=["manager"])
        assert "转回等候" in (await colleague.get(f"/admin/chats/{code}")).words
        page = await colleague.post(f"/admin/chats/{code}/transfer", why="同事已下班")
        assert ("等候中 1 位" in page.words, page.path) == (True, "/admin/chats")
    assert (await Message.get(author="note")).text == "转回等候：同事已下班"


async def test_bookings_and_numbers_of_another_hall_stay_there(clerk: Browser, citizen: int) -> None:
    await make_ticket(starts_at=clock.now(), now=clock.now(), citizen_id=citizen)
    code = await wait(peer=peers.citizen(citizen))
    await clerk.post(f"/admin/chats/{code}/claim")
    await Staff.filter(username="hu.min").update(hall_codes=["HALL-TJA"])
    page = await clerk.get(f"/admin/chats/{code}")
    assert ("您能看的大厅里没有预约" in page.words, "HZ001" in page.words) == (True, False)


async def test_what_was_said_to_the_bot_alone_does_not_open(clerk: Browser) -> None:
    row = await ask("换身份证")
    pages = [await clerk.get(f"/admin/chats/{row.code}{end}") for end in ("", "/now")]
    pages.append(await clerk.post(f"/admin/chats/{row.code}/claim"))
    assert [page.status for page in pages] == [404, 404, 404]
    assert "换身份证" not in (await clerk.get("/admin/chats")).words


async def test_no_more_than_the_setting_says(clerk: Browser) -> None:
    codes = [await wait(peer=peers.citizen(n)) for n in range(6)]
    pages = [await clerk.post(f"/admin/chats/{code}/claim") for code in codes]
    assert [page.status for page in pages] == [200] * 5 + [409]
    assert "您正在接待 5 位群众，请先结束或转回一位" in pages[-1].words


async def test_on_a_phone_the_desk_hears_by_itself_and_keeps_what_is_typed(clerk: Browser) -> None:
    async with chromium() as browser:
        page = await browser.new_page(viewport=PHONE)
        await page.goto(f"{clerk.url}/admin/sign-in")
        await page.fill("[name=username]", "hu.min")
        await page.fill("[name=password]", PASSWORD)
        await page.click("button.primary")
        await page.goto(f"{clerk.url}/admin/chats")
        await expect(page.locator("main")).to_contain_text("现在没有群众等候人工客服")
        code = await wait(seconds=58)
        await expect(page.locator("main")).to_contain_text("已登录群众", timeout=4000)
        await expect(page.locator(".tag.bad")).to_contain_text("已超 60 秒", timeout=6000)
        await page.get_by_role("button", name="接待").click()
        await page.get_by_label("回复群众").fill("请稍等，我")
        await page.get_by_label("回复群众").blur()
        await ask("我在外地", peer=ZHANG)
        await expect(page.locator(".talk").get_by_text("我在外地")).to_be_visible(timeout=4000)
        assert await page.get_by_label("回复群众").input_value() == "请稍等，我"
        await page.get_by_role("button", name="发送").click()
        await expect(page.locator(".talk .by-staff").get_by_text("请稍等，我")).to_be_visible()
        await page.screenshot(path="var/h5/desk-chat.png", full_page=True)
    assert (await Conversation.get(code=code)).first_reply_at is not None


async def test_from_the_phone_page_to_the_desk_and_back(clerk: Browser) -> None:
    """What one side says the other reads, in the same database."""
    code = await wait()
    by = by_of(await Staff.get(username="hu.min"))
    await clerk.post(f"/admin/chats/{code}/claim")
    await ask("我的证号是340403199001010016")
    page = await clerk.get(f"/admin/chats/{code}/now")
    assert ("340403********0016" in page.words, "19900101" in page.text) == (True, False)
    await desk.close(code=code, by=by, now=clock.now() + timedelta(seconds=1))
    assert (await clerk.get(f"/admin/chats/{code}/now")).path == f"/admin/chats/{code}"
