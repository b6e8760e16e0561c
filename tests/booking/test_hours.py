"""Changing opening hours (C19): everyone in conflict is moved or told, nobody is lost, and it can be undone."""

from datetime import date, time, timedelta
from pathlib import Path

import pytest

from app.booking import actions, desk, foreseeing, hours, openings, tuning
from app.booking.change import Change
from app.booking.errors import AlreadyUndone, BadHours, CalendarDecides
from app.booking.models import Booking, Claim, Closure, HoursChange, OpeningPattern, Slot
from app.booking.opening import Pattern
from app.outbox import Delivery, RecordedEvent
from app.staff.errors import HallNotYours
from app.staff.models import AuditRow
from app.workdays.actions import set_day, undo_change
from app.workdays.seed import load_seed
from tests.booking.town import (
    BY,
    HALL,
    NINE,
    NOW,
    OTHER,
    TODAY,
    TOMORROW,
    WEEKLY,
    at,
    book,
    closure_of_days,
    hear,
    hold,
    left,
    make_hall,
    returning,
    slot,
    trace,
)
from tests.marks import on_both

CITY = Path(__file__).parents[2] / "app/cities/huainan"
pytestmark = pytest.mark.usefixtures("town")
MORNING = Change(
    hall_code=HALL, group_codes=("HZ",), starts_at=at("08:30"), ends_at=at("12:00"), reason="设备检修，暂停办理"
)
THURSDAY = TOMORROW + timedelta(days=1)
TEXTS = ["09:00", "09:15", "09:30", "09:45"]


async def twelve() -> list[str]:
    """Three bookings in each of four slots of tomorrow's morning."""
    return [(await book(n, slot(TEXTS[n % 4]))).number for n in range(12)]


@on_both
async def test_the_preview_shows_12_conflicts_with_a_place_for_each_and_writes_nothing():
    numbers = await twelve()
    before = await trace()
    preview = await foreseeing.preview_hours_change(change=MORNING, now=NOW)
    assert sorted(conflict.number for conflict in preview.conflicts) == sorted(numbers)
    assert preview.movable == 12
    assert preview.conflicts[0].starts_at == at("09:00")
    assert {conflict.to_starts_at for conflict in preview.conflicts} == {
        at("14:00"), at("14:15"), at("14:30"), at("14:45"),
    }  # fmt: skip
    assert await trace() == before


@on_both
async def test_12_conflicts_are_all_moved_and_told():
    numbers = await twelve()
    preview = await foreseeing.preview_hours_change(change=MORNING, now=NOW)
    outcome = await hours.apply_hours_change(by=BY, change=MORNING, now=NOW)
    assert (sorted(outcome.moved), outcome.cancelled, outcome.released) == (sorted(numbers), [], [])
    rows = {row.number: row.starts_at for row in await Booking.all()}
    assert rows == {conflict.number: conflict.to_starts_at for conflict in preview.conflicts}
    assert await RecordedEvent.filter(name="booking.moved").count() == 12
    assert [await left(slot(text)) for text in ("09:00", "14:00", "14:45", "15:00")] == [3, 0, 0, 3]
    assert (await AuditRow.get()).details == {"moved": 12, "cancelled": 0}


@on_both
async def test_who_cannot_be_moved_is_cancelled_and_told_and_none_is_lost():
    numbers = await twelve()
    await Slot.filter(group_code="HZ").exclude(id__in=[slot(text) for text in TEXTS]).update(left=0)
    await Slot.filter(id__in=[slot("14:00"), slot("16:00")]).update(left=2)
    outcome = await hours.apply_hours_change(by=BY, change=MORNING, now=NOW)
    assert (len(outcome.moved), len(outcome.cancelled)) == (4, 8)
    assert sorted(outcome.moved + outcome.cancelled) == sorted(numbers)
    assert [await left(slot(text)) for text in TEXTS] == [3, 3, 3, 3]
    told = await RecordedEvent.filter(name="booking.cancelled_by_hall").count()
    assert told == 8 and await Booking.filter(state="cancelled").count() == 8
    again = Change(hall_code=HALL, starts_at=at("08:30"), ends_at=at("12:00"), reason="整厅停办")
    assert (await foreseeing.preview_hours_change(change=again, now=NOW)).conflicts == []


