"""The hall's own devices: the cookie by which a paired one is known, and the page that an unpaired one gets."""

from sanic import HTTPResponse, redirect

from app import clock
from app.errors import AppError
from app.http.context import AppRequest
from app.http.pages import set_cookie
from app.queue import devices
from app.queue.errors import NotPaired
from app.queue.models import Device
from h5.face import render
from h5.signed_in import own_cookie

A_YEAR = 365 * 24 * 3600


async def device_of(request: AppRequest, *, kind: str, hall: str) -> Device:
    """The device that asks. Raises `NotPaired`."""
    secret = request.cookies.get(_cookie(request, kind))
    if not secret or len(secret) > 128:
        raise NotPaired()
    return await devices.paired(secret=secret, kind=kind, hall_code=hall, now=clock.now())


async def pair(request: AppRequest, *, key: str, kind: str, hall: str, page: str) -> HTTPResponse:
    """The link of a manager was opened here: from now on this browser is the device, and the key leaves the address."""
    try:
        secret = await devices.pair(key=key, kind=kind, hall_code=hall, now=clock.now())
    except AppError as refusal:
        return unpaired(request, refusal)
    response = redirect(page, status=303)
    set_cookie(request, response, _cookie(request, kind), secret, max_age_s=A_YEAR)
    return response


def unpaired(request: AppRequest, refusal: AppError) -> HTTPResponse:
    """How to pair it, and nothing else: a code shown to anybody would let them check in from home."""
    return render(request, "device_unpaired.html", status=refusal.status, text=refusal.text)


def _cookie(request: AppRequest, kind: str) -> str:
    return own_cookie(request, f"zb_{kind}")
