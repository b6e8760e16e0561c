"""Questions that the bot did not answer: counted, grouped, turned into FAQs, and answered the next time."""

import asyncio
from datetime import timedelta

import pytest

from app.db import transactional
from app.errors import AppError, InvalidInput
from app.staff.models import AuditRow
from chatbot.learning import collecting, deciding, grouping
from chatbot.learning.models import Asked, Faq, Mark
from chatbot.learning.previewing import preview
from chatbot.learning.rules import same_words, with_similar
from chatbot.models import Conversation, Message
from tests.chatbot.learning.school import FUND, LI, LOST, WU, ask, bot, content, make_content, reply
from tests.factories import NOW
from tests.marks import on_both

LATER = NOW + timedelta(hours=1)
STRANGE = "阿尔法贝塔伽马德尔塔"  # nothing here knows it


async def collect() -> None:
    while await collecting.collect(LATER):
        pass


async def asked(text: str) -> Asked:
    return await Asked.get(key=same_words(text))


async def make_asked(text: str, *, missed: int = 1, **more) -> Asked:
    plain = {"count": missed, "kind": "nothing", "last_at": NOW}
    return await Asked.create(key=same_words(text), text=text, missed=missed, **{**plain, **more})


async def test_what_was_not_answered_is_counted_and_what_was_is_not(faqs: None) -> None:
    await ask(STRANGE, citizen=1)
    await ask(f"{STRANGE}？", citizen=2)  # the same words
    await ask("身份证丢了怎么补办？", citizen=3)
    await collect()
    missed, answered = await asked(STRANGE), await asked("身份证丢了怎么补办？")
    assert (missed.count, missed.missed, missed.kind) == (2, 2, "nothing")
    assert (answered.count, answered.missed, answered.answer_id) == (1, 0, LOST)
    assert await collecting.collect(LATER) == 0


async def test_choices_are_missed_until_one_is_taken(faqs: None) -> None:
    text = "身份证公积金"
    await ask(text)
    message = await Message.filter(author="bot").order_by("-id").first()
    if message.kind != "choices":
        message.kind, message.answer = "choices", {**message.answer, "choices": [{"faq_id": LOST}], "answer_id": ""}
        await message.save()
    await collecting.collect(LATER)
    assert (await asked(text)).missed == 1
    choice = {"faq_id": LOST, "question": "身份证丢了怎么补办？"}
    await Message.filter(id=message.id).update(answer={**message.answer, "choices": [choice]})
    await ask("身份证丢了怎么补办？", after_s=30)
    await collect()
    row = await asked(text)
    assert (row.missed, row.chosen) == (0, LOST)


async def test_an_answer_that_did_not_help_is_missed(faqs: None) -> None:
    await ask("身份证丢了怎么补办？")
    await ask("没有帮助", after_s=10)
    await collect()
    assert ((await asked("身份证丢了怎么补办？")).missed, await Asked.filter(text="没有帮助").count()) == (1, 0)


async def test_numbers_are_masked_and_a_second_miss_in_a_row_counts(faqs: None) -> None:
    await ask("月球上能种菜吗13812345678", citizen=2)
    await ask("量子力学波函数塌缩")
    row = await ask("恐龙是怎么灭绝的", after_s=5)
    assert row.state == "waiting"
    await collect()
    assert ((await asked("量子力学波函数塌缩")).missed, (await asked("恐龙是怎么灭绝的")).missed) == (1, 1)
    assert await Asked.filter(text="月球上能种菜吗138****5678").count() == 1


async def test_what_was_said_a_moment_ago_waits_for_its_elders(faqs: None) -> None:
    await ask(STRANGE)
    assert await collecting.collect(NOW + timedelta(seconds=14)) == 0
    assert await collecting.collect(NOW + timedelta(seconds=15)) == 2


@on_both
async def test_two_workers_count_each_question_once(faqs: None) -> None:
    for n in range(8):
        await ask(STRANGE, citizen=n)
    await asyncio.gather(*(collecting.collect(LATER) for _ in range(3)), return_exceptions=True)
    await collect()
    assert ((await asked(STRANGE)).missed, (await Mark.get(key="asked")).value) == (8, (await last()).id)


async def last() -> Message:
    row = await Message.all().order_by("-id").first()
    assert row is not None
    return row


async def test_alike_questions_are_one_group_with_the_nearest_faqs(faqs: None) -> None:
    for text, missed in (("公积金咋取出来", 3), ("公积金怎么取出来", 2), ("月球上能种菜吗", 4)):
        await make_asked(text, missed=missed)
    found = await grouping.groups(await bot())
    assert [[row.text for row in group.rows] for group in found] == [
        ["公积金咋取出来", "公积金怎么取出来"], ["月球上能种菜吗"],
    ]  # fmt: skip
    assert (found[0].missed, found[0].near[0].code) == (5, FUND)


