"""My bookings, and one booking with its code and what has become of it."""

import asyncio
from dataclasses import dataclass

from sanic import Blueprint, HTTPResponse, raw, redirect

from app import clock
from app.booking import actions, kinds, queries, remote, waiting_list
from app.booking.calendar_file import calendar_file
from app.booking.contact import contact_of
from app.booking.errors import BookingRefused
from app.booking.line import CHANNEL
from app.booking.models import Booking
from app.booking.needs import needs_of
from app.booking.policy import policy_of
from app.booking.rules import STATE_NAMES, BookingPolicy, may_change
from app.booking.titles import titles_of
from app.citizens import queries as citizens
from app.errors import NotFound
from app.halls import queries as halls
from app.halls.models import PHONE, VIDEO
from app.http.context import AppRequest
from app.matters import queries as matters
from app.pickup import queries as pickups
from app.pickup.models import Pickup
from app.queue import queries as queue
from h5.face import face, qr_svg, render
from h5.pages.tickets import TicketView, shown
from h5.signed_in import caller_of

pages = Blueprint("h5_bookings")


@dataclass(frozen=True)
class Standing:
    """What may change from one minute to the next: the code before the check-in, the ticket after it; for a visit
    without a hall, whether the room is open, or whom staff will call.
    """

    state: str
    svg: str = ""
    ticket: TicketView | None = None
    remote: str = ""
    is_open: bool = False
    mobile: str = ""


@dataclass(frozen=True)
class Person:
    """Who comes, masked."""

    name: str
    mobile: str


@pages.get("/bookings")
@face.page(caller=True)
async def mine(request: AppRequest) -> HTTPResponse:
    """My bookings: the coming ones, the nearest first, after them where I stand in line; then the former ones."""
    citizen_id = caller_of(request).id
    active, _ = await queries.bookings_of(citizen_id, page_size=50, active=True)
    coming = [row for row in active if row.channel != CHANNEL or row.state != "held"]  # an offer shows as such, below
    former, _ = await queries.bookings_of(citizen_id, page_size=50, active=False)
    lists = [("即将办理", await _lines(coming[::-1])), ("以前的预约", await _lines(former))]
    waiting = await waiting_list.mine(citizen_id, only_open=True)
    titles = await titles_of(waiting)
    return render(
        request,
        "bookings.html",
        lists=lists,
        states=STATE_NAMES,
        waiting=[(view, titles.summary(view), titles.halls[view.hall_code]) for view in waiting],
    )


@pages.get("/bookings/<number:str>")
@face.page(caller=True)
async def show(request: AppRequest, number: str) -> HTTPResponse:
    """One booking: when, where, what to bring, the code to show in the hall, then the ticket."""
    booking = await queries.booking(number, citizen_id=caller_of(request).id)
    policy = await policy_of(booking.hall_code)
    is_offered = await _is_offered(booking)
    return render(
        request,
        "booked.html",
        booking=booking,
        standing=await _standing(booking),
        result=await _result_of(booking),
        person=await _person_of(booking),
        title=await _titles(booking),
        hall=await halls.hall(booking.hall_code),
        group=await halls.group_name(booking.hall_code, booking.group_code),
        materials=await _materials(booking),
        can_change=_can_change(booking, policy),
        can_move=is_offered and _can_change(booking, policy) and booking.reschedules < policy.reschedules,
        is_offered=is_offered,
        policy=policy,
        states=STATE_NAMES,
        news=request.args,
    )


@pages.get("/bookings/<number:str>/now")
@face.page(caller=True)
async def standing(request: AppRequest, number: str) -> HTTPResponse:
    """The part of the page that changes, for a page that is open; counts as no activity of its own."""
    booking = await queries.booking(number, citizen_id=caller_of(request).id)
    return render(request, "standing.html", booking=booking, standing=await _standing(booking), states=STATE_NAMES)


@pages.get("/bookings/<number:str>/enter")
@face.page(caller=True)
async def enter(request: AppRequest, number: str) -> HTTPResponse:
    """On to the video room, around the time of the visit."""
    address = await remote.enter(number=number, citizen_id=caller_of(request).id, now=clock.now())
    return redirect(address, status=303)


