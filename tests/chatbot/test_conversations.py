"""What a citizen says, what the bot keeps of it, and when a person takes over (features.md F1 to F11, F17)."""

import asyncio
import json
from datetime import date, datetime, timedelta
from pathlib import Path

import pytest

from app.city import city_of
from app.clock import CHINA
from app.errors import AppError, InvalidInput
from app.ids import hashed
from app.workdays.queries import Workdays
from chatbot import conversations, hours, peers, purging, queries
from chatbot.engine.answering import Brain, answer
from chatbot.errors import Repeated, TooFast
from chatbot.keeper import Service
from chatbot.keeper import brain as kept_brain
from chatbot.models import Conversation, Message
from chatbot.texts import cleaned, masked
from tests.chatbot.desk import FRIDAY, HOURS, NOON, WEEKLY, ZHANG, claim, last, said, say, service_of, wait
from tests.factories import NOW
from tests.marks import on_both

ID_NUMBER = "340403199001010016"


@pytest.fixture
def service(brain: Brain) -> Service:
    return service_of(brain)


async def test_an_answer_is_kept_with_source_date_buttons_and_why(db: str, service: Service) -> None:
    await say(service, "身份证丢了怎么补办？")
    row = await last()
    assert (row.author, row.kind) == ("bot", "answer")
    assert (row.answer["source"], row.answer["date"]) == ("淮南市公安局", "2026-12-01")
    assert [button["label"] for button in row.answer["buttons"]] == ["办事指南", "预约办理", "查进度", "转人工"]
    assert row.answer["trace"][-1]["outcome"] == "直接作答"


async def test_the_matter_is_remembered_from_one_message_to_the_next(db: str, service: Service) -> None:
    await say(service, "换身份证")
    await say(service, "要多少钱")
    assert (await last()).answer["matter_code"] == "HN-GA-002"
    assert (await Conversation.get()).memory["matter_code"] == "HN-GA-002"


async def test_a_question_from_a_matters_page_is_about_that_matter(db: str, service: Service) -> None:
    await say(service, "要多少钱", matter_code="HN-GA-003")
    assert (await last()).answer["matter_code"] == "HN-GA-003"


async def test_the_same_question_has_the_same_answer_on_three_channels(db: str, brain: Brain) -> None:
    assert len({answer("补办身份证", brain, channel=name).answer_id for name in ("h5", "web", "miniprogram")}) == 1


@on_both
async def test_a_repeat_changes_nothing_also_when_it_comes_at_the_same_time(db: str, service: Service) -> None:
    pushes = (say(service, "换身份证", outside_id="wx-1") for _ in range(4))
    told = await asyncio.gather(*pushes, return_exceptions=True)
    assert sorted(type(each).__name__ for each in told) == ["Conversation", "Repeated", "Repeated", "Repeated"]
    assert [author for author, _ in await said()] == ["citizen", "bot"]
    before = await Conversation.get()
    with pytest.raises(Repeated):
        await say(service, "换身份证", outside_id="wx-1", now=NOW + timedelta(minutes=5))
    assert await Message.all().count() == 2
    assert dict(await Conversation.get()) == dict(before)


async def test_the_twenty_first_message_in_a_minute_is_refused_and_the_repeat_of_the_twentieth_is_not(
    db: str, service: Service
) -> None:
    for n in range(20):
        await say(service, "换身份证", outside_id=f"wx-{n}", now=NOW + timedelta(seconds=n))
    with pytest.raises(TooFast):
        await say(service, "换身份证", outside_id="wx-20", now=NOW + timedelta(seconds=30))
    with pytest.raises(Repeated):
        await say(service, "换身份证", outside_id="wx-19", now=NOW + timedelta(seconds=30))
    assert await Message.filter(author="citizen").count() == 20
    await say(service, "换身份证", outside_id="wx-20", now=NOW + timedelta(seconds=61))
    assert await Message.filter(author="citizen").count() == 21


@on_both
async def test_five_messages_at_once_are_one_conversation_and_five_answers(db: str, service: Service) -> None:
    await asyncio.gather(*(say(service, "换身份证") for _ in range(5)))
    assert await Conversation.all().count() == 1
    assert sorted(author for author, _ in await said()) == ["bot"] * 5 + ["citizen"] * 5


@pytest.mark.parametrize(
    ("text", "fault"),
    [(" \x00\u200b\n", "请先写下要说的话，再发送"), ("问" * 501, "一次最多 500 个字，请分几条发送")],
)
async def test_empty_and_endless_messages_are_refused(db: str, service: Service, text: str, fault: str) -> None:
    with pytest.raises(InvalidInput) as caught:
        await say(service, text)
    assert caught.value.data["fields"] == {"text": fault}
    assert await Conversation.all().count() == 0


