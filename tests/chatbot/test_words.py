"""The words that staff confirm before sending: found however they are typed, quickly, and only where they are."""

import time

import pytest

from app.errors import AppError
from chatbot import words
from chatbot.models import SafeWord
from tests.chatbot.desk import BOSS
from tests.factories import NOW


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("这事不归我管", ["不归我管"]),
        ("这事不 归·我　管！", ["不归我管"]),
        ("请加ＷＸ号", ["wx"]),
        ("归我管", []),
        ("不归他管，我来办", []),
    ],
)
async def test_a_word_is_found_however_it_is_typed(db: str, text: str, found: list[str]) -> None:
    for word in ("不归我管", "wx"):
        await words.add(word=word, advice="", by=BOSS, now=NOW)
    assert [row.word for row in await words.hits(text)] == found


async def test_a_full_list_and_a_full_message_take_no_noticeable_time(db: str) -> None:
    await SafeWord.bulk_create([SafeWord(code=f"w{n}", word="a" * 15 + f"b{n}") for n in range(words.MOST)])
    began = time.perf_counter()
    assert await words.hits("a" * 500) == []
    assert time.perf_counter() - began < 0.25
    with pytest.raises(AppError) as full:
        await words.add(word="再来一个", advice="", by=BOSS, now=NOW)
    assert full.value.data["fields"] == {"word": "最多 500 个词，请先删除不用的"}


async def test_what_cannot_be_looked_for_is_no_word(db: str) -> None:
    await words.add(word="wx", advice="", by=BOSS, now=NOW)
    faults = []
    for word in ("——", "长" * 21, "wx"):
        with pytest.raises(AppError) as refused:
            await words.add(word=word, advice="", by=BOSS, now=NOW)
        faults.append(refused.value.data["fields"]["word"])
    assert faults == ["请填写 20 个字以内的词", "请填写 20 个字以内的词", "这个词已在表中"]
