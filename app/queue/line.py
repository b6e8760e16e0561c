"""The line of one group of counters, read from the database in the order in which people will be called."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from app.prepared import Prepared
from app.queue.models import Step, Ticket
from app.queue.order import Lane, Place, ranked
from app.queue.policy import policy_of
from app.queue.rules import CHINA, QueuePolicy
from app.queue.states import State
from app.together import Together

_PLACES = ("id", "lane", "due_at", "wanted_counter")
_WAITING = Prepared(
    lambda _: (
        Ticket.filter(hall_code="", on_day=date.min, group_code="", state="")
        .order_by("order_at", "arrived_at", "id")
        .values_list(*_PLACES)
    )
)
_CALLED = Prepared(
    lambda _: (
        Step.filter(hall_code="", on_day=date.min, group_code="", step="").order_by("-id").limit(1).values_list("lane")
    )
)
_DUE_AT = Ticket._meta.fields_map["due_at"]
_ON_DAY = Ticket._meta.fields_map["on_day"]


@dataclass(frozen=True, slots=True)
class Group:
    """One group of counters on one day: people of a line are called by the counters of one group."""

    hall_code: str
    group_code: str
    on: date


async def line_of(group: Group, now: datetime) -> list[Place]:
    """Everybody who waits, the next to be called first."""
    return (await _waiting(group)).ranked(now)


async def line_for_press(group: Group, now: datetime) -> list[Place]:
    """The same, for forty counters that press at the same moment; not inside a transaction."""
    return (await _AT_ONCE.get(group)).ranked(now)


async def lines_of(hall_code: str, now: datetime) -> dict[str, list[Place]]:
    """The lines of all groups of a hall where somebody waits, by group code."""
    policy, on = await policy_of(hall_code), now.astimezone(CHINA).date()
    waiting = Ticket.filter(hall_code=hall_code, on_day=on, state=State.WAITING)
    lines: dict[str, list[Place]] = {}
    for group_code, *row in await waiting.order_by("order_at", "arrived_at", "id").values_list("group_code", *_PLACES):
        lines.setdefault(str(group_code), []).append(_place(row))
    groups = {code: Group(hall_code, code, on) for code in lines}
    return {code: (await _with_calls(groups[code], places, policy)).ranked(now) for code, places in lines.items()}


@dataclass(frozen=True, slots=True)
class _Waiting:
    """All places of a group in the order of their lanes' own times, and what decides who of them is first."""

    places: list[Place]
    policy: QueuePolicy
    called_before: list[str]

    def ranked(self, now: datetime) -> list[Place]:
        return ranked(self.places, now=now, policy=self.policy, called_before=self.called_before)


async def _waiting(group: Group) -> _Waiting:
    policy = await policy_of(group.hall_code)
    values = [group.hall_code, _ON_DAY.to_db_value(group.on, Ticket), group.group_code, State.WAITING.value]
    return await _with_calls(group, [_place(row) for row in await _WAITING.rows(values)], policy)


async def _with_calls(group: Group, places: list[Place], policy: QueuePolicy) -> _Waiting:
    is_mixed = len({place.lane is Lane.WALK_IN for place in places}) > 1  # else it is nobody's turn before others
    before = await _called_before(group, policy.walk_in_after) if is_mixed and policy.walk_in_after else []
    return _Waiting(places, policy, before)


_AT_ONCE = Together(_waiting)


def _place(row: Sequence[Any]) -> Place:
    ticket_id, lane, due_at, wanted_counter = row
    return Place(ticket_id, Lane(lane), _DUE_AT.to_python_value(due_at) if due_at else None, wanted_counter)


async def _called_before(group: Group, count: int) -> list[str]:
    """The lanes of those called last, the latest first: by the history, for people may be somewhere else by now."""
    values = [group.hall_code, _ON_DAY.to_db_value(group.on, Ticket), group.group_code, "call", count]
    return [lane for (lane,) in await _CALLED.rows(values)]
