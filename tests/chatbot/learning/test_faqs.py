"""FAQs in the database: seeded, changed, dated, undone; and the bot that answers with what is published."""

import asyncio
import contextlib
from dataclasses import replace
from datetime import timedelta

import pytest

from app.city import folder_of
from app.errors import AppError, InvalidInput
from app.staff.models import AuditRow
from chatbot import keeper
from chatbot.engine.answering import Brain
from chatbot.learning import actions, queries
from chatbot.learning.models import Faq, FaqVersion, Mark
from chatbot.learning.seed import load_seed
from tests.chatbot.learning.school import (
    CITY,
    FUND,
    LI,
    LOST,
    MARRIED,
    TEXTS,
    WU,
    bot,
    content,
    make_content,
    reply,
)
from tests.factories import NOW
from tests.marks import on_both

QUESTION = TEXTS[LOST][0]


async def version(code: str = LOST) -> int:
    return (await Faq.get(code=code)).version


async def edit(code: str = LOST, *, seen: int = 1, by=LI, now=NOW, **changed) -> bool:
    new = replace(await content(code), **changed)
    return await actions.edit(code=code, content=new, seen_version=seen, by=by, now=now)


async def test_the_seed_brings_the_citys_faqs_once_and_leaves_alone_what_staff_wrote(db: str) -> None:
    folder = folder_of(CITY)
    assert (await load_seed(folder=folder, now=NOW), await load_seed(folder=folder, now=NOW)) == (325, 0)
    await edit("FAQ-0001", answer="不收费。")
    await Faq.filter(code="FAQ-0002").update(answer="旧文字")  # of an older file
    assert await load_seed(folder=folder, now=NOW) == 1
    assert ((await content("FAQ-0001")).answer, await Faq.all().count()) == ("不收费。", 325)
    assert (await content("FAQ-0002")).answer.startswith("可以。未满16周岁")
    assert (await FaqVersion.get(faq_code="FAQ-0002", version=2)).by == "seed"


async def test_without_faqs_in_the_database_the_citys_files_answer(db: str) -> None:
    kept = await keeper.refresh(CITY)
    assert (kept.edition, len(kept.brain.index.documents)) == (None, 325)


async def test_a_changed_answer_is_what_the_next_citizen_reads(faqs: None) -> None:
    before = await reply(QUESTION)
    assert (before.text, before.source, before.date) == (TEXTS[LOST][1], "淮南市公安局", "2026-11-01")
    assert await edit(answer="带户口簿到任一派出所，免费。")
    after = await reply(QUESTION)
    assert (after.text, after.date, after.answer_id) == ("带户口簿到任一派出所，免费。", "2026-11-24", LOST)
    assert not await edit(seen=2)


async def test_what_is_unchecked_says_so_until_the_department_confirms_it(faqs: None) -> None:
    own = make_content("驾驶证换证多少钱？", "工本费10元。", status="to_be_checked")
    code = await actions.add(content=own, by=LI, now=NOW)
    assert (await reply("驾驶证换证多少钱？")).source == "淮南市公安局（内容待主管部门核对）"
    await actions.confirm(code=code, seen_version=1, by=LI, now=NOW + timedelta(days=2))
    found = await reply("驾驶证换证多少钱？")
    assert (found.source, found.date) == ("淮南市公安局", "2026-11-26")


async def test_only_what_is_valid_today_is_answered(faqs: None, calendar) -> None:
    calendar.jump_to(NOW)
    await edit(LOST, valid_from="2026-11-25")
    await edit(MARRIED, valid_to="2026-11-24")
    assert (await reply(QUESTION)).answer_id != LOST
    assert (await reply(TEXTS[MARRIED][0])).answer_id == MARRIED
    calendar.jump_to(NOW + timedelta(days=1))  # nobody has published anything since
    assert (await reply(QUESTION)).answer_id == LOST
    assert (await reply(TEXTS[MARRIED][0])).answer_id != MARRIED


async def test_retired_taken_up_again_and_restored(faqs: None) -> None:
    await edit(answer="新答案。", similar=("身份证补领",))
    await actions.retire(code=LOST, seen_version=2, why="政策已变", by=LI, now=NOW)
    assert (await reply(QUESTION)).answer_id != LOST
    with pytest.raises(AppError, match="nothing_to_undo"):
        await actions.retire(code=LOST, seen_version=3, why="政策已变", by=LI, now=NOW)
    await actions.resume(code=LOST, seen_version=3, by=LI, now=NOW)
    assert (await reply(QUESTION)).text == "新答案。"
    await actions.restore(code=LOST, version=1, seen_version=4, by=LI, now=NOW)
    assert (await reply(QUESTION)).text == TEXTS[LOST][1]
    history = (await queries.faq(LOST)).history
    assert [(past.version, past.what) for past in history] == [
        (5, "恢复到第 1 版"), (4, "恢复使用"), (3, "停用"), (2, "修改"), (1, "新增"),
    ]  # fmt: skip
    assert {"label": "答案", "before": "新答案。", "after": TEXTS[LOST][1]} in history[0].changes
    acts = await AuditRow.filter(subject=f"faq:{LOST}").order_by("id").values_list("action", flat=True)
    assert acts == ["faqs.add", "faqs.edit", "faqs.retire", "faqs.resume", "faqs.restore"]


