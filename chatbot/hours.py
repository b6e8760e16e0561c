"""When people are at the desk: the city's service hours on its working days. Pure."""

from collections.abc import Sequence
from datetime import date, datetime, time, timedelta

from app.clock import CHINA
from app.workdays.queries import Workdays

Hours = Sequence[tuple[time, time]]

_WEEKDAYS = "一二三四五六日"


def opens_at(now: datetime, *, hours: Hours, workdays: Workdays) -> datetime:
    """`now` itself within service hours, else when they begin next."""
    day = now.astimezone(CHINA).date()
    while True:
        if workdays.is_working(day):
            for start, end in hours:
                if now < _at(day, end):
                    return max(now, _at(day, start))
        day += timedelta(days=1)


def hours_text(hours: Hours) -> str:
    """工作日 09:00–12:00、13:30–17:00."""
    return "工作日 " + "、".join(f"{start:%H:%M}–{end:%H:%M}" for start, end in hours)


def when(moment: datetime, *, now: datetime) -> str:
    """今天 13:30, 11月30日 周一 09:00."""
    local = moment.astimezone(CHINA)
    if local.date() == now.astimezone(CHINA).date():
        return f"今天 {local:%H:%M}"
    return f"{local.month}月{local.day}日 周{_WEEKDAYS[local.weekday()]} {local:%H:%M}"


def _at(day: date, at: time) -> datetime:
    return datetime.combine(day, at, CHINA)
