"""Two members of staff at the desk: who gets whom, who may what, and what is written down."""

import asyncio
from datetime import timedelta

import pytest

from app import live
from app.errors import AppError
from app.staff.models import AuditRow
from chatbot import conversations, desk, peers, queries
from chatbot.engine.answering import Brain
from chatbot.keeper import Service
from chatbot.models import Conversation, Message
from chatbot.states import TRANSITIONS, State
from tests.chatbot.desk import BOSS, HU, SUN, ZHANG, claim, last, said, say, service_of, wait
from tests.factories import NOW
from tests.marks import on_both
from tests.staff.people import by_of, make_staff


@pytest.fixture
def service(brain: Brain) -> Service:
    return service_of(brain)


@on_both
async def test_of_two_who_claim_at_once_one_gets_the_citizen(db: str, service: Service) -> None:
    one, two = by_of(await make_staff()), by_of(await make_staff("sun.hao"))
    for n in range(6):
        code = (await wait(service, peer=peers.citizen(n))).code
        answers = await asyncio.gather(claim(code, one, most=9), claim(code, two, most=9), return_exceptions=True)
        assert sorted(type(answer).__name__ for answer in answers) == ["AlreadyTaken", "Conversation"]
        (refused,) = (answer for answer in answers if isinstance(answer, AppError))
        assert refused.text == "这位群众已由 胡敏 接待，请接待下一位"
    assert await AuditRow.filter(action="chat.claim").count() == 6


@on_both
async def test_nobody_is_busy_with_more_than_the_setting_says_also_with_two_taps(db: str, service: Service) -> None:
    codes = [(await wait(service, peer=peers.citizen(n))).code for n in range(4)]
    answers = await asyncio.gather(*(claim(code, most=2) for code in codes), return_exceptions=True)
    assert sorted(type(answer).__name__ for answer in answers) == ["AgentFull"] * 2 + ["Conversation"] * 2
    (first, _) = (answer for answer in answers if isinstance(answer, AppError))
    assert first.text == "您正在接待 2 位群众，请先结束或转回一位，再接待新的"
    mine = await Conversation.filter(state="person").first()
    assert mine is not None
    assert (await claim(mine.code, most=2)).id == mine.id  # pressed again
    await desk.close(code=mine.code, by=HU, now=NOW)
    waiting = await Conversation.filter(state="waiting").first()
    assert waiting is not None
    assert (await claim(waiting.code, most=2)).state == "person"


async def test_a_person_answers_and_ends_it(db: str, service: Service) -> None:
    code = (await wait(service)).code
    later = NOW + timedelta(seconds=40)
    await claim(code)
    await desk.reply(code=code, by=HU, text="您好，请问 340403199001010016 是谁的？", now=later)
    await desk.reply(code=code, by=HU, text="可以代办", now=NOW + timedelta(minutes=5))
    row = await desk.close(code=code, by=HU, now=NOW + timedelta(minutes=6))
    assert (row.state, row.first_reply_at, row.open_key, row.closed_at) == (
        "closed", later, None, NOW + timedelta(minutes=6),
    )  # fmt: skip
    shown = (await queries.transcript(row.id, now=NOW)).messages
    assert [each.text for each in shown if each.author == "staff"] == [
        "您好，请问 340403********0016 是谁的？",
        "可以代办",
    ]
    assert shown[-1].text == "人工客服已结束本次咨询，请您评价。"
    acts = await AuditRow.all().order_by("id").values_list("action", "citizen_id", "subject")
    verbs = ("claim", "reply", "reply", "close")
    assert acts == [(f"chat.{verb}", 1, f"chat:{code}") for verb in verbs]


async def test_the_citizen_never_sees_a_note(db: str, service: Service) -> None:
    row = await wait(service)
    await claim(row.code)
    await desk.note(code=row.code, by=HU, text="已电话核实", now=NOW)
    assert "已电话核实" not in [each.text for each in (await queries.transcript(row.id, now=NOW)).messages]
    view = await queries.at_desk(row.code, by=SUN, now=NOW)
    assert (view.messages[-1].text, view.is_mine) == ("已电话核实", False)
    assert await AuditRow.filter(action="chat.view", staff_id=8, citizen_id=1).count() == 1


