"""How the lines of halls stand against what was promised, now."""

from collections import defaultdict
from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime, timedelta

from app.halls import queries as halls
from app.queue.models import Desk, Ticket
from app.queue.policy import policy_of
from app.queue.rules import CHINA
from app.queue.states import State


@dataclass(frozen=True, slots=True)
class LineNow:
    """One group of counters. `over` wait longer than the hall's target, in minutes."""

    hall_code: str
    group: str
    waiting: int
    longest: timedelta
    over: int
    target: int
    open_counters: int


async def lines_now(hall_codes: Collection[str], now: datetime) -> list[LineNow]:
    """Every group of these halls where somebody waits or a counter is open, the longest wait first."""
    waits = await _waits(hall_codes, now)
    counters = await _open_counters(hall_codes)
    keys = sorted(waits.keys() | counters.keys())
    names = await halls.group_names([f"{hall}.{group}" for hall, group in keys]) if keys else {}
    found = [
        await _line(hall, names.get(f"{hall}.{group}", group), waits[hall, group], counters[hall, group])
        for hall, group in keys
    ]
    return sorted(found, key=lambda line: line.longest, reverse=True)


async def _line(hall_code: str, name: str, waits: list[timedelta], open_counters: int) -> LineNow:
    target = (await policy_of(hall_code)).wait_target_minutes
    return LineNow(
        hall_code=hall_code,
        group=name,
        waiting=len(waits),
        longest=max(waits, default=timedelta()),
        over=sum(wait > timedelta(minutes=target) for wait in waits),
        target=target,
        open_counters=open_counters,
    )


async def _waits(hall_codes: Collection[str], now: datetime) -> dict[tuple[str, str], list[timedelta]]:
    """Who came early has waited since the time from which they may be called."""
    waiting = Ticket.filter(hall_code__in=hall_codes, on_day=now.astimezone(CHINA).date(), state=State.WAITING)
    found: dict[tuple[str, str], list[timedelta]] = defaultdict(list)
    for hall, group, arrived_at, due_at in await waiting.values_list("hall_code", "group_code", "arrived_at", "due_at"):
        since = max(arrived_at, due_at) if due_at else arrived_at
        found[hall, group].append(max(timedelta(), now - since))
    return found


async def _open_counters(hall_codes: Collection[str]) -> dict[tuple[str, str], int]:
    found: dict[tuple[str, str], int] = defaultdict(int)
    desks = Desk.filter(hall_code__in=hall_codes, closed_at=None, paused_at=None)
    for hall, group in await desks.values_list("hall_code", "group_code"):
        found[hall, group] += 1
    return found
