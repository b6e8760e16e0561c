"""改期: another day and time for somebody's booking, at the same hall and group of counters."""

from typing import Any

from sanic import Blueprint, HTTPResponse, redirect

from admin import asked
from admin.caller import render, said, staff_page
from admin.pages.bookings import ReasonForm, seen
from admin.people import people_of
from admin.views import booking_views
from app import clock
from app.booking import actions
from app.booking.desk import bookable_days, staff_slots
from app.booking.models import Booking
from app.booking.rules import BOOKED, local_date, refusal_of
from app.errors import AppError
from app.http.context import AppRequest
from app.http.fields import OutsideCode
from app.http.pages import read_form, typed
from app.staff.queries import Member

pages = Blueprint("admin_move")


class MoveForm(ReasonForm):
    slot: OutsideCode


@pages.get("/bookings/<number:str>/move")
@staff_page()
async def ask(request: AppRequest, member: Member, number: str) -> HTTPResponse:
    """Which day, which time, why."""
    return await _show(request, await seen(member, number))


@pages.post("/bookings/<number:str>/move")
@staff_page()
async def move(request: AppRequest, member: Member, number: str) -> HTTPResponse:
    """The old place is kept until the new one is sure; the citizen is told."""
    try:
        form = read_form(request, MoveForm)
        await actions.reschedule_for(by=member.by, number=number, slot_id=form.slot, why=form.why, now=clock.now())
    except AppError as refusal:
        return await _show(request, await seen(member, number), refusal=refusal, form=typed(request))
    return redirect(f"/admin/bookings/{number}?done=moved", status=303)


async def _show(
    request: AppRequest, row: Booking, *, refusal: AppError | None = None, form: dict[str, Any] | None = None
) -> HTTPResponse:
    if row.state != BOOKED:
        refusal = refusal_of(row.state)
    now = clock.now()
    days = await bookable_days(row.hall_code, now=now)
    on = asked.day(request, "on", max(local_date(row.starts_at), days[0]))
    slots = await staff_slots(hall_code=row.hall_code, group_code=row.group_code, on=on, now=now)
    return render(
        request, "move.html", **said(refusal), row=(await booking_views([row]))[0], may_move=row.state == BOOKED,
        person=(await people_of([row]))[row.number].masked, days=days, on=on,
        slots=[slot for slot in slots if slot.id not in row.slot_ids[:1]], form=form or {},
    )  # fmt: skip
