"""The slots a city starts with: the whole window from today on."""

from datetime import datetime, timedelta
from pathlib import Path

from app.booking import rules
from app.booking.openings import open_days
from app.booking.rules import BookingPolicy


async def load_seed(*, folder: Path, now: datetime) -> int:
    """Make the slots from today to the end of the window. Returns how many are on offer. Repeating changes nothing."""
    today = rules.local_date(now)
    return await open_days(first=today, last=today + timedelta(days=BookingPolicy().latest_days + 1))
