"""Changing the calendar: a year's notice as a whole, or one day."""

from dataclasses import dataclass
from datetime import date, datetime

from app import outbox
from app.db import transactional
from app.workdays import rules
from app.workdays.errors import BadNotice
from app.workdays.events import CalendarChanged
from app.workdays.models import CalendarDay
from app.workdays.rules import Notice


@dataclass(frozen=True)
class Change:
    """One day whose kind, name or status an import changes. `before` is None for a day not known so far."""

    date: date
    is_working: bool
    name: str
    before: bool | None


@dataclass(frozen=True)
class Imported:
    """What an import changed, or would change when it was a dry run."""

    year: int
    working_days: int
    changes: list[Change]
    is_dry_run: bool


async def import_calendar(
    *, notice: Notice, source: str, status: str, by: str, now: datetime, dry_run: bool = False
) -> Imported:
    """Import a year's notice; every day of the year gets a row.

    Args:
        status: "official" once the notice is published, else "provisional", which never replaces official days.
        dry_run: only tell what would change.

    Raises:
        BadNotice: it contradicts itself; nothing is imported.
    """
    if faults := rules.faults_of(notice):
        raise BadNotice(faults="；".join(faults))
    days = rules.days_of(notice)
    known = await _known(notice.year)
    changes = _changes(days, known, status)
    if changes and not dry_run:
        await _store(changes=changes, source=source, status=status, by=by, now=now)
    working = sum(is_working for is_working, _ in days.values())
    return Imported(year=notice.year, working_days=working, changes=changes, is_dry_run=dry_run)


@transactional
async def set_day(*, day: date, is_working: bool, name: str, by: str, source: str, now: datetime) -> None:
    """Correct one day by hand; it counts as official from then on. The source says on whose word."""
    change = Change(date=day, is_working=is_working, name=name, before=None)
    await _store(changes=[change], source=source, status="official", by=by, now=now)


Known = dict[date, tuple[bool, str, str]]


async def _known(year: int) -> Known:
    rows = await CalendarDay.filter(date__gte=date(year, 1, 1), date__lte=date(year, 12, 31)).values_list(
        "date", "is_working", "name", "status"
    )
    return {day: (bool(is_working), name, status) for day, is_working, name, status in rows}


def _changes(days: dict[date, tuple[bool, str]], known: Known, status: str) -> list[Change]:
    changes = []
    for day, (is_working, name) in days.items():
        before = known.get(day)
        if before == (is_working, name, status):
            continue
        if before is not None and before[2] == "official" and status != "official":
            continue
        changes.append(Change(day, is_working, name, before[0] if before else None))
    return changes


@transactional
async def _store(*, changes: list[Change], source: str, status: str, by: str, now: datetime) -> None:
    dates = [change.date for change in changes]
    await CalendarDay.filter(date__in=dates).delete()
    await CalendarDay.bulk_create(
        CalendarDay(
            date=change.date,
            is_working=change.is_working,
            name=change.name,
            source=source,
            status=status,
            imported_at=now,
        )
        for change in changes
    )
    await outbox.record(CalendarChanged(occurred_at=now, first_on=min(dates), last_on=max(dates), by=by))