async def test_a_held_slot_is_released_and_others_stay_where_they_are():
    held = await hold(1)
    stays = await book(2, slot("15:00"))
    other = await book(3, slot("09:00", group="SB"), "PENSION")
    outcome = await hours.apply_hours_change(by=BY, change=MORNING, now=NOW)
    assert (outcome.moved, outcome.released, await left()) == ([], [held.number], 3)
    rows = {row.number: (row.state, row.version) for row in await Booking.all()}
    assert rows == {held.number: ("expired", 1), stays.number: ("booked", 0), other.number: ("booked", 0)}


async def test_a_row_of_slots_moves_as_a_row():
    number = (await book(1, slot("11:00"), "ID", "PASS")).number
    await hours.apply_hours_change(by=BY, change=MORNING, now=NOW)
    moved = await Booking.get(number=number)
    assert moved.slot_ids == [slot(text) for text in ("14:00", "14:15", "14:30")]
    assert moved.ends_at == at("14:45")


@on_both
async def test_new_weekly_hours_from_a_day_on_move_whom_they_push_out_and_open_new_slots():
    await openings.open_days(first=THURSDAY, last=THURSDAY)
    number = (await book(1, slot("17:15"))).number
    shorter = {day: [["09:00", "12:00"], ["13:30", "17:00"]] if pairs else [] for day, pairs in WEEKLY.items()}
    change = Change(hall_code=HALL, weekly=shorter, valid_from=TOMORROW, reason="冬令时")
    await hours.apply_hours_change(by=BY, change=change, now=NOW)
    assert (await Booking.get(number=number)).starts_at == at("09:00", THURSDAY)
    on_offer = Slot.filter(group_code="HZ", on=TOMORROW, is_closed=False).order_by("id")
    texts = [key[-4:] for key in await on_offer.values_list("id", flat=True)]
    assert (texts[0], texts[-1], texts[12]) == ("0900", "1645", "1330")
    assert await Slot.filter(on=TODAY, is_closed=True).count() == 0


async def test_undone_the_hours_and_those_who_did_nothing_since_are_back():
    first, second = await book(1), await book(2)
    outcome = await hours.apply_hours_change(by=BY, change=MORNING, now=NOW)
    await actions.cancel(number=second.number, citizen_id=2, now=NOW)
    assert (await hours.undo_hours_change(by=BY, code=outcome.code, now=NOW)).back == [first.number]
    back = await Booking.get(number=first.number)
    assert (back.slot_ids, back.state, await left()) == ([NINE], "booked", 2)
    assert (await left(slot("14:00")), await returning(slot("14:00"))) == (2, 1)  # the second gave hers up
    assert (await Slot.filter(is_closed=True).count(), await Closure.all().count()) == (0, 0)
    with pytest.raises(AlreadyUndone):
        await hours.undo_hours_change(by=BY, code=outcome.code, now=NOW)


async def test_undoing_weekly_hours_brings_the_old_ones():
    change = Change(hall_code=HALL, weekly={"3": [["10:00", "11:00"]]}, valid_from=TOMORROW, reason="试行")
    outcome = await hours.apply_hours_change(by=BY, change=change, now=NOW)
    assert await Slot.filter(on=TOMORROW, group_code="HZ", is_closed=False).count() == 4
    await hours.undo_hours_change(by=BY, code=outcome.code, now=NOW)
    assert await Slot.filter(on=TOMORROW, group_code="HZ", is_closed=False).count() == 28
    assert await OpeningPattern.all().count() == 0


EXTRA = Pattern(
    group_code="", kind="extra", layer=0, weekdays=frozenset({3}), span=(time(12), time(12, 45)), every_weeks=1,
    weeks_of_month=frozenset({4}), on_holidays=False, valid_from=TOMORROW, valid_until=None,
)  # fmt: skip
NOON = Change(hall_code=HALL, group_codes=("HZ",), pattern=EXTRA, valid_from=TOMORROW, reason="午间不打烊")


