"""Pure rules: windows, slots in a row, reminders, levels."""

from datetime import datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.booking import rules
from app.booking.errors import CancelTooLate, SlotPassed, TooEarly, TooLate
from app.booking.rules import BookingPolicy
from tests.booking.town import NINE, NOW, TODAY, at

POLICY = BookingPolicy()


@pytest.mark.parametrize(
    ("minutes", "people", "slots"),
    [([15], 1, 1), ([15, 20], 1, 3), ([20], 1, 2), ([15], 3, 3), ([1], 1, 1), ([15, 15], 2, 4), ([], 1, 1)],
)
def test_matters_and_people_need_so_many_slots(minutes: list[int], people: int, slots: int):
    assert rules.slots_needed(minutes, people=people, slot_minutes=15) == slots


@given(st.lists(st.integers(1, 120), min_size=1, max_size=5), st.integers(1, 5), st.sampled_from([5, 10, 15, 20, 30]))
def test_the_slots_are_long_enough_and_none_is_idle(minutes: list[int], people: int, length: int):
    count = rules.slots_needed(minutes, people=people, slot_minutes=length)
    assert (count - 1) * length < sum(minutes) * people <= count * length


def test_a_row_of_slots_is_spelled_from_its_first():
    assert rules.following(NINE, minutes=15, count=3) == [
        NINE, "HALL-SZ.HZ.202611250915", "HALL-SZ.HZ.202611250930",
    ]  # fmt: skip


def test_each_end_of_the_window_has_its_own_refusal():
    for starts_at, refusal in (
        (NOW, SlotPassed),
        (NOW + timedelta(minutes=29, seconds=59), TooEarly),
        (at("08:30", TODAY + timedelta(days=15)), TooLate),
    ):
        with pytest.raises(refusal):
            rules.ensure_in_window(POLICY, starts_at=starts_at, now=NOW, by_staff=False)
    rules.ensure_in_window(POLICY, starts_at=NOW + timedelta(minutes=30), now=NOW, by_staff=False)
    rules.ensure_in_window(POLICY, starts_at=NOW + timedelta(seconds=1), now=NOW, by_staff=True)


def test_days_are_chinas_days_also_just_after_midnight():
    late = datetime.fromisoformat("2026-11-24T16:30:00+00:00")
    assert rules.local_date(late).isoformat() == "2026-11-25"
    assert rules.slot_id("H", "G", late) == "H.G.202611250030"


def test_cancelling_ends_exactly_two_hours_before():
    rules.ensure_may_change(POLICY, starts_at=at("09:00"), now=at("07:00"))
    with pytest.raises(CancelTooLate) as refusal:
        rules.ensure_may_change(POLICY, starts_at=at("09:00"), now=at("07:00") + timedelta(seconds=1))
    assert refusal.value.text.startswith("距预约时间不足 120 分钟")


@pytest.mark.parametrize(
    ("now", "evening", "soon"),
    [
        (NOW, at("18:00", TODAY), at("07:00")),
        (at("18:00", TODAY), None, at("07:00")),
        (at("07:00"), None, None),
    ],
)
def test_a_reminder_whose_time_is_over_is_not_due(now: datetime, evening: datetime | None, soon: datetime | None):
    assert rules.reminders(POLICY, starts_at=at("09:00"), now=now) == (evening, soon)


@pytest.mark.parametrize(
    ("booked", "level", "wait"), [(0, "空闲", 0), (4, "空闲", 3), (5, "适中", 4), (8, "繁忙", 6), (10, "已满", 8)]
)
def test_how_busy_a_slot_is_in_one_word(booked: int, level: str, wait: int):
    assert rules.level(booked=booked, total=10) == level
    assert rules.usual_wait_min(booked=booked, total=10, minutes=15) == wait


def test_an_elder_is_given_twice_the_time():
    assert POLICY.hold_for(is_elder=True) == 2 * POLICY.hold_for(is_elder=False) == timedelta(minutes=20)
