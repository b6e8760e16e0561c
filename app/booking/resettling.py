"""Finding other places for bookings whose slots were taken away: moved, or told; none forgotten.

All functions run inside the transaction of the change of hours.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime, time, timedelta

from app import outbox
from app.booking import claims, line, places, returning, rules
from app.booking.actions import move
from app.booking.changing import change
from app.booking.errors import BookingRefused, DayLimit, SlotClosed, SlotFull
from app.booking.events import BookingCancelledByHall, BookingMoved
from app.booking.facts import facts_of
from app.booking.finding import Offers, diary_of, free_places, span_of
from app.booking.models import Booking, HoursChange, Slot
from app.booking.places import PUBLIC, STAFF
from app.booking.policy import policy_of
from app.db import transactional
from app.errors import Busy
from app.ids import new_code

TRIES = 3


async def affected_by(hall_code: str, gone: set[str], now: datetime) -> list[Booking]:
    """The hall's bookings and holds that use one of these slots, in order of time."""
    midnight = datetime.combine(rules.local_date(now), time(), rules.CHINA)  # no visit lasts beyond it
    rows = Booking.filter(hall_code=hall_code, starts_at__gte=midnight, ends_at__gt=now, state__in=rules.ACTIVE)
    return [booking for booking in await rows.order_by("starts_at", "id") if gone.intersection(booking.slot_ids)]


async def offers_for(affected: Sequence[Booking], *, hall_code: str, now: datetime, without: set[str]) -> Offers:
    """What is free in the hall's window for these bookings, but for some slots."""
    policy = await policy_of(hall_code)
    earliest = now + timedelta(minutes=policy.earliest_minutes)
    last = rules.local_date(now) + timedelta(days=policy.latest_days)
    free = await free_places(hall_code, earliest=earliest, last=last, without=without)
    return Offers(free, await diary_of(affected, now=now), policy.day_limit)


@dataclass
class Settled:
    """What became of each booking: in exactly one list, or in none when its owner ended it meanwhile."""

    moved: list[str] = field(default_factory=list)
    cancelled: list[str] = field(default_factory=list)
    released: list[str] = field(default_factory=list)


async def settle(affected: list[Booking], row: HoursChange, now: datetime) -> Settled:
    """Move each booking to the next free place its owner can keep, or cancel it; each hears of it. Held slots are
    released.
    """
    free = await offers_for(affected, hall_code=row.hall_code, now=now, without=set())
    settled = Settled()
    for booking in affected:
        fate = await _settle_one(booking, free, row, now)
        if fate is not None:
            getattr(settled, fate).append(booking.number)
    return settled


async def _settle_one(booking: Booking, free: Offers, row: HoursChange, now: datetime) -> str | None:
    for _ in range(TRIES):
        try:
            return await _part(booking, free, row, now)
        except BookingRefused:  # its owner did something at this very moment: look again
            booking = await Booking.get(id=booking.id)
            if booking.state not in rules.ACTIVE or not await _is_in_the_way(booking):
                return None
    raise Busy()


async def _is_in_the_way(booking: Booking) -> bool:
    return await Slot.filter(id__in=booking.slot_ids, is_closed=True).exists()


async def _part(booking: Booking, free: Offers, row: HoursChange, now: datetime) -> str:
    if booking.state == rules.HELD:
        await _end(booking, rules.EXPIRED, row.reason, now)
        return "released"
    if await _move_away(booking, free, row, now):
        return "moved"
    await _end(booking, rules.CANCELLED, row.reason, now)
    free.diary.drop(booking)
    await outbox.record(BookingCancelledByHall(occurred_at=now, reason=row.reason, **facts_of(booking)))
    return "cancelled"


async def _move_away(booking: Booking, offers: Offers, row: HoursChange, now: datetime) -> bool:
    while (run := offers.later(booking)) is not None:
        was_slot, was_at = booking.slot_ids[0], booking.starts_at
        try:
            await _try_move(booking, run, offers.day_limit, now)
        except (SlotFull, SlotClosed, DayLimit):
            offers.strike(run)  # somebody booked meanwhile: the next one
            continue
        offers.give(booking, run)
        row.moves = [*row.moves, {"number": booking.number, "was": was_slot, "version": booking.version}]
        moved = BookingMoved(occurred_at=now, was_at=was_at, reason=row.reason, **facts_of(booking))
        await outbox.record(moved)
        return True
    return False


@transactional
async def _try_move(booking: Booking, run: Sequence[places.Place], day_limit: int, now: datetime) -> None:
    """A savepoint: a try that fails half-way gives everything back. Raises SlotFull, SlotClosed, DayLimit."""
    await claims.move_day(person=booking.person, number=booking.number, on=run[0].on, limit=day_limit)
    due_at = await returning.set_free(booking.slot_ids[0], now=now)
    await move(booking, run, pools=PUBLIC + STAFF, now=now, due_at=due_at)


async def _end(booking: Booking, state: str, why: str, now: datetime) -> None:
    await change(booking, state=state, ended_at=now, ended_why=why, nonce=new_code())
    await claims.release(booking.number)
    await line.end_offer(booking.number, channel=booking.channel, state=line.MISSED, now=now)
    due_at = await returning.set_free(booking.slot_ids[0], now=now)
    await returning.give_back(booking.slot_ids, pools=booking.pools, due_at=due_at)


async def move_back(done: dict[str, str | int], now: datetime) -> bool:
    """Undo one move, unless the booking was changed since, its old place is gone or over, or its owner has something
    else at that time by now. Returns whether it was.
    """
    rows = Booking.filter(number=done["number"], version=done["version"], state=rules.BOOKED, starts_at__gt=now)
    booking = await rows.first()
    if booking is None:
        return False
    count, first = len(booking.slot_ids), (await places.read([str(done["was"])]))
    run = await places.read(rules.following(first[0].id, minutes=first[0].minutes, count=count)) if first else []
    if len(run) < count or run[0].starts_at <= now:
        return False
    limit, diary = (await policy_of(booking.hall_code)).day_limit, await diary_of([booking], now=now)
    if not diary.has_room(booking, span_of(run), day_limit=limit):
        return False
    was_at = booking.starts_at
    try:
        await _try_move(booking, run, limit, now)
    except (SlotFull, SlotClosed, DayLimit):
        return False
    await outbox.record(BookingMoved(occurred_at=now, was_at=was_at, reason="开放时间恢复", **facts_of(booking)))
    return True
