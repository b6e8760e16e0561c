"""今日工作: the day at one counter. Next, again, not here, done."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from datetime import datetime
from typing import Annotated, Literal

from pydantic import StringConstraints
from sanic import Blueprint, HTTPResponse, redirect

from admin.access import places_of
from admin.caller import DESK, Desk, desk_of, my_halls, render, staff_page
from admin.people import Masked, people_of
from admin.views import TicketView, ticket_views
from app import clock
from app.booking import queries as bookings
from app.clock import CHINA
from app.errors import AppError, NotAllowed
from app.halls import queries as halls
from app.http.context import AppRequest
from app.http.fields import OutsideCode
from app.http.messages import Form
from app.http.pages import read_form, set_cookie
from app.queue import actions, queries, returning
from app.queue.line import Group
from app.queue.queries import AtCounter
from app.staff.queries import Member

pages = Blueprint("admin_today")

TODAY = "/admin/today"


class DeskForm(Form):
    counter: Annotated[str, StringConstraints(min_length=1, max_length=32)]


class TicketForm(Form):
    ticket: OutsideCode


class FinishForm(TicketForm):
    result: Literal["on_spot", "later"]


@dataclass(frozen=True)
class Current:
    """Who is at the counter now."""

    ticket: TicketView
    person: Masked | None
    people: int = 1


@pages.get("/")
@staff_page()
async def home(request: AppRequest, member: Member) -> HTTPResponse:
    """The first page of the menu somebody has."""
    places = places_of(member.by.roles)
    if not places:
        raise NotAllowed()
    return redirect(places[0].path, status=303)


@pages.get("/desk")
@staff_page()
async def choose(request: AppRequest, member: Member) -> HTTPResponse:
    """Choose the hall, then the counter."""
    mine = await my_halls(member.by)
    code = request.args.get("hall") or (mine[0].code if len(mine) == 1 else None)
    if code is None:
        return render(request, "desk.html", halls=mine, hall=None, counters=[], groups={}, busy=set())
    member.by.ensure_sees(code)
    counters = await halls.counters(code)
    groups = {group.group_code: group.name for group in await halls.groups(code)}
    busy = await queries.is_busy([counter.code for counter in counters])
    return render(
        request, "desk.html", halls=mine, hall=await halls.hall(code), counters=counters, groups=groups, busy=busy
    )


@pages.post("/desk")
@staff_page()
async def sit_down(request: AppRequest, member: Member) -> HTTPResponse:
    """Remember the counter on this device."""
    counter = await halls.counter(read_form(request, DeskForm).counter)
    member.by.ensure_sees(counter.hall_code)
    if (left := await desk_of(request, member.by)) and left.counter.code != counter.code:
        await actions.ensure_counter_free(left.counter.code)
    response = redirect(TODAY, status=303)
    set_cookie(request, response, DESK, counter.code, max_age_s=12 * 3600)
    return response


@pages.get("/today")
@staff_page()
async def today(request: AppRequest, member: Member) -> HTTPResponse:
    desk = await desk_of(request, member.by)
    return await show(request, desk) if desk else redirect("/admin/desk", status=303)


@pages.get("/today/live")
@staff_page()
async def live(request: AppRequest, member: Member) -> HTTPResponse:
    """The part of the page that changes by itself, for the script that renews it."""
    desk = await desk_of(request, member.by)
    return await show(request, desk, template="today_live.html") if desk else redirect("/admin/desk", status=303)


async def show(
    request: AppRequest,
    desk: Desk,
    *,
    template: str = "today.html",
    status: int = 200,
    fault: str = "",
    card: object = None,
) -> HTTPResponse:
    """The page of the day, with a fault or the card of a scan on top."""
    seen = await _seen(desk, clock.now())
    return render(
        request,
        template,
        status=status,
        desk=desk,
        seen=await _shown(seen),
        current=await _current(seen),
        group_name=await halls.group_name(desk.hall.code, desk.counter.group_code),
        fault=fault,
        card=card,
    )


async def _seen(desk: Desk, now: datetime) -> AtCounter:
    counter = desk.counter
    group = Group(counter.hall_code, counter.group_code, now.astimezone(CHINA).date())
    return await queries.at_counter(counter_code=counter.code, group=group, now=now)


@dataclass(frozen=True)
class Lists:
    """The lists of the page, as `AtCounter` has them."""

    waiting: list[TicketView]
    waiting_total: int
    held: list[TicketView]
    parked: list[TicketView]
    missed: list[TicketView]
    done_today: int


async def _shown(seen: AtCounter) -> Lists:
    return Lists(
        waiting=await ticket_views(seen.waiting),
        waiting_total=seen.waiting_total,
        held=await ticket_views(seen.held),
        parked=await ticket_views(seen.parked),
        missed=await ticket_views(seen.missed),
        done_today=seen.done_today,
    )


async def _current(seen: AtCounter) -> Current | None:
    if seen.current is None:
        return None
    (ticket,) = await ticket_views([seen.current])
    if ticket.booking_number is None:
        return Current(ticket, None)
    booking = await bookings.any_booking(ticket.booking_number)
    person = (await people_of([booking]))[booking.number]
    return Current(ticket, person.masked, booking.people)


async def _act(request: AppRequest, member: Member, act: Callable[[Desk], Awaitable[object]]) -> HTTPResponse:
    """Do it for this desk; a refusal is said on the page as it is now."""
    desk = await desk_of(request, member.by)
    if desk is None:
        return redirect("/admin/desk", status=303)
    try:
        await act(desk)
    except AppError as refusal:
        return await show(request, desk, status=refusal.status, fault=refusal.text)
    return redirect(TODAY, status=303)


async def _step(request: AppRequest, member: Member, step: Callable[..., Awaitable[object]]) -> HTTPResponse:
    """Take a step with the ticket the page showed."""
    code = read_form(request, TicketForm).ticket
    return await _act(
        request,
        member,
        lambda desk: step(ticket_code=code, counter_code=desk.counter.code, by=member.by, now=clock.now()),
    )


@pages.post("/today/next")
@staff_page()
async def call_next(request: AppRequest, member: Member) -> HTTPResponse:
    """下一位"""
    return await _act(
        request,
        member,
        lambda desk: actions.call_next(counter_code=desk.counter.code, by=member.by, now=clock.now()),
    )


@pages.post("/today/recall")
@staff_page()
async def recall(request: AppRequest, member: Member) -> HTTPResponse:
    """重呼"""
    return await _step(request, member, actions.recall)


@pages.post("/today/serve")
@staff_page()
async def serve(request: AppRequest, member: Member) -> HTTPResponse:
    """已到窗口"""
    return await _step(request, member, actions.serve)


@pages.post("/today/no-show")
@staff_page()
async def no_show(request: AppRequest, member: Member) -> HTTPResponse:
    """过号"""
    return await _step(request, member, actions.no_show)


@pages.post("/today/finish")
@staff_page()
async def finish(request: AppRequest, member: Member) -> HTTPResponse:
    """完成"""
    form = read_form(request, FinishForm)
    return await _act(
        request,
        member,
        lambda desk: actions.finish(
            ticket_code=form.ticket,
            counter_code=desk.counter.code,
            result=form.result,
            by=member.by,
            now=clock.now(),
        ),
    )


@pages.post("/today/requeue")
@staff_page()
async def requeue(request: AppRequest, member: Member) -> HTTPResponse:
    """恢复排队"""
    code = read_form(request, TicketForm).ticket
    return await _act(request, member, lambda _: returning.requeue(ticket_code=code, by=member.by, now=clock.now()))
