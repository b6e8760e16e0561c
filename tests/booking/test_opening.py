"""Opening patterns (C1): weeks, n-th weeks, breaks, closures, holidays and days worked for them."""

from datetime import date, time, timedelta
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.booking import openings
from app.booking.errors import SlotClosed
from app.booking.models import Closure, OpeningPattern, Slot
from app.booking.opening import Closing, Opening, Pattern
from app.booking.openings import Range
from app.workdays.actions import set_day
from tests.booking.town import HALL, NINE, NOW, TODAY, TOMORROW, WEEKLY, at, book, make_hall, slot

EVERY_DAY = frozenset(range(1, 8))
NOVEMBER = date(2026, 11, 2)  # a Monday


def pattern(start: str, end: str, **values: object) -> Pattern:
    plain: dict[str, object] = {"group_code": "", "kind": "open", "layer": 0, "weekdays": EVERY_DAY}
    plain |= {"span": (time.fromisoformat(start), time.fromisoformat(end)), "every_weeks": 1}
    plain |= {"weeks_of_month": frozenset(), "on_holidays": False, "valid_from": NOVEMBER, "valid_until": None}
    return Pattern(**plain | values)  # type: ignore[arg-type]


def starts(opening: Opening, day: date = TOMORROW, *, group: str = "HZ", minutes: int = 30) -> list[str]:
    found = opening.starts(group_code=group, day=day, weekday=day.isoweekday(), minutes=minutes)
    return [f"{start:%H:%M}" for start in found]


def test_without_patterns_the_weekly_hours_count():
    found = starts(Opening(WEEKLY))
    assert (found[0], found[-1], len(found)) == ("08:30", "17:00", 14)
    assert starts(Opening(WEEKLY), date(2026, 11, 28)) == []


def test_a_groups_own_pattern_replaces_the_halls():
    opening = Opening(WEEKLY, (pattern("09:00", "10:00"), pattern("13:00", "14:00", group_code="HZ")))
    assert starts(opening) == ["13:00", "13:30"]
    assert starts(opening, group="SB") == ["09:00", "09:30"]


def test_every_second_week_counts_from_the_first():
    opening = Opening({}, (pattern("09:00", "09:30", every_weeks=2, weekdays=frozenset({3})),))
    open_on = [day for n in range(28) if starts(opening, day := NOVEMBER + timedelta(days=n))]
    assert open_on == [date(2026, 11, 4), date(2026, 11, 18)]


@pytest.mark.parametrize(("weeks", "days"), [({1, 3}, [4, 18]), ({-1}, [25]), ({5}, [])])
def test_the_nth_week_of_the_month(weeks: set[int], days: list[int]):
    rule = pattern("09:00", "09:30", weekdays=frozenset({3}), weeks_of_month=frozenset(weeks))
    month = [NOVEMBER + timedelta(days=n) for n in range(29)]
    assert [day.day for day in month if starts(Opening({}, (rule,)), day)] == days


def test_a_break_takes_the_slots_it_touches():
    opening = Opening({"3": [["09:00", "11:00"]]}, (pattern("09:45", "10:15", kind="break"),))
    assert starts(opening) == ["09:00", "10:30"]


def test_additional_hours_fill_what_the_usual_ones_leave_free_and_never_shift_them():
    opening = Opening({"3": [["09:00", "10:00"]]}, (pattern("08:40", "10:40", kind="extra"),))
    assert starts(opening) == ["09:00", "09:30", "10:10"]
    assert starts(Opening({}, opening.patterns)) == ["08:40", "09:10", "09:40", "10:10"]


def test_additional_hours_of_one_group_obey_breaks_closures_and_holidays():
    extra = pattern("18:00", "20:00", kind="extra", group_code="HZ")
    rules = (extra, pattern("18:30", "19:00", kind="break"))
    opening = Opening(WEEKLY, rules, (Closing("", at("19:30"), at("20:00")),))
    assert (starts(opening)[-2:], starts(opening, group="SB")[-1]) == (["18:00", "19:00"], "17:00")
    on_holiday = [
        Opening(WEEKLY, (pattern("18:00", "19:00", kind="extra", on_holidays=is_open),)).starts(
            group_code="HZ", day=TOMORROW, weekday=None, minutes=30
        )
        for is_open in (True, False)
    ]
    assert on_holiday == [[at("18:00"), at("18:30")], []]


