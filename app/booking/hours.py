"""Changing opening hours without losing anybody: look first, then move everyone in one go, or take it back.

A change is a closure (some hours or whole days) or new weekly hours, for a hall or some of its groups.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date, datetime

from app.booking import opening, rules
from app.booking.errors import AlreadyUndone, BadHours
from app.booking.finding import Offers
from app.booking.models import Booking, Closure, HoursChange, OpeningPattern, Slot
from app.booking.offering import offer_in
from app.booking.opening import Closing, Opening, Pattern
from app.booking.openings import Range, groups_of, opening_of, plan, replan, window
from app.booking.resettling import affected_by, move_back, offers_for, settle
from app.db import transactional
from app.errors import NotFound
from app.halls import queries as halls
from app.halls.models import Weekly
from app.ids import new_code
from app.staff.auditing import audit
from app.staff.by import By
from app.workdays import queries as workdays


@dataclass(frozen=True, kw_only=True)
class Change:
    """Either a closure from `starts_at` to `ends_at`, or `weekly` hours valid from a day (until another).

    `group_codes`: empty means the whole hall.
    """

    hall_code: str
    reason: str
    group_codes: tuple[str, ...] = ()
    starts_at: datetime | None = None
    ends_at: datetime | None = None
    weekly: Weekly | None = None
    valid_from: date | None = None
    valid_until: date | None = None


@dataclass(frozen=True)
class Conflict:
    """A booking whose slots would go. `to_slot_id` and `to_starts_at` are None when there is no free place."""

    number: str
    starts_at: datetime
    matter_codes: list[str]
    to_slot_id: str | None
    to_starts_at: datetime | None


@dataclass(frozen=True)
class Preview:
    conflicts: list[Conflict] = field(default_factory=list)

    @property
    def movable(self) -> int:
        return sum(conflict.to_slot_id is not None for conflict in self.conflicts)


@dataclass(frozen=True)
class Outcome:
    """What a change did. Every booking in conflict is in exactly one of the lists (held slots: released)."""

    code: str
    moved: list[str]
    cancelled: list[str]
    released: list[str]


def closure_of_days(hall_code: str, *, first: date, last: date, reason: str, group_codes: Sequence[str] = ()) -> Change:
    """A closure of whole days, both included."""
    starts_at, ends_at = opening.whole_days(first, last)
    return Change(
        hall_code=hall_code, reason=reason, group_codes=tuple(group_codes), starts_at=starts_at, ends_at=ends_at
    )


async def preview_hours_change(*, change: Change, now: datetime) -> Preview:
    """Which bookings a change would push out, and where each would go. Writes nothing. Raises BadHours, NotFound."""
    _ensure_sound(change)
    gone = await _gone_slots(change, now)
    affected = await affected_by(change.hall_code, gone, now)
    offers = await offers_for(affected, hall_code=change.hall_code, now=now, without=gone)
    return Preview([_propose(booking, offers) for booking in affected])


@transactional
async def apply_hours_change(*, by: By, change: Change, now: datetime) -> Outcome:
    """Change the hours, and in the same transaction move every booking in conflict to the next free place, or
    cancel it and say so; each gets its event. Held slots are released. Raises BadHours, NotFound, HallNotYours.
    """
    _ensure_sound(change)
    by.ensure_sees(change.hall_code)
    row = await _store(change, by=by.name, now=now)
    outcome = await _enact(row, await _days(change, now), now)
    await audit(
        by=by,
        action="booking.change_hours",
        now=now,
        subject=f"hours:{row.code}",
        hall_code=change.hall_code,
        why=change.reason,
        details={"moved": len(outcome.moved), "cancelled": len(outcome.cancelled)},
    )
    return outcome


@transactional
async def undo_hours_change(*, by: By, code: str, now: datetime) -> list[str]:
    """Take a change back: the old hours again, and whoever was moved and has not changed the booking since goes back
    where there is still a place. Cancelled bookings stay cancelled: their owners were told.

    Returns the numbers moved back. Raises NotFound, AlreadyUndone, HallNotYours.
    """
    row = await HoursChange.get_or_none(code=code)
    if row is None:
        raise NotFound()
    by.ensure_sees(row.hall_code)
    if not await HoursChange.filter(id=row.id, undone_at=None).update(undone_at=now):
        raise AlreadyUndone()
    await Closure.filter(id__in=row.closure_ids).delete()
    await OpeningPattern.filter(hall_code=row.hall_code, layer=row.id).delete()
    await replan(hall_code=row.hall_code, days=await _days(_change_of(row), now), now=now, group_codes=row.group_codes)
    back = [str(done["number"]) for done in row.moves if await move_back(done, now)]
    await offer_in(hall_code=row.hall_code, group_code="", now=now)
    await audit(by=by, action="booking.undo_hours", now=now, subject=f"hours:{code}", hall_code=row.hall_code)
    return back


@transactional
async def follow_calendar(*, hall_code: str, first: date, last: date, now: datetime) -> Outcome | None:
    """The working-day calendar was changed: keep the hall's slots in step, and move or tell whoever is in the way.

    None when the days are not in the hall's window.
    """
    starts_at, ends_at = opening.whole_days(first, last)
    change = Change(hall_code=hall_code, reason="节假日安排调整", starts_at=starts_at, ends_at=ends_at)
    days = await _days(change, now)
    if days.first > days.last:
        return None
    return await _enact(await _record(change, by="节假日日历", now=now), days, now)


async def _enact(row: HoursChange, days: Range, now: datetime) -> Outcome:
    await replan(hall_code=row.hall_code, days=days, now=now, group_codes=row.group_codes)
    closed = await _closed_slots(row.hall_code, days, now)
    settled = await settle(await affected_by(row.hall_code, closed, now), row, now)
    await HoursChange.filter(id=row.id).update(moves=row.moves)
    await offer_in(hall_code=row.hall_code, group_code="", now=now)
    return Outcome(row.code, settled.moved, settled.cancelled, settled.released)


def _ensure_sound(change: Change) -> None:
    if change.weekly is not None and change.valid_from is not None:
        try:
            opening.weekly_patterns(
                change.weekly, group_codes=(), layer=0, valid_from=change.valid_from, valid_until=change.valid_until
            )
        except ValueError:
            raise BadHours(fault="每段时间须是先后两个时刻，如 08:30 至 12:00") from None
    elif change.starts_at is None or change.ends_at is None or change.starts_at >= change.ends_at:
        raise BadHours(fault="请给出停办的起止时间，且结束晚于开始")


async def _days(change: Change, now: datetime) -> Range:
    """The days of the hall's window that a change touches; first after last when there are none."""
    seen = await window(change.hall_code, now)
    first = change.valid_from or rules.local_date(change.starts_at or now)
    last = change.valid_until or (rules.local_date(change.ends_at) if change.ends_at else seen.last)
    return Range(max(first, seen.first), min(last, seen.last))


