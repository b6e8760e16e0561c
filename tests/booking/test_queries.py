"""What is shown before choosing: days, slots, levels, alternatives, lists."""

from datetime import timedelta

import pytest

from app.booking import actions, desk, jobs, openings, queries
from app.booking.models import Slot
from app.booking.tuning import set_group
from tests.booking.town import HALL, NINE, NOW, TODAY, TOMORROW, at, book, hold, slot
from tests.marks import on_both

pytestmark = pytest.mark.usefixtures("town")
HERE = {"hall_code": HALL, "group_code": "HZ", "now": NOW}


@on_both
async def test_a_slot_shows_booked_total_level_and_wait():
    await book(1)
    await book(2)
    views = {view.id: view for view in await queries.slots_of_day(on=TOMORROW, **HERE)}
    nine = views[NINE]
    assert (nine.left, nine.booked, nine.total, nine.level, nine.wait_min) == (1, 2, 3, "适中", 5)
    assert (len(views), nine.starts_at, nine.ends_at) == (28, at("09:00"), at("09:15"))
    assert nine.starts_at.isoformat() == "2026-11-25T09:00:00+08:00"


async def test_today_shows_only_what_can_still_be_booked():
    views = await queries.slots_of_day(on=TODAY, **HERE)
    assert views[0].id == slot("09:30", TODAY)
    assert await queries.slots_of_day(on=TODAY - timedelta(days=1), **HERE) == []


async def test_matters_that_need_three_slots_see_the_tightest_of_three():
    await Slot.filter(id=slot("09:30")).update(left=0)
    views = {view.id: view.left for view in await queries.slots_of_day(on=TOMORROW, minutes=[15, 20], **HERE)}
    texts = ("08:45", "09:00", "09:15", "09:30", "09:45")
    assert [views[slot(text)] for text in texts] == [3, 0, 0, 0, 3]
    assert slot("11:15") in views and slot("11:30") not in views


async def test_closed_slots_are_not_shown():
    await Slot.filter(id=NINE).update(is_closed=True)
    assert NINE not in {view.id for view in await queries.slots_of_day(on=TOMORROW, **HERE)}


@on_both
async def test_the_calendar_says_open_full_or_closed_and_the_next_free_day():
    await Slot.filter(on=TODAY, group_code="HZ").update(left=0)
    await book(1)
    days = await queries.days(**HERE)
    assert len(days) == 15
    assert [(day.state, day.left, day.booked, day.total, day.level) for day in days[:3]] == [
        ("full", 0, 72, 72, "已满"),
        ("open", 83, 1, 84, "空闲"),
        ("closed", 0, 0, 0, "不开放"),
    ]
    assert queries.next_free_day(days) == TOMORROW


@on_both
async def test_the_calendar_and_the_day_count_a_hold_that_ran_out_as_free_before_any_job_has_seen_it():
    await Slot.filter(group_code="HZ", on=TOMORROW).exclude(id=NINE).update(is_closed=True)
    for citizen_id in (1, 2, 3):
        await hold(citizen_id)

    async def seen(minutes: int) -> tuple[str, int, int, int]:
        here = HERE | {"now": NOW + timedelta(minutes=minutes)}
        day = (await queries.days(**here))[1]
        [view] = await queries.slots_of_day(on=TOMORROW, **here)
        return day.state, day.left, day.booked, view.left

    assert await seen(9) == ("full", 0, 3, 0)
    assert await seen(10) == ("open", 3, 0, 3)
    assert [row.left for row in await Slot.filter(id=NINE)] == [0]


async def test_the_two_nearest_free_slots_for_one_that_is_full():
    await Slot.filter(id__in=[NINE, slot("09:15")]).update(left=0)
    found = await queries.alternatives(wanted=at("09:00"), **HERE)
    assert [view.id for view in found] == [slot("08:45"), slot("08:30")]
    await Slot.filter(on=TOMORROW, group_code="HZ").update(left=0)
    found = await queries.alternatives(wanted=at("09:00"), **HERE)
    assert [view.id for view in found] == [slot("17:15", TODAY), slot("17:00", TODAY)]


