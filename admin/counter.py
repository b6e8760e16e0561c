"""What the page of the day at a counter shows, in words."""

from dataclasses import dataclass
from datetime import date, datetime

from admin.caller import Desk
from admin.face import clock_time
from admin.people import Masked, people_of
from admin.views import TicketView, ticket_views
from app.booking import queries as bookings
from app.clock import CHINA
from app.halls import queries as halls
from app.halls.models import MACHINE
from app.matters import queries as matters
from app.queue import desks, queries, rules, undoing
from app.queue.line import Group
from app.queue.models import Ticket
from app.queue.order import Lane, explain
from app.queue.policy import policy_of
from app.queue.queries import AtCounter
from app.queue.rules import PRIORITIES, QueuePolicy
from app.queue.states import NAMES as TICKET_STATES
from app.queue.states import State
from app.staff import queries as staff
from app.staff.by import By


@dataclass(frozen=True, slots=True)
class Seat:
    """Whether this counter is open: `state` is open, paused, closed, or taken (by `name`)."""

    state: str
    since: datetime | None = None
    why: str = ""
    name: str = ""


@dataclass(frozen=True, slots=True)
class Current:
    """Who is at the counter now, and what may be done. `missed_in_s` is None where nobody is passed over by itself."""

    ticket: TicketView
    person: Masked | None
    people: int
    recall_in_s: int
    missed_in_s: int | None
    calls_needed: int
    may_skip: bool


@dataclass(frozen=True, slots=True)
class Waiting:
    """`word` says why this place; `tone` is the colour of it."""

    number: str
    matter: str
    word: str
    tone: str
    arrived_at: datetime


@dataclass(frozen=True, slots=True)
class Elsewhere:
    number: str
    counter: str
    state_name: str


@dataclass(frozen=True, slots=True)
class Undo:
    """What may still be taken back, and for how many seconds."""

    code: str
    number: str
    what: str
    left_s: int


@dataclass(frozen=True, slots=True)
class Target:
    """A choice of 转窗口: `value` is a group, or a group and one of its counters."""

    value: str
    name: str


@dataclass(frozen=True, slots=True)
class Day:
    """The whole page."""

    seat: Seat
    current: Current | None
    undo: Undo | None
    waiting: list[Waiting]
    waiting_total: int
    held: list[TicketView]
    parked: list[TicketView]
    elsewhere: list[Elsewhere]
    missed: list[TicketView]
    done_today: int
    order: str
    group_name: str
    targets: list[Target]


async def day_at(desk: Desk, by: By, now: datetime) -> Day:
    """The day as this counter sees it now."""
    counter = desk.counter
    group = Group(counter.hall_code, counter.group_code, _today(now))
    policy = await policy_of(group.hall_code)
    seen = await queries.at_counter(counter_code=counter.code, group=group, now=now)
    return Day(
        seat=await _seat(counter.code, by),
        current=await _current(seen, policy, now),
        undo=await _undo(counter.code, group, by, now),
        waiting=await _waiting(seen.waiting, counter.code, now),
        waiting_total=seen.waiting_total,
        held=await ticket_views(seen.held),
        parked=await ticket_views(seen.parked),
        elsewhere=await _elsewhere(seen.elsewhere),
        missed=await ticket_views(seen.missed),
        done_today=seen.done_today,
        order=explain(policy),
        group_name=await halls.group_name(group.hall_code, group.group_code),
        targets=await _targets(counter.code, group.hall_code) if seen.current else [],
    )


def _today(now: datetime) -> date:
    return now.astimezone(CHINA).date()


async def _seat(counter_code: str, by: By) -> Seat:
    desk = await desks.desk_at(counter_code)
    if desk is None:
        return Seat("closed")
    if desk.staff_id != by.staff_id:
        name = (await staff.names_of({desk.staff_id})).get(desk.staff_id, "其他人")
        return Seat("taken", since=desk.opened_at, name=name)
    if desk.paused_at is not None:
        return Seat("paused", since=desk.paused_at, why=desk.pause_why)
    return Seat("open", since=desk.opened_at)


async def _current(seen: AtCounter, policy: QueuePolicy, now: datetime) -> Current | None:
    if seen.current is None:
        return None
    (ticket,) = await ticket_views([seen.current])
    called_at = seen.current.called_at or now
    is_called = ticket.state == "called"
    person, people = await _person(ticket)
    return Current(
        ticket=ticket,
        person=person,
        people=people,
        recall_in_s=rules.recall_in_s(policy, called_at=called_at, now=now),
        missed_in_s=rules.missed_in_s(policy, called_at=called_at, now=now) if is_called else None,
        calls_needed=policy.calls_before_miss,
        may_skip=seen.current.skips < policy.skips,
    )


async def _person(ticket: TicketView) -> tuple[Masked | None, int]:
    if ticket.booking_number is None:
        return None, 1
    booking = await bookings.any_booking(ticket.booking_number)
    return (await people_of([booking]))[booking.number].masked, booking.people


async def _undo(counter_code: str, group: Group, by: By, now: datetime) -> Undo | None:
    found = await undoing.last_ended(counter_code=counter_code, group=group, by=by, now=now)
    if found is None:
        return None
    ticket, left = found
    what = "过号" if ticket.state == "missed" else "完成"
    return Undo(code=ticket.code, number=ticket.number, what=what, left_s=rules.whole_seconds(left))


async def _waiting(rows: list[Ticket], counter_code: str, now: datetime) -> list[Waiting]:
    names = await matters.names([row.matter_code for row in rows])
    return [Waiting(row.number, names[row.matter_code], *_why(row, counter_code, now), row.arrived_at) for row in rows]


def _why(row: Ticket, counter_code: str, now: datetime) -> tuple[str, str]:
    """Why somebody stands where they stand, in a few words."""
    if row.wanted_counter is not None:
        return ("转到本窗口", "blue") if row.wanted_counter == counter_code else ("转到其他窗口", "")
    if row.lane == Lane.PRIORITY:
        return PRIORITIES.get(row.priority, "优先"), "warn"
    if row.due_at is not None and row.due_at > now:
        return f"早到，{clock_time(row.due_at)} 起", ""
    if row.lane == Lane.BOOKED and row.booked_at is not None:
        return f"预约 {clock_time(row.booked_at)}", "blue"
    return ("迟到", "") if row.arrival == "late" else ("现场", "")


async def _elsewhere(rows: list[Ticket]) -> list[Elsewhere]:
    counters = await halls.counters_by_code({row.counter_code for row in rows if row.counter_code})
    numbers = {code: counter.no for code, counter in counters.items()}
    return [
        Elsewhere(row.number, numbers.get(row.counter_code or "", ""), TICKET_STATES[State(row.state)]) for row in rows
    ]


async def _targets(counter_code: str, hall_code: str) -> list[Target]:
    """Every group where people are called, each followed by its counters that are open, this one left out."""
    open_now = (await desks.desks_of(hall_code)).keys() - {counter_code}
    counters = [counter for counter in await halls.counters(hall_code) if counter.code in open_now]
    found: list[Target] = []
    for group in await halls.groups(hall_code):
        if group.kind == MACHINE:
            continue
        found.append(Target(group.group_code, f"{group.name}，任一窗口"))
        mine = [counter for counter in counters if counter.group_code == group.group_code]
        found += [Target(f"{group.group_code}|{counter.code}", f"　{counter.no} {counter.name}") for counter in mine]
    return found
