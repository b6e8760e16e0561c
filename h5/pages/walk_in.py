"""Taking a number on the phone without a booking: choose what for, say who goes first, and there it is."""

from datetime import datetime
from typing import Annotated

from pydantic import Field
from sanic import Blueprint, HTTPResponse, redirect

from app import clock
from app.errors import AppError, NotFound
from app.halls import queries as halls
from app.http.context import AppRequest
from app.http.fields import OutsideCode
from app.http.messages import Form
from app.http.pages import read_form, typed
from app.ids import hashed
from app.matters import queries as matters
from app.queue import offers
from app.queue.errors import AlreadyWaiting, PresenceOver, PrintedNeedsAccount, TooManyGuests, WalkInsFull
from app.queue.presence import Presence
from app.queue.rules import CLAIMABLE
from app.queue.walk_in import Asking, take_number
from h5 import guests
from h5.arriving import HERE, Priority, away, kept, ticket_page
from h5.face import face, render

pages = Blueprint("h5_walk_in")


class NumberForm(Form):
    group: OutsideCode
    matter: Annotated[str, Field(max_length=64)] = ""
    priority: Priority = ""


@pages.get("/here/walk-in")
@face.page()
async def choose(request: AppRequest) -> HTTPResponse:
    """One group of counters: how many wait, which matter, and whether one may go first."""
    now = clock.now()
    try:
        return await _show(request, kept(request, now), now, {"group": request.args.get("group") or ""})
    except PresenceOver as refusal:
        return away(request, refusal)


@pages.post("/here/walk-in")
@face.page()
async def take(request: AppRequest) -> HTTPResponse:
    """A number, for whoever is signed in or for this browser."""
    now = clock.now()
    try:
        at = kept(request, now)
    except PresenceOver as refusal:
        return away(request, refusal)
    caller, secret = request.ctx.caller, guests.secret_of(request)
    try:
        form = read_form(request, NumberForm)
        asking = Asking(
            hall_code=at.hall_code, group_code=form.group, channel=at.channel, matter_code=form.matter,
            citizen_id=caller.id if caller else None, guest_hash=None if caller else hashed(secret),
            origin=at.origin, priority=form.priority,
        )  # fmt: skip
        ticket = (await take_number(asking, now=now)).ticket
    except AppError as refusal:
        return await _show(request, at, now, typed(request), refusal=refusal)
    response = redirect(ticket_page(ticket.code), status=303)
    if caller is None:
        guests.keep(request, response, secret)
    return response


async def _show(
    request: AppRequest, at: Presence, now: datetime, sent: dict[str, str], *, refusal: AppError | None = None
) -> HTTPResponse:
    group = sent.get("group", "")
    offer = next((offer for offer in await offers.offers(at.hall_code, now=now) if offer.group_code == group), None)
    if offer is None:
        raise NotFound()
    return render(
        request,
        "walk_in.html",
        status=refusal.status if refusal else 200,
        refusal=refusal.text if refusal else "",
        way_on=_way_on(refusal, at.hall_code, sent.get("matter", "")),
        hall=await halls.hall(at.hall_code),
        offer=offer,
        matters=await matters.at_window(at.hall_code, group),
        priorities=CLAIMABLE,
        sent={"matter": "", "priority": ""} | sent,
    )


def _way_on(refusal: AppError | None, hall_code: str, matter: str) -> tuple[str, str]:
    """Where to go after a refusal: address and words, empty where there is nothing better than staff."""
    if isinstance(refusal, AlreadyWaiting):
        return ticket_page(refusal.data["ticket"]).partition("?")[0], f"查看 {refusal.data['number']} 号"
    if isinstance(refusal, PrintedNeedsAccount | TooManyGuests):
        return f"/h5/sign-in?next={HERE}", "登录后取号"
    if isinstance(refusal, WalkInsFull):
        where = f"/h5/booking?matter={matter}&hall={hall_code}" if matter else "/h5/search?bookable=1"
        return where, "在线预约"
    return "", ""
