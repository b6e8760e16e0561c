"""Reading what decides when halls take bookings, and keeping their slots in step with it."""

from collections.abc import Collection, Iterable
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from tortoise.expressions import F

from app.booking import rules
from app.booking.models import Closure, GroupSetting, OpeningPattern, Slot
from app.booking.offering import offer_in
from app.booking.opening import Closing, Opening, Pattern
from app.booking.policy import policy_of
from app.db import transactional
from app.halls import queries as halls
from app.halls.models import Hall
from app.halls.rules import spans_of
from app.workdays import queries as workdays
from app.workdays.queries import Workdays

SLOT_MINUTES = 15
BATCH = 1000


@dataclass(frozen=True)
class Group:
    """How one group of counters is offered. Places per slot: one for each counter."""

    hall_code: str
    group_code: str
    slot_minutes: int
    public: int
    staff: int


@dataclass(frozen=True)
class Range:
    """Days from first to last, both included."""

    first: date
    last: date

    def days(self) -> list[date]:
        return [self.first + timedelta(days=n) for n in range((self.last - self.first).days + 1)]


async def opening_of(hall: Hall) -> Opening:
    """The hall's weekly hours, patterns and closures as they are now."""
    patterns = await OpeningPattern.filter(hall_code=hall.code)
    closures = await Closure.filter(hall_code=hall.code).values_list("group_code", "starts_at", "ends_at")
    return Opening(
        weekly=hall.weekly,
        patterns=tuple(_pattern(row) for row in patterns),
        closings=tuple(Closing(*row) for row in closures),
    )


def _pattern(row: OpeningPattern) -> Pattern:
    return Pattern(
        group_code=row.group_code,
        kind=row.kind,
        layer=row.layer,
        weekdays=frozenset(map(int, row.weekdays)),
        span=spans_of([[row.starts, row.ends]])[0],
        every_weeks=row.every_weeks,
        weeks_of_month=frozenset(int(n) for n in row.weeks_of_month.split(",") if n),
        on_holidays=row.on_holidays,
        valid_from=row.valid_from,
        valid_until=row.valid_until,
    )


async def groups_of(hall_codes: Iterable[str]) -> list[Group]:
    """The groups with counters, in order, with their settings: every counter is the public's unless set otherwise."""
    numbers = await halls.counter_numbers(hall_codes)
    keys = [f"{hall}.{group}" for hall, group in numbers]
    settings = {row.key: row for row in await GroupSetting.filter(key__in=keys)}
    return [
        _group(hall, group, count, settings.get(f"{hall}.{group}")) for (hall, group), count in sorted(numbers.items())
    ]


def _group(hall: str, group: str, counters: int, setting: GroupSetting | None) -> Group:
    if setting is None:
        return Group(hall, group, SLOT_MINUTES, counters, 0)
    total = counters if setting.total_counters is None else setting.total_counters
    public = total if setting.public_counters is None else min(total, setting.public_counters)
    return Group(hall, group, setting.slot_minutes, public, total - public)


def plan(opening: Opening, group: Group, days: Iterable[date], calendar: Workdays) -> dict[str, datetime]:
    """The slots that should be on offer on these days: key to start, in order."""
    return {
        rules.slot_id(group.hall_code, group.group_code, start): start
        for day in days
        for start in opening.starts(
            group_code=group.group_code,
            day=day,
            weekday=calendar.pattern_weekday(day),
            minutes=group.slot_minutes,
        )
    }


async def open_days(*, first: date, last: date, hall_codes: Collection[str] | None = None) -> int:
    """Make the slots of these days in all halls that take bookings, or in some. Repeating it changes nothing.

    Returns how many slots were missing. A transaction per hall, so that nobody waits long.
    """
    calendar = await workdays.load()
    bookable = await halls.halls(bookable=True, codes=hall_codes)
    days = Range(first, last).days()
    return sum([await _open_hall(hall, days, calendar) for hall in bookable])


async def open_window(*, now: datetime) -> int:
    """Make whatever slots are missing from today to the end of each hall's window: a new day, a new counter group,
    days that were missed. Returns how many were missing: 0 once everything is there, or the worker would go on
    for ever.
    """
    calendar = await workdays.load()
    bookable = await halls.halls(bookable=True)
    return sum([await _open_hall(hall, (await window(hall.code, now)).days(), calendar) for hall in bookable])


async def window(hall_code: str, now: datetime) -> Range:
    """The days for which a hall has slots: a day more than can be booked, so that midnight finds them ready."""
    today = rules.local_date(now)
    return Range(today, today + timedelta(days=(await policy_of(hall_code)).latest_days + 1))