async def test_my_bookings_are_mine_latest_first_in_pages():
    first, second = await book(1), await book(1, slot("10:00"), "PASS")
    await book(2)
    await actions.cancel(number=first.number, citizen_id=1, now=NOW)
    rows, total = await queries.bookings_of(1)
    assert ([row.number for row in rows], total) == ([second.number, first.number], 2)
    assert [row.number for row in (await queries.bookings_of(1, active=True))[0]] == [second.number]
    assert [row.number for row in (await queries.bookings_of(1, page=2, page_size=1))[0]] == [first.number]
    assert (await queries.next_booking(1, now=NOW)).number == second.number


async def test_staff_see_a_halls_day_in_order_without_holds():
    late, early = await book(1, slot("10:00")), await book(2)
    await hold(3)
    await book(4, slot("09:00", group="SB"), "PENSION")
    rows = await queries.bookings_of_day(HALL, TOMORROW, group_code="HZ")
    assert [row.number for row in rows] == [early.number, late.number]
    assert len(await queries.bookings_of_day(HALL, TOMORROW)) == 3
    assert await queries.bookings_of_day(HALL, TODAY) == []


@on_both
async def test_counters_kept_for_staff_change_slots_that_exist_and_those_made_later():
    for citizen in (1, 2, 3):
        await book(citizen)
    await set_group(hall_code=HALL, group_code="HZ", public_counters=2, total_counters=3, now=NOW)
    later = TOMORROW + timedelta(days=1)
    await openings.open_days(first=later, last=later)
    columns = ("capacity", "left", "staff_capacity", "staff_left")
    found = [await Slot.filter(id=key).values_list(*columns) for key in (NINE, slot("10:00"), slot("09:00", later))]
    assert found == [[(2, -1, 1, 1)], [(2, 2, 1, 1)], [(2, 2, 1, 1)]]
    await set_group(hall_code=HALL, group_code="HZ", now=NOW)
    assert await Slot.filter(id=slot("10:00")).values_list(*columns) == [(3, 3, 0, 0)]


@on_both
async def test_after_counters_were_taken_away_places_that_come_back_pay_for_them_before_anybody_books():
    numbers = [(await book(citizen)).number for citizen in (1, 2, 3)]
    await set_group(hall_code=HALL, group_code="HZ", public_counters=1, total_counters=2, now=NOW)
    assert await left_at_nine() == (0, 1, 1)
    day = (await queries.days(**HERE))[1]
    assert (day.left, day.total) == (27, 28)
    staff = await desk.staff_slots(on=TOMORROW, **HERE)
    assert [(row.left, row.staff_left) for row in staff if row.id == NINE] == [(0, 1)]
    for citizen, free in ((1, 0), (2, 0), (3, 1)):
        await actions.cancel(number=numbers[citizen - 1], citizen_id=citizen, now=NOW)
        await jobs.return_places(NOW + timedelta(minutes=21))
        assert (await left_at_nine())[0] == free


async def left_at_nine() -> tuple[int, int, int]:
    """As citizens see it: left, booked, total."""
    (nine,) = [view for view in await queries.slots_of_day(on=TOMORROW, **HERE) if view.id == NINE]
    return nine.left, nine.booked, nine.total


@on_both
async def test_a_day_whose_times_are_over_is_not_a_day_of_rest():
    evening = HERE | {"now": at("17:00", TODAY)}
    assert [(day.state, day.level) for day in (await queries.days(**evening))[:3]] == [
        ("closed", "已结束"),
        ("open", "空闲"),
        ("closed", "不开放"),
    ]
    assert (await queries.day(on=TODAY, **evening)).level == "已结束"
    await Slot.filter(on=TODAY).update(is_closed=True)
    assert (await queries.day(on=TODAY, **evening)).level == "不开放"