def test_a_closure_of_one_group_leaves_the_others():
    opening = Opening({"3": [["09:00", "10:00"]]}, (), (Closing("HZ", at("09:00"), at("09:30")),))
    assert (starts(opening), starts(opening, group="SB")) == (["09:30"], ["09:00", "09:30"])


def test_only_a_pattern_that_says_so_opens_on_a_holiday():
    usual, holiday = pattern("09:00", "10:00"), pattern("10:00", "10:30", on_holidays=True, group_code="HZ")
    opening = Opening(WEEKLY, (usual, holiday))
    found = {g: opening.starts(group_code=g, day=TOMORROW, weekday=None, minutes=30) for g in ("HZ", "SB")}
    assert found == {"HZ": [at("10:00")], "SB": []}


def test_the_highest_layer_valid_on_a_day_counts():
    summer = pattern("07:00", "08:00", layer=9, valid_until=date(2026, 11, 25))
    opening = Opening(WEEKLY, (pattern("09:00", "10:00"), summer))
    assert (starts(opening), starts(opening, date(2026, 11, 26))) == (["07:00", "07:30"], ["09:00", "09:30"])


times = st.integers(0, 95).map(lambda n: time(n // 4, n % 4 * 15))
spans = st.tuples(times, times).filter(lambda s: s[0] < s[1])


@given(
    st.lists(spans, max_size=4),
    st.lists(st.sampled_from(["open", "extra"]), min_size=4),
    st.sampled_from([5, 15, 20, 60]),
)
def test_slots_never_overlap_and_lie_within_the_hours(hours: list[tuple[time, time]], kinds: list[str], minutes: int):
    rules = zip(hours, kinds, strict=False)
    opening = Opening({}, tuple(pattern(f"{a:%H:%M}", f"{b:%H:%M}", kind=kind) for (a, b), kind in rules))
    found = opening.starts(group_code="HZ", day=TOMORROW, weekday=3, minutes=minutes)
    length = timedelta(minutes=minutes)
    assert all(second - first >= length for first, second in pairwise(found))
    inside = [any(at(f"{a:%H:%M}") <= s and s + length <= at("23:45") for a, _ in hours) for s in found]
    assert all(inside)


async def test_opening_days_twice_makes_every_slot_once(db: str):
    await make_hall()
    assert await openings.open_days(first=TODAY, last=TOMORROW) == 112
    assert await openings.open_days(first=TODAY, last=TOMORROW) == 0
    assert await Slot.all().count() == 112
    assert await Slot.filter(group_code="HZ").distinct().values_list("capacity", "left") == [(3, 3)]


async def test_no_slots_on_a_holiday_and_fridays_hours_on_a_worked_saturday(db: str):
    await make_hall(groups={"HZ": 1})
    saturday = date(2026, 11, 28)
    for day, works in ((TOMORROW, False), (saturday, True)):
        await set_day(day=day, is_working=works, name="测试节", by="周", source="通知", now=NOW)
    await openings.open_days(first=TOMORROW, last=saturday)
    days = await Slot.all().distinct().order_by("on").values_list("on", flat=True)
    assert days == [date(2026, 11, 26), date(2026, 11, 27), saturday]


async def test_a_closure_removes_offers_at_once_and_its_end_brings_them_back(town: str):
    closure = await Closure.create(
        hall_code=HALL, group_code="HZ", starts_at=at("09:00"), ends_at=at("10:00"), reason="停电"
    )
    await openings.replan(hall_code=HALL, days=Range(TOMORROW, TOMORROW), now=NOW)
    shut = await Slot.filter(is_closed=True).order_by("id").values_list("id", flat=True)
    assert shut == [slot(text) for text in ("09:00", "09:15", "09:30", "09:45")]
    with pytest.raises(SlotClosed):
        await book()
    await closure.delete()
    await openings.replan(hall_code=HALL, days=Range(TOMORROW, TOMORROW), now=NOW)
    assert (await book()).slot_ids == [NINE]


async def test_a_pattern_stored_for_a_group_makes_its_slots(db: str):
    await make_hall(groups={"HZ": 1})
    await OpeningPattern.create(
        hall_code=HALL, group_code="HZ", weekdays="3", starts="19:00", ends="20:00", valid_from=TODAY
    )
    await openings.open_days(first=TODAY, last=TOMORROW)
    assert await Slot.all().order_by("id").values_list("id", flat=True) == [
        slot(text) for text in ("19:00", "19:15", "19:30", "19:45")
    ]
