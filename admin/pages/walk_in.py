"""现场取号: a number for somebody who came without a booking and without a phone, taken by staff."""

import asyncio
import secrets
from dataclasses import dataclass
from typing import Annotated, Literal

from pydantic import StringConstraints
from sanic import Blueprint, HTTPResponse

from admin.caller import Desk, desk_needed, render, said, staff_page
from app import clock
from app.errors import AppError
from app.http.context import AppRequest
from app.http.fields import OutsideCode
from app.http.messages import Form
from app.http.pages import read_form
from app.http.qr import qr_svg
from app.ids import hashed
from app.queue import offers, queries
from app.queue.errors import AlreadyWaiting
from app.queue.models import Ticket
from app.queue.stepping import ticket_by
from app.queue.walk_in import Asking, take_number
from app.staff.queries import Member

pages = Blueprint("admin_walk_in")


class NumberForm(Form):
    """`key`: of the page; it becomes the secret of the ticket, so that a page sent twice gives one number."""

    group: OutsideCode
    key: Annotated[str, StringConstraints(pattern=r"^[A-Za-z0-9_-]{32}$")]
    priority: Literal["", "elder", "disabled", "military", "other"] = ""


@dataclass(frozen=True)
class Given:
    """`svg` leads a phone to the ticket, on this page only."""

    number: str
    ahead: int
    svg: str


@pages.get("/walk-in")
@staff_page()
async def choose(request: AppRequest, member: Member) -> HTTPResponse:
    return await _show(request, await desk_needed(request, member.by))


@pages.post("/walk-in")
@staff_page()
async def take(request: AppRequest, member: Member) -> HTTPResponse:
    """The next number of a group."""
    desk = await desk_needed(request, member.by)
    try:
        form = read_form(request, NumberForm)
        ticket = await _number(form, desk, member)
    except AppError as refusal:
        return await _show(request, desk, refusal=refusal)
    return await _show(request, desk, given=await _given(request, ticket, form.key))


async def _number(form: NumberForm, desk: Desk, member: Member) -> Ticket:
    asking = Asking(
        hall_code=desk.hall.code, group_code=form.group, channel="counter", priority=form.priority,
        guest_hash=hashed(form.key), by=member.by,
    )  # fmt: skip
    try:
        return (await take_number(asking, now=clock.now())).ticket
    except AlreadyWaiting as twice:
        return await ticket_by(twice.data["ticket"])


async def _given(request: AppRequest, ticket: Ticket, key: str) -> Given:
    address = f"{request.app.ctx.settings.public_url}/h5/tickets/{ticket.code}?k={key}"
    ahead = await queries.ahead_of(ticket, now=clock.now())
    return Given(ticket.number, ahead, await asyncio.to_thread(qr_svg, address))


async def _show(
    request: AppRequest, desk: Desk, *, refusal: AppError | None = None, given: Given | None = None
) -> HTTPResponse:
    return render(
        request, "walk_in.html", **said(refusal), desk=desk, given=given, key=secrets.token_urlsafe(24),
        offers=await offers.offers(desk.hall.code, now=clock.now()),
    )  # fmt: skip