@on_both
async def test_additional_hours_open_their_slots_and_taken_back_move_on_whoever_booked_there():
    preview = await foreseeing.preview_hours_change(change=NOON, now=NOW)
    assert [(day.on, day.was, day.slots, day.group_codes) for day in preview.days] == [(TOMORROW, 28, 31, ("HZ",))]
    assert preview.days[0].spans == ((at("08:30"), at("12:45")), (at("14:00"), at("17:30")))
    assert preview.dates[:3] == [date(2026, 11, 25), date(2026, 12, 23), date(2027, 1, 27)]
    outcome = await hours.apply_hours_change(by=BY, change=NOON, now=NOW)
    assert [row.pattern["kind"] for row in await desk.patterns(HALL) if row.pattern] == ["extra"]
    at_noon = [(await book(n, slot("12:00"))).number for n in (1, 2)]
    usual = await book(3, slot("11:45"))
    seen = (await foreseeing.preview_undo(by=BY, code=outcome.code, now=NOW))[1]
    assert [(c.number, c.to_slot_id) for c in seen.conflicts] == [(number, slot("14:00")) for number in at_noon]
    undone = await hours.undo_hours_change(by=BY, code=outcome.code, now=NOW)
    assert (undone.back, undone.moved, undone.cancelled) == ([], at_noon, [])
    rows = {row.number: row.slot_ids for row in await Booking.all()}
    assert rows == {number: [slot("14:00")] for number in at_noon} | {usual.number: [slot("11:45")]}
    assert await RecordedEvent.filter(name="booking.moved").count() == 2
    assert await desk.patterns(HALL) == []


async def test_undone_the_closure_of_one_group_leaves_another_as_it_is():
    """What an undo would do is looked at without the change's own closures only."""
    both = [closure_of_days(HALL, first=TOMORROW, last=TOMORROW, reason="停电", group_codes=[g]) for g in ("HZ", "SB")]
    codes = [(await hours.apply_hours_change(by=BY, change=change, now=NOW)).code for change in both]
    _, seen = await foreseeing.preview_undo(by=BY, code=codes[0], now=NOW)
    assert [(day.group_codes, day.was, day.slots) for day in seen.days] == [(("HZ",), 0, 28)]


async def test_slots_keep_their_length_on_days_that_have_some():
    await tuning.set_group(hall_code=HALL, group_code="HZ", slot_minutes=20, now=NOW)
    assert (
        await openings.open_days(first=TODAY, last=THURSDAY) == 20 + 28
    )  # a morning has 10 slots of 20 minutes, not 14
    await hours.apply_hours_change(by=BY, change=MORNING, now=NOW)
    shut = Slot.filter(on=TOMORROW, group_code="HZ", is_closed=True)
    assert (await shut.count(), await Slot.filter(on=TOMORROW, group_code="HZ").count()) == (14, 28)
    assert await Slot.filter(on=THURSDAY, group_code="HZ").distinct().values_list("minutes", flat=True) == [20]


async def test_whole_days_closed_move_people_to_another_day():
    await openings.open_days(first=TOMORROW + timedelta(days=1), last=TOMORROW + timedelta(days=1))
    number = (await book(1, slot("15:00"))).number
    change = closure_of_days(HALL, first=TOMORROW, last=TOMORROW, reason="消防演练")
    await hours.apply_hours_change(by=BY, change=change, now=NOW)
    moved = await Booking.get(number=number)
    assert moved.starts_at == at("08:30", TOMORROW + timedelta(days=1))


@on_both
async def test_nobody_is_moved_to_an_earlier_time_even_when_only_earlier_places_are_free():
    number = (await book(1, slot("17:15"))).number
    early = Change(hall_code=HALL, starts_at=at("17:00"), ends_at=at("17:30"), reason="提前下班")
    preview = await foreseeing.preview_hours_change(change=early, now=NOW)
    assert [(c.number, c.to_slot_id) for c in preview.conflicts] == [(number, None)]
    outcome = await hours.apply_hours_change(by=BY, change=early, now=NOW)
    assert (outcome.moved, outcome.cancelled) == ([], [number])
    row = await Booking.get(number=number)
    assert (row.state, row.ended_why, row.starts_at) == ("cancelled", "提前下班", at("17:15"))
    assert await RecordedEvent.filter(name="booking.cancelled_by_hall").count() == 1


