"""Figures of past days, counted from the history of steps: how many came, how long they waited, how long it took."""

from collections import defaultdict
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, fields
from datetime import date, datetime, timedelta
from statistics import fmean, median
from typing import Any

from tortoise.expressions import Q
from tortoise.functions import Count, Max, Min
from tortoise.queryset import QuerySet

from app.queue.errors import TooManyVisits
from app.queue.models import Step
from app.queue.rules import CHINA
from app.queue.states import AT_COUNTER, State

LOOKS = ("prio_checked", "prio_refused")  # rows of the history that move nobody
MOST_STEPS = 250_000  # of some 60,000 visits, about five seconds


class _First(Min):
    """As `Min`, but of moments as the driver gives them: the ORM's own conversion takes ten times the query."""

    populate_field_object = False


class _Last(Max):
    populate_field_object = False


@dataclass(frozen=True, slots=True)
class Asked:
    """Which visits are counted: days, both included, and halls; all groups unless one is named."""

    hall_codes: tuple[str, ...]
    first: date
    last: date
    group_code: str | None = None


@dataclass(frozen=True, slots=True)
class Visit:
    """One ticket. `group_code` is that of the arrival. `wait` and `service` are None for who was never called, or
    never finished by a clerk.
    """

    hall_code: str
    group_code: str
    on_day: date
    hour: int
    is_done: bool
    is_missed: bool
    is_given_up: bool
    wait: timedelta | None
    service: timedelta | None


