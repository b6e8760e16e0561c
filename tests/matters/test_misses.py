"""Searches without an answer: seen by staff at once, without personal data, and not to be flooded."""

from datetime import timedelta

import pytest

from app.matters import misses, queries
from app.matters.misses import as_noted
from app.matters.models import SearchMiss
from tests.factories import NOW
from tests.marks import on_both

TODAY = NOW.date()


@pytest.fixture(autouse=True)
def fresh_bucket() -> None:
    misses.bucket.fill()


async def shown() -> list[tuple[str, int]]:
    return [(miss.text, miss.count) for miss in await queries.searches_without_answer(since=TODAY)]


@on_both
async def test_a_search_in_vain_is_in_the_staff_list_at_once(city: None) -> None:
    for text in ("宠物狗 办证", "宠物狗办证!", "火箭发射"):
        assert (await queries.search(text, now=NOW)).total == 0
    assert await shown() == [("宠物狗办证", 2), ("火箭发射", 1)]


async def test_a_search_with_an_answer_or_by_staff_is_not_noted(city: None) -> None:
    await queries.search("社保卡", now=NOW)
    await queries.search("火箭发射")
    assert await shown() == []


async def test_days_are_counted_apart_and_added_up(city: None) -> None:
    await queries.search("火箭发射", now=NOW - timedelta(days=1))
    await queries.search("火箭发射", now=NOW)
    assert await SearchMiss.all().count() == 2
    assert await shown() == [("火箭发射", 1)]
    both = await queries.searches_without_answer(since=TODAY - timedelta(days=1))
    assert [(miss.text, miss.count, miss.last_at) for miss in both] == [("火箭发射", 2, NOW)]


@pytest.mark.parametrize(
    ("typed", "noted"),
    [
        ("我的号是 138 0000 0001", "我的号是138****0001"),
        ("11010519491231002X查询", "110105********002x查询"),
        ("６２２２０２１２３４５６７８９０１２３", "************…"),
        ("x" * 500, "x" * 30),
    ],
)
def test_numbers_of_people_are_not_kept(typed: str, noted: str) -> None:
    kept = as_noted(typed)
    assert kept == noted or not any(part in kept for part in ("00000001", "49123100", "212345678901"))
    assert len(kept) <= 30


async def test_a_flood_is_cut_off_while_searches_go_on(city: None) -> None:
    for number in range(40):
        assert (await queries.search(f"火箭发射{chr(0x6C00 + number)}", now=NOW)).total == 0
    assert misses.BURST <= await SearchMiss.all().count() <= misses.BURST + 5


async def test_a_day_takes_a_limited_number_of_texts(city: None) -> None:
    await SearchMiss.bulk_create(
        [SearchMiss(on_day=TODAY, text=f"t{number}", last_at=NOW) for number in range(misses.ROWS_PER_DAY)]
    )
    await queries.search("火箭发射", now=NOW)
    await misses.note("t7", now=NOW)
    assert await SearchMiss.all().count() == misses.ROWS_PER_DAY
    assert (await SearchMiss.get(text="t7")).count == 2