def test_control_characters_are_removed_and_500_characters_fit() -> None:
    assert cleaned("换\x07身\u202e份\ud800证\n ") == "换身份证"
    assert len(cleaned("问" * 500)) == 500


@pytest.mark.parametrize(
    "text",
    [
        ID_NUMBER,
        f"sfz{ID_NUMBER}号",
        "340403 1990 0101 0016",
        "３４０４０３１９９００１０１００１６",
        "340403-19900101-0016",
    ],
)
def test_an_identity_number_is_hidden_however_it_is_typed(text: str) -> None:
    assert "340403********0016" in masked(text)


async def test_an_identity_number_is_stored_nowhere(db: str, service: Service, sql) -> None:
    await say(service, f"我的身份证号是{ID_NUMBER}，手机13812341234")
    await say(service, f"身份证sfz{ID_NUMBER}丢了怎么补办")
    rows = await sql("SELECT * FROM chatbot_message") + await sql("SELECT * FROM chatbot_conversation")
    everything = json.dumps(rows, ensure_ascii=False, default=str)
    assert ("19900101" in everything, "13812341234" in everything, ID_NUMBER in everything) == (False, False, False)
    first = await Message.filter(author="citizen").order_by("id").first()
    assert first is not None
    assert first.text == "我的身份证号是340403********0016，手机138****1234"
    told = await Message.filter(author="bot").order_by("id").first()
    assert told is not None
    assert told.text.startswith("为保护您的隐私")


async def test_21_messages_in_a_minute_are_too_many(db: str, service: Service) -> None:
    for _ in range(20):
        await say(service, "你好")
    with pytest.raises(AppError) as caught:
        await say(service, "你好")
    assert (caught.value.text, caught.value.status) == ("您发得太快了，请过一分钟再发；急事请拨打 12345", 429)
    await say(service, "你好", now=NOW + timedelta(seconds=61))


@pytest.mark.parametrize(
    ("texts", "why"),
    [
        (("转人工",), "转人工"),
        (("客服",), "人工(单词)"),
        (("我要投诉你们",), "投诉"),
        (("他妈的",), "脏话"),
        (("恐龙为什么灭绝", "火星上有没有水"), "连续两次没有答上"),
    ],
)
async def test_each_trigger_moves_to_the_line(db: str, service: Service, texts: tuple[str, ...], why: str) -> None:
    for text in texts:
        row = await say(service, text)
    row = await Conversation.get(id=row.id)
    assert (row.state, row.why, row.asked_at) == ("waiting", why, NOW)
    told = await last()
    assert told.text == "正在为您转接人工客服，您排在第 1 位，请稍候。等候时可以继续补充说明。"
    assert told.answer["trace"][-1]["outcome"] == "转人工"


async def test_the_button_moves_to_the_line_and_the_bot_is_silent_from_then_on(db: str, service: Service) -> None:
    await wait(service)
    await wait(service)  # pressed twice
    await say(service, "身份证丢了怎么补办？")
    row = await Conversation.get()
    await claim(row.code)
    await say(service, "换身份证")
    assert await said() == [("system", "waiting"), ("citizen", "text"), ("system", "claimed"), ("citizen", "text")]
    assert (row.why, row.memory) == ("按了转人工", {})


async def test_the_place_in_the_line_counts_those_before(db: str, service: Service) -> None:
    for n in range(3):
        await wait(service, peer=peers.citizen(10 + n), now=NOW + timedelta(seconds=n))
    mine = await wait(service, now=NOW + timedelta(minutes=1))
    assert "您排在第 4 位" in (await last()).text
    first = await Conversation.get(peer="c10")
    await claim(first.code)
    assert (await queries.transcript(mine.id, now=NOW)).place == 3


async def test_who_gives_up_waiting_is_answered_by_the_bot_again(db: str, service: Service) -> None:
    await wait(service)
    row = await conversations.give_up(peer=ZHANG, now=NOW)
    assert (row.state, row.asked_at, (await last()).text) == ("bot", None, "已取消等候，继续由智能客服为您解答。")
    await say(service, "换身份证")
    assert (await last()).author == "bot"
    with pytest.raises(AppError) as caught:
        await conversations.give_up(peer=ZHANG, now=NOW)
    assert caught.value.text == "这次咨询目前是“智能客服接待”，不能这样操作，请刷新页面查看最新情况"


