"""预约管理: a hall's bookings of a day, one booking, and booking for somebody at the desk or on the telephone."""

from datetime import timedelta
from typing import Annotated

from pydantic import StringConstraints
from sanic import Blueprint, HTTPResponse, redirect

from admin import asked
from admin.caller import desk_needed, hall_chosen, my_halls, render, said, staff_page
from admin.people import Person, people_of, reveal
from admin.views import booking_views, ticket_views
from app import clock
from app.booking import actions, queries
from app.booking.models import Booking
from app.booking.rules import CANCELLED, STATE_NAMES
from app.errors import AppError
from app.halls import queries as halls
from app.http.context import AppRequest
from app.http.fields import Text
from app.http.messages import Form
from app.http.pages import read_form
from app.queue import queries as queue
from app.queue.check_in import check_in
from app.staff.auditing import audit
from app.staff.queries import Member

pages = Blueprint("admin_bookings")

Reason = Annotated[Text, StringConstraints(min_length=2, max_length=200)]
SHOWN_STATES = ("booked", "checked_in", "done", "cancelled", "no_show")


class ReasonForm(Form):
    why: Reason


@pages.get("/bookings")
@staff_page()
async def day(request: AppRequest, member: Member) -> HTTPResponse:
    """The bookings of a day, masked; the read is written down with its filter."""
    hall = await hall_chosen(request, member.by, request.args.get("hall"))
    on, group, state = asked.day(request, "on"), request.args.get("group") or "", request.args.get("state") or ""
    rows = await queries.bookings_of_day(hall.code, on, group_code=group or None) if hall else []
    counts = {name: sum(row.state == name for row in rows) for name in SHOWN_STATES}
    shown = [row for row in rows if not state or row.state == state]
    if hall:
        filters = {"on": str(on), "group": group, "state": state, "count": len(shown)}
        await audit(by=member.by, action="booking.list", hall_code=hall.code, details=filters, now=clock.now())
    return render(
        request, "bookings.html", hall=hall, halls=await my_halls(member.by), on=on, before=on - timedelta(days=1),
        after=on + timedelta(days=1), group=group, state=state, counts=counts,
        rows=await booking_views(shown), standing=sum(row.state != CANCELLED for row in shown), states=STATE_NAMES,
        groups=await halls.groups(hall.code) if hall else [],
        people={number: person.masked for number, person in (await people_of(shown)).items()},
    )  # fmt: skip


@pages.get("/bookings/<number:str>")
@staff_page()
async def booking(request: AppRequest, member: Member, number: str) -> HTTPResponse:
    """One booking, masked; the read is written down."""
    return await show(request, await seen(member, number), done=request.args.get("done") or "")


async def seen(member: Member, number: str) -> Booking:
    """A booking that is about to be shown, masked, whatever was asked for: the look is written down first."""
    row = await queries.any_booking(number)
    member.by.ensure_sees(row.hall_code)
    await audit(
        by=member.by, action="booking.view", subject=f"booking:{number}", citizen_id=row.citizen_id,
        hall_code=row.hall_code, now=clock.now(),
    )  # fmt: skip
    return row


async def show(
    request: AppRequest,
    row: Booking,
    *,
    clear: Person | None = None,
    refusal: AppError | None = None,
    done: str = "",
) -> HTTPResponse:
    tickets = await ticket_views((await queue.tickets_by_booking([row.number])).values())
    return render(
        request, "booking.html", **said(refusal), row=(await booking_views([row]))[0],
        person=(await people_of([row]))[row.number].masked, clear=clear, state=STATE_NAMES[row.state],
        ticket=tickets[0] if tickets else None, done=done,
    )  # fmt: skip


@pages.post("/bookings/<number:str>/reveal")
@staff_page()
async def show_clear(request: AppRequest, member: Member, number: str) -> HTTPResponse:
    """查看原文: only with a reason, which is written down."""
    try:
        why = read_form(request, ReasonForm).why
    except AppError as refusal:
        return await show(request, await seen(member, number), refusal=refusal)
    row = await queries.any_booking(number)
    member.by.ensure_sees(row.hall_code)
    return await show(request, row, clear=await reveal(row, by=member.by, why=why, now=clock.now()))


@pages.post("/bookings/<number:str>/check-in")
@staff_page()
async def arrive(request: AppRequest, member: Member, number: str) -> HTTPResponse:
    """Somebody is here without a code to show; the clerk has asked who it is."""
    desk = await desk_needed(request, member.by)
    try:
        await check_in(text=number, hall_code=desk.hall.code, by=member.by, now=clock.now())
    except AppError as refusal:
        return await show(request, await seen(member, number), refusal=refusal)
    return redirect(f"/admin/bookings/{number}?done=checked_in", status=303)


@pages.post("/bookings/<number:str>/cancel")
@staff_page()
async def cancel(request: AppRequest, member: Member, number: str) -> HTTPResponse:
    """Cancel for somebody who asks for it; the reason stays with the booking."""
    try:
        why = read_form(request, ReasonForm).why
        await actions.cancel_for(by=member.by, number=number, why=why, now=clock.now())
    except AppError as refusal:
        return await show(request, await seen(member, number), refusal=refusal)
    return redirect(f"/admin/bookings/{number}?done=cancelled", status=303)