@pytest.mark.parametrize(
    ("changed", "field", "sentence"),
    [
        ({"question": "？！"}, "question", "请填写群众会怎么问，例如“身份证丢了怎么办”"),
        ({"answer": " "}, "answer", "请填写答案"),
        ({"answer": "长" * 2001}, "answer", "最多 2000 个字"),
        ({"valid_from": "2026-12-02", "valid_to": "2026-12-01"}, "valid_to", "“失效日期”不能早于“生效日期”"),
    ],
)
async def test_what_cannot_be_published_is_named(faqs: None, changed: dict, field: str, sentence: str) -> None:
    with pytest.raises(InvalidInput) as caught:
        await edit(**changed)
    assert caught.value.data["fields"] == {field: sentence}
    assert await version() == 1


@on_both
async def test_of_two_who_edit_at_once_the_second_is_told(faqs: None) -> None:
    answers = await asyncio.gather(
        edit(answer="甲。"), edit(answer="乙。", by=WU), edit(FUND, answer="丙。"), return_exceptions=True
    )
    assert sorted(type(each).__name__ for each in answers) == ["FaqChanged", "bool", "bool"]
    (refused,) = (each for each in answers if isinstance(each, AppError))
    assert refused.text == "问答 FAQ-LOST 刚刚被他人修改，请刷新后在最新内容上重新修改"
    assert (await version(), await FaqVersion.filter(faq_code=LOST).count()) == (2, 2)
    assert (await Mark.get(key="faqs")).value == len(TEXTS) + 2


@on_both
async def test_two_seeds_at_once_bring_each_faq_once(db: str) -> None:
    folder = folder_of(CITY)
    done = await asyncio.gather(*(load_seed(folder=folder, now=NOW) for _ in range(2)), return_exceptions=True)
    assert 325 in done
    assert (await Faq.all().count(), await FaqVersion.all().count()) == (325, 325)


async def test_merged_questions_lead_to_the_one_that_stays_and_split_ones_to_their_own(faqs: None) -> None:
    await actions.merge(code=LOST, other=MARRIED, seen=(1, 1), by=LI, now=NOW)
    assert (await reply("领结婚证需要什么")).answer_id == LOST
    assert (await content(MARRIED)).status == "retired"
    fresh = await actions.split(code=LOST, question="领结婚证需要什么", seen_version=2, by=LI, now=NOW)
    found = await reply("领结婚证需要什么")
    assert (found.answer_id, found.text) == (fresh, TEXTS[LOST][1])
    assert "领结婚证需要什么" not in (await content(LOST)).similar
    with pytest.raises(AppError, match="not_found"):
        await actions.merge(code=LOST, other=LOST, seen=(3, 3), by=LI, now=NOW)


async def test_a_process_that_is_not_told_notices_by_itself_and_answers_meanwhile(
    faqs: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    """As without Redis, and in a process other than the one that publishes: no bell rings."""
    monkeypatch.setattr(keeper, "LOOKS_EVERY_S", 0.05)
    monkeypatch.setattr("chatbot.learning.marks.live.changed", lambda topic: None)
    following = asyncio.create_task(keeper.follow(CITY))
    try:
        old = await keeper.brain(CITY)
        await edit(answer="新答案。")
        assert await keeper.brain(CITY) is old  # no question waits
        await until_new(old)
        assert (await reply(QUESTION)).text == "新答案。"
    finally:
        following.cancel()
        with contextlib.suppress(asyncio.CancelledError):
            await following


async def test_a_bell_brings_a_change_at_once(faqs: None, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(keeper, "LOOKS_EVERY_S", 60)
    following = asyncio.create_task(keeper.follow(CITY))
    try:
        old = await keeper.brain(CITY)
        await asyncio.sleep(0.05)
        await edit(answer="新答案。")
        await until_new(old)
    finally:
        following.cancel()
        with contextlib.suppress(asyncio.CancelledError):
            await following


async def test_the_seeded_bot_answers_as_the_files_do(db: str, brain) -> None:
    """But for the matters' names, which the tables of matters bring."""
    await load_seed(folder=folder_of(CITY), now=NOW)
    mine = {document.faq.id: document.faq for document in (await bot()).index.documents}
    for document in brain.index.documents:
        known, made = document.faq, mine[document.faq.id]
        assert (made.question, made.answer, made.category) == (known.question, known.answer, known.category)
        assert (made.date, made.matter_code, made.is_guide) == (known.date, known.matter_code, known.is_guide)


async def test_who_searches_finds_what_the_bot_finds(faqs: None) -> None:
    await make_stale()
    args = {"brain": await bot(), "dept_code": "", "today": NOW.date(), "page": 1}
    found, total = await queries.listing(q="证件丢失补办", kind="", **args)
    assert (found[0].code, total >= 1) == (LOST, True)
    stale, _ = await queries.listing(q="", kind="stale", **args)
    assert [row.code for row in stale] == [FUND, LOST]


async def until_new(old: Brain) -> None:
    for _ in range(500):
        if await keeper.brain(CITY) is not old:
            return
        await asyncio.sleep(0.01)
    raise AssertionError("still the old bot after five seconds")


async def make_stale() -> None:
    await edit(FUND, valid_to="2026-12-20")
    await Faq.filter(code=LOST).update(dated=NOW.date() - timedelta(days=181))
