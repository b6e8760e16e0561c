"""The kiosk of a hall: hold out a code, type a number, or take one; the ticket goes along on the phone.

Each page begins a visit with a fresh key. It becomes the secret of the ticket that is taken on it, so that pressing
twice gives one ticket, and it leaves the kiosk with the page that shows the ticket.
"""

import asyncio
from datetime import datetime
from typing import Annotated

from pydantic import Field, StringConstraints
from sanic import Blueprint, HTTPResponse, redirect

from app import clock
from app.errors import AppError
from app.halls import queries as halls
from app.http.context import AppRequest
from app.http.fields import OutsideCode
from app.http.messages import Form
from app.http.pages import drop_cookie, read_form, set_cookie, typed
from app.http.qr import qr_svg
from app.ids import hashed
from app.queue import offers, self_service
from app.queue.errors import AlreadyWaiting, NotPaired
from app.queue.models import Device, Ticket
from app.queue.rules import CLAIMABLE, MESSAGES, Arrival
from app.queue.stepping import ticket_by
from app.queue.walk_in import Asking, take_number
from h5 import guests
from h5.arriving import Priority
from h5.devices import device_of, pair, unpaired
from h5.face import face, render
from h5.pages.tickets import shown
from h5.signed_in import own_cookie

pages = Blueprint("h5_kiosk")

DONE = "zb_done"  # for a minute: which ticket this kiosk may show, and the secret to take it along
SHOWN_S = 60

Key = Annotated[str, StringConstraints(pattern=r"^[A-Za-z0-9_-]{32}$")]


class KioskForm(Form):
    key: Key
    priority: Priority = ""


class CheckInForm(KioskForm):
    text: Annotated[str, Field(min_length=1, max_length=2000)]


class NumberForm(KioskForm):
    group: OutsideCode


@pages.get("/kiosk/<hall:str>")
@face.page()
async def start(request: AppRequest, hall: str) -> HTTPResponse:
    """Where everybody begins. Opened with `key`, it pairs the kiosk."""
    if key := request.args.get("key"):
        return await pair(request, key=key, kind="kiosk", hall=hall, page=_start(hall))
    try:
        await device_of(request, kind="kiosk", hall=hall)
    except NotPaired as refusal:
        return unpaired(request, refusal)
    response = await _page(request, hall, "kiosk_start.html")
    drop_cookie(request, response, own_cookie(request, DONE))
    return response


@pages.post("/kiosk/<hall:str>/check-in")
@face.page()
async def check_in(request: AppRequest, hall: str) -> HTTPResponse:
    """A booking's code or number."""
    device = await device_of(request, kind="kiosk", hall=hall)
    try:
        form = read_form(request, CheckInForm)
        done = await self_service.check_in_at_kiosk(
            text=form.text, device=device, guest_hash=hashed(form.key), priority=form.priority, now=clock.now()
        )
    except AppError as refusal:
        return await _page(request, hall, "kiosk_start.html", refusal=refusal)
    return _to_ticket(request, hall, done.ticket, form.key)


@pages.get("/kiosk/<hall:str>/walk-in")
@face.page()
async def choose(request: AppRequest, hall: str) -> HTTPResponse:
    """What to take a number for."""
    await device_of(request, kind="kiosk", hall=hall)
    return await _choice(request, hall)


@pages.post("/kiosk/<hall:str>/walk-in")
@face.page()
async def take(request: AppRequest, hall: str) -> HTTPResponse:
    """A number; pressing twice gives the same one."""
    device = await device_of(request, kind="kiosk", hall=hall)
    try:
        form = read_form(request, NumberForm)
        ticket = await _number(form, device, clock.now())
    except AppError as refusal:
        return await _choice(request, hall, refusal=refusal)
    return _to_ticket(request, hall, ticket, form.key)


async def _number(form: NumberForm, device: Device, now: datetime) -> Ticket:
    asking = Asking(
        hall_code=device.hall_code, group_code=form.group, channel=device.kind, priority=form.priority,
        guest_hash=hashed(form.key),
    )  # fmt: skip
    try:
        return (await take_number(asking, now=now)).ticket
    except AlreadyWaiting as twice:
        return await ticket_by(twice.data["ticket"])


@pages.get("/kiosk/<hall:str>/ticket")
@face.page()
async def show(request: AppRequest, hall: str) -> HTTPResponse:
    """The ticket just taken, for a minute; nothing to be seen of it by whoever comes next."""
    await device_of(request, kind="kiosk", hall=hall)
    code, _, key = (request.cookies.get(own_cookie(request, DONE)) or "").partition(".")
    if not code or len(code) > 16:
        return redirect(_start(hall), status=303)
    ticket = await ticket_by(code)
    (view,) = await shown([ticket], now=clock.now())
    address = f"{request.app.ctx.settings.public_url}/h5/tickets/{code}?k={key}"
    is_theirs = ticket.guest_hash == hashed(key)
    return render(
        request, "kiosk_ticket.html", hall=await halls.hall(hall), start=_start(hall), at_start=False, ticket=view,
        says=MESSAGES[Arrival(ticket.arrival)] if is_theirs else "您已经签到过，没有重复取号",
        svg=await asyncio.to_thread(qr_svg, address) if is_theirs else "",
    )  # fmt: skip


def _to_ticket(request: AppRequest, hall: str, ticket: Ticket, key: str) -> HTTPResponse:
    response = redirect(f"{_start(hall)}/ticket", status=303)
    set_cookie(request, response, own_cookie(request, DONE), f"{ticket.code}.{key}", max_age_s=SHOWN_S)
    return response


async def _choice(request: AppRequest, hall: str, *, refusal: AppError | None = None) -> HTTPResponse:
    found = await offers.offers(hall, now=clock.now())
    return await _page(request, hall, "kiosk_walk_in.html", refusal=refusal, offers=found)


async def _page(
    request: AppRequest, hall: str, template: str, *, refusal: AppError | None = None, **more: object
) -> HTTPResponse:
    return render(
        request, template, status=refusal.status if refusal else 200, fault=refusal.text if refusal else "",
        hall=await halls.hall(hall), start=_start(hall), at_start=template == "kiosk_start.html",
        key=guests.fresh_secret(), priorities=CLAIMABLE, chosen=typed(request).get("priority", ""), **more,
    )  # fmt: skip


def _start(hall: str) -> str:
    return f"/h5/kiosk/{hall}"
