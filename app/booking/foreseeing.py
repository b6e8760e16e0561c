"""What a change of hours or of the working-day calendar would do: days, slots, and the bookings in its way.

Everything here reads only.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from itertools import islice

from app.booking import rules
from app.booking.change import Change, changed, ensure_sound
from app.booking.errors import AlreadyUndone, CalendarDecides
from app.booking.finding import Offers
from app.booking.models import Booking, HoursChange
from app.booking.opening import Opening, Pattern
from app.booking.openings import Group, Range, groups_on, opening_of, plan, window
from app.booking.resettling import affected_by, offers_for
from app.errors import NotFound
from app.halls import queries as halls
from app.halls.models import Hall
from app.staff.by import By
from app.workdays import queries as workdays
from app.workdays.queries import Workdays

NEXT_DATES = 8
AHEAD = timedelta(days=370)

Situation = tuple[Opening, Workdays]
Moments = tuple[datetime, datetime]


@dataclass(frozen=True)
class Conflict:
    """A booking whose slots would go. `to_slot_id` and `to_starts_at` are None when there is no free place."""

    number: str
    starts_at: datetime
    matter_codes: list[str]
    to_slot_id: str | None
    to_starts_at: datetime | None


@dataclass(frozen=True)
class DayPlan:
    """How some groups would be open on a day that changes: from when to when, with how many slots now and before."""

    on: date
    spans: tuple[Moments, ...]
    slots: int
    was: int
    group_codes: tuple[str, ...]


@dataclass(frozen=True)
class Preview:
    """`days`: those of the hall's window that would be different. `dates`: the next ones on which a pattern applies."""

    conflicts: list[Conflict] = field(default_factory=list)
    days: list[DayPlan] = field(default_factory=list)
    dates: list[date] = field(default_factory=list)

    @property
    def movable(self) -> int:
        return sum(conflict.to_slot_id is not None for conflict in self.conflicts)


@dataclass(frozen=True)
class HallPreview:
    hall: Hall
    preview: Preview


async def days_of(change: Change, now: datetime) -> Range:
    """The days of the hall's window that a change touches; first after last when there are none."""
    seen = await window(change.hall_code, now)
    first = change.valid_from or rules.local_date(change.starts_at or now)
    last = change.valid_until or (rules.local_date(change.ends_at) if change.ends_at else seen.last)
    return Range(max(first, seen.first), min(last, seen.last))


async def preview_hours_change(*, change: Change, now: datetime) -> Preview:
    """Which days would change, which bookings be pushed out, and where each would go. Raises BadHours, NotFound."""
    ensure_sound(change, now=now)
    hall, calendar = await halls.hall(change.hall_code), await workdays.load()
    current = await opening_of(hall)
    layer = 1 + max((pattern.layer for pattern in current.patterns), default=0)
    after = changed(current, change, layer=layer), calendar
    touched = await days_of(change, now)
    seen = await _compare(hall, touched, (current, calendar), after, now, group_codes=change.group_codes)
    return Preview(seen.conflicts, seen.days, _dates(change.pattern, calendar, rules.local_date(now)))


async def preview_undo(*, by: By, code: str, now: datetime) -> tuple[HoursChange, Preview]:
    """The same for taking a change back, and which it is.

    Raises NotFound, AlreadyUndone, CalendarDecides, HallNotYours.
    """
    row = await undoable(by, code)
    change, calendar = change_of(row), await workdays.load()
    hall = await halls.hall(row.hall_code)
    before, after = await opening_of(hall), await opening_of(hall, without=row)
    touched = await days_of(change, now)
    seen = await _compare(hall, touched, (before, calendar), (after, calendar), now, group_codes=change.group_codes)
    return row, seen


async def undoable(by: By, code: str) -> HoursChange:
    """A change that can be taken back. Raises NotFound, AlreadyUndone, CalendarDecides, HallNotYours."""
    row = await HoursChange.get_or_none(code=code)
    if row is None:
        raise NotFound()
    by.ensure_sees(row.hall_code)
    if row.undone_at is not None:
        raise AlreadyUndone()
    if row.calendar_code is not None:
        raise CalendarDecides()
    return row


async def preview_calendar(*, proposed: Workdays, now: datetime) -> list[HallPreview]:
    """What another calendar would do in each hall; halls in which nothing changes are left out."""
    current = await workdays.load()
    return [
        HallPreview(hall, preview)
        for hall in await halls.halls(bookable=True)
        if (preview := await _under(hall, current, proposed, now)).days
    ]


async def _under(hall: Hall, current: Workdays, proposed: Workdays, now: datetime) -> Preview:
    days = (await window(hall.code, now)).days()
    different = [day for day in days if current.pattern_weekday(day) != proposed.pattern_weekday(day)]
    if not different:
        return Preview()
    opening = await opening_of(hall)
    touched = Range(different[0], different[-1])
    return await _compare(hall, touched, (opening, current), (opening, proposed), now)


async def _compare(
    hall: Hall,
    days: Range,
    before: Situation,
    after: Situation,
    now: datetime,
    *,
    group_codes: Sequence[str] = (),
) -> Preview:
    groups = [g for g in await groups_on(hall.code, days) if not group_codes or g.group_code in group_codes]
    gone: set[str] = set()
    plans: list[DayPlan] = []
    for day in days.days():
        for group in groups:
            was, then = (plan(opening, group, [day], calendar) for opening, calendar in (before, after))
            gone |= was.keys() - then.keys()
            if was.keys() != then.keys():
                plans.append(_day_plan(group, day, list(then.values()), len(was)))
    affected = await affected_by(hall.code, gone, now)
    offers = await offers_for(affected, hall_code=hall.code, now=now, without=gone)
    return Preview([_propose(booking, offers) for booking in affected], _together(plans))


def _day_plan(group: Group, day: date, starts: list[datetime], was: int) -> DayPlan:
    length = timedelta(minutes=group.minutes_on(day))
    spans: list[Moments] = []
    for start in starts:
        if spans and spans[-1][1] == start:
            spans[-1] = (spans[-1][0], start + length)
        else:
            spans.append((start, start + length))
    return DayPlan(day, tuple(spans), len(starts), was, (group.group_code,))


def _together(plans: Iterable[DayPlan]) -> list[DayPlan]:
    """Groups that would be open alike on a day as one."""
    alike: dict[tuple[object, ...], DayPlan] = {}
    for each in plans:
        key = (each.on, each.spans, each.slots, each.was)
        others = alike[key].group_codes if key in alike else ()
        alike[key] = DayPlan(each.on, each.spans, each.slots, each.was, (*others, *each.group_codes))
    return list(alike.values())


def _dates(pattern: Pattern | None, calendar: Workdays, today: date) -> list[date]:
    if pattern is None:
        return []
    first = max(pattern.valid_from, today)
    days = (first + timedelta(days=n) for n in range(AHEAD.days))
    return list(islice((day for day in days if _counts(pattern, day, calendar)), NEXT_DATES))


def _counts(pattern: Pattern, day: date, calendar: Workdays) -> bool:
    weekday = calendar.pattern_weekday(day)
    if pattern.kind == "break" and weekday is None:
        return False  # nothing to break off
    return pattern.is_valid(day) and pattern.applies(day, weekday)


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


def change_of(row: HoursChange) -> Change:
    """The change that a row tells of, without its pattern: for knowing which days it touches."""
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
