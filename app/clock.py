"""The time, read at the edges (handlers, workers) and handed down: nothing below asks for it. Its lengths in words."""

from datetime import datetime
from zoneinfo import ZoneInfo

CHINA = ZoneInfo("Asia/Shanghai")


def duration(minutes: int) -> str:
    """How long, in words: 30 分钟, 1 小时 30 分钟, 2 小时, 7 天."""
    days, rest = divmod(minutes, 24 * 60)
    hours, left = divmod(rest, 60)
    parts = [f"{count} {unit}" for count, unit in ((days, "天"), (hours, "小时"), (left, "分钟")) if count]
    return " ".join(parts) or "0 分钟"


def now() -> datetime:
    """The current time, aware, in China."""
    return datetime.now(CHINA)
