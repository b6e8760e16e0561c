"""Being in the hall with a phone: after scanning the tablet or a poster, check in with a booking or choose what for."""

from dataclasses import dataclass
from datetime import datetime
from typing import Annotated
from urllib.parse import quote

from pydantic import Field
from sanic import Blueprint, HTTPResponse, redirect

from app import clock
from app.booking.titles import titles_of
from app.errors import AppError, NotFound
from app.halls import queries as halls
from app.http.context import AppRequest
from app.http.fields import OutsideCode
from app.http.messages import Form
from app.http.pages import read_form, typed
from app.queue import offers, presence, self_service
from app.queue.errors import PlaceNeeded, PresenceOver, TooFar
from app.queue.presence import Presence
from app.queue.rules import CLAIMABLE
from app.queue.self_service import Prospect
from h5.arriving import HERE, Priority, away, keep, kept, ticket_page
from h5.face import face, render
from h5.signed_in import caller_of

pages = Blueprint("h5_here")

SOON = {
    "early": "来早了，可以先签到，按预约时间叫号",
    "on_time": "可以签到",
    "late": "已过预约时间，签到后按现场取号的先后排队",
}


class CheckInForm(Form):
    number: OutsideCode
    priority: Priority = ""


class PlaceForm(Form):
    """Degrees, WGS-84, as the phone says. Used once and never kept."""

    hall: OutsideCode
    counter: Annotated[str, Field(max_length=32)] = ""
    lat: Annotated[float, Field(ge=-90, le=90)]
    lon: Annotated[float, Field(ge=-180, le=180)]


@dataclass(frozen=True)
class BookingHere:
    """One booking, and what checking in with it leads to. `ticket` and `ticket_page` are empty before."""

    number: str
    title: str
    starts_at: datetime
    may_check_in: bool
    says: str
    ticket: str
    ticket_page: str


@pages.get("/here")
@face.page()
async def here(request: AppRequest) -> HTTPResponse:
    """Opened by a scan: `c` from the tablet, `hall` from a poster; without either, what this phone may do by now."""
    now = clock.now()
    try:
        if (code := request.args.get("c")) is not None:
            return _entered(request, await presence.by_wall(code, now=now))
        if hall := request.args.get("hall"):
            return await _from_poster(request, hall, now)
        return await show(request, kept(request, now), now)
    except NotFound:
        raise
    except AppError as refusal:
        return away(request, refusal)


async def _from_poster(request: AppRequest, hall_code: str, now: datetime) -> HTTPResponse:
    """As far as the hall lets a printed code count; whoever has scanned the tablet before is here already."""
    counter = (request.args.get("counter") or "")[:32]
    try:
        shown = kept(request, now)
        if shown.hall_code == hall_code:
            return _entered(request, shown, counter)
    except PresenceOver:
        pass
    try:
        return _entered(request, await presence.by_print(hall_code, phone=None, now=now), counter)
    except PlaceNeeded as needed:
        hall = await halls.hall(hall_code)
        return render(request, "place.html", status=needed.status, hall=hall, counter=counter, fault="")


@pages.post("/here/place")
@face.page()
async def place(request: AppRequest) -> HTTPResponse:
    """The phone says where it is: near the hall, or not."""
    try:
        form = read_form(request, PlaceForm)
        shown = await presence.by_print(form.hall, phone=(form.lat, form.lon), now=clock.now())
    except TooFar as refusal:
        hall = await halls.hall(str(typed(request)["hall"]))
        counter = str(typed(request).get("counter", ""))
        return render(request, "place.html", status=refusal.status, hall=hall, counter=counter, fault=refusal.text)
    return _entered(request, shown, form.counter)


def _entered(request: AppRequest, shown: Presence, counter: str = "") -> HTTPResponse:
    """Remember it, and go on under an address that may be reloaded."""
    response = redirect(f"{HERE}?counter={quote(counter)}" if counter else HERE, status=303)
    keep(request, response, shown)
    return response


@pages.post("/here/check-in")
@face.page(caller=True)
async def check_in(request: AppRequest) -> HTTPResponse:
    """Check in with one of my bookings."""
    now = clock.now()
    try:
        at = kept(request, now)
    except PresenceOver as refusal:
        return away(request, refusal)
    try:
        form = read_form(request, CheckInForm)
        done = await self_service.check_in_here(
            number=form.number, citizen_id=caller_of(request).id, presence=at, priority=form.priority, now=now
        )
    except AppError as refusal:
        return await show(request, at, now, refusal=refusal)
    return redirect(ticket_page(done.ticket.code), status=303)


async def show(request: AppRequest, at: Presence, now: datetime, *, refusal: AppError | None = None) -> HTTPResponse:
    """What there is to do in this hall: my bookings, then the groups that give out numbers."""
    caller = request.ctx.caller
    mine = await self_service.prospects(citizen_id=caller.id, hall_code=at.hall_code, now=now) if caller else []
    return render(
        request,
        "here.html",
        status=refusal.status if refusal else 200,
        refusal=refusal.text if refusal else "",
        hall=await halls.hall(at.hall_code),
        bookings=await _bookings(mine),
        offers=await offers.offers(at.hall_code, now=now),
        group=await _group_at(request, at.hall_code),
        priorities=CLAIMABLE,
    )


async def _group_at(request: AppRequest, hall_code: str) -> str:
    """The group of the counter whose poster was scanned, to be offered first."""
    code = (request.args.get("counter") or "")[:32]
    found = (await halls.counters_by_code([code])).get(code) if code else None
    return found.group_code if found and found.hall_code == hall_code else ""


async def _bookings(mine: list[Prospect]) -> list[BookingHere]:
    titles = await titles_of([one.booking for one in mine])
    return [
        BookingHere(
            number=one.booking.number,
            title=titles.summary(one.booking),
            starts_at=one.booking.starts_at,
            may_check_in=one.arrival is not None,
            says=one.refusal.text if one.refusal else SOON.get(one.arrival or "", ""),
            ticket=one.ticket.number if one.ticket else "",
            ticket_page=ticket_page(one.ticket.code).partition("?")[0] if one.ticket else "",
        )
        for one in mine
    ]
