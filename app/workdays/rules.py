"""Counting days: pure functions over a mapping of day to working or not.

Sources: Administrative Licensing Law art. 82 (working days, holidays excluded), Civil Code art. 201 (the first day
does not count) and art. 203 (a last day off moves to the next day that is not). Days are China's calendar days.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Literal

Days = Mapping[date, bool]
Kind = Literal["working_day", "calendar_day"]
Pause = tuple[date, date]

DAY = timedelta(days=1)
SATURDAY = 6


@dataclass(frozen=True)
class Due:
    """When a period ends. `counted_from` is day 0; the count begins on the day after it."""

    counted_from: date
    due_on: date


def is_working(days: Days, day: date) -> bool:
    """Whether people work on this day; a day nobody has said anything about follows the week."""
    return days.get(day, day.isoweekday() < SATURDAY)


def on_or_after(days: Days, day: date) -> date:
    """The day itself when it is a working day, else the next one."""
    while not is_working(days, day):
        day += DAY
    return day


def add_working_days(days: Days, start: date, count: int, pauses: Iterable[Pause] = ()) -> date:
    """The `count`-th working day after `start`; days inside a pause (both ends included) do not count."""
    stopped = tuple(pauses)
    day = start
    while count > 0:
        day += DAY
        if is_working(days, day) and not _is_paused(day, stopped):
            count -= 1
    return day


def due(days: Days, *, submitted: date, count: int, kind: Kind, pauses: Iterable[Pause] = ()) -> Due:
    """When a period of `count` days ends for something submitted on `submitted`.

    What comes in on a day off counts as accepted on the next working day when working days are counted. When
    calendar days are counted it starts at once, and a last day off moves to the next working day.
    """
    if kind == "working_day":
        counted_from = on_or_after(days, submitted)
        return Due(counted_from, add_working_days(days, counted_from, count, pauses))
    last = submitted
    stopped = tuple(pauses)
    while count > 0:
        last += DAY
        count -= not _is_paused(last, stopped)
    return Due(submitted, on_or_after(days, last))


def _is_paused(day: date, pauses: tuple[Pause, ...]) -> bool:
    return any(first <= day <= last for first, last in pauses)


@dataclass(frozen=True)
class Notice:
    """A year's notice: which days are off, with the holiday's name, and which weekend days are worked.

    New Year's holiday may begin in the December before.
    """

    year: int
    off: Mapping[date, str]
    worked: Mapping[date, str]


def faults_of(notice: Notice) -> list[str]:
    """What is wrong with a notice, each as a Chinese sentence; empty when it can be imported."""
    named = sorted({*notice.off, *notice.worked})
    faults = [f"{day} 不在 {notice.year} 年" for day in named if not belongs(day, notice.year)]
    faults += [f"{day} 既放假又上班" for day in sorted(set(notice.off) & set(notice.worked))]
    faults += [f"{day} 本来就是工作日，不需调休上班" for day in sorted(notice.worked) if day.isoweekday() < SATURDAY]
    return faults or ([] if notice.off else ["没有任何放假日"])


def belongs(day: date, year: int) -> bool:
    """Whether a year's notice may speak of the day."""
    return day.year == year or (day.year == year - 1 and day.month == 12)


def days_of(notice: Notice) -> dict[date, tuple[bool, str]]:
    """Every day of the year, and those of the December before that are named: whether it is worked, and the holiday it
    belongs to (empty when none).
    """
    first, last = date(notice.year, 1, 1), date(notice.year, 12, 31)
    before = sorted(day for day in {*notice.off, *notice.worked} if day < first)
    year = (first + DAY * n for n in range((last - first).days + 1))
    return {day: _read(notice, day) for day in (*before, *year)}


def _read(notice: Notice, day: date) -> tuple[bool, str]:
    if day in notice.off:
        return False, notice.off[day]
    if day in notice.worked:
        return True, notice.worked[day]
    return day.isoweekday() < SATURDAY, ""
