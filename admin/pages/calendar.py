"""工作日历: the working days of a year, and correcting one of them on somebody's word."""

import calendar
from dataclasses import dataclass
from datetime import date
from typing import Annotated, Literal

from pydantic import StringConstraints
from sanic import Blueprint, HTTPResponse, redirect

from admin import doing
from admin.access import ADMINS
from admin.caller import render, said, staff_page
from app import clock
from app.clock import CHINA
from app.errors import AppError
from app.http.context import AppRequest
from app.http.fields import Text
from app.http.messages import Form
from app.http.pages import read_form, typed
from app.staff.queries import Member
from app.workdays import queries
from app.workdays.queries import Workdays

pages = Blueprint("admin_calendar")


class DayForm(Form):
    day: date
    kind: Literal["working", "off"]
    name: Annotated[Text, StringConstraints(max_length=32)] = ""
    source: Annotated[Text, StringConstraints(min_length=2, max_length=200)]


@dataclass(frozen=True, slots=True)
class Square:
    """A day of a month: `kind` is work, off, holiday or makeup."""

    on: date
    kind: str
    name: str
    is_provisional: bool


@pages.get("/calendar")
@staff_page()
async def year(request: AppRequest, member: Member) -> HTTPResponse:
    return await _show(request, member)


async def _show(request: AppRequest, member: Member, *, refusal: AppError | None = None) -> HTTPResponse:
    this = clock.now().astimezone(CHINA).year
    asked = request.args.get("year") or ""
    shown = int(asked) if asked.isascii() and asked.isdecimal() and 2000 <= int(asked) <= 2100 else this
    days = await queries.load()
    months = [(number, _month(days, shown, number)) for number in range(1, 13)]
    return render(
        request, "calendar.html", **said(refusal), year=shown, months=months,
        working=sum(square.kind in ("work", "makeup") for _, month in months for square in month if square),
        may_edit=bool(member.by.roles & ADMINS), form=typed(request) if refusal else {}, 
        done=request.args.get("done") or "",
    )  # fmt: skip


def _month(days: Workdays, year: int, month: int) -> list[Square | None]:
    """The squares of a month in weeks from Monday on; None before its first day."""
    first, length = calendar.monthrange(year, month)
    squares = [_square(days, date(year, month, number)) for number in range(1, length + 1)]
    return [None] * first + squares


def _square(days: Workdays, on: date) -> Square:
    is_working, is_weekend = days.is_working(on), on.isoweekday() > 5
    kinds = ("work", "makeup") if is_working else ("off", "off")
    kind = "holiday" if days.is_holiday(on) else kinds[is_weekend]
    return Square(on=on, kind=kind, name=days.name(on), is_provisional=not days.is_official(on))


@pages.post("/calendar")
@staff_page()
async def correct(request: AppRequest, member: Member) -> HTTPResponse:
    try:
        form = read_form(request, DayForm)
        await doing.change_day(
            day=form.day, is_working=form.kind == "working", name=form.name, source=form.source, by=member.by,
            now=clock.now(),
        )  # fmt: skip
    except AppError as refusal:
        return await _show(request, member, refusal=refusal)
    return redirect(f"/admin/calendar?year={form.day.year}&done={form.day}", status=303)
