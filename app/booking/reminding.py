"""Reminders: recorded as events, each exactly once, none for a visit that is over or was booked too late for it."""

from datetime import datetime
from typing import Literal

from app import outbox
from app.booking import rules
from app.booking.events import BookingReminder
from app.booking.facts import facts_of
from app.booking.models import Booking
from app.db import transactional

AT_ONCE = 500


async def remind_due(now: datetime) -> int:
    """Record the reminders that are due. Returns how many."""
    booked = Booking.filter(state=rules.BOOKED, starts_at__gt=now)
    reminded = 0
    for booking in await booked.filter(remind_soon_at__lte=now).order_by("remind_soon_at").limit(AT_ONCE):
        reminded += await _remind(booking, "soon", now)
    for booking in await booked.filter(remind_day_at__lte=now).order_by("remind_day_at").limit(AT_ONCE):
        reminded += await _remind(booking, "day_before", now)
    return reminded


@transactional
async def _remind(booking: Booking, kind: Literal["day_before", "soon"], now: datetime) -> int:
    """The emptied column is the mark: whoever empties it records the event, in the same transaction. The later
    reminder takes the earlier with it, so that a worker that was away does not send two at once.
    """
    current = Booking.filter(id=booking.id, state=rules.BOOKED, version=booking.version)
    if kind == "soon":
        done = await current.filter(remind_soon_at__not_isnull=True).update(remind_soon_at=None, remind_day_at=None)
    else:
        done = await current.filter(remind_day_at__not_isnull=True).update(remind_day_at=None)
    if done:
        await outbox.record(BookingReminder(occurred_at=now, kind=kind, **facts_of(booking)))
    return done
