"""The code with which a citizen picks a result up, and what has become of the result."""

import asyncio
from dataclasses import dataclass
from datetime import datetime

from sanic import Blueprint, HTTPResponse, redirect

from app import clock
from app.errors import AppError
from app.halls import queries as halls
from app.http.context import AppRequest
from app.pickup import lockers, naming, proxies, queries
from app.pickup.making import visit_of
from app.pickup.models import Pickup
from app.pickup.states import WAITING, State
from app.ratings import queries as ratings
from h5.face import face, qr_svg, render
from h5.signed_in import caller_of

pages = Blueprint("h5_pickups")


@dataclass(frozen=True)
class PickupCode:
    """The code as it is now, or why there is none (not ready, handed over).

    `place`: where it is shown. `asks`: what is said, or typed, beside the digits; without it there are none.
    """

    svg: str = ""
    digits: str = ""
    refusal: str = ""
    place: str = "统一出证窗口"
    asks: str = ""


@dataclass(frozen=True)
class Handed:
    """When it was handed over and which way: at a counter, or by a locker; `proxy` is a masked name.

    `rate`: the page on which the visit may be rated; empty when it was, or when there was none.
    """

    at: datetime
    counter: str
    proxy: str
    rate: str


@pages.get("/pickups/<code:str>")
@face.page(caller=True)
async def show(request: AppRequest, code: str) -> HTTPResponse:
    """QR code of sixty seconds and digits to read out, what will be handed over, where and until when; once it was
    handed over, when and which way.
    """
    pickup = await queries.pickup(code, citizen_id=caller_of(request).id)
    return render(
        request,
        "pickup.html",
        pickup=pickup,
        things=pickup.items,
        title=await naming.title(pickup),
        hall=await halls.hall(pickup.hall_code),
        handed=await _handed(pickup),
        waits=pickup.state in WAITING,
        shown=await _code(request, code),
        can_name=pickup.state == State.READY,
    )


async def _handed(pickup: Pickup) -> Handed | None:
    if pickup.state != State.HANDED_OVER or pickup.handed_at is None:
        return None
    counters = await halls.counters_by_code([pickup.counter_code] if pickup.counter_code else [])
    return Handed(
        at=pickup.handed_at,
        counter=next((counter.no for counter in counters.values()), ""),
        proxy=await proxies.taken_by(pickup),
        rate=await _to_rate(pickup),
    )


async def _to_rate(pickup: Pickup) -> str:
    ticket = await visit_of(pickup)
    if ticket is None or ticket.citizen_id != pickup.citizen_id or await ratings.rating_of(ticket.code):
        return ""
    return f"/h5/tickets/{ticket.code}/rate"


@pages.get("/pickups/<code:str>/now")
@face.page(caller=True)
async def renewed(request: AppRequest, code: str) -> HTTPResponse:
    """The code alone, for a page that is open; one drawn in another state is to be drawn anew."""
    pickup, back = await queries.pickup(code, citizen_id=caller_of(request).id), f"/h5/pickups/{code}"
    if pickup.state != request.args.get("state"):
        return redirect(back, status=303)
    return render(request, "pickup_code.html", shown=await _code(request, code), back=back)


async def _code(request: AppRequest, code: str) -> PickupCode:
    try:
        shown = await queries.show_code(code=code, citizen_id=caller_of(request).id, now=clock.now())
    except AppError as exc:
        if exc.status == 404:
            raise
        return PickupCode(refusal=exc.text)
    svg = await asyncio.to_thread(qr_svg, shown.text)
    locker = (await lockers.places_of([code])).get(code)
    return PickupCode(svg=svg, digits=shown.digits, asks=shown.asks, **({"place": locker} if locker else {}))
