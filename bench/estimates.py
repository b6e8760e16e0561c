"""How well the waits shown on tickets come true, over recorded days. `python -m bench.estimates` prints it by group.

Every five minutes of a day each person who waits is shown a range, computed by the product's own functions from what
was known at that minute; it is compared with when that person was really called. Beside it stands what queue systems
usually show, people ahead times the average over the counters, from the same figures.
"""

import statistics
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta

from app.queue import estimating, measuring
from app.queue.estimating import Shift
from app.queue.measuring import Call, Pace, pace_of
from app.queue.order import Lane, ranked
from bench.recorded_days import GROUPS, MINUTE, POLICY, Day, Group, Visit, at, record

SEED = 20261124
FIRST = date(2026, 11, 16)
PAST_DAYS, DAYS = 4, 10  # days that are history, and days that are replayed
EVERY = timedelta(minutes=5)
EXPECTED_LATE, LOOK_AHEAD = timedelta(minutes=30), timedelta(hours=3)


@dataclass(frozen=True)
class Past:
    """What the last weeks tell of a group: its usual pace, and its open counters by half-hour."""

    pace: Pace
    counters: list[float]


@dataclass(frozen=True)
class Shown:
    """A range, and the minutes it really took."""

    low: int
    high: int
    usual_way: float
    really: float

    @property
    def holds(self) -> bool:
        return self.low <= self.really <= self.high

    @property
    def error(self) -> float:
        return (self.low + self.high) / 2 - self.really


def replay(day: Day, past: Past) -> Iterator[Shown | None]:
    """What was shown to everybody who waited and was called in the end; None where nothing could be said."""
    moment = at(day.on, time(8, 30))
    while moment < at(day.on, time(18)):
        waiting = [visit for visit in day.visits if visit.waits(moment)]
        shift = _shift(day, waiting, past, moment)
        for visit in waiting:
            if visit.called_at is not None:
                yield _shown(visit, shift, moment)
        moment += EVERY


def _shown(visit: Visit, shift: Shift, now: datetime) -> Shown | None:
    assert visit.called_at is not None
    kept_time = visit.order_at if visit.lane is Lane.BOOKED else None
    wait = estimating.wait_of(visit.id, shift=shift, booked_at=kept_time, now=now)
    if wait is None:
        return None
    ahead = [place.ticket_id for place in shift.line].index(visit.id)
    usual_way = (ahead + 1) * shift.pace.mean / shift.counters
    return Shown(wait.low, wait.high, usual_way, (visit.called_at - now) / MINUTE)


def _shift(day: Day, waiting: list[Visit], past: Past, now: datetime) -> Shift:
    called = sorted((v for v in day.visits if v.called_at and v.called_at <= now), key=lambda v: v.called_at or now)
    calls = [_call(visit, now) for visit in called[-2 * measuring.LATEST :]]
    waiting.sort(key=lambda v: (v.order_at, v.arrived_at, v.id))
    before = [visit.lane for visit in reversed(called[-3:])]
    return Shift(
        line=ranked([visit.place for visit in waiting], now=now, policy=POLICY, called_before=before),
        counters=measuring.counters_open(calls, now),
        busy=sum(call.is_there for call in calls),
        pace=pace_of(measuring.minutes_taken(calls)) or past.pace,
        usual=past.counters,
        booked=[
            booked
            for booked, came in day.bookings
            if (came is None or came > now) and now - EXPECTED_LATE <= booked <= now + LOOK_AHEAD
        ],
        spans=measuring.spans_kept(day.spans, calls, now),
        walk_in_after=POLICY.walk_in_after,
    )


def _call(visit: Visit, now: datetime) -> Call:
    """As the table had it at that minute."""
    assert visit.called_at and visit.free_at and visit.ended_at
    ended_at = visit.ended_at if visit.ended_at <= now else None
    return Call(visit.counter, visit.called_at, ended_at, is_there=visit.free_at > now)


def past_of(days: Iterable[Day]) -> Past:
    calls = [_call(visit, at(day.on, time(23))) for day in days for visit in day.visits if visit.called_at]
    pace = pace_of(measuring.minutes_taken(calls), last=len(calls))
    assert pace is not None
    return Past(pace, measuring.usual_counters(calls))


def shown_to(group: Group, *, seed: int) -> list[Shown | None]:
    """Everything that was shown on the replayed days of a group."""
    days = [record(group, FIRST + timedelta(days=n), seed=seed) for n in range(PAST_DAYS + DAYS)]
    past = past_of(days[:PAST_DAYS])
    return [shown for day in days[PAST_DAYS:] for shown in replay(day, past)]


def measure(*, seed: int = SEED) -> dict[str, dict[str, float]]:
    """Figures by group, and of all together."""
    by_group = {group.name: shown_to(group, seed=seed) for group in GROUPS}
    everything = [shown for rows in by_group.values() for shown in rows]
    return {name: figures(rows) for name, rows in {**by_group, "all": everything}.items()}


def figures(rows: list[Shown | None]) -> dict[str, float]:
    shown = [row for row in rows if row is not None]
    errors = [row.error for row in shown]
    return {
        "shown": len(shown),
        "silent_pct": round(100 * (len(rows) - len(shown)) / len(rows), 1),
        "within_pct": round(100 * statistics.fmean(row.holds for row in shown), 1),
        "sooner_pct": round(100 * statistics.fmean(row.really < row.low for row in shown), 1),
        "later_pct": round(100 * statistics.fmean(row.really > row.high for row in shown), 1),
        "median_error_min": round(statistics.median(map(abs, errors)), 1),
        "bias_min": round(statistics.median(errors), 1),
        "usual_way_error_min": round(statistics.median(abs(row.usual_way - row.really) for row in shown), 1),
        "median_wait_min": round(statistics.median(row.really for row in shown), 1),
        "median_width_min": round(statistics.median(row.high - row.low for row in shown), 1),
    }


if __name__ == "__main__":
    for name, found in measure().items():
        print(name, found)