def _changed(current: Opening, change: Change, layer: int) -> Opening:
    if change.weekly is not None:
        return current.with_more(patterns=_patterns(change, layer))
    assert change.starts_at is not None and change.ends_at is not None
    groups = change.group_codes or ("",)
    return current.with_more(closings=[Closing(group, change.starts_at, change.ends_at) for group in groups])


def _patterns(change: Change, layer: int) -> list[Pattern]:
    assert change.weekly is not None and change.valid_from is not None
    return opening.weekly_patterns(
        change.weekly,
        group_codes=change.group_codes,
        layer=layer,
        valid_from=change.valid_from,
        valid_until=change.valid_until,
    )


async def _gone_slots(change: Change, now: datetime) -> set[str]:
    """The slots on offer now that would not be after the change."""
    hall = await halls.hall(change.hall_code)
    calendar, current = await workdays.load(), await opening_of(hall)
    layer = 1 + max((pattern.layer for pattern in current.patterns), default=0)
    changed, days = _changed(current, change, layer), (await _days(change, now)).days()
    groups = [g for g in await groups_of([hall.code]) if not change.group_codes or g.group_code in change.group_codes]
    gone: set[str] = set()
    for group in groups:
        gone |= plan(current, group, days, calendar).keys() - plan(changed, group, days, calendar).keys()
    return gone


async def _closed_slots(hall_code: str, days: Range, now: datetime) -> set[str]:
    rows = Slot.filter(hall_code=hall_code, on__gte=days.first, on__lte=days.last, is_closed=True)
    return {str(slot_id) for slot_id in await rows.filter(starts_at__gt=now).values_list("id", flat=True)}


def _propose(booking: Booking, offers: Offers) -> Conflict:
    run = offers.later(booking) if booking.state == rules.BOOKED else None
    if run is not None:
        offers.give(booking, run)
    else:
        offers.diary.drop(booking)
    return Conflict(
        number=booking.number,
        starts_at=booking.starts_at,
        matter_codes=booking.matter_codes,
        to_slot_id=run[0].id if run else None,
        to_starts_at=run[0].starts_at if run else None,
    )


async def _store(change: Change, *, by: str, now: datetime) -> HoursChange:
    row = await _record(change, by=by, now=now)
    if change.weekly is not None:
        await OpeningPattern.bulk_create(_row(change.hall_code, pattern) for pattern in _patterns(change, row.id))
    else:
        row.closure_ids = [await _close(change, group) for group in change.group_codes or ("",)]
        await HoursChange.filter(id=row.id).update(closure_ids=row.closure_ids)
    return row


async def _record(change: Change, *, by: str, now: datetime) -> HoursChange:
    return await HoursChange.create(
        code=new_code(),
        hall_code=change.hall_code,
        group_codes=list(change.group_codes),
        starts_at=change.starts_at,
        ends_at=change.ends_at,
        weekly=change.weekly,
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


def _row(hall_code: str, pattern: Pattern) -> OpeningPattern:
    start, end = pattern.span
    return OpeningPattern(
        hall_code=hall_code,
        group_code=pattern.group_code,
        layer=pattern.layer,
        weekdays="".join(map(str, sorted(pattern.weekdays))),
        starts=f"{start:%H:%M}",
        ends=f"{end:%H:%M}",
        valid_from=pattern.valid_from,
        valid_until=pattern.valid_until,
    )


def _change_of(row: HoursChange) -> Change:
    return Change(
        hall_code=row.hall_code,
        reason=row.reason,
        group_codes=tuple(row.group_codes),
        starts_at=row.starts_at,
        ends_at=row.ends_at,
        weekly=row.weekly,
        valid_from=row.valid_from,
        valid_until=row.valid_until,
    )
