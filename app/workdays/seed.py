"""The calendar a city starts with, from `holidays/*.json` in its folder."""

import json
from datetime import date, datetime
from pathlib import Path
from typing import Any

from app.workdays.actions import import_calendar
from app.workdays.models import CalendarDay
from app.workdays.rules import Notice

FILES = ("holidays_2025_2026.json", "holidays_2027_provisional.json")


async def load_seed(*, folder: Path, now: datetime) -> int:
    """Import each year of the city's files that is not in yet, or only provisionally. Returns changed days.

    A year that is in stays as it is: staff may have corrected a day by hand.
    """
    changed = 0
    for name in FILES:
        raw = json.loads((folder / "holidays" / name).read_text(encoding="utf-8"))
        status = raw["meta"]["status"]
        for notice in notices(raw):
            if not await _is_in(notice.year, status):
                done = await import_calendar(notice=notice, source=_source(raw), status=status, by="seed", now=now)
                changed += len(done.changes)
    return changed


async def _is_in(year: int, status: str) -> bool:
    rows = CalendarDay.filter(date__gte=date(year, 1, 1), date__lte=date(year, 12, 31))
    return await (rows.filter(status="official") if status == "official" else rows).exists()


def notices(raw: dict[str, Any]) -> list[Notice]:
    """The years of a holidays file, in order."""
    return [
        Notice(year=int(year), off=_named(days["off"]), worked=_named(days.get("work", [])))
        for year, days in sorted(raw["years"].items())
    ]


def _named(rows: list[dict[str, Any]]) -> dict[date, str]:
    return {date.fromisoformat(row["date"]): row.get("name") or "节假日" for row in rows}


def _source(raw: dict[str, Any]) -> str:
    return "；".join(raw["meta"]["sources"])[:200]
