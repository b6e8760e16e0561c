"""The vectors of the city's data, and what holds for every calendar."""

import json
from datetime import date, timedelta
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.workdays import notices, rules
from app.workdays.rules import Notice
from app.workdays.seed import FILES

HOLIDAYS = Path(__file__).parents[2] / "app/cities/huainan/holidays"
VECTORS = json.loads((HOLIDAYS / "deadline_vectors.json").read_text(encoding="utf-8"))["vectors"]


def city_days() -> dict[date, bool]:
    sheets = [notices.read((HOLIDAYS / name).read_bytes(), name) for name in FILES]
    read = [rules.days_of(notice) for sheet in sheets for notice in sheet.notices]
    return {day: is_working for days in read for day, (is_working, _) in days.items()}


DAYS = city_days()


@pytest.mark.parametrize("vector", [v for v in VECTORS if v["final"]], ids=lambda v: v["desc"])
def test_every_final_vector_of_the_city_holds(vector: dict):
    found = rules.due(
        DAYS,
        submitted=date.fromisoformat(vector["submitted"]),
        count=vector["days"],
        kind=vector["kind"],
        pauses=[tuple(map(date.fromisoformat, pair)) for pair in vector.get("pauses", [])],
    )
    assert (found.counted_from.isoformat(), found.due_on.isoformat()) == (vector["counted_from"], vector["due"])


def test_2026_has_248_working_days():
    assert sum(is_working for day, is_working in DAYS.items() if day.year == 2026) == 248


def test_a_worked_saturday_counts_and_a_holiday_monday_does_not():
    assert rules.is_working(DAYS, date(2026, 10, 10))
    assert not rules.is_working(DAYS, date(2026, 10, 5))


def test_a_day_nobody_spoke_of_follows_the_week():
    assert [rules.is_working({}, date(2031, 1, day)) for day in (3, 4, 5)] == [True, False, False]


@given(
    start=st.dates(date(2025, 1, 1), date(2027, 6, 1)),
    first=st.integers(0, 40),
    second=st.integers(0, 40),
)
def test_adding_in_two_steps_is_adding_at_once(start: date, first: int, second: int):
    there = rules.add_working_days(DAYS, rules.add_working_days(DAYS, start, first), second)
    assert there == rules.add_working_days(DAYS, start, first + second)


@given(start=st.dates(date(2025, 1, 1), date(2027, 6, 1)), count=st.integers(1, 60))
def test_a_deadline_is_a_working_day_with_exactly_that_many_before_it(start: date, count: int):
    end = rules.add_working_days(DAYS, start, count)
    span = [start + timedelta(days=n) for n in range(1, (end - start).days + 1)]
    assert sum(rules.is_working(DAYS, day) for day in span) == count and rules.is_working(DAYS, end)


def test_a_notice_that_contradicts_itself_is_told_fault_by_fault():
    new_year = date(2027, 1, 1)
    notice = Notice(year=2027, off={new_year: "元旦"}, worked={new_year: "元旦", date(2028, 1, 8): ""})
    assert rules.faults_of(notice) == [
        "2028-01-08 不在 2027 年",
        "2027-01-01 既放假又上班",
        "2027-01-01 本来就是工作日，不需调休上班",
    ]
