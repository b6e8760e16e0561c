"""How long somebody will wait: pure functions over what the counters have really done. Minutes everywhere.

`k` people ahead and `c` open counters, each of which takes `m` minutes for a person with a deviation of `s`: the turn
comes when so many people are done, `m / c` minutes apart. The range begins where it would if nobody else came, and ends
where it would if all came who are expected to be called before; four of five waits end inside (`bench/estimates.py`).
It is wide when people differ much, when few have been measured, and because the day may change.
"""

import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import pairwise

from app.queue.measuring import HALF_HOURS, MINUTE, Pace, Span, half_hour
from app.queue.order import Lane, Place

HALF_HOUR = 30 * MINUTE
DRIFT = 0.15  # by how much the next hour may differ from the last: a counter closes, a system hangs
MOST_TIMES = 3.0  # as many counters as now, when more are usual later
WIDTH = 1.2  # deviations to each side
COMES = 0.85  # share of booked people who come
AROUND = 15.0  # so much before the booked time most are still to come, so much after it hardly anybody is
AT_ONE_TIME = 15 * MINUTE  # booked times so close are called as one
BEFORE_TIME = 5 * MINUTE  # by so much do booked people come early


@dataclass(frozen=True, slots=True)
class Wait:
    """Four of five people are called after `low` to `high` minutes from `computed_at`.

    `pause`: a break of the hall until then, in which nobody is called.
    """

    low: int
    high: int
    computed_at: datetime
    pause: Span | None = None


@dataclass(frozen=True, slots=True)
class Shift:
    """A group of counters at this moment.

    Attributes:
        line: whoever waits, in the order in which they will be called if nobody else comes.
        counters: how many are open.
        busy: how many of them have somebody.
        booked: when those are booked who have not come yet, earliest first.
        usual: open counters at each half-hour of the day, by the last weeks; empty without any.
        spans: the hall's hours of today.
        walk_in_after: of the hall's policy.
    """

    line: Sequence[Place]
    counters: int
    busy: int
    pace: Pace
    booked: Sequence[datetime] = ()
    usual: Sequence[float] = ()
    spans: Sequence[Span] = ()
    walk_in_after: int = 0


def wait_of(ticket_id: int, *, shift: Shift, booked_at: datetime | None, now: datetime) -> Wait | None:
    """The range for somebody in the line; None when no counter is open, or they are not in it.

    Args:
        booked_at: their booked time; empty for walk-ins and late ones.
    """
    ahead = next((n for n, place in enumerate(shift.line) if place.ticket_id == ticket_id), None)
    if ahead is None or not shift.counters:
        return None
    mine = shift.line[ahead]
    if mine.wanted_counter:
        same = sum(place.wanted_counter == mine.wanted_counter for place in shift.line[:ahead])
        low, high = span_of(same + 1.0, counters=1, pace=shift.pace)
    else:
        soonest = max(0.0, ahead + 1.0 - _free(shift))
        latest = soonest + coming_before(mine, ahead, shift=shift, booked_at=booked_at, now=now)
        low, _ = span_of(soonest, counters=shift.counters, pace=shift.pace)
        _, high = span_of(latest, counters=shift.counters, pace=shift.pace)
    if mine.due_at and mine.due_at > now:
        low, high = _not_before_due(low, high, mine=mine, ahead=ahead, shift=shift, now=now)
    low, high = rounded(by_clock(low, shift, now), by_clock(high, shift, now))
    return Wait(low, high, computed_at=now, pause=_pause_before(now + high * MINUTE, shift, now))


def _pause_before(latest: datetime, shift: Shift, now: datetime) -> Span | None:
    """The break between now and the latest moment, unless some counter usually works through it."""
    for (_, closes), (opens, _) in pairwise(shift.spans):
        usual = shift.usual[half_hour(closes) : half_hour(opens)] if _knows(shift.usual, now) else ()
        if closes < latest and now < opens and not any(usual):
            return closes, opens
    return None


def _free(shift: Shift) -> int:
    return max(0, shift.counters - shift.busy)


def span_of(turns: float, *, counters: int, pace: Pace) -> tuple[float, float]:
    """Between which minutes so many people are done at so many counters, in four of five cases.

    Few people at many counters come at random times; many at few add up evenly, so their waits vary less.
    """
    if turns <= 0:
        return 0.0, pace.mean / counters
    mean = turns * pace.mean / counters
    evenness = turns / (turns + counters)
    each = pace.variation**2 * evenness + (1 - evenness)
    relative = each / turns + pace.variation**2 / pace.count + DRIFT**2
    reach = WIDTH * math.sqrt(relative)
    return max(0.0, mean * (1 - reach)), mean * (1 + reach)


