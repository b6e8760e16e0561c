"""What opening hours mean: pure functions over minutes of the day and spans of time."""

from collections.abc import Iterable
from datetime import date, datetime, time, timedelta
from zoneinfo import ZoneInfo

Span = tuple[time, time]
CHINA = ZoneInfo("Asia/Shanghai")


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
