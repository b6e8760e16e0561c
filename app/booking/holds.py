"""Held slots that were never confirmed: given back by a job, and at once when somebody needs the place."""

from collections.abc import Iterable
from datetime import datetime

from app.booking import claims, line, returning, rules
from app.booking.models import Booking
from app.booking.policy import policy_of
from app.db import transactional

COLUMNS = ("id", "number", "person", "matter_codes", "slot_ids", "pools", "channel")
Row = tuple[int, str, str, list[str], list[str], str, str]
AT_ONCE = 200  # rows of one run of the job


async def release_expired_holds(now: datetime) -> int:
    """Give back all holds whose time is over, each in a transaction of its own. Returns how many."""
    due = Booking.filter(state=rules.HELD, hold_until__lte=now).order_by("hold_until").limit(AT_ONCE)
    released = 0
    for row in await due.values_list(*COLUMNS):
        released += await release(row, now)
    return released


async def release_in(*, hall_code: str, group_code: str, now: datetime) -> int:
    """Give back the expired holds of one group of counters, inside the open transaction."""
    rows = Booking.filter(state=rules.HELD, hold_until__lte=now, hall_code=hall_code, group_code=group_code)
    return await _release_all(await rows.values_list(*COLUMNS), now)


async def release_of(*, person: str, now: datetime) -> int:
    """Give back one person's expired holds, inside the open transaction."""
    rows = Booking.filter(state=rules.HELD, hold_until__lte=now, person=person)
    return await _release_all(await rows.values_list(*COLUMNS), now)


async def _release_all(rows: Iterable[Row], now: datetime) -> int:
    return sum([await release(row, now) for row in rows])


@transactional
async def release(row: Row, now: datetime) -> int:
    """Give back one expired hold; 0 when it was confirmed, cancelled or given back meanwhile.

    It counts as given up: its place is free at a moment that its holder knows, and could pass on again and again.
    """
    booking_id, number, person, matters, slot_ids, pools, channel = row
    expired = Booking.filter(id=booking_id, state=rules.HELD, hold_until__lte=now)
    if not await expired.update(state=rules.EXPIRED, ended_at=now, ended_why="未在保留时间内确认"):
        return 0
    await claims.release(number)
    if channel != line.CHANNEL:
        policy = await policy_of(slot_ids[0].partition(".")[0])
        await claims.give_up(person=person, things=(*matters, slot_ids[0]), rebooks=policy.rebooks, now=now)
    await line.end_offer(number, channel=channel, state=line.MISSED, now=now)
    await returning.give_back(slot_ids, pools=pools, due_at=await returning.set_free(slot_ids[0], now=now))
    return 1
