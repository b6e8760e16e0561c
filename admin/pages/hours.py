"""开放时间 (features.md C19): what a change would do to bookings, then the change with everybody moved and told."""

import re
from collections.abc import Mapping
from datetime import datetime, time, timedelta
from typing import Annotated, Any, Literal

from pydantic import StringConstraints
from sanic import Blueprint, HTTPResponse, redirect

from admin.asked import OptionalDay, OptionalTime
from admin.caller import hall_chosen, my_halls, render, said, staff_page
from admin.hours_views import change_views, preview_view
from app import clock
from app.booking import desk, foreseeing, hours
from app.booking.change import WEEKDAYS, Change
from app.booking.errors import BadHours, BookingRefused
from app.clock import CHINA
from app.errors import AppError, InvalidInput
from app.halls import queries as halls
from app.http.context import AppRequest
from app.http.fields import Text
from app.http.messages import Form
from app.http.pages import read_form, typed
from app.staff.queries import Member

pages = Blueprint("admin_hours")

DAYS = tuple(f"day{n}" for n in range(1, 8))
FIELDS = {"starts_at": "first", "ends_at": "last"} | {f"weekly.{n}": f"day{n}" for n in range(1, 8)}
LABELS = {"first": "停办从", "last": "停办到", "reason": "原因", "valid_from": "从哪天起", "valid_until": "到哪天止"}
LABELS |= {name: WEEKDAYS[n] for n, name in enumerate(DAYS)}
SPAN = re.compile(r"([0-2]?\d:[0-5]\d)\s*[-–—至到~]\s*([0-2]?\d:[0-5]\d)", re.ASCII)


class HoursForm(Form):
    """Either a closure (`first` to `last`, with times for part of a day) or weekly hours from a day on."""

    hall: str
    group: str = ""
    kind: Literal["closure", "weekly"]
    reason: Annotated[Text, StringConstraints(min_length=2, max_length=120)]
    first: OptionalDay = None
    first_time: OptionalTime = None
    last: OptionalDay = None
    last_time: OptionalTime = None
    valid_from: OptionalDay = None
    valid_until: OptionalDay = None
    day1: str = ""
    day2: str = ""
    day3: str = ""
    day4: str = ""
    day5: str = ""
    day6: str = ""
    day7: str = ""

    def change(self) -> Change:
        """Raises `InvalidInput` for what is missing or cannot be read as hours."""
        groups = (self.group,) if self.group else ()
        if self.kind == "closure":
            starts_at, ends_at = self._closure()
            return Change(
                hall_code=self.hall, reason=self.reason, group_codes=groups, starts_at=starts_at, ends_at=ends_at
            )
        if self.valid_from is None:
            raise InvalidInput({"valid_from": "请填写从哪天起"})
        return Change(
            hall_code=self.hall,
            reason=self.reason,
            group_codes=groups,
            weekly=_weekly([getattr(self, name) for name in DAYS]),
            valid_from=self.valid_from,
            valid_until=self.valid_until,
        )

    def _closure(self) -> tuple[datetime, datetime]:
        if missing := [name for name in ("first", "last") if getattr(self, name) is None]:
            raise InvalidInput(dict.fromkeys(missing, "请填写日期"))
        assert self.first is not None and self.last is not None
        starts_at = datetime.combine(self.first, self.first_time or time(), CHINA)
        last = self.last if self.last_time else self.last + timedelta(days=1)
        return starts_at, datetime.combine(last, self.last_time or time(), CHINA)


def _weekly(days: list[str]) -> dict[str, list[list[str]]]:
    """Seven lines such as `08:30-12:00 14:00-17:30`; an empty one is a day of rest."""
    faults, weekly = {}, {}
    for number, text in enumerate(days, start=1):
        weekly[str(number)] = [[f"{start:0>5}", f"{end:0>5}"] for start, end in SPAN.findall(text)]
        if SPAN.sub("", text).strip(" ,，;；、"):
            faults[f"day{number}"] = "请写作 08:30-12:00 14:00-17:30，休息留空"
    if faults:
        raise InvalidInput(faults)
    return weekly


@pages.get("/hours")
@staff_page()
async def ask(request: AppRequest, member: Member) -> HTTPResponse:
    """The hall's hours, a form to change them, and what was changed."""
    return await _show(request, member)


