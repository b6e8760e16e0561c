"""Halls, groups and counters of the city, and whether a hall is open."""

from datetime import datetime, time
from pathlib import Path

import pytest

from app.clock import CHINA
from app.directory import queries as directory
from app.directory.models import Region
from app.directory.seed import load_seed as load_directory
from app.errors import NotFound
from app.halls import queries, rules
from app.halls.models import Counter, Hall
from app.halls.seed import load_seed
from app.workdays.queries import Workdays, load
from app.workdays.seed import load_seed as load_workdays
from tests.factories import NOW
from tests.marks import on_both

CITY = Path(__file__).parents[2] / "app/cities/huainan"


@on_both
async def test_the_seed_loads_all_halls_and_again_changes_nothing(db: str):
    assert await load_seed(folder=CITY, now=NOW) > 0
    assert await load_seed(folder=CITY, now=NOW) == 0
    assert (await Hall.all().count(), len(await queries.halls(bookable=True))) == (22, 19)


async def test_what_staff_changed_outlives_the_seed(db: str):
    await load_seed(folder=CITY, now=NOW)
    await Hall.filter(code="HALL-SZ").update(phone="0554-6666666")
    await load_seed(folder=CITY, now=NOW)
    assert (await queries.hall("HALL-SZ")).phone == "0554-6666666"


async def test_counters_are_counted_by_hall_and_group(db: str):
    await load_seed(folder=CITY, now=NOW)
    await Counter.filter(code="HALL-SZ-B01").update(is_in_use=False)
    assert (await queries.counter_numbers(["HALL-SZ"]))["HALL-SZ", "HZ"] == 2
    assert await queries.group_name("HALL-SZ", "HZ") == "户政"


async def test_an_unknown_hall_is_not_found(db: str):
    with pytest.raises(NotFound):
        await queries.hall("HALL-NO")


async def test_regions_reach_from_the_province_to_the_villages(db: str):
    assert await load_directory(folder=CITY, now=NOW) == 107 + 1131 + 28
    assert await load_directory(folder=CITY, now=NOW) == 0
    assert [region.name for region in (await directory.regions(parent="340400"))[:2]] == ["大通区", "田家庵区"]
    assert (await Region.get(code="340402001001")).level == 5


@pytest.mark.parametrize(
    ("hour", "text"),
    [
        (time(8, 0), "未到开放时间，08:30 开门"),
        (time(9, 0), "营业中，12:00 结束"),
        (time(12, 0), "未到开放时间，14:00 开门"),
        (time(17, 29), "营业中，17:30 结束"),
        (time(17, 30), "今日已结束"),
    ],
)
def test_a_hall_says_whether_it_is_open(hour: time, text: str):
    spans = rules.spans_of([["14:00", "17:30"], ["08:30", "12:00"]])
    assert rules.state_text(spans, datetime.combine(NOW, hour, CHINA)) == text


async def test_a_hall_rests_on_a_holiday_and_opens_on_a_worked_saturday(db: str):
    await load_seed(folder=CITY, now=NOW)
    await load_workdays(folder=CITY, now=NOW)
    hall, workdays = await queries.hall("HALL-SZ"), await load()
    assert queries.open_state(hall, workdays, datetime(2026, 10, 1, 9, tzinfo=CHINA)) == "今日休息"
    assert queries.open_state(hall, workdays, datetime(2026, 10, 10, 9, tzinfo=CHINA)) == "营业中，12:00 结束"


def test_a_saturday_without_hours_is_a_day_of_rest():
    hall = Hall(code="H", weekly={"6": []})
    workdays = Workdays(working={}, official=frozenset(), names={})
    assert queries.open_state(hall, workdays, datetime(2026, 11, 28, 9, tzinfo=CHINA)) == "今日休息"
