"""代预约 (features.md C18): matter, day, slot and person, for somebody at the desk or on the telephone."""

from typing import Annotated, Any, Literal

from pydantic import Field
from sanic import Blueprint, HTTPResponse, redirect

from admin import asked
from admin.caller import hall_chosen, my_halls, render, said, staff_page
from admin.views import BookingView, booking_views
from app import clock
from app.booking import actions, desk
from app.booking.contact import Contact
from app.booking.desk import StaffSlot, bookable_days, staff_slots
from app.booking.errors import AlreadyBooked, BookingRefused
from app.booking.needs import needs_of
from app.errors import AppError
from app.halls.models import Hall
from app.http.context import AppRequest
from app.http.fields import Mobile, OutsideCode, PersonName
from app.http.messages import Form
from app.http.pages import read_form, typed
from app.matters import queries as matters
from app.matters.models import Matter
from app.staff.queries import Member

pages = Blueprint("admin_book_for")


class BookForm(Form):
    matter: OutsideCode
    slot: OutsideCode
    name: PersonName
    mobile: Mobile
    channel: Literal["walk_in", "phone"]
    people: Annotated[int, Field(ge=1, le=20)] = 1

    @property
    def contact(self) -> Contact:
        return Contact(name=self.name, mobile=self.mobile)


@pages.get("/bookings/new")
@staff_page()
async def ask(request: AppRequest, member: Member) -> HTTPResponse:
    """Step by step in one page: what, where, when, who."""
    return await _show(request, member, matter_code=request.args.get("matter") or "")


@pages.post("/bookings/new")
@staff_page()
async def book(request: AppRequest, member: Member) -> HTTPResponse:
    """Same rules as for citizens; staff's own places first; the channel is marked."""
    try:
        form = read_form(request, BookForm)
        booking = await actions.book_for(
            by=member.by, slot_id=form.slot, matter_codes=[form.matter], contact=form.contact, channel=form.channel,
            people=form.people, now=clock.now(),
        )  # fmt: skip
    except AppError as refusal:
        return await _show(
            request, member, matter_code=str(typed(request).get("matter", "")), refusal=refusal, form=typed(request),
            standing=await _standing(request, member) if isinstance(refusal, AlreadyBooked) else None,
        )  # fmt: skip
    return redirect(f"/admin/bookings/{booking.number}?done=booked", status=303)


async def _standing(request: AppRequest, member: Member) -> BookingView | None:
    """The booking that stands in the way of what was sent; None where it is of a hall that is not theirs."""
    form = read_form(request, BookForm)
    row = await desk.standing(contact=form.contact, matter_code=form.matter)
    return (await booking_views([row]))[0] if row and member.by.sees(row.hall_code) else None


async def _show(
    request: AppRequest,
    member: Member,
    *,
    matter_code: str,
    refusal: AppError | None = None,
    form: dict[str, Any] | None = None,
    standing: BookingView | None = None,
) -> HTTPResponse:
    hall = await hall_chosen(request, member.by, request.args.get("hall"))
    text = (request.args.get("q") or "").strip()[:60]
    on = asked.day(request, "on")
    matter = await matters.matter(matter_code) if matter_code else None
    slots = await _slots(hall, matter, request) if hall and matter else []
    found = await matters.search(text) if text else None
    return render(
        request, "book_for.html", **said(refusal), hall=hall,
        halls=await my_halls(member.by), text=text, found=[hit.entry for hit in found.hits] if found else [],
        matter=matter, on=on, days=await bookable_days(hall.code, now=clock.now()) if hall else [], slots=slots,
        form=form or {}, standing=standing,
    )  # fmt: skip


async def _slots(hall: Hall, matter: Matter, request: AppRequest) -> list[StaffSlot]:
    try:
        group = (await needs_of([matter.code])).group_in(hall.code)
    except BookingRefused:
        return []
    return await staff_slots(hall_code=hall.code, group_code=group, on=asked.day(request, "on"), now=clock.now())
