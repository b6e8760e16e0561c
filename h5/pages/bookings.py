"""Booking a place in a hall, the booking with its code, and my bookings."""

import asyncio
import io
from datetime import date, datetime

import qrcode
import qrcode.image.svg
from sanic import Blueprint, HTTPResponse, raw, redirect

from app import clock
from app.booking import actions, queries
from app.booking.calendar_file import calendar_file
from app.booking.errors import SlotFull
from app.booking.models import Booking
from app.errors import AppError, NotFound
from app.halls import queries as halls
from app.halls.models import Hall
from app.http.context import AppRequest
from app.http.messages import Form
from app.http.pages import read_form
from app.http.session import Caller
from app.matters import queries as matters
from app.matters.models import Matter
from h5.face import face, render

pages = Blueprint("h5_bookings")

STATES = {
    "held": "待确认",
    "booked": "已预约",
    "checked_in": "已签到",
    "done": "已办结",
    "cancelled": "已取消",
    "no_show": "未到",
}


class BookForm(Form):
    slot: str
    matter: str
    hall: str


class MoveForm(Form):
    slot: str


def caller_of(request: AppRequest) -> Caller:
    """The citizen of a page that needs one."""
    caller = request.ctx.caller
    if caller is None:
        raise NotFound()
    return caller


@pages.get("/booking")
@face.page(caller=True)
async def choose(request: AppRequest) -> HTTPResponse:
    """Choose hall, day and time for a matter."""
    matter = await matters.matter(request.args.get("matter") or "")
    return await _choice(request, matter, hall=request.args.get("hall"), on=request.args.get("date"))


@pages.post("/booking")
@face.page(caller=True)
async def book(request: AppRequest) -> HTTPResponse:
    """Take the place; when it has gone meanwhile, stay and offer the nearest ones."""
    form = read_form(request, BookForm)
    try:
        booking = await actions.book(
            citizen_id=caller_of(request).id,
            slot_id=form.slot,
            matter_codes=[form.matter],
            now=clock.now(),
            channel="h5",
        )
    except AppError as refusal:
        matter = await matters.matter(form.matter)
        on = form.slot.rpartition(".")[2][:8]
        return await _choice(request, matter, hall=form.hall, on=on, refusal=refusal, wanted=form.slot)
    return redirect(f"/h5/bookings/{booking.number}?new=1", status=303)


async def _choice(
    request: AppRequest,
    matter: Matter,
    *,
    hall: str | None,
    on: str | None,
    refusal: AppError | None = None,
    wanted: str = "",
) -> HTTPResponse:
    now = clock.now()
    windows = [w for w in await matters.windows_of(matter.code) if (await halls.hall(w[0])).has_booking]
    if not matter.bookable or not windows:
        raise NotFound()
    hall_code, group_code = next((w for w in windows if w[0] == hall), windows[0])
    days = await queries.days(hall_code=hall_code, group_code=group_code, now=now)
    day = _day(on) or queries.next_free_day(days) or now.date()
    minutes = [await matters.duration_min(matter.code)]
    slots = await queries.slots_of_day(hall_code=hall_code, group_code=group_code, on=day, now=now, minutes=minutes)
    nearest = []
    if isinstance(refusal, SlotFull) and (moment := _moment(wanted)):
        nearest = await queries.alternatives(
            hall_code=hall_code, group_code=group_code, wanted=moment, now=now, minutes=minutes
        )
    places = [(await halls.hall(code), code == hall_code) for code, _ in windows]
    return render(
        request,
        "booking.html",
        status=refusal.status if refusal else 200,
        matter=matter,
        places=places,
        hall_code=hall_code,
        days=days,
        day=day,
        slots=slots,
        refusal=refusal,
        nearest=nearest,
    )


@pages.get("/bookings")
@face.page(caller=True)
async def mine(request: AppRequest) -> HTTPResponse:
    """My bookings, the coming ones first."""
    rows, total = await queries.bookings_of(caller_of(request).id, page_size=50)
    items = [(row, await _titles(row), (await halls.hall(row.hall_code)).name) for row in rows]
    return render(request, "bookings.html", items=items, total=total, states=STATES)


@pages.get("/bookings/<number:str>")
@face.page(caller=True)
async def show(request: AppRequest, number: str) -> HTTPResponse:
    """One booking: when, where, what to bring, and the code to show in the hall."""
    now, caller = clock.now(), caller_of(request)
    booking = await queries.booking(number, citizen_id=caller.id)
    svg = ""
    if booking.state == "booked":
        code = await queries.check_in_code(number=number, citizen_id=caller.id, now=now)
        svg = await asyncio.to_thread(qr_svg, code.text)
    first = await matters.matter(booking.matter_codes[0])
    return render(
        request,
        "booked.html",
        booking=booking,
        title=await _titles(booking),
        hall=await halls.hall(booking.hall_code),
        group=await halls.group_name(booking.hall_code, booking.group_code),
        materials=[item["name"] for item in first.guide.get("materials", [])][:12],
        svg=svg,
        states=STATES,
        is_new=request.args.get("new") == "1",
    )


@pages.post("/bookings/<number:str>/cancel")
@face.page(caller=True)
async def cancel(request: AppRequest, number: str) -> HTTPResponse:
    """Give the place back."""
    await actions.cancel(number=number, citizen_id=caller_of(request).id, now=clock.now())
    return redirect(f"/h5/bookings/{number}", status=303)


@pages.get("/bookings/<number:str>/calendar.ics")
@face.page(caller=True)
async def calendar(request: AppRequest, number: str) -> HTTPResponse:
    """The booking as a calendar entry."""
    booking = await queries.booking(number, citizen_id=caller_of(request).id)
    hall: Hall = await halls.hall(booking.hall_code)
    content = calendar_file(
        booking,
        summary=f"办理{await _titles(booking)}",
        place=hall.name,
        description=f"预约号 {booking.number}，请携带材料按时到场，出示预约码签到。",
        now=clock.now(),
    )
    headers = {"content-disposition": f'attachment; filename="{number}.ics"', "cache-control": "no-store"}
    return raw(content, headers=headers, content_type="text/calendar; charset=utf-8")


def qr_svg(text: str) -> str:
    """A QR code as an inline SVG image."""
    code = qrcode.QRCode(border=2, error_correction=qrcode.constants.ERROR_CORRECT_L)
    code.add_data(text)
    image = code.make_image(image_factory=qrcode.image.svg.SvgPathImage)
    buffer = io.BytesIO()
    image.save(buffer)
    svg = buffer.getvalue().decode()
    return svg[svg.index("<svg") :]


async def _titles(booking: Booking) -> str:
    names = await matters.names(booking.matter_codes)
    return "、".join(names.get(code, code) for code in booking.matter_codes)


def _day(text: str | None) -> date | None:
    try:
        return date.fromisoformat(text) if text else None
    except ValueError:
        return None


def _moment(slot_id: str) -> datetime | None:
    try:
        return datetime.strptime(slot_id.rpartition(".")[2], "%Y%m%d%H%M").replace(tzinfo=clock.CHINA)
    except ValueError:
        return None