def coming_before(mine: Place, ahead: int, *, shift: Shift, booked_at: datetime | None, now: datetime) -> float:
    """How many are to be expected who are not ahead yet but will be called before.

    Before a walk-in come people who are booked, as far as the hall's rule lets them: after so many it is a walk-in's
    turn. Before somebody booked come those with an earlier time who are still on their way.
    """
    if mine.lane is Lane.PRIORITY or (mine.due_at and mine.due_at > now):
        return 0.0
    if mine.lane is Lane.BOOKED:
        earlier = [moment for moment in shift.booked if booked_at and moment < booked_at]
        return _in_time([(_arrival(moment, now), _chance(moment, now)) for moment in earlier], ahead, shift)
    waiting = [((place.due_at - now) / MINUTE, 1.0) for place in shift.line[ahead + 1 :] if place.due_at]
    on_their_way = [(_arrival(moment, now), _chance(moment, now)) for moment in shift.booked]
    found = _in_time(sorted(waiting + on_their_way), ahead, shift)
    return min(found, _room_for_others(shift.line[:ahead], shift.walk_in_after))


def _arrival(booked: datetime, now: datetime) -> float:
    return max(0.0, (booked - BEFORE_TIME - now) / MINUTE)


def _chance(booked: datetime, now: datetime) -> float:
    """That somebody who is not here yet will come: of those booked for the next minutes many are here already."""
    left = (booked - now) / MINUTE
    return COMES * min(1.0, max(0.0, (left + AROUND) / (2 * AROUND)))


def _in_time(arrivals: Iterable[tuple[float, float]], ahead: int, shift: Shift) -> float:
    """How many of these come before the turn, which each of them puts off."""
    each, found = shift.pace.mean / shift.counters, 0.0
    for minutes, chance in arrivals:
        if minutes > (ahead + 1 + found) * each:
            break
        found += chance
    return found


def _room_for_others(before: Sequence[Place], walk_in_after: int) -> float:
    """How many more who are no walk-ins fit in before this one."""
    if not walk_in_after:
        return math.inf
    walk_ins = sum(place.lane is Lane.WALK_IN for place in before)
    return max(0, walk_in_after * (walk_ins + 1) - (len(before) - walk_ins))


def _not_before_due(
    low: float, high: float, *, mine: Place, ahead: int, shift: Shift, now: datetime
) -> tuple[float, float]:
    """Who came early is called when the time has come, after those of the same time, or when nobody else is left."""
    moment = mine.due_at or now
    together = sum(bool(p.due_at and moment - AT_ONE_TIME <= p.due_at) for p in shift.line[:ahead])
    _, after = span_of(together + 2.0, counters=shift.counters, pace=shift.pace)
    due = (moment - now) / MINUTE
    return min(low, due), min(high, due + after)


def by_clock(minutes: float, shift: Shift, now: datetime) -> float:
    """Minutes of work with as many counters as now, by the clock: at noon fewer counters are open, or none.

    The last weeks tell how many at which half-hour; where they do not, the hall's hours tell of a break. After the end
    of the day work goes on as before.
    """
    left, moment = minutes, now
    spans = () if _knows(shift.usual, now) else shift.spans
    for pace in _paces(shift.usual, now):
        until = _next_half_hour(moment)
        done = 0.0 if _is_break(moment, until, spans) else pace * ((until - moment) / MINUTE)
        if done and left <= done:
            return (moment - now) / MINUTE + left / pace
        left, moment = left - done, until
    return (moment - now) / MINUTE + left


def _knows(usual: Sequence[float], now: datetime) -> bool:
    """Whether the last weeks can be compared with now: some counter usually works at this time."""
    return bool(usual and usual[half_hour(now)])


def _paces(usual: Sequence[float], now: datetime) -> list[float]:
    """How many times as many counters as now are usually open, for each half-hour from here to the end of the day."""
    here = half_hour(now)
    if not _knows(usual, now):
        return [1.0] * (HALF_HOURS - here)
    last = max(n for n, counters in enumerate(usual) if counters)
    return [min(usual[n] / usual[here], MOST_TIMES) for n in range(here, last + 1)]


def _is_break(start: datetime, end: datetime, spans: Sequence[Span]) -> bool:
    middle = start + (end - start) / 2
    return any(closes <= middle < opens_again for (_, closes), (opens_again, _) in pairwise(spans))


def _next_half_hour(moment: datetime) -> datetime:
    into = timedelta(minutes=moment.minute % 30, seconds=moment.second, microseconds=moment.microsecond)
    return moment - into + HALF_HOUR


def rounded(low: float, high: float) -> tuple[int, int]:
    """To whole minutes, above ten to fives, above an hour to tens, outwards; at least two minutes, never 0 to 0."""
    floor, ceiling = _floor(low), _ceiling(max(high, 2.0))
    return min(floor, ceiling - 1), ceiling


def _step(minutes: float) -> int:
    return 1 if minutes < 10 else 5 if minutes < 60 else 10


def _floor(minutes: float) -> int:
    step = _step(minutes)
    return int(minutes // step) * step


def _ceiling(minutes: float) -> int:
    step = _step(minutes)
    return -int(-minutes // step) * step
