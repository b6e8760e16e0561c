"""The time. Read at the edges (handlers, workers) and handed down; nothing below asks for it."""

from datetime import datetime
from zoneinfo import ZoneInfo

CHINA = ZoneInfo("Asia/Shanghai")


def now() -> datetime:
    """The current time, aware, in China."""
    return datetime.now(CHINA)
