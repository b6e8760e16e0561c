"""The figures of the city's own test questions, and other thresholds on recorded ones."""

import pytest

from app.city import folder_of
from app.errors import InvalidInput
from chatbot.learning import actions, deciding, testing
from chatbot.learning.seed import load_seed
from tests.chatbot.learning.school import CITY, LI, LOST, bot, content, make_content
from tests.chatbot.learning.test_unmatched import make_asked
from tests.factories import NOW


async def test_questions_held_back_are_asked_of_the_others(faqs: None) -> None:
    texts = ("身份证掉了咋办", "身份证找不到了怎么补")
    await actions.add_similar(code=LOST, texts=texts, by=LI, now=NOW)
    found = await testing.report(await bot())
    assert (found.held_back.asked, found.held_back.first, found.held_back.third) == (1, 1.0, 1.0)
    assert found.misses == ()


async def test_a_question_that_loses_its_faq_is_a_miss(faqs: None) -> None:
    row = await make_asked("量子力学波函数塌缩")
    await deciding.settle(ids=[row.id], code=LOST, by=LI, now=NOW)
    assert (await testing.report(await bot())).decided.first == 1.0
    old = await content(LOST)
    without = make_content(old.question, old.answer, old.similar[:1])
    await actions.edit(code=LOST, content=without, seen_version=2, by=LI, now=NOW)
    found = (await testing.report(await bot())).decided
    assert (found.asked, found.first, found.refused) == (1, 0.0, 1.0)


async def test_dismissed_questions_are_to_be_refused(faqs: None) -> None:
    for text in ("恐龙是怎么灭绝的", "身份证丢了怎么补办？"):
        await deciding.dismiss(ids=[(await make_asked(text)).id], why="闲聊", by=LI, now=NOW)
    found = await testing.report(await bot())
    assert (found.strangers, found.strangers_refused) == (2, 0.5)


async def test_which_answers_would_turn_into_choices(faqs: None) -> None:
    await make_asked("身份证丢了怎么补办？", missed=4)
    await make_asked("恐龙是怎么灭绝的", missed=2)
    brain = await bot()
    found = await testing.compare(brain, testing.thresholds(0.97, 0.3))
    assert [(each.text, each.before.kind, each.after.kind) for each in found.changes] == [
        ("身份证丢了怎么补办？", "answer", "choices")
    ]
    assert (found.before["直接作答"], found.after["直接作答"], found.after["给出选项"]) == (4, 0, 4)
    assert (found.before["答不上"], found.after["答不上"]) == (2, 2)
    same = await testing.compare(brain, testing.thresholds(0.6, 0.3))
    assert same.changes == ()


@pytest.mark.parametrize(("answer", "offer"), [(0.2, 0.3), (1.0, 0.3), (0.6, 0.0)])
def test_thresholds_that_make_no_sense(answer: float, offer: float) -> None:
    with pytest.raises(InvalidInput):
        testing.thresholds(answer, offer)


async def test_the_shipped_knowledge_base_finds_its_own_questions(db: str) -> None:
    await load_seed(folder=folder_of(CITY), now=NOW)
    found = (await testing.report(await bot())).held_back
    assert found.asked == 65
    assert (found.first > 0.7, found.third > 0.85, found.refused < 0.05) == (True, True, True), found
