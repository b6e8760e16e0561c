"""The staff's pages: their templates, and how times are said."""

from datetime import date, datetime
from pathlib import Path
from typing import Any

from admin.icons import icon
from app.booking.rules import STATE_NAMES as BOOKING_STATES
from app.clock import CHINA
from app.http.pages import Face
from app.pickup.states import NAMES as PICKUP_STATES
from app.staff.rules import ALL_HALLS, ROLE_NAMES

face = Face(folder=Path(__file__).parent, prefix="/admin", kind="staff", sign_in="/admin/sign-in")

_WEEKDAYS = "一二三四五六日"


def day(value: date | datetime) -> str:
    """11月25日 周三."""
    on = value.astimezone(CHINA).date() if isinstance(value, datetime) else value
    return f"{on.month}月{on.day}日 周{_WEEKDAYS[on.weekday()]}"


def clock_time(moment: datetime) -> str:
    """09:15."""
    return moment.astimezone(CHINA).strftime("%H:%M")


def moment(value: datetime) -> str:
    """11-25 09:15."""
    return value.astimezone(CHINA).strftime("%m-%d %H:%M")


def moment_s(value: datetime) -> str:
    """2026-11-25 09:15:07."""
    return value.astimezone(CHINA).strftime("%Y-%m-%d %H:%M:%S")


def details(value: dict[str, Any]) -> str:
    """The plain values of an audit row, those that say something: `共 3，日期 2026-11-25`. A name without words here
    stands for itself.
    """
    said = ((name, _said(name, part)) for name, part in value.items())
    return "，".join(f"{DETAILS.get(name, name)} {text}" for name, text in said if text)


def _said(name: str, part: object) -> str:
    if isinstance(part, dict):
        return f"（{details(part)}）" if part else ""
    if isinstance(part, list):
        return "、".join(_said(name, one) for one in part)
    if isinstance(part, bool):
        return "是" if part else "否"
    return "" if part is None else VALUES.get(name, {}).get(str(part), str(part))


# What audit rows call their details and the values of these, in words.
DETAILS = {
    "on": "日期", "first": "从", "last": "到", "page": "第几页", "action": "操作", "staff_name": "人员",
    "subject": "对象", "hall_codes": "大厅",
    "group": "窗口组", "state": "状态", "count": "共", "moved": "改期", "cancelled": "取消", "accepted": "同意",
    "shelf": "货架", "items": "物品", "name": "名称", "filename": "文件", "digest": "摘要", "is_working": "工作日",
    "roles": "角色", "halls": "大厅", "before": "原为", "after": "改为",
}  # fmt: skip
VALUES: dict[str, dict[str, str]] = {
    "state": {**BOOKING_STATES, **{str(state): name for state, name in PICKUP_STATES.items()}},
    "roles": {str(role): name for role, name in ROLE_NAMES.items()},
    "halls": {ALL_HALLS: "全部"},
    "hall_codes": {ALL_HALLS: "全部"},
}


def spaced(number: str) -> str:
    """A booking number as people read it aloud: 7KQ2 X0D1 44AB 9ZT3."""
    return " ".join(number[n : n + 4] for n in range(0, len(number), 4))


face.environment.filters.update(
    {"day": day, "clock": clock_time, "moment": moment, "moment_s": moment_s, "spaced": spaced, "details": details}
)
face.environment.globals.update({"icon": icon, "role_names": ROLE_NAMES})
