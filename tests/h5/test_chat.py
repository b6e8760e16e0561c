"""Asking on the phone: the bot, the line, a person, the end and the rating; without script, and live in Chromium."""

import re
from datetime import datetime, timedelta

import pytest
from playwright.async_api import expect

from app import clock
from app.city import city_of
from app.clock import CHINA
from app.staff.by import By
from chatbot import desk
from chatbot.models import Conversation, Message
from tests.browser import chromium
from tests.chatbot.desk import HU
from tests.city import Calendar, Doors
from tests.h5.test_in_browser import AUDIT, LOOKS, PICTURES, SMALL
from tests.h5.visitor import Page, Visitor, visiting

TUESDAY, FRIDAY = datetime(2026, 12, 1, 10, 0, tzinfo=CHINA), datetime(2026, 11, 27, 20, 0, tzinfo=CHINA)
QUESTION = "身份证丢了怎么补办？"


@pytest.fixture
def day(monkeypatch: pytest.MonkeyPatch) -> Calendar:
    """It is Tuesday, ten o'clock."""
    calendar = Calendar()
    monkeypatch.setattr(clock, "now", calendar.now)
    calendar.jump_to(TUESDAY)
    return calendar


async def ask(visitor: Visitor, text: str, page: Page | None = None, path: str = "/h5/chat") -> Page:
    page = page or await visitor.get(path)
    return await visitor.post(
        "/h5/chat", page, text=text, once=page.field("once"), matter=page.field("matter"),
    )  # fmt: skip


async def answer(by: By = HU, *texts: str) -> Conversation:
    """A member of staff takes whoever waits and says this."""
    row = await Conversation.get(state="waiting")
    await desk.claim(code=row.code, by=by, most=5, now=clock.now())
    for text in texts:
        await desk.reply(code=row.code, by=by, text=text, now=clock.now())
    return row


async def test_at_first_there_are_four_questions_and_each_is_one_tap(day: Calendar, doors: Doors) -> None:
    async with visiting(doors) as visitor:
        page = await visitor.get("/h5/chat")
        assert re.findall(r'form="pick" name="text" value="([^"]+)"', page.text) == list(
            city_of("huainan").chat.questions
        )
        assert "您好，请直接写下要办的事" in page.words
        page = await ask(visitor, city_of("huainan").chat.questions[0], page)
        assert page.status == 200
    assert await Message.filter(author="bot", kind="answer").count() == 1


async def test_an_answer_names_who_speaks_its_source_and_date_and_where_to_go(day: Calendar, doors: Doors) -> None:
    async with visiting(doors) as visitor:
        page = await ask(visitor, QUESTION)
        assert ("智能客服 10:0" in page.words, "来源：淮南市公安局 · 2026-12-01" in page.words) == (True, True)
        assert page.links("/h5/matters/") == ["/h5/matters/HN-GA-003"]
        (booking,) = page.links("/h5/booking?")
        assert booking == "/h5/booking?matter=HN-GA-003"
        assert (await visitor.get(booking)).status == 200
        assert (await visitor.get(page.links("/h5/matters/")[0])).status == 200


async def test_a_wish_to_book_opens_the_booking_with_its_matter_set(day: Calendar, doors: Doors) -> None:
    async with visiting(doors) as visitor:
        page = await ask(visitor, "预约换身份证")
    assert page.links("/h5/booking?") == ["/h5/booking?matter=HN-GA-002"]


async def test_choices_are_taps_and_the_one_tapped_is_asked(day: Calendar, doors: Doors) -> None:
    async with visiting(doors) as visitor:
        page = await ask(visitor, "身份证")
        choices = re.findall(r'form="pick" name="text" value="([^"]+)"', page.text)
        links = page.links("/h5/matters/")
        assert (choices, links[0]) == ([], "/h5/matters/HN-GA-001")  # a menu of guides
        page = await ask(visitor, "你好")
        choices = re.findall(r'form="pick" name="text" value="([^"]+)"', page.text)
        assert choices == ["热门事项", "预约取号", "查进度", "办事大厅"]
        await ask(visitor, "查进度", page)
    row = await Message.filter(author="bot").order_by("-id").first()
    assert row is not None
    assert row.answer["answer_id"] == "KR-016"