async def test_a_place_before_the_own_time_is_passed_over_for_one_after_it_on_the_next_day():
    await openings.open_days(first=THURSDAY, last=THURSDAY)
    number = (await book(1, slot("09:00"))).number
    change = closure_of_days(HALL, first=TOMORROW, last=TOMORROW, reason="消防演练")
    preview = await foreseeing.preview_hours_change(change=change, now=NOW)
    assert [c.to_slot_id for c in preview.conflicts] == [slot("08:30", THURSDAY)]
    await hours.apply_hours_change(by=BY, change=change, now=NOW)
    assert (await Booking.get(number=number)).slot_ids == [slot("08:30", THURSDAY)]


@on_both
async def test_two_visits_of_one_person_never_end_up_at_the_same_time():
    """Morning closed for both groups: the second visit starts when the first one is over."""
    identity = (await book(1, slot("11:30"), "PASS")).number  # 20 minutes: two slots in a row
    pension = (await book(1, slot("11:45", group="SB"), "PENSION")).number
    stranger = (await book(2, slot("11:45", group="SB"), "PENSION")).number
    morning = Change(hall_code=HALL, starts_at=at("08:30"), ends_at=at("12:00"), reason="停电")
    preview = await foreseeing.preview_hours_change(change=morning, now=NOW)
    await hours.apply_hours_change(by=BY, change=morning, now=NOW)
    moved = {row.number: (row.starts_at, row.ends_at) for row in await Booking.all()}
    assert moved == {
        identity: (at("14:00"), at("14:30")),
        pension: (at("14:30"), at("14:45")),
        stranger: (at("14:00"), at("14:15")),
    }
    assert {c.number: c.to_starts_at for c in preview.conflicts} == {n: span[0] for n, span in moved.items()}


async def test_a_moved_visit_keeps_clear_of_one_that_stays():
    stays = await book(1, slot("14:00", group="SB"), "PENSION")
    number = (await book(1, slot("09:00"))).number
    await hours.apply_hours_change(by=BY, change=MORNING, now=NOW)
    assert (await Booking.get(number=number)).starts_at == at("14:15")
    assert (await Booking.get(number=stays.number)).version == 0


@on_both
async def test_a_day_on_which_somebody_has_two_visits_takes_no_third():
    friday = THURSDAY + timedelta(days=1)
    await openings.open_days(first=THURSDAY, last=friday)
    await book(1, slot("09:00", THURSDAY), "PASS")
    await book(1, slot("10:00", THURSDAY, group="SB"), "PENSION")
    number = (await book(1, slot("15:00"))).number
    change = closure_of_days(HALL, first=TOMORROW, last=TOMORROW, reason="消防演练")
    preview = await foreseeing.preview_hours_change(change=change, now=NOW)
    assert [c.to_slot_id for c in preview.conflicts] == [slot("08:30", friday)]
    await hours.apply_hours_change(by=BY, change=change, now=NOW)
    assert (await Booking.get(number=number)).starts_at == at("08:30", friday)
    days = await Claim.filter(key__startswith="d:").order_by("key").values_list("key", flat=True)
    assert days == ["d:c1:20261126:1", "d:c1:20261126:2", "d:c1:20261127:1"]


async def test_undone_nobody_goes_back_into_a_visit_made_since():
    number = (await book(1, slot("09:00"))).number
    outcome = await hours.apply_hours_change(by=BY, change=MORNING, now=NOW)
    await book(1, slot("09:00", group="SB"), "PENSION")
    assert (await hours.undo_hours_change(by=BY, code=outcome.code, now=NOW)).back == []
    assert (await Booking.get(number=number)).starts_at == at("14:00")


