"""The code with which a citizen picks a result up."""

import asyncio

from sanic import Blueprint, HTTPResponse

from app import clock
from app.errors import AppError
from app.halls import queries as halls
from app.http.context import AppRequest
from app.matters import queries as matters
from app.pickup import queries
from h5.face import face, render
from h5.pages.bookings import caller_of, qr_svg

pages = Blueprint("h5_pickups")


@pages.get("/pickups/<code:str>")
@face.page(caller=True)
async def show(request: AppRequest, code: str) -> HTTPResponse:
    """QR code of sixty seconds and digits to read out; or why there is none (not ready, handed over)."""
    now, caller = clock.now(), caller_of(request)
    pickup = await queries.pickup(code, citizen_id=caller.id)
    shown, svg, refusal = None, "", ""
    try:
        shown = await queries.show_code(code=code, citizen_id=caller.id, now=now)
        svg = await asyncio.to_thread(qr_svg, shown.text)
    except AppError as exc:
        refusal = exc.text
    names = await matters.names([pickup.matter_code])
    return render(
        request,
        "pickup.html",
        pickup=pickup,
        things=pickup.items,
        title=names.get(pickup.matter_code, pickup.matter_code),
        hall=await halls.hall(pickup.hall_code),
        digits=shown.digits if shown else "",
        svg=svg,
        refusal=refusal,
    )
