"""What opening hours mean: pure functions over minutes of the day and spans of time."""

from collections.abc import Iterable
from datetime import date, datetime, time, timedelta
from math import asin, cos, radians, sin, sqrt

from app.clock import CHINA as CHINA

Span = tuple[time, time]


Point = tuple[float, float]  # latitude, longitude, in degrees
EARTH_KM = 6371.0


def distance_km(one: Point, other: Point) -> float:
    """As the crow flies, by the haversine formula."""
    (lat, lon), (to_lat, to_lon) = (map(radians, point) for point in (one, other))
    chord = sin((to_lat - lat) / 2) ** 2 + cos(lat) * cos(to_lat) * sin((to_lon - lon) / 2) ** 2
    return 2 * EARTH_KM * asin(sqrt(min(1.0, chord)))


def same_area(one: str, other: str) -> bool:
    """Whether two regions are close to each other: the same, or both of the city's urban area. After GB/T 2260 the
    city itself and its districts end in 00 to 20; counties, which lie further out, follow from 21 on.
    """
    return one == other or (_is_urban(one) and _is_urban(other))


def _is_urban(region_code: str) -> bool:
    return region_code.isdecimal() and len(region_code) == 6 and int(region_code[4:]) <= 20


def spans_of(pairs: Iterable[Iterable[str]]) -> list[Span]:
    """Read pairs such as ["08:30", "12:00"]. Raises ValueError when one is not a span of the day."""
    found = sorted((time.fromisoformat(start), time.fromisoformat(end)) for start, end in pairs)
    for start, end in found:
        if start >= end:
            raise ValueError(f"{start} to {end} is not a span")
    return found


def at(day: date, moment: time) -> datetime:
    return datetime.combine(day, moment, CHINA)


def state_text(spans: list[Span], now: datetime) -> str:
    """Open or not, in words a citizen reads: 营业中, 12:00 结束."""
    moment = now.astimezone(CHINA).time()
    for start, end in spans:
        if start <= moment < end:
            return f"营业中，{end:%H:%M} 结束"
        if moment < start:
            return f"未到开放时间，{start:%H:%M} 开门"
    return "今日已结束" if spans else "今日休息"


def length(start: time, end: time) -> timedelta:
    return at(date(2000, 1, 1), end) - at(date(2000, 1, 1), start)
