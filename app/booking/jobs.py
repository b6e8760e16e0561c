"""What the worker does for booking from time to time; every job may run in several processes at once."""

from datetime import datetime, timedelta

from app.booking import conduct, holds, reminding, rules
from app.booking.openings import open_days
from app.booking.rules import BookingPolicy


async def release_holds(now: datetime) -> int:
    """Every 15 s: a hold that ran out is on offer again well within a minute."""
    return await holds.release_expired_holds(now=now)


async def remind(now: datetime) -> int:
    """Every minute."""
    return await reminding.remind_due(now=now)


async def open_window(now: datetime) -> int:
    """Every hour: make the slots of the last two days of the window, which repeats harmlessly."""
    last = rules.local_date(now) + timedelta(days=BookingPolicy().latest_days + 1)
    return await open_days(first=last - timedelta(days=1), last=last)


async def close_days(now: datetime) -> int:
    """Every hour: bookings of past days that nobody came to become no-shows."""
    return await conduct.close_days(now=now)
