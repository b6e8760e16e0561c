"""How many are ahead of a ticket and how long that will take, read from the database."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from tortoise.queryset import QuerySet

from app.booking.models import Booking
from app.halls import queries as halls
from app.halls.rules import at
from app.matters import queries as matters
from app.queue import desks, estimating, measuring
from app.queue.estimating import Shift, Wait
from app.queue.line import Group, line_of
from app.queue.measuring import Call, Pace
from app.queue.models import Ticket
from app.queue.policy import policy_of
from app.queue.queries import group_of
from app.queue.states import State
from app.recent import Recent
from app.workdays import queries as workdays

SHOWN_LATE = timedelta(minutes=30)  # after the booked time somebody who has not come is not expected any more
LOOK_AHEAD = timedelta(hours=3)  # bookings after that come after everybody who waits now
HISTORY = timedelta(days=28)
REMEMBERED = 1500  # people of the history that are measured
KEPT_S = 300.0  # what changes from day to day only


@dataclass(frozen=True, slots=True)
class Past:
    """What the last weeks tell of a group: its pace, empty where too few came, and its open counters by half-hour."""

    pace: Pace | None
    counters: list[float]


@dataclass(frozen=True, slots=True)
class Outlook:
    """`wait` is empty for a ticket that is not waiting, and while no counter is open."""

    ahead: int = 0
    wait: Wait | None = None


async def outlook(ticket: Ticket, *, now: datetime) -> Outlook:
    return (await outlooks([ticket], now=now))[ticket.id]


async def outlooks(tickets: Iterable[Ticket], *, now: datetime) -> dict[int, Outlook]:
    """The outlook of each ticket, reading each group once."""
    found: dict[int, Outlook] = {}
    waiting: dict[Group, list[Ticket]] = {}
    for ticket in tickets:
        found[ticket.id] = Outlook()
        if ticket.state == State.WAITING:
            waiting.setdefault(group_of(ticket), []).append(ticket)
    for group, members in waiting.items():
        shift = await _shift(group, members[0].matter_code, now)
        ahead = {place.ticket_id: n for n, place in enumerate(shift.line)}
        for ticket in members:
            wait = estimating.wait_of(ticket.id, shift=shift, booked_at=_kept_time(ticket), now=now)
            found[ticket.id] = Outlook(ahead.get(ticket.id, 0), wait)
    return found


def _kept_time(ticket: Ticket) -> datetime | None:
    return ticket.order_at if ticket.lane == "booked" else None


async def _shift(group: Group, matter_code: str, now: datetime) -> Shift:
    calls = await _calls(group)
    past = await _past.get(f"{group.hall_code} {group.group_code} {group.on}")
    return Shift(
        line=await line_of(group, now),
        counters=await open_counters(group, now),
        busy=sum(call.is_there for call in calls),
        pace=measuring.pace_of(measuring.minutes_taken(calls)) or past.pace or await _planned(matter_code),
        usual=past.counters,
        booked=await _expected(group, now),
        spans=measuring.spans_kept(await _spans.get(f"{group.hall_code} {group.on}"), calls, now),
        walk_in_after=(await policy_of(group.hall_code)).walk_in_after,
    )


async def open_counters(group: Group, now: datetime) -> int:
    """How many counters of the group call people now: where somebody sits and does not pause. Where nobody says so,
    told from the tickets: a counter that has somebody, or had within the last minutes.
    """
    return await desks.open_counters(group) or measuring.counters_open(await _calls(group), now)


async def _calls(group: Group, limit: int = 2 * measuring.LATEST) -> list[Call]:
    """Who was called last on this day."""
    called = Ticket.filter(
        hall_code=group.hall_code, on_day=group.on, group_code=group.group_code, first_called_at__isnull=False
    )
    return await _read(called.order_by("-first_called_at").limit(limit))


async def _read(rows: QuerySet[Ticket]) -> list[Call]:
    columns = await rows.values_list("counter_code", "first_called_at", "ended_at", "holder")
    return [Call(code, called, ended, holder == code) for code, called, ended, holder in columns if code]


async def _planned(matter_code: str) -> Pace:
    """Of a group without a past: what the matter's guide plans."""
    minutes = await matters.durations([matter_code])
    return measuring.pace_by_plan(minutes.get(matter_code, matters.USUAL_DURATION))


async def _load_past(key: str) -> Past:
    hall_code, group_code, on = key.split(" ")
    today = date.fromisoformat(on)
    called = Ticket.filter(
        hall_code=hall_code, group_code=group_code, on_day__gte=today - HISTORY, on_day__lt=today,
        first_called_at__isnull=False,
    )  # fmt: skip
    calls = await _read(called.order_by("-first_called_at").limit(REMEMBERED))
    pace = measuring.pace_of(measuring.minutes_taken(calls), last=REMEMBERED)
    return Past(pace, measuring.usual_counters(calls))


async def _load_spans(key: str) -> list[tuple[datetime, datetime]]:
    hall_code, on = key.split(" ")
    day, hall = date.fromisoformat(on), await halls.hall(hall_code)
    return [(at(day, start), at(day, end)) for start, end in halls.spans_on(hall, await workdays.load(), day)]


_past = Recent(_load_past, life_s=KEPT_S)
_spans = Recent(_load_spans, life_s=KEPT_S)


async def _expected(group: Group, now: datetime) -> list[datetime]:
    """When those are booked who may still come, earliest first."""
    coming = Booking.filter(
        hall_code=group.hall_code, group_code=group.group_code, state="booked",
        starts_at__gte=now - SHOWN_LATE, starts_at__lte=now + LOOK_AHEAD,
    )  # fmt: skip
    return [moment for (moment,) in await coming.order_by("starts_at").values_list("starts_at")]
