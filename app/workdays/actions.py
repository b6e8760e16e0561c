"""Changing the calendar: a notice as a whole, or one day; and taking a change back."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime
from typing import Any

from app import outbox
from app.db import transactional
from app.errors import NotFound
from app.ids import new_code
from app.workdays import queries, rules
from app.workdays.errors import BadNotice, ChangedSince, ChangeUndone
from app.workdays.events import CalendarChanged
from app.workdays.models import CalendarChange, CalendarDay
from app.workdays.queries import OFFICIAL, Workdays
from app.workdays.rules import Notice

KEPT = ("date", "is_working", "name", "source", "status", "imported_at", "change_code")


@dataclass(frozen=True)
class Change:
    """One day whose kind, name or status is to change. `before` is None for a day not known so far."""

    date: date
    is_working: bool
    name: str
    before: bool | None
    name_before: str = ""

    @property
    def shows(self) -> bool:
        """Whether people notice: not only the status changes, or an ordinary day gets its row."""
        usual = rules.is_working({}, self.date) if self.before is None else self.before
        return (self.is_working, self.name) != (usual, self.name_before)


@dataclass(frozen=True)
class Imported:
    """What an import changed, or would change when it was a dry run; `code` undoes it."""

    years: list[int]
    working_days: dict[int, int]
    changes: list[Change]
    status: str
    is_dry_run: bool
    code: str = ""


async def import_calendar(
    *, notices: Sequence[Notice], source: str, status: str, by: str, now: datetime, dry_run: bool = False
) -> Imported:
    """Import the notices of some years; every day of these years gets a row. All of it, or nothing.

    Args:
        status: "official" once the notice is published, else "provisional", which never replaces official days.
        dry_run: only tell what would change.

    Raises:
        BadNotice: it contradicts itself; nothing is imported.
    """
    if faults := [fault for notice in notices for fault in rules.faults_of(notice)]:
        raise BadNotice(faults="；".join(faults))
    days = {day: read for notice in notices for day, read in rules.days_of(notice).items()}
    told = Imported(
        years=[notice.year for notice in notices],
        working_days={
            notice.year: sum(is_working for is_working, _ in rules.days_of(notice).values()) for notice in notices
        },
        changes=_changes(days, await _known(list(days)), status),
        status=status,
        is_dry_run=dry_run,
    )
    if dry_run or not told.changes:
        return told
    return replace(told, code=await _store(changes=told.changes, source=source, status=status, by=by, now=now))


async def set_day(*, day: date, is_working: bool, name: str, by: str, source: str, now: datetime) -> str:
    """Correct one day by hand; it counts as official from then on. The source says on whose word.

    Returns the code that undoes it.
    """
    change = await day_change(day=day, is_working=is_working, name=name)
    return await _store(changes=[change], source=source, status=OFFICIAL, by=by, now=now)


async def day_change(*, day: date, is_working: bool, name: str) -> Change:
    """A correction as a change, with what was before."""
    known = (await _known([day])).get(day)
    return Change(day, is_working, name, known[0] if known else None, known[1] if known else "")


@transactional
async def undo_change(*, code: str, by: str, now: datetime) -> CalendarChange:
    """Put the days back as they were. Raises NotFound, ChangeUndone, or ChangedSince when days were changed again."""
    row = await CalendarChange.get_or_none(code=code)
    if row is None:
        raise NotFound()
    if not await CalendarChange.filter(id=row.id, undone_at=None).update(undone_at=now):
        raise ChangeUndone()
    if await CalendarDay.filter(change_code=code).delete() != row.days:
        raise ChangedSince()
    await CalendarDay.bulk_create(_day_of(kept) for kept in row.before)
    changed = CalendarChanged(
        occurred_at=now, first_on=row.first_on, last_on=row.last_on, by=by, change_code=code, is_undo=True
    )
    await outbox.record(changed)
    return row


async def undo_preview(*, code: str) -> list[Change]:
    """What taking a change back would change. Raises NotFound, ChangeUndone, ChangedSince."""
    row = await CalendarChange.get_or_none(code=code)
    if row is None:
        raise NotFound()
    if row.undone_at is not None:
        raise ChangeUndone()
    written = await CalendarDay.filter(change_code=code).values_list("date", "is_working", "name")
    if len(written) != row.days:
        raise ChangedSince()
    before = {date.fromisoformat(kept["date"]): kept for kept in row.before}
    return [
        Change(day, kept.get("is_working", rules.is_working({}, day)), kept.get("name", ""), bool(is_working), name)
        for day, is_working, name in sorted(written)
        for kept in [before.get(day, {})]
    ]


async def proposed(changes: Sequence[Change], *, status: str) -> Workdays:
    """The calendar as it would be with these changes."""
    now = await queries.load()
    dates = {change.date for change in changes}
    return Workdays(
        working=now.working | {change.date: change.is_working for change in changes},
        official=now.official | dates if status == OFFICIAL else now.official - dates,
        names={day: name for day, name in now.names.items() if day not in dates}
        | {change.date: change.name for change in changes if change.name},
    )


Known = Mapping[date, tuple[bool, str, str]]


async def _known(days: Sequence[date]) -> Known:
    if not days:
        return {}
    rows = CalendarDay.filter(date__gte=min(days), date__lte=max(days))
    found = await rows.values_list("date", "is_working", "name", "status")
    return {day: (bool(is_working), name, status) for day, is_working, name, status in found}


def _changes(days: Mapping[date, tuple[bool, str]], known: Known, status: str) -> list[Change]:
    changes = []
    for day, (is_working, name) in days.items():
        before = known.get(day)
        if before == (is_working, name, status):
            continue
        if before is not None and before[2] == OFFICIAL and status != OFFICIAL:
            continue
        changes.append(Change(day, is_working, name, *(before[:2] if before else (None, ""))))
    return changes


@transactional
async def _store(*, changes: list[Change], source: str, status: str, by: str, now: datetime) -> str:
    code, dates = new_code(), [change.date for change in changes]
    before = [_kept(row) for row in await CalendarDay.filter(date__in=dates).values(*KEPT)]
    await CalendarDay.filter(date__in=dates).delete()
    await CalendarDay.bulk_create(
        CalendarDay(
            date=change.date,
            is_working=change.is_working,
            name=change.name,
            source=source,
            status=status,
            imported_at=now,
            change_code=code,
        )
        for change in changes
    )
    await CalendarChange.create(
        code=code,
        source=source,
        status=status,
        by=by,
        first_on=min(dates),
        last_on=max(dates),
        days=len(dates),
        before=before,
        applied_at=now,
    )
    changed = CalendarChanged(occurred_at=now, first_on=min(dates), last_on=max(dates), by=by, change_code=code)
    await outbox.record(changed)
    return code


def _kept(row: Mapping[str, Any]) -> dict[str, Any]:
    return {**row, "date": row["date"].isoformat(), "imported_at": row["imported_at"].isoformat()}


def _day_of(kept: Mapping[str, Any]) -> CalendarDay:
    moments = {
        "date": date.fromisoformat(kept["date"]),
        "imported_at": datetime.fromisoformat(kept["imported_at"]),
    }
    return CalendarDay(**{**kept, **moments})