async def _show(
    request: AppRequest, member: Member, *, refusal: AppError | None = None, form: Mapping[str, Any] | None = None
) -> HTTPResponse:
    given = dict(form or {})
    hall = await hall_chosen(request, member.by, given.get("hall") or request.args.get("hall"))
    weekly = hall.weekly if hall else {}
    lines = [" ".join("-".join(span) for span in weekly.get(str(n), [])) for n in range(1, 8)]
    if given.get("kind") == "weekly":
        lines = [given.get(name, "") for name in DAYS]
    return render(
        request, "hours.html", **said(refusal), hall=hall, labels=LABELS,
        halls=await my_halls(member.by), groups=await halls.groups(hall.code) if hall else [],
        changes=await change_views(await desk.hours_changes(hall.code), hall.code) if hall else [], lines=lines,
        weekdays=WEEKDAYS, form=given,  done=request.args.get("done") or "", back=request.args.get("back") or "0",
        moved=request.args.get("moved") or "0", cancelled=request.args.get("cancelled") or "0",
    )  # fmt: skip


def _named(refusal: AppError) -> AppError:
    """A refusal that says which field of the form is wrong."""
    if not isinstance(refusal, BadHours):
        return refusal
    return InvalidInput({FIELDS.get(name, name): text for name, text in refusal.data["fields"].items()})


@pages.post("/hours")
@staff_page()
async def preview(request: AppRequest, member: Member) -> HTTPResponse:
    """Which days would be different, which bookings be pushed out, and where each would go. Nothing is written."""
    try:
        form = read_form(request, HoursForm)
        member.by.ensure_sees(form.hall)
        seen = await foreseeing.preview_hours_change(change=form.change(), now=clock.now())
    except AppError as refusal:
        return await _show(request, member, refusal=_named(refusal), form=typed(request))
    view = await preview_view(await halls.hall(form.hall), seen)
    return render(
        request, "hours_preview.html", seen=view, form=typed(request), is_pattern=False, undoes="",
        action="/admin/hours/apply", back=f"/admin/hours?hall={form.hall}",
    )  # fmt: skip


@pages.post("/hours/apply")
@staff_page()
async def apply(request: AppRequest, member: Member) -> HTTPResponse:
    """The change, and in the same transaction everybody in its way moved or cancelled, and told."""
    try:
        form = read_form(request, HoursForm)
        done = await hours.apply_hours_change(by=member.by, change=form.change(), now=clock.now())
    except AppError as refusal:
        return await _show(request, member, refusal=_named(refusal), form=typed(request))
    counts = f"moved={len(done.moved)}&cancelled={len(done.cancelled)}"
    return redirect(f"/admin/hours?hall={form.hall}&done=applied&{counts}", status=303)


@pages.get("/hours/<code:str>/undo")
@staff_page()
async def preview_undo(request: AppRequest, member: Member, code: str) -> HTTPResponse:
    """What taking a change back would do to the days, and to whoever has booked in hours it brought."""
    try:
        row, seen = await foreseeing.preview_undo(by=member.by, code=code, now=clock.now())
    except BookingRefused as refusal:
        return await _show(request, member, refusal=refusal)
    hall = await halls.hall(row.hall_code)
    home = "/admin/booking-rules" if row.pattern is not None else "/admin/hours"
    return render(
        request, "hours_preview.html", seen=await preview_view(hall, seen), form={}, is_pattern=False,
        action=f"/admin/hours/{code}/undo", back=f"{home}?hall={hall.code}", undoes=row.reason,
    )  # fmt: skip


@pages.post("/hours/<code:str>/undo")
@staff_page()
async def undo(request: AppRequest, member: Member, code: str) -> HTTPResponse:
    """The old hours again; whoever was moved goes back where there is a place."""
    try:
        done = await hours.undo_hours_change(by=member.by, code=code, now=clock.now())
    except BookingRefused as refusal:
        return await _show(request, member, refusal=refusal)
    home = "/admin/booking-rules" if done.is_pattern else "/admin/hours"
    counts = f"back={len(done.back)}&moved={len(done.moved)}&cancelled={len(done.cancelled)}"
    return redirect(f"{home}?hall={done.hall_code}&done=undone&{counts}", status=303)
