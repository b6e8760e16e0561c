"""Changes of opening hours in words, and what one would do, for the pages that make, list and undo them."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from admin.face import moment
from app.booking.change import WEEKDAYS
from app.booking.foreseeing import DayPlan, Preview
from app.booking.models import HoursChange
from app.clock import CHINA
from app.halls import queries as halls
from app.halls.models import Hall
from app.matters import queries as matters

KINDS = {"extra": "加开", "break": "不放号"}
WEEK_NAMES = {1: "第一", 2: "第二", 3: "第三", 4: "第四", 5: "第五", -1: "最后一"}
SHOWN_DAYS, SHOWN_CONFLICTS = 60, 200


@dataclass(frozen=True, slots=True)
class ChangeView:
    """`what` it does in words. `may_undo`: here, by a manager; what the calendar brought is undone there."""

    code: str
    what: str
    reason: str
    by: str
    applied_at: datetime
    undone_at: datetime | None
    moved: int
    by_calendar: bool

    @property
    def may_undo(self) -> bool:
        return self.undone_at is None and not self.by_calendar


@dataclass(frozen=True, slots=True)
class DayLine:
    on: date
    groups: str
    hours: str
    slots: int
    was: int


@dataclass(frozen=True, slots=True)
class ConflictLine:
    number: str
    matters: str
    starts_at: datetime
    to_starts_at: datetime | None


@dataclass(frozen=True, slots=True)
class PreviewView:
    """`days` and `conflicts` are the first of `days_total` and `conflicts_total`."""

    hall: str
    days: list[DayLine]
    days_total: int
    dates: list[date]
    conflicts: list[ConflictLine]
    conflicts_total: int
    movable: int


async def change_views(rows: Iterable[HoursChange], hall_code: str) -> list[ChangeView]:
    groups = {group.group_code: group.name for group in await halls.groups(hall_code)}
    return [
        ChangeView(
            code=row.code,
            what=_what(row) + _where(row.group_codes, groups),
            reason=row.reason,
            by=row.by,
            applied_at=row.applied_at,
            undone_at=row.undone_at,
            moved=len(row.moves),
            by_calendar=row.calendar_code is not None,
        )
        for row in rows
    ]


def _where(codes: Iterable[str], groups: Mapping[str, str]) -> str:
    names = [groups.get(code, code) for code in codes]
    return f"（{'、'.join(names)}）" if names else ""


def _what(row: HoursChange) -> str:
    if row.pattern is not None:
        return f"{pattern_text(row.pattern)}，{_period(row)}"
    if row.weekly is not None:
        return f"新作息，{_period(row)}"
    if row.calendar_code is not None and row.starts_at is not None:
        return f"随工作日历调整，{row.starts_at.astimezone(CHINA).date()} 起"
    return f"停办 {moment(row.starts_at)} 至 {moment(row.ends_at)}" if row.starts_at and row.ends_at else ""


def _period(row: HoursChange) -> str:
    return f"{row.valid_from} 起" + (f"至 {row.valid_until}" if row.valid_until else "")


def pattern_text(pattern: Mapping[str, Any]) -> str:
    """加开 每月第一、第三个星期 周六 09:00-12:00."""
    days = "、".join(WEEKDAYS[int(day) - 1] for day in pattern["weekdays"])
    weeks = [WEEK_NAMES[int(week)] for week in str(pattern["weeks_of_month"]).split(",") if week]
    rhythm = f"每月{'、'.join(weeks)}个" if weeks else _every(pattern["every_weeks"])
    holidays = "，节假日也开" if pattern["on_holidays"] else ""
    return f"{KINDS[pattern['kind']]}：{rhythm}{days} {pattern['starts']}-{pattern['ends']}{holidays}"


def _every(weeks: int) -> str:
    return "每" if weeks == 1 else f"每 {weeks} 周的"


async def preview_view(hall: Hall, seen: Preview) -> PreviewView:
    groups = {group.group_code: group.name for group in await halls.groups(hall.code)}
    shown = seen.conflicts[:SHOWN_CONFLICTS]
    names = await matters.names([code for conflict in shown for code in conflict.matter_codes])
    return PreviewView(
        hall=hall.name,
        days=[_day_line(plan, groups) for plan in seen.days[:SHOWN_DAYS]],
        days_total=len({plan.on for plan in seen.days}),
        dates=seen.dates,
        conflicts=[
            ConflictLine(
                number=conflict.number,
                matters="、".join(names[code] for code in conflict.matter_codes),
                starts_at=conflict.starts_at,
                to_starts_at=conflict.to_starts_at,
            )
            for conflict in shown
        ],
        conflicts_total=len(seen.conflicts),
        movable=seen.movable,
    )


def _day_line(plan: DayPlan, groups: Mapping[str, str]) -> DayLine:
    is_all = len(plan.group_codes) > 1 and set(plan.group_codes) >= groups.keys()
    hours = " ".join(f"{start.astimezone(CHINA):%H:%M}-{end.astimezone(CHINA):%H:%M}" for start, end in plan.spans)
    return DayLine(
        on=plan.on,
        groups="全部窗口" if is_all else "、".join(groups.get(code, code) for code in plan.group_codes),
        hours=hours,
        slots=plan.slots,
        was=plan.was,
    )