async def test_a_converted_question_hits_the_next_time(faqs: None) -> None:
    text = "证证找不见喽咋整"
    assert (await reply(text)).kind != "answer"
    row = await make_asked(text)
    seen = await preview({LOST: with_similar(await content(LOST), [text])}, await bot(), NOW.date())
    assert [(change.text, change.after.name, change.after.codes) for change in seen.changes] == [
        (text, "直接作答", (LOST,))
    ]
    assert (seen.before.asked, seen.after.first, seen.recorded) == (11, 1.0, 1)
    assert seen.before.first < 1.0
    assert (await reply(text)).kind != "answer"  # a preview publishes nothing
    await deciding.settle(ids=[row.id], code=LOST, by=LI, now=NOW)
    found = await reply(text)
    assert (found.kind, found.answer_id) == ("answer", LOST)
    assert await grouping.groups(await bot()) == []
    assert await AuditRow.filter(action__in=["faqs.settle", "faqs.add_similar"]).count() == 2


async def test_two_questions_become_a_new_faq(faqs: None) -> None:
    rows = [await make_asked("无人机要登记吗", missed=3), await make_asked("飞无人机要备案不")]
    fresh = make_content("无人机要实名登记吗？", "请在民航局无人机系统登记。")
    code = await deciding.settle_as_new(ids=[row.id for row in rows], content=fresh, by=LI, now=NOW)
    assert (await content(code)).similar == ("无人机要登记吗", "飞无人机要备案不")
    assert (await reply("飞无人机要备案不")).answer_id == code


@on_both
async def test_of_two_clerks_who_convert_the_same_question_one_wins_and_the_other_is_told(faqs: None) -> None:
    for n in range(4):
        row = await make_asked(f"{STRANGE}{'甲乙丙丁'[n]}")
        answers = await asyncio.gather(
            deciding.settle(ids=[row.id], code=LOST, by=LI, now=NOW),
            deciding.settle(ids=[row.id], code=FUND, by=WU, now=NOW),
            return_exceptions=True,
        )
        (refused,) = (each for each in answers if isinstance(each, AppError))
        winner = await Asked.get(id=row.id)
        assert refused.text == f"这个问题已由 {winner.by} 处理，请刷新列表处理下一个"
        loser = FUND if winner.faq_code == LOST else LOST
        assert row.text in (await content(winner.faq_code)).similar
        assert row.text not in (await content(loser)).similar


async def test_dismissed_with_a_reason_and_taken_up_again(faqs: None) -> None:
    row = await make_asked("给我唱首歌")
    with pytest.raises(InvalidInput):
        await deciding.dismiss(ids=[row.id], why=" ", by=LI, now=NOW)
    await deciding.dismiss(ids=[row.id], why="闲聊", by=LI, now=NOW)
    with pytest.raises(AppError, match="already_decided"):
        await deciding.settle(ids=[row.id], code=LOST, by=WU, now=NOW)
    assert [each.why for each in await grouping.dismissed()] == ["闲聊"]
    await deciding.reopen(asked_id=row.id, by=WU, now=NOW)
    assert len(await grouping.groups(await bot())) == 1


async def test_a_settled_question_that_is_missed_again_comes_back(faqs: None) -> None:
    await ask(STRANGE)
    await collect()
    await deciding.settle(ids=[(await asked(STRANGE)).id], code=LOST, by=LI, now=NOW)
    await Faq.filter(code=LOST).update(status="retired", version=9)
    await Mark.filter(key="faqs").update(value=99)
    await ask(STRANGE, citizen=2)
    await collect()
    assert ((await asked(STRANGE)).state, (await asked(STRANGE)).missed) == ("open", 1)


async def test_reading_100_000_messages_is_a_walk_along_their_numbers(faqs: None) -> None:
    """Each batch looks at its own messages only: the last costs what the first did."""
    await fill(2000)
    await Mark.get_or_create(key="asked", defaults={"epoch": "x", "value": 0})
    await Mark.filter(key="asked").update(value=(await last()).id - 500)
    assert await collecting.collect(LATER) == 500
    assert await Asked.all().count() == 250


@transactional
async def fill(turns: int) -> None:
    talk = await Conversation.create(code="T1", peer="c9", channel="h5", state="bot", opened_at=NOW, last_at=NOW)
    rows = []
    for n in range(turns):
        rows.append(Message(conversation_id=talk.id, at=NOW, author="citizen", kind="text", text=f"问题{n}"))
        rows.append(Message(conversation_id=talk.id, at=NOW, author="bot", kind="nothing", text="抱歉", answer={}))
    await Message.bulk_create(rows)
