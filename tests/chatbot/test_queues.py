"""Skill queues: whom a conversation goes to, who helps when nobody comes, and who goes back to their old place."""

import asyncio
from datetime import timedelta

import pytest

from app.errors import AppError
from app.staff.models import AuditRow
from chatbot import (
    agents,
    conversations,
    desk,
    duty,
    figures,
    history,
    jobs,
    keeper,
    labels,
    queries,
    queue_editing,
    queues,
)
from chatbot.engine.answering import Brain
from chatbot.keeper import Service
from chatbot.models import Conversation, Message, SkillQueue
from chatbot.peers import citizen
from chatbot.queue_editing import QueueFields
from tests.booking.town import make_matter
from tests.chatbot.desk import BOSS, FRIDAY, HU, SUN, claim, last, say, service_of, wait
from tests.factories import NOW
from tests.marks import on_both
from tests.staff.people import by_of, make_staff

MINUTE = timedelta(minutes=1)


@pytest.fixture
def service(brain: Brain) -> Service:
    return service_of(brain)


async def make_queue(code: str, **more) -> SkillQueue:
    return await SkillQueue.create(code=code, name=f"队列{code}", **more)


async def back(now, minutes: int = 5) -> int:
    return await jobs.give_back_unanswered(now, city="huainan", minutes=minutes)


async def at_noon(_: str, now):
    return now


