"""What the screens of a hall show: numbers, masked names, counters. Nothing that says who somebody is, or why here."""

from dataclasses import dataclass, field
from datetime import datetime
from functools import partial

from app.halls import queries as halls
from app.halls.models import Counter
from app.http.feeds import Source
from app.queue.history import topic_of
from app.queue.line import lines_of
from app.queue.models import Ticket
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
    computed_at: datetime = field(compare=False)


def source_of(hall_code: str) -> Source[HallBoard]:
    """What streams of this hall follow."""
    return Source(topic_of(hall_code), topic_of(hall_code), partial(_load, hall_code))


async def _load(hall_code: str, now: datetime) -> HallBoard:
    return await hall_board(hall_code=hall_code, now=now)


async def hall_board(*, hall_code: str, now: datetime) -> HallBoard:
    """A hall's board at this moment, groups without counters left out. Raises NotFound for a hall that is none."""
    hall = await halls.hall(hall_code)
    called = await _called(hall_code, now)
    lines = await lines_of(hall_code, now)
    coming = await _coming([place.ticket_id for line in lines.values() for place in line[:NEXT_SHOWN]])
    boards = [
        GroupBoard(
            code=group.group_code,
            name=group.name,
            now=tuple(called.get(group.group_code, ())),
            next=tuple(coming[place.ticket_id] for place in line[:NEXT_SHOWN] if place.ticket_id in coming),
            waiting=len(line),
        )
        for group in await halls.groups(hall_code)
        for line in [lines.get(group.group_code, [])]
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


async def _coming(ids: list[int]) -> dict[int, Next]:
    rows = await Ticket.filter(id__in=ids).values_list("id", "number", "shown_name") if ids else []
    return {ticket_id: Next(number=number, name=name) for ticket_id, number, name in rows}