async def test_from_a_guide_the_matter_is_set(day: Calendar, doors: Doors) -> None:
    async with visiting(doors) as visitor:
        guide = await visitor.get("/h5/matters/HN-GA-003")
        (link,) = guide.links("/h5/chat")
        page = await visitor.get(link)
        assert "正在咨询： 居民身份证" in page.words
        await ask(visitor, "要多少钱", page)
    row = await Message.get(author="bot")
    assert (row.kind, row.answer["matter_code"]) == ("answer", "HN-GA-003")


async def test_a_matter_that_is_none_is_passed_over(day: Calendar, doors: Doors) -> None:
    async with visiting(doors) as visitor:
        page = await visitor.get("/h5/chat?matter=%3Cscript%3E")
        assert (page.status, "正在咨询" in page.words, page.field("matter")) == (200, False, "")


async def test_a_second_tap_says_nothing_twice(day: Calendar, doors: Doors) -> None:
    async with visiting(doors) as visitor:
        page = await ask(visitor, "你好")
        for _ in range(2):
            await ask(visitor, "换身份证", page)
        await ask(visitor, "补身份证", page)
    assert await Message.filter(author="citizen").order_by("id").values_list("text", flat=True) == [
        "你好", "换身份证", "补身份证",
    ]  # fmt: skip


async def test_what_cannot_be_sent_comes_back_with_what_was_typed(day: Calendar, doors: Doors) -> None:
    async with visiting(doors) as visitor:
        empty = await ask(visitor, " ")
        assert (empty.status, "请先写下要说的话，再发送" in empty.words) == (422, True)
        long = await ask(visitor, "问" * 501)
        assert (long.status, "一次最多 500 个字" in long.words, "问" * 501 in long.text) == (422, True, True)
        for _ in range(20):
            page = await ask(visitor, "你好")
        page = await ask(visitor, "换身份证", page)
        assert (page.status, "您发得太快了，请过一分钟再发" in page.words) == (429, True)
        assert ">换身份证</textarea>" in page.text


async def test_from_the_bot_to_a_person_to_the_end_and_the_rating(day: Calendar, doors: Doors) -> None:
    async with visiting(doors) as visitor:
        await visitor.sign_in("zhang")
        page = await ask(visitor, QUESTION)
        page = await visitor.post("/h5/chat/person", page)
        assert "正在等候人工客服，您排在第 1 位" in page.words
        await ask(visitor, "我在外地，能代办吗")
        assert await Message.filter(author="bot").count() == 1  # silent
        row = await answer(HU, "可以，带委托书和双方身份证")
        page = await visitor.get("/h5/chat/now")
        assert "人工客服 10:0" in page.words
        assert "可以，带委托书和双方身份证" in page.words
        assert "胡敏" not in page.words
        await desk.note(code=row.code, by=HU, text="已查委托书样本", now=clock.now())
        await desk.close(code=row.code, by=HU, now=clock.now())
        page = await visitor.get("/h5/chat")
        assert ("这次咨询您满意吗" in page.words, "委托书样本" in page.words) == (True, False)
        page = await visitor.post("/h5/chat/rate", page, code=row.code, grade="1")
        assert "谢谢您的评价：非常满意" in page.words
        page = await ask(visitor, "换身份证", page)
        assert "谢谢您的评价" not in page.words
    assert await Conversation.filter(citizen_id=row.citizen_id).count() == 2
    assert (await Conversation.get(id=row.id)).grade == 1


async def test_waiting_can_be_given_up_also_when_it_is_over_already(day: Calendar, doors: Doors) -> None:
    async with visiting(doors) as visitor:
        page = await visitor.post("/h5/chat/person", await visitor.get("/h5/chat"))
        back = await visitor.post("/h5/chat/give-up", page)
        assert ("已取消等候" in back.words, "转人工" in back.words) == (True, True)
        assert (await visitor.post("/h5/chat/give-up", page)).status == 200
        assert "本次咨询已结束" in (await visitor.post("/h5/chat/close", page)).words
        assert (await visitor.post("/h5/chat/close", page)).status == 200