@pytest.fixture(autouse=True)
def always_open(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(keeper, "opens", at_noon)


async def test_the_matter_decides_else_its_department_else_everybody(db: str) -> None:
    await make_matter("HN-GA-003", dept_code="HN-GA")
    await make_matter("HN-GA-004", dept_code="HN-GA")
    await make_matter("HN-SB-001", dept_code="HN-SB")
    await make_queue("police", dept_codes=["HN-GA"])
    await make_queue("cards", matter_codes=["HN-GA-003"])
    found = [await queues.queue_for(code) for code in ("HN-GA-003", "HN-GA-004", "HN-SB-001", "", "gone")]
    assert found == ["cards", "police", "", "", ""]


async def test_a_handed_over_question_stands_in_the_line_of_its_matter(db: str, service: Service) -> None:
    await make_matter("HN-GA-003", dept_code="HN-GA")
    await make_queue("cards", matter_codes=["HN-GA-003"])
    await wait(service, peer=citizen(2), now=NOW - MINUTE)
    await say(service, "身份证丢了怎么补办？")
    row = await say(service, "转人工")
    assert (row.queue, (await queries.transcript(row.id, now=NOW)).place) == ("cards", 1)


async def test_overflow_when_nobody_is_there_or_after_its_minutes(db: str, service: Service) -> None:
    one = await make_queue("one", staff_ids=[7], overflow_to="two", overflow_minutes=3)
    await make_queue("two", staff_ids=[8], overflow_to="")
    row = await wait(service)
    await Conversation.filter(id=row.id).update(queue="one")
    assert await jobs.overflow(NOW) == 0  # nobody anywhere: it stays with those who know
    await duty.begin(by=HU, now=NOW)
    await duty.begin(by=SUN, now=NOW)
    assert [await jobs.overflow(NOW + n * MINUTE) for n in (0, 2, 3, 3)] == [0, 0, 1, 0]
    moved = await Conversation.get()
    assert (moved.queue, moved.asked_at, moved.queued_at) == ("two", NOW, NOW + 3 * MINUTE)
    assert (await last()).text == "当前没有“队列one”的客服能马上接待，已转到“队列two”，仍按您原来的时间排队。"
    await duty.pause(by=SUN, opens=NOW, now=NOW)
    assert await jobs.overflow(NOW + 4 * MINUTE) == 1
    assert (await Conversation.get()).queue == ""  # the general one, where 胡敏 is
    assert await AuditRow.filter(action="chat.overflow").count() == 2
    assert queues.goes_round("two", "one", [one]) and not queues.goes_round("two", "", [one])


async def test_who_is_promised_tomorrow_does_not_overflow_tonight(db: str, service: Service) -> None:
    await make_queue("one", overflow_to="")
    row = await wait(service, now=FRIDAY)
    await Conversation.filter(id=row.id).update(queue="one")
    await duty.begin(by=HU, now=FRIDAY)
    assert await jobs.overflow(FRIDAY + 60 * MINUTE) == 0


@on_both
async def test_of_many_workers_one_moves_it_and_one_gives_it_back(db: str, service: Service) -> None:
    await make_queue("one", overflow_to="")
    codes = [(await wait(service, peer=citizen(n))).code for n in range(4)]
    await Conversation.all().update(queue="one")
    await duty.begin(by=HU, now=NOW)
    assert sum(await asyncio.gather(*(jobs.overflow(NOW) for _ in range(4)))) == 4
    assert await Message.filter(kind="moved").count() == 4
    for code in codes:
        await claim(code)
    assert sum(await asyncio.gather(*(back(NOW + 5 * MINUTE) for _ in range(4)))) == 4
    assert await Message.filter(kind="given_back").count() == 4


@on_both
async def test_an_answer_and_the_giving_back_at_once_do_not_both_happen(db: str, service: Service) -> None:
    for n in range(6):
        row = await wait(service, peer=citizen(n))
        await claim(row.code)
        await asyncio.gather(
            desk.reply(code=row.code, by=HU, text="您好", now=NOW + 5 * MINUTE), back(NOW + 5 * MINUTE),
            return_exceptions=True,
        )  # fmt: skip
        row = await Conversation.get(id=row.id)
        answers = await Message.filter(conversation_id=row.id, author="staff").count()
        told = await Message.filter(conversation_id=row.id, kind="given_back").count()
        assert (row.state, answers, told) in {("person", 1, 0), ("waiting", 0, 1)}
        if row.state == "person":
            await desk.close(code=row.code, by=HU, now=NOW)


async def test_taken_and_not_answered_it_waits_again_at_its_old_place(db: str, service: Service) -> None:
    await make_staff()
    row = await wait(service)
    await wait(service, peer=citizen(2), now=NOW + MINUTE)
    by = by_of(await make_staff("li.na"))
    await claim(row.code, by, now=NOW + 2 * MINUTE)
    assert [await back(NOW + n * MINUTE) for n in (6, 7, 7)] == [0, 1, 0]
    lines = await queries.lines_now(NOW + 7 * MINUTE)
    assert lines[0].code == row.code
    assert (await last()).text == "刚才的人工客服暂时离开，已按您原来的位置为您重新排队，请稍候。"
    assert (await Message.get(author="note")).text == "胡敏 接待后超过 5 分钟没有答复，自动退回等候"
    assert (await AuditRow.get(action="chat.give_back")).staff_name == "系统"


async def test_an_answer_pays_the_debt_until_the_citizen_speaks_again(db: str, service: Service) -> None:
    row = await wait(service)
    await claim(row.code)
    await desk.reply(code=row.code, by=HU, text="您好", now=NOW + MINUTE)
    assert await back(NOW + 20 * MINUTE) == 0
    await say(service, "我在外地", now=NOW + 21 * MINUTE)
    await say(service, "能代办吗", now=NOW + 25 * MINUTE)
    assert [await back(NOW + n * MINUTE) for n in (25, 26)] == [0, 1]


async def test_who_pauses_gives_back_whom_they_owe_and_keeps_whom_they_answered(db: str, service: Service) -> None:
    codes = [(await wait(service, peer=citizen(n))).code for n in (1, 2)]
    for code in codes:
        await claim(code)
    await desk.reply(code=codes[0], by=HU, text="请带身份证", now=NOW)
    assert await duty.pause(by=HU, opens=NOW, now=NOW + MINUTE) == 1
    states = {row.code: row.state for row in await Conversation.all()}
    assert states == {codes[0]: "person", codes[1]: "waiting"}
    assert await agents.on_duty(NOW) == set()
    await say(service, "好的，谢谢", peer=citizen(1), now=NOW + 2 * MINUTE)
    assert await back(NOW + 2 * MINUTE) == 1  # nobody is there to answer


async def test_after_working_time_the_next_morning_is_promised(
    db: str, service: Service, monkeypatch: pytest.MonkeyPatch
) -> None:
    row = await wait(service)
    await claim(row.code)
    monday = FRIDAY + timedelta(days=2, hours=13)
    await duty.pause(by=HU, opens=monday, now=FRIDAY)
    assert (await last()).text.startswith("人工客服现在不在，您的问题已经登记，将在 11月30日 周一 09:00 上班后优先回复")
    assert (await Conversation.get()).promised_at == monday


async def test_half_an_hour_without_a_word_ends_it(db: str, service: Service) -> None:
    row = await wait(service)
    await claim(row.code)
    assert await jobs.close_silent(NOW + 90 * MINUTE, minutes=30) == 0  # staff's silence is no reason
    await desk.reply(code=row.code, by=HU, text="还有问题吗？", now=NOW + 2 * MINUTE)
    assert [await jobs.close_silent(NOW + n * MINUTE, minutes=30) for n in (31, 32, 32)] == [0, 1, 0]
    assert (await Conversation.get()).open_key is None
    assert (await last()).text == (
        "您已 30 分钟没有留言，本次咨询先到这里，请您评价。还有问题请在本页直接再问，需要人工时点“转人工”。"
    )


async def test_to_a_colleague_who_is_there_and_has_room(db: str, service: Service) -> None:
    colleague, mine = await make_staff("li.na"), by_of(await make_staff())
    row = await wait(service)
    await claim(row.code, mine)

    async def pass_on() -> Conversation:
        return await desk.pass_on(code=row.code, by=mine, to=colleague.code, why="请她看看", most=1, now=NOW)

    with pytest.raises(AppError) as away:
        await pass_on()
    assert away.value.text == "胡敏 现在不在岗或已停用，请选择别的同事或转到队列"
    await duty.begin(by=by_of(colleague), now=NOW)
    other = await wait(service, peer=citizen(2))
    await claim(other.code, by_of(colleague))
    with pytest.raises(AppError) as full:
        await pass_on()
    assert full.value.text == "胡敏 正在接待 1 位群众，请选择别的同事或转到队列"
    await duty.set_most(staff_id=colleague.id, most=2, by=BOSS, now=NOW)
    assert (await pass_on()).staff_id == colleague.id
    assert (await last()).text == "已为您转给另一位人工客服，请稍候。"


async def test_to_another_queue_with_the_reason(db: str, service: Service) -> None:
    await make_queue("tax")
    row = await wait(service)
    await claim(row.code)
    moved = await desk.transfer(code=row.code, by=HU, why="税务问题", now=NOW + MINUTE, queue="tax")
    assert (moved.queue, moved.state, moved.asked_at) == ("tax", "waiting", NOW + MINUTE)
    assert (await Message.get(author="note")).text == "转到队列tax：税务问题"
    with pytest.raises(AppError):
        await desk.transfer(code=row.code, by=HU, why="税务问题", now=NOW, queue="gone")


async def test_the_urgent_go_first_and_the_place_says_so(db: str, service: Service) -> None:
    rows = [await wait(service, peer=citizen(n), now=NOW + n * MINUTE) for n in range(3)]
    await Conversation.filter(id=rows[2].id).update(is_urgent=True)
    places = [(await queries.transcript(row.id, now=NOW)).place for row in rows]
    assert places == [2, 3, 1]
    assert [line.code for line in await queries.lines_now(NOW)] == [rows[n].code for n in (2, 0, 1)]
    await conversations.give_up(peer=citizen(2), now=NOW)
    assert (await queries.transcript(rows[0].id, now=NOW)).place == 1


@on_both
async def test_of_two_managers_who_save_at_once_the_second_is_told(db: str) -> None:
    code = await queue_editing.save(code="", version=0, wanted=QueueFields("户政"), by=BOSS, now=NOW)
    saving = (
        queue_editing.save(code=code, version=1, wanted=QueueFields(f"户政{n}"), by=BOSS, now=NOW) for n in range(3)
    )
    answers = await asyncio.gather(*saving, return_exceptions=True)
    assert sorted(type(answer).__name__ for answer in answers) == ["ListChanged", "ListChanged", "str"]
    same = (queue_editing.save(code="", version=0, wanted=QueueFields("社保"), by=BOSS, now=NOW) for _ in range(3))
    answers = await asyncio.gather(*same, return_exceptions=True)
    assert sorted(type(answer).__name__ for answer in answers) == ["InvalidInput", "InvalidInput", "str"]


@on_both
async def test_passed_on_twice_at_once_it_has_one_holder_and_nobody_is_overfull(db: str, service: Service) -> None:
    people = [await make_staff(name) for name in ("li.na", "wang.wei")]
    for person in people:
        await duty.begin(by=by_of(person), now=NOW)
    codes = [(await wait(service, peer=citizen(n))).code for n in range(3)]
    mine = by_of(await make_staff())
    for code in codes:
        await claim(code, mine)
    answers = await asyncio.gather(
        *(
            desk.pass_on(code=code, by=mine, to=person.code, why="请看看", most=1, now=NOW)
            for code in codes for person in people
        ),
        return_exceptions=True,
    )  # fmt: skip
    assert sum(isinstance(answer, Conversation) for answer in answers) == 2
    held = [row.staff_id for row in await Conversation.filter(state="person")]
    assert sorted(each or 0 for each in held) == sorted([people[0].id, people[1].id, mine.staff_id])


@on_both
async def test_labels_and_history_on_both_databases(db: str, service: Service) -> None:
    row = await wait(service)
    await wait(service, peer=citizen(2))
    label = await labels.add(name="材料", by=BOSS, now=NOW)
    putting = (labels.set_labels(code=row.code, wanted=[label], by=HU, now=NOW) for _ in range(4))
    await asyncio.gather(*putting)
    day = timedelta(days=1)
    sought = history.Sought(since=NOW - day, until=NOW + day, label=label)
    found, total = await history.search(sought, by=HU, page=1, now=NOW)
    assert ([view.code for view in found], found[0].labels, total) == ([row.code], [label], 1)
    talks = await figures.talks(since=NOW - day, until=NOW + day)
    assert [(talk.was_handed, talk.is_over) for talk in talks] == [(True, False), (True, False)]
