"""What somebody without a booking can choose from in a hall, and when."""

from dataclasses import dataclass
from datetime import date, datetime

from tortoise.functions import Count

from app.booking.openings import opening_of
from app.halls import queries as halls
from app.halls.models import MACHINE, Hall
from app.queue import rules
from app.queue.errors import NoTicketsHere
from app.queue.line import Group
from app.queue.models import NumberRow, Ticket
from app.queue.numbers import key_of
from app.queue.policy import policy_of
from app.queue.rules import CHINA, Hours
from app.queue.states import State
from app.workdays import queries as workdays


@dataclass(frozen=True, slots=True)
class Offer:
    """A group of counters as somebody without a booking finds it. `state`: open, full or closed."""

    group_code: str
    name: str
    waiting: int
    state: str
    opens: str


async def offers(hall_code: str, *, now: datetime) -> list[Offer]:
    """What somebody without a booking can choose from: the hall's groups that have counters.

    Raises NotFound or `NoTicketsHere`.
    """
    hall = await halls.hall(hall_code)
    if not hall.has_tickets:
        raise NoTicketsHere()
    on, in_use = now.astimezone(CHINA).date(), {group for _, group in await halls.counter_numbers([hall_code])}
    groups = [group for group in await halls.groups(hall_code) if group.group_code in in_use and group.kind != MACHINE]
    waiting, taken = await _waiting(hall_code, on), await _taken(hall_code, [g.group_code for g in groups], on)
    limit = (await policy_of(hall_code)).walk_in_limit
    hours = await hours_of(hall, [group.group_code for group in groups], now)
    return [
        Offer(
            group_code=group.group_code,
            name=group.name,
            waiting=waiting.get(group.group_code, 0),
            state=_state(rules.is_open(times, now), taken.get(group.group_code, 0) >= limit),
            opens="" if rules.is_open(times, now) else rules.opens_again(times, now),
        )
        for group, times in zip(groups, hours, strict=True)
    ]


def _state(is_open: bool, is_full: bool) -> str:
    if not is_open:
        return "closed"
    return "full" if is_full else "open"


async def _waiting(hall_code: str, on: date) -> dict[str, int]:
    """How many wait, by group."""
    waiting = Ticket.filter(hall_code=hall_code, on_day=on, state=State.WAITING).annotate(n=Count("id"))
    return dict(await waiting.group_by("group_code").values_list("group_code", "n"))


async def _taken(hall_code: str, group_codes: list[str], on: date) -> dict[str, int]:
    """How many walk-ins have had a number, by group."""
    keys = {key_of(Group(hall_code, code, on)): code for code in group_codes}
    rows = await NumberRow.filter(key__in=list(keys)).values_list("key", "walk_ins") if keys else []
    return {keys[str(key)]: int(str(count)) for key, count in rows}


async def hours_of(hall: Hall, group_codes: list[str], now: datetime) -> list[Hours]:
    """Today's hours of each group; the hall's own for an empty code."""
    day = now.astimezone(CHINA).date()
    weekday, opening = (await workdays.shown()).pattern_weekday(day), await opening_of(hall)
    return [opening.hours(group_code=code, day=day, weekday=weekday) for code in group_codes]