async def test_on_friday_evening_monday_is_promised_and_the_guest_is_still_known_then(
    day: Calendar, doors: Doors
) -> None:
    day.jump_to(FRIDAY)
    async with visiting(doors) as visitor:
        page = await ask(visitor, "转人工")
        assert "人工客服将在 11月30日 周一 09:00 上班后回复" in page.words
        kept = [cookie for cookie in visitor.http.cookie_jar if cookie.key == "zb_guest"]
        assert [cookie["max-age"] for cookie in kept] == [str(30 * 24 * 3600)]
        day.jump_to(FRIDAY + timedelta(days=2, hours=13, minutes=10))
        await answer(HU, "您好，请问办什么？")
        assert "您好，请问办什么？" in (await visitor.get("/h5/chat")).words


async def test_somebody_elses_conversation_is_nowhere(day: Calendar, doors: Doors) -> None:
    async with visiting(doors) as owner, visiting(doors) as stranger:
        await ask(owner, QUESTION)
        row = await Conversation.get()
        assert [(await stranger.get(f"/h5/chat/{end}")).status for end in ("now", "stream")] == [404, 404]
        page = await stranger.get("/h5/chat")
        assert (await stranger.post("/h5/chat/rate", page, code=row.code, grade="1")).status == 404
        await stranger.sign_in("li")
        assert "来源：" not in (await stranger.get("/h5/chat")).words


async def test_guests_of_one_network_cannot_flood_the_line_and_members_go_on(
    day: Calendar, doors: Doors, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("h5.pages.chat._limit", lambda request: 3)
    async with visiting(doors) as guest, visiting(doors) as member:
        pages = [await ask(guest, "你好") for _ in range(3)]
        assert [page.status for page in pages] == [200, 200, 429]
        assert "您所在网络的匿名咨询太多，请登录后再问" in pages[-1].words
        await member.sign_in("zhang")
        assert (await ask(member, "你好")).status == 200


async def test_what_a_person_says_appears_by_itself_and_what_is_typed_stays(day: Calendar, doors: Doors) -> None:
    async with chromium() as browser:
        page = await (await browser.new_context(viewport=SMALL)).new_page()
        await page.goto(f"{doors.product}/h5/chat")
        await page.get_by_role("button", name="转人工").click()
        await expect(page.locator("#end")).to_contain_text("您排在第 1 位")
        await page.get_by_label("要说的话").fill("我还想问")
        row = await answer(HU, "您好，我是人工客服")
        await expect(page.locator(".staff .bubble")).to_have_text("您好，我是人工客服", timeout=2000)
        assert await page.get_by_label("要说的话").input_value() == "我还想问"
        assert await page.locator("[data-said]").text_content()
        said = await page.locator("[data-said]").bounding_box()
        assert said and said["x"] + said["width"] < 0  # for who cannot see; a long answer must not reach into the page
        await desk.close(code=row.code, by=HU, now=clock.now())
        await page.get_by_role("button", name="非常满意").click(timeout=2000)
        await expect(page.locator("#end")).to_contain_text("谢谢您的评价：非常满意")


async def test_every_state_in_every_look_can_be_read_and_tapped(day: Calendar, doors: Doors) -> None:
    found: dict[str, list[str]] = {}
    async with chromium() as browser:
        page = await (await browser.new_context(viewport=SMALL, java_script_enabled=False)).new_page()

        async def look(name: str) -> None:
            for look, query in LOOKS.items():
                await page.goto(f"{doors.product}/h5/look?elder=0&size=usual&tone=usual&next=/h5/look%3F{query}")
                await page.goto(f"{doors.product}/h5/chat#end")
                if faults := await page.evaluate(AUDIT):
                    found[f"{look} {name}"] = faults
                await page.screenshot(path=PICTURES / f"chat-{name}-{look}.png")

        async def send(text: str) -> None:
            await page.get_by_label("要说的话").fill(text)
            await page.get_by_role("button", name="发送").click()

        await look("empty")
        await page.goto(f"{doors.product}/h5/chat?matter=HN-GA-003")
        await page.screenshot(path=PICTURES / "chat-matter.png")
        await send(QUESTION)
        await look("answer")
        await send("你好")
        await look("menu")
        await page.get_by_role("button", name="转人工").click()
        await look("waiting")
        row = await answer(HU, "可以代办，请带委托书和双方身份证。")
        await look("person")
        await desk.close(code=row.code, by=HU, now=clock.now())
        await look("closed")
    assert found == {}
