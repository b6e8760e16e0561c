"""How long somebody in the line will still wait: from how fast the head of this queue was taken in the last hours."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import pairwise
from math import ceil
from statistics import quantiles

from app.clock import CHINA
from app.recent import Recent
from chatbot import queues
from chatbot.models import Conversation

WINDOW = timedelta(hours=3)
FEWEST = 5  # fewer say nothing


@dataclass(frozen=True, slots=True)
class Pace:
    """Seconds for each place in the line: half of those before lay between the two."""

    low_s: float
    high_s: float


@dataclass(frozen=True, slots=True)
class Expected:
    low_minutes: int
    high_minutes: int
    at: datetime

    @property
    def text(self) -> str:
        span = f"{self.low_minutes}–{self.high_minutes} 分钟" if self.low_minutes else f"{self.high_minutes} 分钟以内"
        return f"预计还要等 {span}（{self.at.astimezone(CHINA):%H:%M} 按近 3 小时的接待速度估算）"


async def expected(queue: str, *, place: int, now: datetime) -> Expected | None:
    """None when nobody is on duty, or too few were taken lately to say anything."""
    minute = now.replace(second=0, microsecond=0)
    pace = await _paces.get(f"{queue} {int(minute.timestamp())}") if place else None
    if pace is None:
        return None
    low = int(place * pace.low_s // 60)
    return Expected(low, max(1, low + 1 if low else 1, ceil(place * pace.high_s / 60)), minute)


async def _pace(key: str) -> Pace | None:
    queue, _, minute = key.rpartition(" ")
    return await pace_of(queue, datetime.fromtimestamp(int(minute), CHINA))


_paces: Recent[Pace | None] = Recent(_pace, life_s=30)


async def pace_of(queue: str, now: datetime) -> Pace | None:
    """How long the head of the line stood there, for as many people as are on duty now."""
    there = len((await queues.at_work(now)).get(queue, ()))
    taken = Conversation.filter(queue=queue, taken_at__gt=now - WINDOW, taken_at__lte=now, due_at__not_isnull=True)
    rows = await taken.order_by("-taken_at").limit(200).only("id", "due_at", "taken_at", "staff_id")
    if len(rows) < FEWEST or not there:
        return None
    stood = heads([(row.due_at, row.taken_at) for row in reversed(rows) if row.due_at and row.taken_at])
    low, _, high = quantiles(stood, n=4, method="inclusive")
    share = max(1, len({row.staff_id for row in rows if row.staff_id})) / there
    return Pace(low * share, high * share)


def heads(taken: list[tuple[datetime, datetime]]) -> list[float]:
    """From pairs of when a wait began and when it ended, in order of the latter: seconds at the head of the line."""
    first, pairs = taken[:1], pairwise(taken)
    spans = [ended - began for began, ended in first]
    spans += [ended - max(began, before) for (_, before), (began, ended) in pairs]
    return [max(0.0, span.total_seconds()) for span in spans]
