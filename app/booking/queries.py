"""Everything that reads bookings and slots."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from tortoise.expressions import Q
from tortoise.functions import Sum

from app import codes
from app.booking import kinds, places, rules
from app.booking.models import Booking, Restriction
from app.booking.openings import slots_between
from app.booking.policy import policy_of
from app.booking.rules import BookingPolicy
from app.codes import Code, Purpose
from app.errors import NotFound
from app.halls import queries as halls
from app.prepared import Rows

BOOKINGS = Rows(Booking)
FREE = Sum("left", _filter=Q(left__gt=0))  # of several slots; None where there is none
CODE_LIFE = timedelta(seconds=60)


@dataclass(frozen=True, slots=True)
class SlotView:
    """A slot that can be chosen, for so many slots in a row as the matters need; `left` is the least of them."""

    id: str
    starts_at: datetime
    ends_at: datetime
    left: int
    booked: int
    total: int
    level: str
    wait_min: int


@dataclass(frozen=True, slots=True)
class DayView:
    """A day of the calendar. `state`: open, full, or closed (a day of rest, or nothing on offer any more, which `level`
    tells apart).
    """

    on: date
    state: str
    left: int
    booked: int
    total: int
    level: str


@dataclass(frozen=True, slots=True)
class _Row:
    id: str
    starts_at: datetime
    minutes: int
    capacity: int
    left: int
    is_closed: bool


async def slots_of_day(
    *, hall_code: str, group_code: str, on: date, now: datetime, minutes: Sequence[int] = (), people: int = 1
) -> list[SlotView]:
    """The slots of a day that a citizen could choose now, full ones included, in order.

    Args:
        minutes: of each matter; several slots in a row are looked at when one is not enough.
    """
    policy = await policy_of(hall_code)
    earliest = now + timedelta(minutes=policy.earliest_minutes)
    if on > rules.local_date(now) + timedelta(days=policy.latest_days):
        return []
    rows = await _rows(hall_code, group_code, on, now)
    views = [_view(row, rows, minutes, people) for row in rows.values() if row.starts_at >= earliest]
    return [view for view in views if view is not None]


async def _rows(hall_code: str, group_code: str, on: date, now: datetime) -> dict[str, _Row]:
    raw = slots_between(hall_code, group_code, on, on).filter(starts_at__gt=now, is_closed=False)
    found = await raw.order_by("id").values_list("id", "starts_at", "minutes", "capacity", "left", "is_closed")
    free_again = await _expired_places(hall_code, group_code, now)
    rows = {}
    for slot_id, starts_at, minutes, capacity, left, is_closed in found:
        left = _shown(left + free_again.get(slot_id, 0), capacity)
        rows[slot_id] = _Row(slot_id, starts_at, minutes, capacity, left, is_closed)
    return rows


def _shown(left: int, capacity: int) -> int:
    """A pool that owes places has none."""
    return max(0, min(capacity, left))


async def _expired_places(hall_code: str, group_code: str, now: datetime) -> dict[str, int]:
    """Public places of holds whose time is over and which no job has given back yet: they count as free."""
    expired = Booking.filter(state=rules.HELD, hold_until__lte=now, hall_code=hall_code, group_code=group_code)
    free: dict[str, int] = {}
    for slot_ids, pools in await expired.values_list("slot_ids", "pools"):
        for slot_id, pool in zip(slot_ids, pools, strict=True):
            free[slot_id] = free.get(slot_id, 0) + (pool == "p")
    return free


def _view(first: _Row, rows: dict[str, _Row], minutes: Sequence[int], people: int) -> SlotView | None:
    count = rules.slots_needed(minutes, people=people, slot_minutes=first.minutes)
    keys = [first.id] if count == 1 else rules.following(first.id, minutes=first.minutes, count=count)
    run = [rows[key] for key in keys if key in rows]
    if len(run) < count:
        return None
    tightest = min(run, key=lambda row: row.left)
    booked, total = tightest.capacity - tightest.left, tightest.capacity
    return SlotView(
        id=first.id,
        starts_at=first.starts_at,
        ends_at=run[-1].starts_at + timedelta(minutes=run[-1].minutes),
        left=tightest.left,
        booked=booked,
        total=total,
        level=rules.level(booked=booked, total=total),
        wait_min=rules.usual_wait_min(booked=booked, total=total, minutes=first.minutes),
    )


async def days(*, hall_code: str, group_code: str, now: datetime) -> list[DayView]:
    """Every day of the window from today on, with what is left of it."""
    policy, today = await policy_of(hall_code), rules.local_date(now)
    window = [today + timedelta(days=n) for n in range(policy.latest_days + 1)]
    return await _days(window, policy, hall_code, group_code, now)


async def day(*, hall_code: str, group_code: str, on: date, now: datetime) -> DayView:
    """One day alone; closed when it is not in the window."""
    policy, today = await policy_of(hall_code), rules.local_date(now)
    if not today <= on <= today + timedelta(days=policy.latest_days):
        return _day(on, 0, 0)
    return (await _days([on], policy, hall_code, group_code, now))[0]


async def _days(
    span: list[date], policy: BookingPolicy, hall_code: str, group_code: str, now: datetime
) -> list[DayView]:
    earliest = now + timedelta(minutes=policy.earliest_minutes)
    open_slots = slots_between(hall_code, group_code, span[0], span[-1])
    open_slots = open_slots.filter(starts_at__gte=earliest, is_closed=False)
    sums = open_slots.annotate(total=Sum("capacity"), free=FREE).group_by("on")
    found = {on: (int(total), int(free or 0)) for on, total, free in await sums.values_list("on", "total", "free")}
    if free_again := await _expired_places(hall_code, group_code, now):
        held = open_slots.filter(id__in=list(free_again))
        for on, slot_id, capacity, left in await held.values_list("on", "id", "capacity", "left"):
            total, free = found[on]
            more = _shown(left + free_again[slot_id], capacity) - _shown(left, capacity)
            found[on] = (total, free + more)
    near = [on for on in span if on not in found and on <= rules.local_date(earliest)]
    over = await _days_with_slots(hall_code, group_code, near) if near else set()
    return [_day(on, *found.get(on, (0, 0)), is_over=on in over) for on in span]


async def _days_with_slots(hall_code: str, group_code: str, span: list[date]) -> set[date]:
    rows = slots_between(hall_code, group_code, span[0], span[-1]).filter(is_closed=False)
    return set(await rows.distinct().values_list("on", flat=True))  # type: ignore[arg-type]


def _day(on: date, total: int, left: int, *, is_over: bool = False) -> DayView:
    if total == 0:
        return DayView(on, "closed", 0, 0, 0, rules.OVER if is_over else rules.NOT_OPEN)
    booked = total - left
    return DayView(on, "open" if left else "full", left, booked, total, rules.level(booked=booked, total=total))


def next_free_day(views: Sequence[DayView]) -> date | None:
    return next((view.on for view in views if view.state == "open"), None)


async def alternatives(
    *,
    hall_code: str,
    group_code: str,
    wanted: datetime,
    now: datetime,
    minutes: Sequence[int] = (),
    people: int = 1,
    limit: int = 2,
) -> list[SlotView]:
    """The free slots nearest in time to one that is full, at most `limit`, the earlier first when equally near."""
    found: list[SlotView] = []
    for view in await days(hall_code=hall_code, group_code=group_code, now=now):
        if view.left:
            slots = await slots_of_day(
                hall_code=hall_code, group_code=group_code, on=view.on, now=now, minutes=minutes, people=people
            )
            found += [slot for slot in slots if slot.left > 0 and slot.starts_at != wanted]
        if len(found) >= limit and view.on > rules.local_date(wanted):
            break
    return sorted(found, key=lambda slot: (abs(slot.starts_at - wanted), slot.starts_at))[:limit]


async def start_of(slot_id: str) -> datetime:
    """When a slot begins. Raises NotFound."""
    found = await places.read([slot_id])
    if not found:
        raise NotFound()
    return found[0].starts_at


async def booking(number: str, *, citizen_id: int) -> Booking:
    """The citizen's own booking. Raises NotFound, for another's alike."""
    row = await Booking.get_or_none(number=number, citizen_id=citizen_id)
    if row is None:
        raise NotFound()
    return row


async def any_booking(number: str) -> Booking:
    """Any booking, for the counter. Raises NotFound."""
    row = await BOOKINGS.one(number=number)
    if row is None:
        raise NotFound()
    return row


async def bookings_of(
    citizen_id: int, *, page: int = 1, page_size: int = 20, active: bool | None = None
) -> tuple[list[Booking], int]:
    """A page of the citizen's bookings, the latest visit first, and how many there are. Expired holds are left out."""
    rows = Booking.filter(citizen_id=citizen_id).exclude(state=rules.EXPIRED)
    if active is not None:
        current = (*rules.ACTIVE, rules.CHECKED_IN)
        rows = rows.filter(state__in=current) if active else rows.exclude(state__in=current)
    page_rows = rows.order_by("-starts_at", "-id").offset((page - 1) * page_size).limit(page_size)
    return await page_rows, await rows.count()


