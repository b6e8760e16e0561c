"""The staff's pages: their templates, and how times are said."""

from datetime import date, datetime
from pathlib import Path
from typing import Any

from admin.icons import icon
from app.clock import CHINA
from app.http.pages import Face
from app.staff.rules import ROLE_NAMES

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
    """The plain values of an audit row, those that say something: `count 3，on 2026-11-25`."""
    said = ((name, _said(part)) for name, part in value.items())
    return "，".join(f"{name} {text}" for name, text in said if text)


def _said(part: object) -> str:
    if isinstance(part, dict):
        return f"（{details(part)}）" if part else ""
    if isinstance(part, list):
        return "、".join(map(_said, part))
    return "" if part is None else str(part)


def spaced(number: str) -> str:
    """A booking number as people read it aloud: 7KQ2 X0D1 44AB 9ZT3."""
    return " ".join(number[n : n + 4] for n in range(0, len(number), 4))


face.environment.filters.update(
    {"day": day, "clock": clock_time, "moment": moment, "moment_s": moment_s, "spaced": spaced, "details": details}
)
face.environment.globals.update({"icon": icon, "role_names": ROLE_NAMES})
