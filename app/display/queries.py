"""The day of a city in figures, by county. Every figure can be counted again from the tickets; none is of a person."""

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta

from tortoise.functions import Count

from app.clock import CHINA
from app.directory import queries as directory
from app.halls import queries as halls
from app.halls.models import Hall
from app.http.feeds import Source
from app.queue.models import Ticket
from app.queue.states import State
from app.ratings import queries as ratings
from app.ratings.rules import GOOD
from app.recent import Recent

DAYS = 30
LOOKS_EVERY_S = 5.0
CITY_ITSELF = "市本级"

MEANINGS = {
    "取号": "今天在大厅取号或签到的人次",
    "办理量": "今天在窗口办完的号数",
    "办结率": "办理量中当场办结、当天拿到结果的比例",
    "好评率": f"评价中{'、'.join(GOOD)}的比例",
    "等候": "此刻在大厅等候叫号的人数",
}


@dataclass(frozen=True, slots=True)
class Figures:
    """Of one day. `came` took a number, `done` were served to the end, `on_spot` of these went home with the result."""

    came: int = 0
    done: int = 0
    on_spot: int = 0
    waiting: int = 0

    @property
    def on_spot_percent(self) -> float | None:
        return round(100 * self.on_spot / self.done, 1) if self.done else None

    def __add__(self, other: "Figures") -> "Figures":
        return Figures(
            self.came + other.came, self.done + other.done, self.on_spot + other.on_spot, self.waiting + other.waiting
        )


@dataclass(frozen=True, slots=True)
class RegionDay:
    code: str
    name: str
    figures: Figures


@dataclass(frozen=True, slots=True)
class CityDay:
    """`past` is 办理量 by day, the oldest first, today last. `good_percent` is None while nobody has rated."""

    on: date
    city: Figures
    regions: tuple[RegionDay, ...]
    past: tuple[tuple[date, int], ...]
    good_percent: float | None
    computed_at: datetime = field(compare=False)


async def city_day(now: datetime) -> CityDay:
    """Today so far, of all halls that have a queue."""
    on = now.astimezone(CHINA).date()
    with_queue = [hall for hall in await halls.halls() if hall.has_tickets]
    by_hall = await _by_hall([hall.code for hall in with_queue], on)
    regions = await _by_region(with_queue, by_hall)
    city = sum((region.figures for region in regions), Figures())
    return CityDay(
        on=on,
        city=city,
        regions=regions,
        past=(*await _past.get(on.isoformat()), (on, city.done)),
        good_percent=await ratings.good_percent([hall.code for hall in with_queue], on),
        computed_at=now,
    )


def source() -> Source[CityDay]:
    """What streams of the big screen follow."""
    return Source("display", "display", city_day, looks_every_s=LOOKS_EVERY_S)


async def _by_hall(codes: list[str], on: date) -> dict[str, Figures]:
    rows = Ticket.filter(hall_code__in=codes, on_day=on).annotate(count=Count("id"))
    counted = await rows.group_by("hall_code", "state", "result").values_list("hall_code", "state", "result", "count")
    found: dict[str, Figures] = {}
    for hall_code, state, result, count in counted:
        found[hall_code] = found.get(hall_code, Figures()) + _figures(state, result, count)
    return found


def _figures(state: str, result: str, count: int) -> Figures:
    """What so many tickets in this state, with this result, add."""
    is_done = state == State.DONE
    return Figures(
        came=count,
        done=count if is_done else 0,
        on_spot=count if is_done and result == "on_spot" else 0,
        waiting=count if state == State.WAITING else 0,
    )


async def _by_region(with_queue: Iterable[Hall], by_hall: dict[str, Figures]) -> tuple[RegionDay, ...]:
    """Counties in the order of their codes, the city's own halls first."""
    found: dict[str, Figures] = {}
    for hall in with_queue:
        found[hall.region_code] = found.get(hall.region_code, Figures()) + by_hall.get(hall.code, Figures())
    names = {region.code: region.name for region in await directory.regions() if region.level == directory.COUNTY}
    return tuple(RegionDay(code, names.get(code, CITY_ITSELF), found[code]) for code in sorted(found))


async def _count_past(today: str) -> tuple[tuple[date, int], ...]:
    on = date.fromisoformat(today)
    days = [on - timedelta(days=n) for n in range(DAYS - 1, 0, -1)]
    codes = [hall.code for hall in await halls.halls() if hall.has_tickets]
    rows = Ticket.filter(hall_code__in=codes, on_day__gte=days[0], on_day__lt=on, state=State.DONE)
    counted = await rows.annotate(count=Count("id")).group_by("on_day").values_list("on_day", "count")
    done = Counter(dict(counted))
    return tuple((day, done[day]) for day in days)


_past = Recent(_count_past, life_s=600)