@pages.get("/bookings/<number:str>/cancel")
@face.page(caller=True)
async def ask_to_cancel(request: AppRequest, number: str) -> HTTPResponse:
    """Ask once."""
    booking = await queries.booking(number, citizen_id=caller_of(request).id)
    hall = await halls.hall(booking.hall_code)
    return render(request, "cancel.html", booking=booking, title=await _titles(booking), hall=hall)


@pages.post("/bookings/<number:str>/cancel")
@face.page(caller=True)
async def cancel(request: AppRequest, number: str) -> HTTPResponse:
    """Give the place back."""
    await actions.cancel(number=number, citizen_id=caller_of(request).id, now=clock.now())
    return redirect(f"/h5/bookings/{number}?cancelled=1", status=303)


@pages.get("/bookings/<number:str>/calendar.ics")
@face.page(caller=True)
async def calendar(request: AppRequest, number: str) -> HTTPResponse:
    """The booking as a calendar entry."""
    booking = await queries.booking(number, citizen_id=caller_of(request).id)
    hall, kind = await halls.hall(booking.hall_code), await kinds.remote_kind(booking)
    page = f"{request.app.ctx.settings.public_url}/h5/bookings/{number}"
    how = {VIDEO: f"开始前 10 分钟起打开 {page} 进入视频。", PHONE: "工作人员会打您预约时留的手机号，请保持畅通。"}
    content = calendar_file(
        booking,
        summary=f"办理{await _titles(booking)}",
        place=kinds.REMOTE[kind] if kind else hall.name,
        description=f"预约号 {booking.number}，{how.get(kind or '', '请携带材料按时到场，出示预约码签到。')}",
        now=clock.now(),
    )
    headers = {"content-disposition": f'attachment; filename="{number}.ics"', "cache-control": "no-store"}
    return raw(content, headers=headers, content_type="text/calendar; charset=utf-8")


def _can_change(booking: Booking, policy: BookingPolicy) -> bool:
    """Whether 改期 and 取消 are offered; the action decides."""
    return booking.state == "booked" and may_change(policy, starts_at=booking.starts_at, now=clock.now())


async def _is_offered(booking: Booking) -> bool:
    """Whether its matters can still be booked together: without that, nobody can move it or book it again."""
    try:
        await needs_of(booking.matter_codes)
    except (NotFound, BookingRefused):
        return False
    return True


async def _materials(booking: Booking) -> list[str]:
    """What to bring for all of its matters; what several ask for once."""
    known = await matters.mentioned(booking.matter_codes)
    return list(dict.fromkeys(item["name"] for matter in known for item in matter.guide.get("materials", [])))


async def _standing(booking: Booking) -> Standing:
    if (kind := await kinds.remote_kind(booking)) is not None:
        opens_at, closes_at = kinds.opening_hours(booking)
        is_open = opens_at <= clock.now() <= closes_at
        return Standing(booking.state, remote=kind, is_open=is_open, mobile=await _called_mobile(booking))
    if booking.state == "booked":
        code = await queries.check_in_code(number=booking.number, citizen_id=booking.citizen_id, now=clock.now())
        return Standing(booking.state, await asyncio.to_thread(qr_svg, code.text))
    ticket = (await queue.tickets_by_booking([booking.number])).get(booking.number)
    seen = await shown([ticket], now=clock.now()) if ticket else []
    return Standing(booking.state, ticket=seen[0] if seen else None)


async def _called_mobile(booking: Booking) -> str:
    """The number that staff would call, masked."""
    return contact_of(booking).masked_mobile or (await citizens.citizen(booking.citizen_id)).masked_mobile or ""


async def _lines(rows: list[Booking]) -> list[tuple[Booking, str, str]]:
    """Each with its matters and its hall."""
    titles = await titles_of(rows)
    return [(row, titles.summary(row), titles.halls[row.hall_code]) for row in rows]


async def _result_of(booking: Booking) -> Pickup | None:
    """What the citizen takes home from this visit, once the counter has said that there will be something."""
    mine = await pickups.pickups_of(booking.citizen_id, now=clock.now()) if booking.citizen_id else []
    return next((row for row in mine if row.booking_number == booking.number), None)


async def _person_of(booking: Booking) -> Person:
    contact, own = contact_of(booking), await citizens.citizen(booking.citizen_id)
    return Person(contact.masked_name or own.masked_name or "本人", contact.masked_mobile or own.masked_mobile or "")


async def _titles(booking: Booking) -> str:
    return (await titles_of([booking])).summary(booking)
