"""Changing opening hours without losing anybody: look first, then move everyone in one go, or take it back.

`change.py` says what a change is, `foreseeing.py` what it would do.
"""

from dataclasses import dataclass
from datetime import date, datetime

from app.booking import opening
from app.booking.change import Change, columns_of, ensure_sound, patterns_of
from app.booking.errors import AlreadyUndone
from app.booking.foreseeing import change_of, days_of, undoable
from app.booking.models import Closure, HoursChange, OpeningPattern, Slot
from app.booking.offering import offer_in
from app.booking.openings import Range, replan
from app.booking.resettling import Settled, affected_by, move_back, settle
from app.db import transactional
from app.ids import new_code
from app.staff.auditing import audit
from app.staff.by import By

CALENDAR = "工作日历"


@dataclass(frozen=True)
class Outcome:
    """What a change did. Every booking in conflict is in exactly one of the lists (held slots: released)."""

    code: str
    moved: list[str]
    cancelled: list[str]
    released: list[str]


@dataclass(frozen=True)
class Undone:
    """What taking a change back did: who is back at the old time, who had a place in hours that are gone again."""

    hall_code: str
    is_pattern: bool
    back: list[str]
    moved: list[str]
    cancelled: list[str]


@transactional
async def apply_hours_change(*, by: By, change: Change, now: datetime) -> Outcome:
    """Change the hours, and in the same transaction move every booking in conflict to the next free place, or
    cancel it and say so; each gets its event. Held slots are released. Raises BadHours, NotFound, HallNotYours.
    """
    by.ensure_sees(change.hall_code)
    ensure_sound(change, now=now)
    row = await _store(change, by=by.name, now=now)
    settled = await _enact(row, await days_of(change, now), now)
    if row.moves:
        await HoursChange.filter(id=row.id).update(moves=row.moves)
    await audit(
        by=by,
        action="booking.change_hours",
        now=now,
        subject=f"hours:{row.code}",
        hall_code=change.hall_code,
        why=change.reason,
        details={"moved": len(settled.moved), "cancelled": len(settled.cancelled)},
    )
    return Outcome(row.code, settled.moved, settled.cancelled, settled.released)


async def _enact(row: HoursChange, days: Range, now: datetime) -> Settled:
    await replan(hall_code=row.hall_code, days=days, now=now, group_codes=row.group_codes)
    settled = await _settle_closed(row, days, now)
    await offer_in(hall_code=row.hall_code, group_code="", now=now)
    return settled


async def _settle_closed(row: HoursChange, days: Range, now: datetime) -> Settled:
    closed = await _closed_slots(row.hall_code, days, now)
    return await settle(await affected_by(row.hall_code, closed, now), row, now)


@transactional
async def undo_hours_change(*, by: By, code: str, now: datetime) -> Undone:
    """Take a change back: the old hours again. Whoever was moved and has not changed the booking since goes back where
    there is still a place; whoever booked in hours that are gone again is moved on or told. Cancelled bookings stay
    cancelled: their owners were told.

    Raises NotFound, AlreadyUndone, CalendarDecides, HallNotYours.
    """
    row = await undoable(by, code)
    if not await HoursChange.filter(id=row.id, undone_at=None).update(undone_at=now):
        raise AlreadyUndone()
    await Closure.filter(id__in=row.closure_ids).delete()
    await OpeningPattern.filter(hall_code=row.hall_code, layer=row.id).delete()
    days = await days_of(change_of(row), now)
    await replan(hall_code=row.hall_code, days=days, now=now, group_codes=row.group_codes)
    back = await _move_back(row, now)
    settled = await _settle_closed(HoursChange(hall_code=row.hall_code, reason="恢复原来的开放时间"), days, now)
    await offer_in(hall_code=row.hall_code, group_code="", now=now)
    await audit(by=by, action="booking.undo_hours", now=now, subject=f"hours:{code}", hall_code=row.hall_code)
    return Undone(row.hall_code, row.pattern is not None, back, settled.moved, settled.cancelled)


async def _move_back(row: HoursChange, now: datetime) -> list[str]:
    return [str(done["number"]) for done in row.moves if await move_back(done, now)]


@transactional
async def follow_calendar(
    *, hall_code: str, first: date, last: date, code: str, is_undo: bool = False, now: datetime
) -> None:
    """The working-day calendar was changed: keep the hall's slots in step, and move or tell whoever is in the way.

    What changes nothing in this hall leaves no row. `is_undo`: the change was taken back, and so is what followed it.
    """
    starts_at, ends_at = opening.whole_days(first, last)
    change = Change(hall_code=hall_code, reason="节假日安排调整", starts_at=starts_at, ends_at=ends_at)
    days = await days_of(change, now)
    if days.first > days.last:
        return
    row = _row(change, by=CALENDAR, now=now, calendar_code=code)
    changed = await replan(hall_code=hall_code, days=days, now=now)
    if is_undo:
        await _undo_following(hall_code, code, now)
    settled = await _settle_closed(row, days, now)
    # What is taken back is told by the rows of what followed the change.
    if (changed and not is_undo) or settled.moved or settled.cancelled:
        await row.save()
    await offer_in(hall_code=hall_code, group_code="", now=now)


async def _undo_following(hall_code: str, code: str, now: datetime) -> None:
    """Take back what followed a change of the calendar."""
    for row in await HoursChange.filter(calendar_code=code, hall_code=hall_code, undone_at=None):
        await _move_back(row, now)
        await HoursChange.filter(id=row.id).update(undone_at=now)


async def _closed_slots(hall_code: str, days: Range, now: datetime) -> set[str]:
    rows = Slot.filter(hall_code=hall_code, on__gte=days.first, on__lte=days.last, is_closed=True)
    return {str(slot_id) for slot_id in await rows.filter(starts_at__gt=now).values_list("id", flat=True)}


async def _store(change: Change, *, by: str, now: datetime) -> HoursChange:
    """The row goes first or last, as its patterns carry its id and it those of its closures."""
    row = _row(change, by=by, now=now)
    if change.weekly is not None or change.pattern is not None:
        await row.save()
        await _store_patterns(change, row.id)
    else:
        row.closure_ids = [await _close(change, group) for group in change.group_codes or ("",)]
        await row.save()
    return row


async def _store_patterns(change: Change, layer: int) -> None:
    await OpeningPattern.bulk_create(
        OpeningPattern(
            hall_code=change.hall_code,
            group_code=pattern.group_code,
            layer=layer,
            valid_from=pattern.valid_from,
            valid_until=pattern.valid_until,
            **columns_of(pattern),
        )
        for pattern in patterns_of(change, layer=layer)
    )


def _row(change: Change, *, by: str, now: datetime, calendar_code: str | None = None) -> HoursChange:
    return HoursChange(
        code=new_code(),
        hall_code=change.hall_code,
        group_codes=list(change.group_codes),
        starts_at=change.starts_at,
        ends_at=change.ends_at,
        weekly=change.weekly,
        pattern=dict(columns_of(change.pattern)) if change.pattern else None,
        calendar_code=calendar_code,
        valid_from=change.valid_from,
        valid_until=change.valid_until,
        reason=change.reason,
        by=by,
        applied_at=now,
    )


async def _close(change: Change, group_code: str) -> int:
    closure = await Closure.create(
        hall_code=change.hall_code,
        group_code=group_code,
        starts_at=change.starts_at,
        ends_at=change.ends_at,
        reason=change.reason,
    )
    return int(closure.id)
