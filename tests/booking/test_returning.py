"""A place that was given up (C9): out of sight until its time has come, back for certain, and no way to hoard."""

import asyncio
from datetime import datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.booking import actions, jobs, queries, rules
from app.booking.errors import RebookLimit, SlotFull
from app.booking.models import Booking, Claim, ReturningPlace, Slot
from app.booking.policy import set_policy
from app.booking.rules import BookingPolicy
from app.errors import AppError
from tests.booking.town import BY, HALL, NINE, NOW, TOMORROW, at, book, hold, left, returning, slot, trace
from tests.marks import on_both

MINUTE = timedelta(minutes=1)


@given(
    delay=st.integers(0, 600), jitter=st.integers(0, 600), ahead=st.integers(-60, 5000), chance=st.floats(0, 1),
    by=st.integers(0, 300),
)  # fmt: skip
def test_a_place_waits_its_delay_and_never_past_the_time_it_can_still_be_used(
    delay: int, jitter: int, ahead: int, chance: float, by: int
):
    policy = BookingPolicy(return_delay_minutes=delay, return_jitter_minutes=jitter, return_by_minutes=by)
    starts_at = NOW + ahead * MINUTE
    due = rules.back_at(policy, starts_at=starts_at, now=NOW, chance=chance)
    latest = max(NOW, starts_at - by * MINUTE)
    assert NOW <= due <= latest
    if due < latest:
        assert NOW + delay * MINUTE <= due <= NOW + (delay + jitter) * MINUTE


async def only_place() -> datetime:
    """Book and give up the only place of nine o'clock; returns when it is due."""
    await Slot.filter(id=NINE).update(capacity=1, left=1)
    await actions.cancel(number=(await book()).number, citizen_id=1, now=NOW)
    return (await ReturningPlace.get()).due_at


async def shown(now: datetime) -> tuple[int, int]:
    """What the slot and its day offer to everybody."""
    slots = await queries.slots_of_day(hall_code=HALL, group_code="HZ", on=TOMORROW, now=now)
    days = await queries.days(hall_code=HALL, group_code="HZ", now=now)
    return next(view.left for view in slots if view.id == NINE), days[1].left


@pytest.mark.usefixtures("town")
@on_both
async def test_a_cancelled_place_is_not_offered_before_its_time_and_is_afterwards():
    due_at = await only_place()
    assert NOW + 10 * MINUTE <= due_at <= NOW + 20 * MINUTE
    before = due_at - timedelta(milliseconds=1)
    assert (await jobs.return_places(before), await shown(before)) == (0, (0, 27 * 3))
    with pytest.raises(SlotFull):
        await book(2, now=before)
    assert [await jobs.return_places(due_at) for _ in range(2)] == [1, 0]
    assert await shown(due_at) == (1, 27 * 3 + 1)
    assert (await book(2, now=due_at)).state == "booked"


@pytest.mark.usefixtures("town")
async def test_nobody_can_tell_by_the_clock_when_a_place_comes_back():
    for citizen in range(1, 4):
        await actions.cancel(number=(await book(citizen)).number, citizen_id=citizen, now=NOW)
    assert len({row.due_at for row in await ReturningPlace.all()}) == 3


@pytest.mark.usefixtures("town")
async def test_a_hall_may_return_places_at_once():
    await set_policy(hall_code=HALL, return_delay_minutes=0, return_jitter_minutes=0)
    await actions.cancel(number=(await book()).number, citizen_id=1, now=NOW)
    assert (await left(), await returning()) == (3, 0)


@pytest.mark.usefixtures("town")
async def test_shortly_before_the_visit_a_place_comes_back_while_it_is_of_use():
    number = (await book()).number
    await actions.cancel_for(by=BY, number=number, why="电话取消", now=at("07:55"))
    assert (await ReturningPlace.get()).due_at == at("08:00")
    number = (await book(2, slot("10:00"))).number
    await actions.cancel_for(by=BY, number=number, why="电话取消", now=at("09:00"))
    assert (await left(slot("10:00")), await returning(slot("10:00"))) == (3, 0)


@pytest.mark.usefixtures("town")
async def test_a_hold_given_up_on_purpose_waits_like_a_booking_and_one_that_ran_out_does_not():
    held = await hold(1)
    await hold(2)
    await actions.cancel(number=held.number, citizen_id=1, now=NOW)
    await jobs.release_holds(NOW + 10 * MINUTE)
    assert (await left(), await returning()) == (2, 1)


@pytest.mark.usefixtures("town")
@on_both
async def test_what_was_given_up_can_be_booked_again_twice_a_day_and_tomorrow_again():
    await Slot.filter(id=NINE).update(capacity=9, left=9)
    for _ in range(3):
        await actions.cancel(number=(await book()).number, citizen_id=1, now=NOW)
    before = await trace()
    with pytest.raises(RebookLimit) as refusal:
        await book(1, slot("10:00"))  # the same matter at another time
    with pytest.raises(RebookLimit):
        await book(1, NINE, "PASS")  # another matter at the same time
    assert "每天最多重约 2 次" in refusal.value.text
    assert await trace() == before
    assert (await book(1, slot("10:00"), "PASS")).state == "booked"
    assert (await book(1, slot("15:00"), now=at("08:00"))).state == "booked"


@pytest.mark.usefixtures("town")
@on_both
async def test_holds_that_ran_out_are_back_at_once_but_count_as_given_up():
    """Or two accounts could pass a place on for ever: the second it is free again is known to whoever held it."""
    for n in range(3):
        await hold(1)
        assert (await jobs.release_holds(NOW + 10 * MINUTE), await left()) == (1, 3), n
    with pytest.raises(RebookLimit):
        await hold(1)
    assert (await hold(2)).state == "held"


@pytest.mark.usefixtures("town")
async def test_staff_may_book_for_whom_the_limit_holds_up_and_past_days_are_forgotten():
    await Slot.filter(id=NINE).update(capacity=9, left=9)
    for _ in range(3):
        await actions.cancel(number=(await book()).number, citizen_id=1, now=NOW)
    contact = actions.Contact(name="王", mobile="13900001111")
    row = await actions.book_for(
        by=BY, citizen_id=1, slot_id=NINE, matter_codes=["ID"], contact=contact, channel="walk_in", now=NOW
    )
    assert row.state == "booked"
    assert await jobs.purge(NOW, keep_slots_days=90) == 0
    assert await jobs.purge(at("00:00", TOMORROW), keep_slots_days=90) == 6
    assert await Claim.filter(key__startswith="x:").count() == 0


@pytest.mark.usefixtures("town")
@on_both
async def test_the_limit_of_rebooking_holds_for_many_devices_of_one_person_at_once():
    async def device() -> None:
        for _ in range(4):
            try:
                booking = await book()
                await actions.cancel(number=booking.number, citizen_id=1, now=NOW)
            except AppError:
                await asyncio.sleep(0)

    await asyncio.gather(*(device() for _ in range(8)))
    made = await Booking.all().count()
    assert 1 <= made <= 3
    assert await left() + await returning() == 3 and await returning() == made


@pytest.mark.usefixtures("town")
@on_both
async def test_several_workers_return_each_place_once():
    texts = [f"{hour:02}:{minute:02}" for hour in (9, 10) for minute in (0, 15, 30, 45)]
    await ReturningPlace.bulk_create(ReturningPlace(slot_id=slot(text), due_at=NOW) for text in texts * 5)
    done = await asyncio.gather(*(jobs.return_places(NOW) for _ in range(6)))
    assert sum(done) == 40 and await ReturningPlace.all().count() == 0
    assert [await left(slot(text)) for text in texts] == [8] * 8