async def test_a_day_opened_later_respects_the_closure():
    later = TOMORROW + timedelta(days=1)
    change = closure_of_days(HALL, first=later, last=later, reason="消防演练", group_codes=["HZ"])
    await hours.apply_hours_change(by=BY, change=change, now=NOW)
    await openings.open_days(first=later, last=later)
    assert await Slot.filter(on=later, is_closed=False).distinct().values_list("group_code", flat=True) == ["SB"]


async def test_a_day_that_becomes_a_holiday_closes_and_moves_whom_it_surprises():
    await openings.open_days(first=TOMORROW + timedelta(days=1), last=TOMORROW + timedelta(days=1))
    number = (await book()).number
    await set_day(day=TOMORROW, is_working=False, name="临时放假", by="周主任", source="通知", now=NOW)
    await hear()
    assert await Slot.filter(on=TOMORROW, is_closed=False).count() == 0
    assert (await Booking.get(number=number)).starts_at == at("08:30", THURSDAY)
    assert await RecordedEvent.filter(name="booking.moved").count() == 1


async def test_a_hall_that_cannot_follow_the_calendar_holds_up_no_other():
    await make_hall(OTHER)
    await OpeningPattern.create(hall_code=OTHER, weekdays="每天", starts="08:30", ends="12:00", valid_from=TODAY)
    await set_day(day=TOMORROW, is_working=False, name="临时放假", by="周主任", source="通知", now=NOW)
    await hear()
    assert await Slot.filter(hall_code=HALL, on=TOMORROW, is_closed=False).count() == 0
    assert await Delivery.filter(state="due").values_list("subscriber", flat=True) == [
        "booking:booking.hall_days_changed"
    ]


async def test_a_calendar_that_changes_nothing_here_leaves_no_change_of_hours():
    """As at the first start, when the city's calendar is brought in."""
    await load_seed(folder=CITY, now=NOW)
    await hear()
    assert await HoursChange.all().count() == 0


@on_both
async def test_a_calendar_change_taken_back_brings_back_whom_it_moved():
    await openings.open_days(first=THURSDAY, last=THURSDAY)
    number = (await book()).number
    code = await set_day(day=TOMORROW, is_working=False, name="临时放假", by="周主任", source="通知", now=NOW)
    await hear()
    change = await HoursChange.get()
    assert (change.calendar_code, len(change.moves), (await Booking.get()).starts_at.date()) == (code, 1, THURSDAY)
    with pytest.raises(CalendarDecides):
        await hours.undo_hours_change(by=BY, code=change.code, now=NOW)
    await undo_change(code=code, by="周主任", now=NOW)
    await hear()
    assert (await Booking.get(number=number)).slot_ids == [NINE]
    assert (await Slot.filter(is_closed=True).count(), await HoursChange.filter(undone_at=None).count()) == (0, 0)


async def test_a_holiday_far_ahead_or_long_ago_changes_no_slot():
    before = await trace()
    for day in (date(2027, 10, 1), date(2026, 1, 1)):
        await set_day(day=day, is_working=False, name="节日", by="周主任", source="通知", now=NOW)
    await hear()
    assert (await trace())["slots"] == before["slots"]
    assert await HoursChange.all().count() == 0


@pytest.mark.parametrize(
    "change",
    [
        Change(hall_code=HALL, reason="", starts_at=at("12:00"), ends_at=at("09:00")),
        Change(hall_code=HALL, reason=""),
        Change(hall_code=HALL, reason="", weekly={"1": [["12:00", "09:00"]]}, valid_from=TOMORROW),
        Change(hall_code=HALL, reason="", weekly={"1": [["25:00", "26:00"]]}, valid_from=TOMORROW),
    ],
    ids=["ends before it begins", "says nothing", "backwards", "no such hour"],
)
async def test_hours_that_make_no_sense_change_nothing(change: Change):
    before = await trace()
    with pytest.raises(BadHours):
        await hours.apply_hours_change(by=BY, change=change, now=NOW)
    assert await trace() == before


async def test_staff_of_another_hall_cannot_change_the_hours():
    other = BY.__class__(2, "钱", BY.roles, frozenset({"HALL-0402"}))
    before = await trace()
    with pytest.raises(HallNotYours):
        await hours.apply_hours_change(by=other, change=MORNING, now=NOW)
    assert await trace() == before
