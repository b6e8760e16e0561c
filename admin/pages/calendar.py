"""工作日历: the working days of a year; importing a notice, correcting one day, and taking either back."""

import calendar
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Annotated, Any, Literal

from pydantic import StringConstraints
from sanic import Blueprint, HTTPResponse, redirect

from admin import asked, doing
from admin.access import ADMINS
from admin.asked import Day
from admin.caller import render, said, staff_page
from admin.hours_views import preview_view
from app import clock
from app.booking import foreseeing
from app.errors import AppError, InvalidInput
from app.http.context import AppRequest
from app.http.fields import Text
from app.http.messages import Form
from app.http.pages import read_form, typed
from app.staff.queries import Member
from app.workdays import actions, notices, queries
from app.workdays.actions import Change
from app.workdays.errors import ChangedSince, ChangeUndone, NothingChanges
from app.workdays.models import CalendarChange
from app.workdays.queries import OFFICIAL, Workdays

pages = Blueprint("admin_calendar")


Source = Annotated[Text, StringConstraints(min_length=2, max_length=200)]
LABELS = {
    "day": "日期", "kind": "这一天", "name": "节日名称", "source": "依据", "file": "文件", "status": "性质",
    "notice": "通知内容",
}  # fmt: skip
DONE = {"imported": "已导入，号源和预约会在几秒内随之调整", "undone": "已撤销，号源会在几秒内恢复"}


class DayForm(Form):
    day: Day
    kind: Literal["working", "off"]
    name: Annotated[Text, StringConstraints(max_length=32)] = ""
    source: Source


class UploadForm(Form):
    """What goes with the file. Empty: as the file says."""

    status: Literal["", "official", "provisional"] = ""
    source: Annotated[Text, StringConstraints(max_length=200)] = ""


class NoticeForm(Form):
    status: Literal["official", "provisional"]
    source: Source
    notice: str


@dataclass(frozen=True, slots=True)
class Square:
    """A day of a month: `kind` is work, off, holiday or makeup."""

    on: date
    kind: str
    name: str
    is_provisional: bool


@dataclass(frozen=True, slots=True)
class ChangeLine:
    """An import or a correction that was made."""

    code: str
    source: str
    is_provisional: bool
    first_on: date
    last_on: date
    days: int
    by: str
    applied_at: datetime
    is_undone: bool


def _line(row: CalendarChange) -> ChangeLine:
    return ChangeLine(
        row.code, row.source, row.status != OFFICIAL, row.first_on, row.last_on, row.days, row.by, row.applied_at,
        row.undone_at is not None,
    )  # fmt: skip


@pages.get("/calendar")
@staff_page()
async def year(request: AppRequest, member: Member) -> HTTPResponse:
    return await _show(request, member)


async def _show(request: AppRequest, member: Member, *, refusal: AppError | None = None) -> HTTPResponse:
    shown = asked.number(request, "year", default=asked.today().year, lowest=2000, highest=2100)
    days, done = await queries.load(), (request.args.get("done") or "")[:16]
    months = [(number, _month(days, shown, number)) for number in range(1, 13)]
    return render(
        request, "calendar.html", **said(refusal), year=shown, months=months,
        working=sum(square.kind in ("work", "makeup") for _, month in months for square in month if square),
        may_edit=bool(member.by.roles & ADMINS), form=typed(request) if refusal else {}, labels=LABELS,
        done=DONE.get(done, f"已更正 {done}，号源和预约会在几秒内随之调整" if done else ""),
        changes=[_line(row) for row in await queries.changes()],
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
async def preview_day(request: AppRequest, member: Member) -> HTTPResponse:
    """Which bookings correcting a day would push out. Nothing is written."""
    try:
        form = read_form(request, DayForm)
        change = await actions.day_change(day=form.day, is_working=form.kind == "working", name=form.name)
    except AppError as refusal:
        return await _show(request, member, refusal=refusal)
    title = f"更正 {form.day}"
    return await _preview(request, title, [change], OFFICIAL, action="/admin/calendar/apply", form=typed(request))


@pages.post("/calendar/apply")
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


@pages.post("/calendar/imports")
@staff_page(max_body=notices.MAX_BYTES + 64 * 1024)
async def preview_import(request: AppRequest, member: Member) -> HTTPResponse:
    """What a notice would change, and which bookings it would push out. Nothing is written."""
    file = request.files.get("file") if request.files else None
    try:
        form = read_form(request, UploadForm)
        sheet = notices.read(file.body if file else b"", file.name if file else "")
        status, source = form.status or sheet.status or OFFICIAL, form.source or sheet.source
        if not source:
            raise InvalidInput({"source": "请填写通知的文号或名称"})
        told = await actions.import_calendar(
            notices=sheet.notices, source=source, status=status, by="", now=clock.now(), dry_run=True
        )
        if not told.changes:
            raise NothingChanges()
    except AppError as refusal:
        return await _show(request, member, refusal=refusal)
    years = "、".join(f"{year} 年（{count} 个工作日）" for year, count in told.working_days.items())
    again = {"status": status, "source": source, "notice": notices.as_json(sheet.notices)}
    action = "/admin/calendar/imports/apply"
    return await _preview(request, f"导入 {years}", told.changes, status, action=action, form=again)


@pages.post("/calendar/imports/apply")
@staff_page(max_body=2 * notices.MAX_BYTES)
async def apply_import(request: AppRequest, member: Member) -> HTTPResponse:
    """Exactly what was previewed; slots and bookings follow within seconds."""
    try:
        form = read_form(request, NoticeForm)
        sheet = notices.read(form.notice.encode(), ".json")
        await doing.import_calendar(
            notices=sheet.notices, source=form.source, status=form.status, by=member.by, now=clock.now()
        )
    except AppError as refusal:
        return await _show(request, member, refusal=refusal)
    return redirect(f"/admin/calendar?year={sheet.notices[-1].year}&done=imported", status=303)


@pages.get("/calendar/changes/<code:str>/undo")
@staff_page()
async def preview_undo(request: AppRequest, member: Member, code: str) -> HTTPResponse:
    try:
        changes = await actions.undo_preview(code=code)
    except (ChangeUndone, ChangedSince) as refusal:
        return await _show(request, member, refusal=refusal)
    action = f"/admin/calendar/changes/{code}/undo"
    return await _preview(request, "撤销更改", changes, OFFICIAL, action=action, form={})


@pages.post("/calendar/changes/<code:str>/undo")
@staff_page()
async def undo(request: AppRequest, member: Member, code: str) -> HTTPResponse:
    """The days as they were; slots follow, and whoever was moved goes back where there is a place."""
    try:
        row = await doing.undo_calendar(code=code, by=member.by, now=clock.now())
    except (ChangeUndone, ChangedSince) as refusal:
        return await _show(request, member, refusal=refusal)
    return redirect(f"/admin/calendar?year={row.last_on.year}&done=undone", status=303)


async def _preview(
    request: AppRequest, title: str, changes: Sequence[Change], status: str, *, action: str, form: Mapping[str, Any]
) -> HTTPResponse:
    seen = await foreseeing.preview_calendar(proposed=await actions.proposed(changes, status=status), now=clock.now())
    shown = [change for change in changes if change.shows]
    halls = [await preview_view(each.hall, each.preview) for each in seen]
    return render(
        request, "calendar_preview.html", title=title, changes=shown, others=len(changes) - len(shown),
        halls=halls, conflicts=sum(hall.conflicts_total for hall in halls), movable=sum(hall.movable for hall in halls),
        is_provisional=status != OFFICIAL, action=action, form=form,
    )  # fmt: skip