@dataclass(frozen=True, slots=True)
class Spread:
    """Minutes of `count` visits; p90 is the smallest value that nine of ten do not exceed."""

    count: int
    mean: float
    median: float
    p90: float

    @classmethod
    def of(cls, values: Iterable[timedelta]) -> "Spread":
        minutes = sorted(value.total_seconds() / 60 for value in values)
        if not minutes:
            return cls(0, 0.0, 0.0, 0.0)
        return cls(len(minutes), fmean(minutes), median(minutes), minutes[-(-len(minutes) * 9 // 10) - 1])


@dataclass(frozen=True, slots=True)
class Figures:
    """`missed_share` is of those who were called or passed over: missed / (missed + done)."""

    arrived: int
    done: int
    missed: int
    given_up: int
    missed_share: float
    wait: Spread
    service: Spread

    @classmethod
    def of(cls, visits: Sequence[Visit]) -> "Figures":
        done, missed = sum(visit.is_done for visit in visits), sum(visit.is_missed for visit in visits)
        return cls(
            arrived=len(visits),
            done=done,
            missed=missed,
            given_up=sum(visit.is_given_up for visit in visits),
            missed_share=missed / (missed + done) if missed + done else 0.0,
            wait=Spread.of(visit.wait for visit in visits if visit.wait is not None),
            service=Spread.of(visit.service for visit in visits if visit.service is not None),
        )


def by(visits: Iterable[Visit], key: Callable[[Visit], Any]) -> dict[Any, Figures]:
    """Figures of each part, in the order of its key."""
    parts: dict[Any, list[Visit]] = defaultdict(list)
    for visit in visits:
        parts[key(visit)].append(visit)
    return {name: Figures.of(parts[name]) for name in sorted(parts)}


async def visits(asked: Asked, *, most_steps: int = MOST_STEPS) -> list[Visit]:
    """Every visit of these days, from two queries over the history. Raises `TooManyVisits`."""
    if await _steps(asked).count() > most_steps:
        raise TooManyVisits()
    rows = await _tickets(asked)
    pieces = await _pieces([row.ticket_id for row in rows if row.is_in_pieces])
    wanted = [row for row in rows if row.arrived and asked.group_code in (None, row.group_code)]
    return [_visit(row, pieces.get(row.ticket_id)) for row in wanted]


@dataclass(frozen=True, slots=True)
class _Row:
    """What the history says of one ticket; moments as the driver gives them."""

    ticket_id: int
    hall_code: str
    on_day: date
    group_code: str
    arrived: Any
    called: Any
    last_called: Any
    served: Any
    finished: Any
    closed: Any
    servings: int
    served_to_the_end: int
    finishes: int
    into_missed: int
    out_of_missed: int
    into_done: int
    out_of_done: int
    given_up: int

    @property
    def is_in_pieces(self) -> bool:
        """Served with an interruption: held, parked, sent on, or finished by a wrong press."""
        return self.servings > 0 and (self.servings, self.served_to_the_end, self.finishes) != (1, 1, 1)


def _steps(asked: Asked) -> QuerySet[Step]:
    days = Step.filter(hall_code__in=asked.hall_codes, on_day__gte=asked.first, on_day__lte=asked.last)
    return days.exclude(step__in=LOOKS)


async def _tickets(asked: Asked) -> list[_Row]:
    found = (
        _steps(asked)
        .annotate(
            arrival_group=Max("group_code", _filter=Q(step="arrive")),
            arrived=_First("at", _filter=Q(step="arrive")),
            called=_First("at", _filter=Q(step="call")),
            last_called=_Last("at", _filter=Q(target=State.CALLED)),
            served=_First("at", _filter=Q(target=State.SERVING)),
            finished=_Last("at", _filter=Q(step="finish")),
            closed=_Last("at", _filter=Q(step="close")),
            servings=Count("id", _filter=Q(target=State.SERVING)),
            served_to_the_end=Count("id", _filter=Q(source=State.SERVING, step="finish")),
            finishes=Count("id", _filter=Q(step="finish")),
            into_missed=Count("id", _filter=Q(target=State.MISSED)),
            out_of_missed=Count("id", _filter=Q(source=State.MISSED)),
            into_done=Count("id", _filter=Q(target=State.DONE)),
            out_of_done=Count("id", _filter=Q(source=State.DONE)),
            given_up=Count("id", _filter=Q(target=State.GIVEN_UP)),
        )
        .group_by("ticket_id", "hall_code", "on_day")
    )
    columns = [field.name for field in fields(_Row)]
    columns[columns.index("group_code")] = "arrival_group"
    return [_Row(*row) for row in await found.values_list(*columns)]


async def _pieces(ticket_ids: list[int]) -> dict[int, timedelta]:
    """The time each of these tickets was being served, put together from its pieces: each begins when they come to the
    counter, or at the last call where nobody pressed 已到窗口.
    """
    total: dict[int, timedelta] = defaultdict(timedelta)
    since: dict[int, datetime] = {}
    for ids in _portions(ticket_ids):
        steps = Step.filter(Q(source__in=AT_COUNTER) | Q(target__in=AT_COUNTER), ticket_id__in=ids)
        columns = "ticket_id", "source", "step", "target", "at"
        rows = await steps.exclude(step__in=LOOKS).order_by("id").values_list(*columns)
        for ticket_id, source, step, target, at in rows:
            if source == State.SERVING or (source, step) == (State.CALLED, "finish"):
                total[ticket_id] += at - since[ticket_id]
            if target in AT_COUNTER:
                since[ticket_id] = at
    return total


def _portions(ids: list[int], size: int = 1000) -> Iterable[list[int]]:
    return (ids[n : n + size] for n in range(0, len(ids), size))


def _visit(row: _Row, pieces: timedelta | None) -> Visit:
    arrived, called = _moment(row.arrived), row.called and _moment(row.called)
    return Visit(
        hall_code=row.hall_code,
        group_code=row.group_code,
        on_day=row.on_day,
        hour=arrived.hour,
        is_done=row.into_done > row.out_of_done,
        is_missed=row.into_missed > row.out_of_missed,
        is_given_up=row.given_up > 0,
        wait=called - arrived if called else None,
        service=_service(row, pieces),
    )


def _service(row: _Row, pieces: timedelta | None) -> timedelta | None:
    """Of who was finished by a clerk, and not by the end of the day; the last call counts as the beginning where nobody
    pressed 已到窗口.
    """
    if row.finished is None or row.closed is not None or row.into_done <= row.out_of_done:
        return None
    if row.is_in_pieces:
        return pieces
    began = row.served or row.last_called
    return _moment(row.finished) - _moment(began)


def _moment(value: str | datetime) -> datetime:
    """SQLite gives texts with an offset, MySQL the time in China without one (`app.db`)."""
    if isinstance(value, str):
        return datetime.fromisoformat(value).astimezone(CHINA)
    return value.replace(tzinfo=CHINA)