@transactional
async def _open_hall(hall: Hall, days: list[date], calendar: Workdays) -> int:
    opening, groups = await opening_of(hall), await groups_of([hall.code])
    return sum([await _insert(group, plan(opening, group, days, calendar)) for group in groups])


async def _insert(group: Group, wanted: dict[str, datetime]) -> int:
    """Make the slots that are not there; one that another process makes at the same moment is passed over.

    Returns how many were not there.
    """
    if not wanted:
        return 0
    same = Slot.filter(id__gte=min(wanted), id__lte=max(wanted))
    known = {str(key) for key in await same.values_list("id", flat=True)}
    rows = [
        Slot(
            id=key,
            hall_code=group.hall_code,
            group_code=group.group_code,
            on=rules.local_date(start),
            starts_at=start,
            minutes=group.slot_minutes,
            capacity=group.public,
            left=group.public,
            staff_capacity=group.staff,
            staff_left=group.staff,
        )
        for key, start in wanted.items()
        if key not in known
    ]
    if rows:
        await Slot.bulk_create(rows, batch_size=BATCH, ignore_conflicts=True)
    return len(rows)


def slots_between(hall_code: str, group_code: str, first: date, last: date):  # type: ignore[no-untyped-def]
    """The slots of some days, found by the primary key: it begins with hall and group and sorts by time."""
    prefix = f"{hall_code}.{group_code}."
    return Slot.filter(id__gte=f"{prefix}{first:%Y%m%d}", id__lt=f"{prefix}{last + timedelta(days=1):%Y%m%d}")


@transactional
async def replan(*, hall_code: str, days: Range, now: datetime, group_codes: Collection[str] = ()) -> None:
    """Bring existing slots in step with the hours: close what is no longer offered, reopen and make what is.

    Slots that have begun stay as they are. Bookings in closed slots stay too; whoever closes them sees to those.
    """
    hall = await halls.hall(hall_code)
    calendar, opening = await workdays.load(), await opening_of(hall)
    for group in await groups_of([hall_code]):
        if not group_codes or group.group_code in group_codes:
            await _replan_group(group, plan(opening, group, days.days(), calendar), days, now)


async def _replan_group(group: Group, wanted: dict[str, datetime], days: Range, now: datetime) -> None:
    slots = slots_between(group.hall_code, group.group_code, days.first, days.last)
    known = dict(await slots.filter(starts_at__gt=now).values_list("id", "is_closed"))
    close = [key for key, is_closed in known.items() if not is_closed and key not in wanted]
    reopen = [key for key, is_closed in known.items() if is_closed and key in wanted]
    for keys, is_closed in ((close, True), (reopen, False)):
        for n in range(0, len(keys), BATCH):
            await Slot.filter(id__in=keys[n : n + BATCH]).update(is_closed=is_closed)
    await _insert(group, {key: start for key, start in wanted.items() if start > now and key not in known})


@transactional
async def set_group(
    *,
    hall_code: str,
    group_code: str,
    now: datetime,
    public_counters: int | None = None,
    total_counters: int | None = None,
    slot_minutes: int = SLOT_MINUTES,
) -> None:
    """Offer so many counters to the public and the rest of them to staff only (C3), from now on and in slots made.

    A pool never shrinks below what is booked of it. Another length of slots holds for days that are not made yet.
    """
    key = f"{hall_code}.{group_code}"
    values = {"public_counters": public_counters, "total_counters": total_counters, "slot_minutes": slot_minutes}
    await GroupSetting.update_or_create(key=key, defaults=values)
    group = next((g for g in await groups_of([hall_code]) if g.group_code == group_code), None)
    if group is not None:
        await _resize(group, now)
        await offer_in(hall_code=hall_code, group_code=group_code, now=now)


async def _resize(group: Group, now: datetime) -> None:
    coming = Slot.filter(hall_code=group.hall_code, group_code=group.group_code, starts_at__gt=now)
    for old in set(await coming.distinct().values_list("capacity", flat=True)):
        by = group.public - int(str(old))
        same = coming.filter(capacity=old)
        await same.filter(left__lt=-by).update(capacity=F("capacity") - F("left"), left=0)
        await same.filter(left__gte=-by).update(capacity=F("capacity") + by, left=F("left") + by)
    for old in set(await coming.distinct().values_list("staff_capacity", flat=True)):
        by = group.staff - int(str(old))
        same = coming.filter(staff_capacity=old)
        await same.filter(staff_left__lt=-by).update(staff_capacity=F("staff_capacity") - F("staff_left"), staff_left=0)
        await same.filter(staff_left__gte=-by).update(
            staff_capacity=F("staff_capacity") + by, staff_left=F("staff_left") + by
        )
