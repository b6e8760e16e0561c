"""The code with which a citizen picks a result up."""

import asyncio
from dataclasses import dataclass

from sanic import Blueprint, HTTPResponse

from app import clock
from app.errors import AppError
from app.halls import queries as halls
from app.http.context import AppRequest
from app.matters import queries as matters
from app.pickup import lockers, queries
from app.pickup.states import State
from h5.face import face, qr_svg, render
from h5.signed_in import caller_of

pages = Blueprint("h5_pickups")


@dataclass(frozen=True)
class PickupCode:
    """The code as it is now, or why there is none (not ready, handed over).

    `place`: where it is shown. `asks`: what is said, or typed, beside the digits.
    """

    svg: str = ""
    digits: str = ""
    refusal: str = ""
    place: str = "统一出证窗口"
    asks: str = "手机号后四位"


@pages.get("/pickups/<code:str>")
@face.page(caller=True)
async def show(request: AppRequest, code: str) -> HTTPResponse:
    """QR code of sixty seconds and digits to read out, what will be handed over, where and until when."""
    pickup = await queries.pickup(code, citizen_id=caller_of(request).id)
    return render(
        request,
        "pickup.html",
        pickup=pickup,
        things=pickup.items,
        title=await matters.name(pickup.matter_code),
        hall=await halls.hall(pickup.hall_code),
        shown=await _code(request, code),
        can_name=pickup.state == State.READY,
    )


@pages.get("/pickups/<code:str>/now")
@face.page(caller=True)
async def renewed(request: AppRequest, code: str) -> HTTPResponse:
    """The code alone, for a page that is open."""
    return render(request, "pickup_code.html", shown=await _code(request, code), back=f"/h5/pickups/{code}")


async def _code(request: AppRequest, code: str) -> PickupCode:
    try:
        shown = await queries.show_code(code=code, citizen_id=caller_of(request).id, now=clock.now())
    except AppError as exc:
        if exc.status == 404:
            raise
        return PickupCode(refusal=exc.text)
    svg = await asyncio.to_thread(qr_svg, shown.text)
    locker = (await lockers.places_of([code])).get(code)
    return PickupCode(svg=svg, digits=shown.digits, **({"place": locker} if locker else {}))