async def next_booking(citizen_id: int, *, now: datetime) -> Booking | None:
    """The nearest visit still to come (or just missed by less than two hours), for the home page."""
    coming = Booking.filter(citizen_id=citizen_id, state=rules.BOOKED, starts_at__gt=now - timedelta(hours=2))
    return await coming.order_by("starts_at").first()


async def bookings_of_day(hall_code: str, on: date, *, group_code: str | None = None) -> list[Booking]:
    """A hall's bookings of a day in order of time, for staff; holds and what expired are left out."""
    first = datetime(on.year, on.month, on.day, tzinfo=rules.CHINA)
    rows = Booking.filter(hall_code=hall_code, starts_at__gte=first, starts_at__lt=first + timedelta(days=1))
    if group_code is not None:
        rows = rows.filter(group_code=group_code)
    return await rows.exclude(state__in=(rules.HELD, rules.EXPIRED)).order_by("starts_at", "id")


@dataclass(frozen=True)
class CheckInCode:
    """The text of the QR shown at the hall, and when the page must fetch a fresh one."""

    text: str
    expires_at: datetime


async def check_in_code(*, number: str, citizen_id: int, now: datetime) -> CheckInCode:
    """A signed code for the citizen's own booking, good for 60 s. Raises NotFound, NoCheckIn, or why it cannot be."""
    row = await booking(number, citizen_id=citizen_id)
    if row.state != rules.BOOKED:
        raise rules.refusal_of(row.state)
    await kinds.ensure_in_hall(row)
    code = Code(purpose=Purpose.CHECK_IN, subject=row.number, nonce=row.nonce, expires_at=now + CODE_LIFE)
    return CheckInCode(codes.issue(code), code.expires_at)


async def restriction_of(citizen_id: int, *, now: datetime) -> Restriction | None:
    """The restriction under which a citizen is now, if any."""
    return await Restriction.filter(citizen_id=citizen_id, until__gt=now, lifted_at=None).order_by("-until").first()


async def coming_of_matter(code: str, *, now: datetime) -> dict[str, int]:
    """How many bookings still to come are for a matter, by hall."""
    known = [hall.code for hall in await halls.halls()]  # without them no index serves the query
    coming = Booking.filter(hall_code__in=known, starts_at__gte=now, state__in=rules.ACTIVE)
    rows = await coming.values_list("hall_code", "matter_codes")
    return Counter(str(hall_code) for hall_code, matters in rows if code in matters)


async def open_appeals() -> list[Restriction]:
    """Appeals that wait for an answer, the oldest first."""
    return await Restriction.filter(appeal_state="asked").order_by("appealed_at")
