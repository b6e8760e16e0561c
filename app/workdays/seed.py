"""The calendar a city starts with, from `holidays/*.json` in its folder."""

from datetime import date, datetime
from pathlib import Path

from app.workdays import notices
from app.workdays.actions import import_calendar
from app.workdays.models import CalendarDay
from app.workdays.queries import SEED

FILES = ("holidays_2025_2026.json", "holidays_2027_provisional.json")


async def load_seed(*, folder: Path, now: datetime) -> int:
    """Import each year of the city's files that is not in yet, or only provisionally. Returns changed days.

    A year that is in stays as it is: staff may have corrected a day by hand.
    """
    changed = 0
    for name in FILES:
        sheet = notices.read((folder / "holidays" / name).read_bytes(), name)
        new = [notice for notice in sheet.notices if not await _is_in(notice.year, sheet.status)]
        done = await import_calendar(notices=new, source=sheet.source, status=sheet.status, by=SEED, now=now)
        changed += len(done.changes)
    return changed


async def _is_in(year: int, status: str) -> bool:
    rows = CalendarDay.filter(date__gte=date(year, 1, 1), date__lte=date(year, 12, 31))
    return await (rows.filter(status="official") if status == "official" else rows).exists()
