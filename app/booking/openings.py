"""Reading what decides when halls take bookings, and keeping their slots in step with it."""

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, field, replace
from datetime import date, datetime, timedelta

from tortoise.queryset import QuerySet

from app.booking import rules
from app.booking.models import Closure, GroupSetting, HoursChange, OpeningPattern, Slot
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
    """How one group of counters is offered. Places per slot: one for each counter.

    `made`: how long the slots are on days that have some. Those keep their length: other slots would overlap them.
    """

    hall_code: str
    group_code: str
    slot_minutes: int
    public: int
    staff: int
    made: Mapping[date, int] = field(default_factory=dict)

    def minutes_on(self, day: date) -> int:
        return self.made.get(day, self.slot_minutes)


@dataclass(frozen=True)
class Range:
    """Days from first to last, both included."""

    first: date
    last: date

    def days(self) -> list[date]:
        return [self.first + timedelta(days=n) for n in range((self.last - self.first).days + 1)]


async def opening_of(hall: Hall, *, without: HoursChange | None = None) -> Opening:
    """The hall's weekly hours, patterns and closures as they are now, or would be without one of the changes."""
    patterns, closed = OpeningPattern.filter(hall_code=hall.code), Closure.filter(hall_code=hall.code)
    if without is not None:
        patterns, closed = patterns.exclude(layer=without.id), closed.exclude(id__in=without.closure_ids)
    closures = await closed.values_list("group_code", "starts_at", "ends_at")
    return Opening(
        weekly=hall.weekly,
        patterns=tuple(_pattern(row) for row in await patterns),
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


async def groups_on(hall_code: str, days: Range) -> list[Group]:
    """The hall's groups, with the length of the slots that these days have already."""
    return [replace(group, made=await _made(group, days)) for group in await groups_of([hall_code])]


async def _made(group: Group, days: Range) -> dict[date, int]:
    rows = slots_between(group.hall_code, group.group_code, days.first, days.last).distinct()
    return dict(await rows.values_list("on", "minutes"))


def plan(opening: Opening, group: Group, days: Iterable[date], calendar: Workdays) -> dict[str, datetime]:
    """The slots that should be on offer on these days: key to start, in order."""
    return {
        rules.slot_id(group.hall_code, group.group_code, start): start
        for day in days
        for start in opening.starts(
            group_code=group.group_code,
            day=day,
            weekday=calendar.pattern_weekday(day),
            minutes=group.minutes_on(day),
        )
    }


async def open_days(*, first: date, last: date, hall_codes: Collection[str] | None = None) -> int:
    """Make the slots of these days in all halls that take bookings, or in some. Repeating it changes nothing.

    Returns how many slots were missing. A transaction per hall, so that nobody waits long.
    """
    calendar = await workdays.load()
    bookable = await halls.halls(bookable=True, codes=hall_codes)
    days = Range(first, last)
    return sum([await _open_hall(hall, days, calendar) for hall in bookable])


async def open_window(now: datetime) -> int:
    """Make whatever slots are missing from today to the end of each hall's window: a new day, a new counter group,
    days that were missed. Returns how many were missing: 0 once everything is there, or the worker would go on
    for ever.
    """
    calendar = await workdays.load()
    bookable = await halls.halls(bookable=True)
    return sum([await _open_hall(hall, await window(hall.code, now), calendar) for hall in bookable])


async def window(hall_code: str, now: datetime) -> Range:
    """The days for which a hall has slots: a day more than can be booked, so that midnight finds them ready."""
    today = rules.local_date(now)
    return Range(today, today + timedelta(days=(await policy_of(hall_code)).latest_days + 1))


@transactional
async def _open_hall(hall: Hall, days: Range, calendar: Workdays) -> int:
    opening, groups = await opening_of(hall), await groups_on(hall.code, days)
    return sum([await _insert(group, plan(opening, group, days.days(), calendar)) for group in groups])


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
            minutes=group.minutes_on(rules.local_date(start)),
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


def slots_between(hall_code: str, group_code: str, first: date, last: date) -> QuerySet[Slot]:
    """The slots of some days, found by the primary key: it begins with hall and group and sorts by time."""
    prefix = f"{hall_code}.{group_code}."
    return Slot.filter(id__gte=f"{prefix}{first:%Y%m%d}", id__lt=f"{prefix}{last + timedelta(days=1):%Y%m%d}")


def slots_after(hall_code: str, group_code: str, moment: datetime) -> QuerySet[Slot]:
    """The slots that begin after a moment, found by the same key: past ones, which stay for long, are not read."""
    no_year_begins_so = f"{hall_code}.{group_code}.9"
    return Slot.filter(id__gt=rules.slot_id(hall_code, group_code, moment), id__lt=no_year_begins_so)


@transactional
async def purge(now: datetime, *, keep_days: int) -> int:
    """Forget a batch of the slots of past days; bookings stay, and tell by themselves when they were.

    Returns how many slots.
    """
    past = Slot.filter(on__lt=rules.local_date(now) - timedelta(days=keep_days)).order_by("on").limit(BATCH)
    ids = await past.values_list("id", flat=True)
    return await Slot.filter(id__in=ids).delete() if ids else 0


@transactional
async def replan(*, hall_code: str, days: Range, now: datetime, group_codes: Collection[str] = ()) -> int:
    """Bring existing slots in step with the hours: close what is no longer offered, reopen and make what is.

    Slots that have begun stay as they are. Bookings in closed slots stay too; whoever closes them sees to those.
    Returns how many were closed or reopened.
    """
    hall = await halls.hall(hall_code)
    calendar, opening = await workdays.load(), await opening_of(hall)
    groups = [g for g in await groups_on(hall_code, days) if not group_codes or g.group_code in group_codes]
    return sum([await _replan_group(g, plan(opening, g, days.days(), calendar), days, now) for g in groups])


async def _replan_group(group: Group, wanted: dict[str, datetime], days: Range, now: datetime) -> int:
    slots = slots_between(group.hall_code, group.group_code, days.first, days.last)
    known = dict(await slots.filter(starts_at__gt=now).values_list("id", "is_closed"))
    close = [key for key, is_closed in known.items() if not is_closed and key not in wanted]
    reopen = [key for key, is_closed in known.items() if is_closed and key in wanted]
    for keys, is_closed in ((close, True), (reopen, False)):
        for n in range(0, len(keys), BATCH):
            await Slot.filter(id__in=keys[n : n + BATCH]).update(is_closed=is_closed)
    await _insert(group, {key: start for key, start in wanted.items() if start > now and key not in known})
    return len(close) + len(reopen)
