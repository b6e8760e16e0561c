"""A change of opening hours: what it is, what is wrong with it, and what it makes of a hall's opening. Pure."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime, time, timedelta
from itertools import pairwise
from typing import Any

from app.booking import opening
from app.booking.errors import BadHours
from app.booking.opening import Closing, Opening, Pattern
from app.booking.rules import local_date
from app.halls.models import Weekly

WEEKDAYS = ("周一", "周二", "周三", "周四", "周五", "周六", "周日")
LONGEST_DAYS = 370
MOST_WEEKS = 26
WEEKS, EVERY_DAY = frozenset({1, 2, 3, 4, 5, -1}), frozenset(range(1, 8))


@dataclass(frozen=True, kw_only=True)
class Change:
    """One of three: a closure from `starts_at` to `ends_at`; `weekly` hours instead of the old ones; a `pattern` of
    additional hours or of a break. The latter two are valid from a day (until another).

    `group_codes`: empty means the whole hall.
    """

    hall_code: str
    reason: str
    group_codes: tuple[str, ...] = ()
    starts_at: datetime | None = None
    ends_at: datetime | None = None
    weekly: Weekly | None = None
    pattern: Pattern | None = None
    valid_from: date | None = None
    valid_until: date | None = None


def ensure_sound(change: Change, *, now: datetime) -> None:
    """Raises BadHours, whose `fields` names everything of the change that is wrong."""
    if faults := faults_of(change, now=now):
        raise BadHours(faults)


def faults_of(change: Change, *, now: datetime) -> dict[str, str]:
    """What is wrong, by field of `Change`; of weekly hours by day ("weekly.1"), of a pattern by its own fields."""
    if change.weekly is not None:
        return _weekly_faults(change.weekly) | _period_faults(change, local_date(now))
    if change.pattern is not None:
        return _pattern_faults(change.pattern) | _period_faults(change, local_date(now))
    if change.starts_at is None or change.ends_at is None:
        return {"starts_at": "请给出停办的起止时间"}
    return _closure_faults(change.starts_at, change.ends_at, now)


def _closure_faults(starts_at: datetime, ends_at: datetime, now: datetime) -> dict[str, str]:
    today = local_date(now)
    if starts_at >= ends_at:
        return {"ends_at": "停办的结束应晚于开始"}
    if ends_at <= now:
        return {"ends_at": "这段时间已经过去，请填写以后的时间"}
    if local_date(starts_at) < today:
        return {"starts_at": f"开始的日期已经过去，请从今天（{today.month}月{today.day}日）起填写"}
    if local_date(starts_at) > today + timedelta(days=LONGEST_DAYS):
        return {"starts_at": f"只能安排 {LONGEST_DAYS} 天以内开始的停办，请检查年份"}
    if ends_at - starts_at > timedelta(days=LONGEST_DAYS):
        return {"ends_at": f"一次停办最长 {LONGEST_DAYS} 天，更长的请分几次设置"}
    return {}


def _period_faults(change: Change, today: date) -> dict[str, str]:
    if change.valid_from is None:
        return {"valid_from": "请填写从哪天起"}
    if change.valid_from < today:
        return {"valid_from": "“从哪天起”已经过去，请填写今天或以后的日期"}
    if change.valid_from > today + timedelta(days=LONGEST_DAYS):
        return {"valid_from": f"只能安排 {LONGEST_DAYS} 天以内开始的调整，请检查年份"}
    if change.valid_until is not None and change.valid_until < change.valid_from:
        return {"valid_until": "“到哪天止”不能早于“从哪天起”"}
    return {}


def _weekly_faults(weekly: Weekly) -> dict[str, str]:
    faults = {day: _day_fault(pairs) for day, pairs in sorted(weekly.items())}
    return {f"weekly.{day}": fault for day, fault in faults.items() if fault}


def _day_fault(pairs: Sequence[Sequence[str]]) -> str | None:
    try:
        spans = sorted((time.fromisoformat(start), time.fromisoformat(end)) for start, end in pairs)
    except ValueError:
        return "有不存在的时刻，请写作 08:30-12:00"
    if backwards := next((span for span in spans if span[0] >= span[1]), None):
        return f"{_text(backwards)} 的结束应晚于开始"
    if clash := next((two for two in pairwise(spans) if two[1][0] < two[0][1]), None):
        return f"{_text(clash[0])} 与 {_text(clash[1])} 重叠，请合并或错开"
    return None


def _text(span: tuple[time, time]) -> str:
    return f"{span[0]:%H:%M}-{span[1]:%H:%M}"


def _pattern_faults(pattern: Pattern) -> dict[str, str]:
    faults = {
        "weekdays": (not pattern.weekdays or not pattern.weekdays <= EVERY_DAY, "请至少选择一个星期几"),
        "ends": (pattern.span[0] >= pattern.span[1], "结束应晚于开始"),
        "every_weeks": (not 1 <= pattern.every_weeks <= MOST_WEEKS, f"每几周应为 1 到 {MOST_WEEKS} 的整数"),
        "weeks_of_month": (not pattern.weeks_of_month <= WEEKS, "请从第一周到第五周、最后一周中选择"),
    }
    if pattern.every_weeks > 1 and pattern.weeks_of_month:
        faults["weeks_of_month"] = (True, "“每几周”和“每月第几周”只能选一种")
    return {name: text for name, (is_wrong, text) in faults.items() if is_wrong}


def changed(current: Opening, change: Change, *, layer: int) -> Opening:
    """The opening with a sound change in it."""
    if change.weekly is not None or change.pattern is not None:
        return current.with_more(patterns=patterns_of(change, layer=layer))
    assert change.starts_at is not None and change.ends_at is not None
    groups = change.group_codes or ("",)
    return current.with_more(closings=[Closing(group, change.starts_at, change.ends_at) for group in groups])


def patterns_of(change: Change, *, layer: int) -> list[Pattern]:
    """The patterns that a change to weekly hours or a pattern of its own makes, for each group."""
    if change.pattern is not None:
        return [replace(change.pattern, group_code=group, layer=layer) for group in change.group_codes or ("",)]
    assert change.weekly is not None and change.valid_from is not None
    return opening.weekly_patterns(
        change.weekly,
        group_codes=change.group_codes,
        layer=layer,
        valid_from=change.valid_from,
        valid_until=change.valid_until,
    )


def columns_of(pattern: Pattern) -> Mapping[str, Any]:
    """A pattern as `OpeningPattern` keeps it, but for where and how long it holds."""
    return {
        "kind": pattern.kind,
        "weekdays": "".join(map(str, sorted(pattern.weekdays))),
        "starts": f"{pattern.span[0]:%H:%M}",
        "ends": f"{pattern.span[1]:%H:%M}",
        "every_weeks": pattern.every_weeks,
        "weeks_of_month": ",".join(map(str, sorted(pattern.weeks_of_month, key=lambda week: week % 7))),
        "on_holidays": pattern.on_holidays,
    }
