"""What the screens of a hall show: numbers, masked names, counters. Nothing that says who somebody is, or why here."""

from dataclasses import dataclass, replace
from datetime import datetime

from app.halls import queries as halls
from app.halls.models import Counter
from app.queue.line import Group, line_of
from app.queue.models import Ticket
from app.queue.queries import in_order
from app.queue.rules import CHINA
from app.queue.states import AT_COUNTER, State

NEXT_SHOWN = 5


@dataclass(frozen=True, slots=True)
class Called:
    """Somebody at, or on the way to, a counter. `calls` counts up with each recall."""

    number: str
    name: str
    counter_no: str
    counter_name: str
    called_at: datetime
    calls: int
    is_serving: bool


@dataclass(frozen=True, slots=True)
class Next:
    number: str
    name: str


@dataclass(frozen=True, slots=True)
class GroupBoard:
    code: str
    name: str
    now: tuple[Called, ...]  # the latest call first
    next: tuple[Next, ...]
    waiting: int


@dataclass(frozen=True, slots=True)
class HallBoard:
    hall_code: str
    hall_name: str
    groups: tuple[GroupBoard, ...]
    computed_at: datetime


async def hall_board(*, hall_code: str, now: datetime) -> HallBoard:
    """A hall's board at this moment, groups without counters left out. Raises NotFound for a hall that is none."""
    hall = await halls.hall(hall_code)
    groups = await halls.groups(hall_code)
    on = now.astimezone(CHINA).date()
    called = await _called(hall_code, now)
    boards = [
        await _group(Group(hall_code, group.group_code, on), group.name, called.get(group.group_code, []), now)
        for group in groups
    ]
    return HallBoard(hall_code=hall_code, hall_name=hall.name, groups=tuple(boards), computed_at=now)


async def _called(hall_code: str, now: datetime) -> dict[str, list[Called]]:
    """Those at counters, by the group they were called by, the latest call first."""
    on = now.astimezone(CHINA).date()
    rows = await Ticket.filter(hall_code=hall_code, on_day=on, state__in=AT_COUNTER).order_by("-called_at", "-id")
    counters = await halls.counters_by_code({row.counter_code for row in rows if row.counter_code})
    found: dict[str, list[Called]] = {}
    for row in rows:
        found.setdefault(row.group_code, []).append(_shown(row, counters.get(row.counter_code or "")))
    return found


def _shown(ticket: Ticket, counter: Counter | None) -> Called:
    return Called(
        number=ticket.number,
        name=ticket.shown_name,
        counter_no=counter.no if counter else "",
        counter_name=counter.name if counter else "",
        called_at=ticket.called_at or ticket.arrived_at,
        calls=ticket.calls,
        is_serving=ticket.state == State.SERVING,
    )


async def _group(group: Group, name: str, called: list[Called], now: datetime) -> GroupBoard:
    line = await line_of(group, now)
    coming = await in_order([place.ticket_id for place in line[:NEXT_SHOWN]])
    return GroupBoard(
        code=group.group_code,
        name=name,
        now=tuple(called),
        next=tuple(Next(number=ticket.number, name=ticket.shown_name) for ticket in coming),
        waiting=len(line),
    )


def only(board: HallBoard, group_code: str) -> HallBoard:
    """The board of one group."""
    return replace(board, groups=tuple(group for group in board.groups if group.code == group_code))
