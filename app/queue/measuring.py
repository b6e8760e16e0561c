"""What counters have really done, counted from calls: pure functions. Minutes everywhere."""

import statistics
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from itertools import pairwise

from app.queue.rules import CHINA

Span = tuple[datetime, datetime]

MINUTE = timedelta(minutes=1)
HALF_HOURS = 48  # of a day
STRAGGLERS = 10 * MINUTE  # so long into a break those are called who were there before
TURNOVER = 2 * MINUTE  # a pause of at most so long between two people belongs to the work
LATEST = 40  # people measured: about the last hour of a busy group
FEWEST = 6  # people measured, else the group's history speaks
LONGEST = 180.0  # nobody keeps a counter longer, whatever was forgotten to be pressed
IDLE = 10 * MINUTE  # a counter without anybody for so long is not taken for open
PLANNED_CV, PLANNED_AS = 0.8, 5  # a guide's plan is worth so many people measured, who differ by so much


@dataclass(frozen=True, slots=True)
class Call:
    """One person called. `ended_at` is empty for whoever is still at the counter, or away from it for a moment."""

    counter_code: str
    called_at: datetime
    ended_at: datetime | None
    is_there: bool


@dataclass(frozen=True, slots=True)
class Pace:
    """How long one counter takes for one person: mean and deviation over `count` people."""

    mean: float
    deviation: float
    count: int

    @property
    def variation(self) -> float:
        return self.deviation / self.mean


def minutes_taken(calls: Iterable[Call]) -> list[float]:
    """For how long each person kept a counter, walking there and the clerk's pause after them included; oldest first.

    Somebody who was set aside kept it until the next one was called.
    """
    taken: list[tuple[datetime, float]] = []
    for mine in _by_counter(calls):
        following: list[Call | None] = [*mine[1:], None]
        for call, after in zip(mine, following, strict=True):
            if until := _free_again(call, after):
                taken.append((call.called_at, min((until - call.called_at) / MINUTE, LONGEST)))
    return [minutes for _, minutes in sorted(taken)]


def _by_counter(calls: Iterable[Call]) -> list[list[Call]]:
    found: dict[str, list[Call]] = {}
    for call in sorted(calls, key=lambda call: call.called_at):
        found.setdefault(call.counter_code, []).append(call)
    return list(found.values())


def _free_again(call: Call, after: Call | None) -> datetime | None:
    """When the counter was ready for somebody else; None while it is not."""
    if after and (call.ended_at is None or after.called_at <= call.ended_at + TURNOVER):
        return after.called_at
    return call.ended_at


def pace_of(minutes: Sequence[float], *, last: int = LATEST) -> Pace | None:
    """The pace of the last people; None when too few have been measured."""
    measured = minutes[-last:]
    if len(measured) < FEWEST:
        return None
    return Pace(max(statistics.fmean(measured), 0.5), statistics.stdev(measured), len(measured))


def pace_by_plan(minutes: float) -> Pace:
    """When nobody was ever measured: what the matter's guide plans for one person."""
    return Pace(minutes, minutes * PLANNED_CV, PLANNED_AS)


def counters_open(calls: Iterable[Call], now: datetime) -> int:
    """How many counters call people: those that have somebody, or had a moment ago."""
    return len({call.counter_code for call in calls if call.is_there or _was_busy(call, now)})


def _was_busy(call: Call, now: datetime) -> bool:
    return now - (call.ended_at or call.called_at) <= IDLE


def spans_kept(spans: Sequence[Span], calls: Iterable[Call], now: datetime) -> Sequence[Span]:
    """The hall's hours, without a break in which people are being called: then it is none today."""
    for (_, end), (opens_again, _) in pairwise(spans):
        if end <= now < opens_again and any(end + STRAGGLERS <= call.called_at <= now for call in calls):
            return ()
    return spans


def half_hour(moment: datetime) -> int:
    """Which of the 48 of a day in China."""
    local = moment.astimezone(CHINA)
    return local.hour * 2 + local.minute // 30


def usual_counters(calls: Iterable[Call]) -> list[float]:
    """How many counters worked in each half-hour of the day, on the average of the days of these calls: that called
    somebody in it, or had somebody all through. Whoever only finishes in it works no more.
    """
    seen: set[tuple[date, int, str]] = set()
    for call in calls:
        on, begins = call.called_at.astimezone(CHINA).date(), half_hour(call.called_at)
        ends = half_hour(call.ended_at) if call.ended_at else begins
        seen |= {(on, n, call.counter_code) for n in range(begins, max(begins + 1, ends))}
    days = len({on for on, _, _ in seen})
    return [sum(n == at for _, at, _ in seen) / days for n in range(HALF_HOURS)] if days else []
