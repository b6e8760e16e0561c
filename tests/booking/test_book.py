"""Booking, exact: what is taken, what is refused, and that a refusal leaves no trace."""

from datetime import timedelta

import pytest

from app.booking import openings
from app.booking.errors import (
    AlreadyBooked,
    DayLimit,
    NotBookable,
    NotTogether,
    SlotClosed,
    SlotForeign,
    SlotFull,
    SlotPassed,
    SlotTooShort,
    TooEarly,
    TooLate,
    TooMuchAtOnce,
)
from app.booking.models import Booking, Claim, Slot
from app.booking.policy import set_policy
from app.errors import AppError, NotFound
from app.matters.models import SUSPENDED
from app.outbox import RecordedEvent
from tests.booking.town import HALL, NINE, TODAY, TOMORROW, at, book, events, left, make_matter, slot, trace
from tests.marks import on_both

pytestmark = pytest.mark.usefixtures("town")


@on_both
async def test_a_booking_takes_one_place_and_tells_others_once():
    booking = await book()
    assert (booking.state, booking.slot_ids, booking.starts_at, booking.ends_at) == (
        "booked", [NINE], at("09:00"), at("09:15"),
    )  # fmt: skip
    assert len(booking.number) == 16 and await left() == 2
    event = await RecordedEvent.get(name="booking.slot_booked")
    assert f'"booking_number":"{booking.number}"' in event.payload
    stored = await Booking.get(number=booking.number)
    assert (stored.starts_at, stored.remind_day_at, stored.remind_soon_at) == (
        at("09:00"), at("18:00", TODAY), at("07:00"),
    )  # fmt: skip


@on_both
async def test_two_matters_of_15_and_20_minutes_take_three_slots_in_a_row():
    booking = await book(1, NINE, "ID", "PASS")
    assert booking.slot_ids == [slot("09:00"), slot("09:15"), slot("09:30")]
    assert booking.ends_at == at("09:45")
    assert [await left(slot(text)) for text in ("08:45", "09:00", "09:15", "09:30", "09:45")] == [3, 2, 2, 2, 3]


async def test_three_people_take_three_times_as_long():
    booking = await book(1, NINE, "ID", people=3)
    assert booking.slot_ids == [slot("09:00"), slot("09:15"), slot("09:30")]


async def test_a_full_slot_in_the_middle_refuses_the_whole_row():
    await Slot.filter(id=slot("09:15")).update(left=0)
    before = await trace()
    with pytest.raises(SlotFull):
        await book(1, NINE, "ID", "PASS")
    assert await trace() == before


async def test_a_row_does_not_reach_over_lunch():
    with pytest.raises(SlotTooShort) as refusal:
        await book(1, slot("11:45"), "ID", "PASS")
    assert "连续 35 分钟" in refusal.value.text


@on_both
async def test_a_slot_with_three_places_takes_three_and_refuses_the_fourth():
    for citizen in (1, 2, 3):
        await book(citizen)
    before = await trace()
    with pytest.raises(SlotFull):
        await book(4)
    assert await trace() == before


async def make_far_slots() -> None:
    await openings.open_days(first=TODAY + timedelta(days=14), last=TODAY + timedelta(days=15))


REFUSALS = {
    "an unknown slot": (slot("09:07"), ["ID"], NotFound),
    "an unknown matter": (NINE, ["NOTHING"], NotFound),
    "a slot of another group": (slot("09:00", group="SB"), ["ID"], SlotForeign),
    "a slot that has begun": (slot("09:00", TODAY), ["ID"], SlotPassed),
    "a slot that is over": (slot("08:30", TODAY), ["ID"], SlotPassed),
    "a slot in 15 minutes": (slot("09:15", TODAY), ["ID"], TooEarly),
    "a slot in 15 days": (slot("09:00", TODAY + timedelta(days=15)), ["ID"], TooLate),
    "a slot in 20 days, not made yet": (slot("09:00", TODAY + timedelta(days=20)), ["ID"], TooLate),
    "a slot of a year ago": (slot("09:00", TODAY - timedelta(days=365)), ["ID"], SlotPassed),
    "a far slot of another group": (slot("09:00", TODAY + timedelta(days=20), "SB"), ["ID"], NotFound),
    "no slot at all": (f"{HALL}.HZ.20261399", ["ID"], NotFound),
    "matters of different counters": (NINE, ["ID", "PENSION"], NotTogether),
    "a matter that is suspended": (NINE, ["OFF"], NotBookable),
    "a matter without booking": (NINE, ["WALK"], NotBookable),
    "more matters than allowed": (NINE, ["ID", "PASS", "A", "B"], TooMuchAtOnce),
}


@pytest.mark.parametrize(("slot_id", "matters", "refusal"), REFUSALS.values(), ids=REFUSALS)
async def test_what_cannot_be_booked_is_refused_and_leaves_no_trace(
    slot_id: str, matters: list[str], refusal: type[AppError]
):
    await make_far_slots()
    await make_matter("OFF", status=SUSPENDED)
    await make_matter("WALK", bookable=False)
    before = await trace()
    with pytest.raises(refusal):
        await book(1, slot_id, *matters)
    assert await trace() == before


async def test_the_window_ends_exactly_where_it_says():
    await make_far_slots()
    assert (await book(1, slot("09:30", TODAY))).state == "booked"
    assert (await book(2, slot("09:00", TODAY + timedelta(days=14)))).state == "booked"


async def test_a_closed_slot_is_refused():
    await Slot.filter(id=NINE).update(is_closed=True)
    with pytest.raises(SlotClosed):
        await book()


@on_both
async def test_a_second_booking_of_the_same_matter_is_refused_and_its_place_stays():
    await book()
    before = await trace()
    with pytest.raises(AlreadyBooked):
        await book(1, slot("10:00"))
    assert await trace() == before


async def test_the_second_matter_of_a_booking_counts_too():
    await book(1, NINE, "ID", "PASS")
    with pytest.raises(AlreadyBooked):
        await book(1, slot("10:00"), "PASS")


async def test_a_third_booking_of_a_day_is_refused_and_another_day_is_not():
    await book(1, NINE, "ID")
    await book(1, slot("10:00"), "PASS")
    with pytest.raises(DayLimit) as refusal:
        await book(1, slot("09:00", group="SB"), "PENSION")
    assert refusal.value.text == "您当天已有 2 个预约，请改约其他日期，或先取消不需要的预约"
    assert (await book(1, slot("15:00", TODAY, "SB"), "PENSION")).state == "booked"


async def test_a_hall_can_have_other_figures():
    await set_policy(hall_code="HALL-SZ", day_limit=1, earliest_minutes=24 * 60 + 1)
    with pytest.raises(TooEarly):
        await book()
    await book(1, slot("09:15"))
    with pytest.raises(DayLimit):
        await book(1, slot("10:00"), "PASS")


async def test_the_same_matter_named_twice_is_one():
    booking = await book(1, NINE, "ID", "ID")
    assert (booking.matter_codes, booking.slot_ids) == (["ID"], [NINE])
    assert sorted(await Claim.all().values_list("key", flat=True)) == [f"d:c1:{TOMORROW:%Y%m%d}:1", "m:c1:ID"]
    assert await events() == ["booking.slot_booked"]