async def test_given_back_it_waits_at_the_end_of_the_line(db: str, service: Service) -> None:
    row = await wait(service)
    other = await wait(service, peer=peers.citizen(2), now=NOW + timedelta(seconds=5))
    await claim(row.code)
    await desk.transfer(code=row.code, by=HU, why="要不动产的同事", now=NOW + timedelta(seconds=9))
    lines = await queries.lines_now(NOW + timedelta(seconds=10))
    assert [line.code for line in lines] == [other.code, row.code]
    assert (await last()).text == "正在为您转给其他人工客服，请稍候。"
    note = await Message.get(author="note")
    assert note.text == "转回等候：要不动产的同事"
    assert (await claim(row.code, SUN)).staff_id == 8


async def test_a_colleague_may_not_answer_and_a_manager_may_give_back(db: str, service: Service) -> None:
    one = by_of(await make_staff())
    code = (await wait(service)).code
    await claim(code, one)
    for doing in (
        desk.reply(code=code, by=SUN, text="好", now=NOW),
        desk.note(code=code, by=SUN, text="好", now=NOW),
        desk.transfer(code=code, by=SUN, why="好", now=NOW),
        desk.close(code=code, by=SUN, now=NOW),
        desk.reply(code=code, by=BOSS, text="好", now=NOW),
    ):
        with pytest.raises(AppError) as caught:
            await doing
        assert caught.value.text == "这次咨询由 胡敏 接待，如需接手，请由本人或大厅管理员先转回等候"
    assert (await desk.transfer(code=code, by=BOSS, why="已下班", now=NOW)).state == "waiting"


async def test_what_was_said_to_the_bot_alone_is_nobodys(db: str, service: Service) -> None:
    row = await say(service, "换身份证")
    for doing in (claim(row.code), queries.at_desk(row.code, by=HU, now=NOW)):
        with pytest.raises(AppError, match="not_found"):
            await doing
    await wait(service)
    await conversations.give_up(peer=ZHANG, now=NOW)
    with pytest.raises(AppError, match="not_found"):
        await queries.at_desk(row.code, by=HU, now=NOW)


async def test_what_is_over_is_answered_by_nobody(db: str, service: Service) -> None:
    code = (await wait(service)).code
    await claim(code)
    await conversations.close(peer=ZHANG, now=NOW)
    with pytest.raises(AppError) as caught:
        await desk.reply(code=code, by=HU, text="您好", now=NOW)
    assert caught.value.text == "这次咨询目前是“已结束”，不能这样操作，请刷新页面查看最新情况"


async def test_a_wait_is_late_after_60_seconds_until_the_first_answer(db: str, service: Service) -> None:
    code = (await wait(service)).code
    at = [NOW + timedelta(seconds=n) for n in (60, 61)]
    assert [await queries.late_count(each) for each in at] == [0, 1]
    assert (await queries.signs(at[0])).stamp != (await queries.signs(at[1])).stamp
    await claim(code)
    assert await queries.late_count(at[1]) == 1
    await desk.reply(code=code, by=HU, text="您好", now=NOW)
    assert await queries.late_count(at[1]) == 0


async def test_open_pages_are_told_of_what_concerns_them(db: str, service: Service) -> None:
    rung: list[str] = []
    row = await say(service, "换身份证")
    bells = {topic: lambda topic=topic: rung.append(topic) for topic in ("chats", f"chat:{row.code}")}
    for topic, bell in bells.items():
        live.add_bell(topic, bell)
    await say(service, "要多少钱")
    alone = set(rung)
    rung.clear()
    await wait(service)
    for topic, bell in bells.items():
        live.remove_bell(topic, bell)
    assert (alone, set(rung)) == ({f"chat:{row.code}"}, {"chats", f"chat:{row.code}"})


async def test_the_list_names_nobody_and_the_look_is_written_down(db: str, service: Service) -> None:
    await say(service, "换身份证")
    await say(service, "转人工")
    (line,) = await queries.inbox(by=HU, now=NOW)
    assert (line.why, line.matter_code, line.has_account) == ("转人工", "HN-GA-002", True)
    assert (await AuditRow.get(action="chat.list")).details == {"count": 1}
    assert len(await said()) == 4


def test_nothing_follows_the_end_and_everything_can_be_ended() -> None:
    assert [state for state, _ in TRANSITIONS if state is State.CLOSED] == []
    assert {state for state, step in TRANSITIONS if step == "close"} == set(State) - {State.CLOSED}