async def test_friday_evening_promises_monday(db: str, service: Service) -> None:
    row = await wait(service, now=FRIDAY)
    assert row.promised_at == datetime(2026, 11, 30, 9, 0, tzinfo=CHINA)
    assert (await last()).text == (
        "现在不是人工服务时间（工作日 09:00–12:00、13:30–17:00）。您的问题已经登记，人工客服将在 11月30日 周一 09:00 "
        "上班后回复，请到时回本页查看。急事请拨打 12345。"
    )
    (line,) = await queries.lines_now(FRIDAY + timedelta(hours=1))
    assert (line.waits_s, line.is_late, line.promised) == (0, False, "11月30日 周一 09:00")
    (line,) = await queries.lines_now(row.promised_at + timedelta(seconds=61))
    assert (line.waits_s, line.is_late, line.promised) == (61, True, "")


async def test_friday_evening_promises_the_make_up_day_and_noon_the_afternoon(db: str, brain: Brain) -> None:
    saturday = date(2026, 11, 28)
    worked = Workdays(working={saturday: True}, official=frozenset(), names={})
    row = await wait(service_of(brain, worked), now=FRIDAY)
    assert row.promised_at == datetime(2026, 11, 28, 9, 0, tzinfo=CHINA)
    assert "11月28日 周六 09:00 上班后回复" in (await last()).text
    await wait(service_of(brain), peer=peers.citizen(2), now=NOON)
    assert "人工客服将在 今天 13:30 上班后回复" in (await last()).text


@pytest.mark.parametrize(
    ("at", "opens"),
    [("08:59", "24 09:00"), ("09:00", "24 09:00"), ("11:59", "24 11:59"), ("12:00", "24 13:30"), ("17:00", "25 09:00")],
)
def test_service_hours_end_when_they_end(at: str, opens: str) -> None:
    now = datetime.fromisoformat(f"2026-11-24 {at}").replace(tzinfo=CHINA)
    assert f"{hours.opens_at(now, hours=HOURS, workdays=WEEKLY):%d %H:%M}" == opens


async def test_a_holiday_passes_the_service_by(db: str) -> None:
    off = {date(2026, 11, 24): False, date(2026, 11, 25): False}
    calendar = Workdays(working=off, official=frozenset(), names={})
    assert hours.opens_at(NOW, hours=HOURS, workdays=calendar) == datetime(2026, 11, 26, 9, 0, tzinfo=CHINA)


async def test_what_is_over_can_be_rated_once_and_the_next_question_begins_anew(db: str, service: Service) -> None:
    old = await say(service, "换身份证")
    with pytest.raises(AppError, match="not_now"):
        await conversations.rate(peer=ZHANG, code=old.code, grade=1, now=NOW)
    await conversations.close(peer=ZHANG, now=NOW)
    await conversations.rate(peer=ZHANG, code=old.code, grade=2, now=NOW)
    assert (await conversations.rate(peer=ZHANG, code=old.code, grade=5, now=NOW)).grade == 2
    with pytest.raises(InvalidInput):
        await conversations.rate(peer=ZHANG, code=old.code, grade=6, now=NOW)
    with pytest.raises(AppError, match="not_found"):
        await conversations.rate(peer=peers.guest(hashed("x")), code=old.code, grade=1, now=NOW)
    assert (await say(service, "换身份证")).code != old.code


async def test_the_last_conversation_is_shown_for_a_day_after_its_end(db: str, service: Service) -> None:
    await say(service, "换身份证")
    await conversations.close(peer=ZHANG, now=NOW)
    assert await queries.latest(ZHANG, now=NOW + timedelta(hours=23)) is not None
    assert await queries.latest(ZHANG, now=NOW + timedelta(hours=25)) is None


@on_both
async def test_old_conversations_go_with_their_messages_and_who_waits_stays(
    db: str, service: Service, tmp_path: Path
) -> None:
    for n in range(60):
        await say(service, "你好", peer=peers.citizen(100 + n), now=NOW - timedelta(days=41))
    await wait(service, peer=peers.citizen(2), now=NOW - timedelta(days=41))
    await say(service, "你好", peer=peers.citizen(3), now=NOW - timedelta(days=39))
    while any(await asyncio.gather(*(purging.purge(NOW, keep_days=40, folder=tmp_path) for _ in range(2)))):
        pass
    left = await Conversation.all().order_by("id")
    assert [row.peer for row in left] == ["c2", "c3"]
    assert set(await Message.all().values_list("conversation_id", flat=True)) == {row.id for row in left}


async def test_the_bot_is_read_once_however_many_ask_at_once(db: str) -> None:
    brains = await asyncio.gather(*(kept_brain("huainan") for _ in range(5)))
    assert len({id(each) for each in brains}) == 1
    assert await kept_brain("huainan") is brains[0]


def test_the_questions_shown_at_first_have_answers(brain: Brain) -> None:
    assert [answer(text, brain).kind for text in city_of("huainan").chat.questions] == ["answer"] * 4
