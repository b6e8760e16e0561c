"""One ticket, live: the number, how many are ahead and how long that takes, where to go when called."""

from contextlib import suppress
from datetime import datetime
from functools import partial

from sanic import Blueprint, HTTPResponse, redirect

from app import clock
from app.errors import SignInNeeded
from app.http.context import AppRequest
from app.http.feeds import Show, Source
from app.http.session import caller_of, ensure_our_origin
from app.http.streams import stream
from app.queue import companions, order, queries, returning, viewing
from app.queue.history import topic_of
from app.queue.line import Group
from app.queue.models import Ticket
from app.queue.policy import policy_of
from app.queue.states import sources
from app.queue.viewing import Viewer
from h5.face import draw, face, render
from h5.pages.tickets import TicketView, shown
from h5.viewer import ensure_known, ticket_owned, ticket_seen, viewer_of

pages = Blueprint("h5_ticket")

LOOKS_EVERY_S = 5.0  # without a ring; the estimate grows old slowly

Views = dict[str, TicketView]


@pages.get("/tickets/<code:str>")
@face.page()
async def show(request: AppRequest, code: str) -> HTTPResponse:
    """The ticket of whoever took it, of a guest with its secret, or of one of the family."""
    found = await ticket_seen(request, code)
    if isinstance(found, HTTPResponse):
        return found
    ticket, policy = found.ticket, await policy_of(found.ticket.hall_code)
    return render(
        request,
        "ticket.html",
        t=await _view(ticket),
        is_owner=found.is_owner,
        is_guest=ticket.citizen_id is None,
        family=await companions.companions(ticket.id) if found.is_owner else [],
        rule=order.explain(policy),
        policy=policy,
        news=request.args,
    )


@pages.get("/tickets/<code:str>/now")
@face.page()
async def now(request: AppRequest, code: str) -> HTTPResponse:
    """The part that changes, for a browser without streams."""
    found = await viewing.seen(code, viewer_of(request))
    return render(request, "ticket_now.html", t=await _view(found.ticket), is_owner=found.is_owner)


@pages.get("/tickets/<code:str>/stream")
@stream()
async def live(request: AppRequest, code: str) -> Show[Views]:
    """The part that changes, sent when it does. All who wait for the same counters share what is read."""
    ensure_our_origin(request)
    with suppress(SignInNeeded):
        await caller_of(request, kind="citizen", now=clock.now(), by_cookie=True)
    viewer = viewer_of(request)
    found = await viewing.seen(code, viewer)
    group = queries.group_of(found.ticket)
    source = Source(f"tickets:{group}", topic_of(group.hall_code), partial(_views, group), LOOKS_EVERY_S)
    reader = "owner" if found.is_owner else str(viewer.citizen_id)
    return Show(source, f"{code} {reader}", partial(_drawn, code, viewer, found.is_owner))


async def _views(group: Group, at: datetime) -> Views:
    return {view.code: view for view in await shown(await queries.tickets_in(group, now=at), now=at)}


def _drawn(code: str, viewer: Viewer, is_owner: bool, views: Views) -> str:
    """What this reader sees; the page loads anew when that is not told here any more: another group, or no relative."""
    view = views.get(code)
    may_see = view is not None and (is_owner or viewer.citizen_id in view.family)
    return draw("ticket_now.html", t=view, is_owner=is_owner) if may_see else "<p data-over></p>"


async def _view(ticket: Ticket) -> TicketView:
    return (await shown([ticket], now=clock.now()))[0]


@pages.post("/tickets/<code:str>/leave")
@face.page()
async def leave(request: AppRequest, code: str) -> HTTPResponse:
    """Out for a while; the turn is kept."""
    await returning.leave(ticket_code=code, viewer=ensure_known(request), now=clock.now())
    return redirect(f"/h5/tickets/{code}", status=303)


@pages.post("/tickets/<code:str>/return")
@face.page()
async def come_back(request: AppRequest, code: str) -> HTTPResponse:
    await returning.rejoin(ticket_code=code, viewer=ensure_known(request), now=clock.now())
    return redirect(f"/h5/tickets/{code}", status=303)


@pages.get("/tickets/<code:str>/give-up")
@face.page()
async def ask_to_give_up(request: AppRequest, code: str) -> HTTPResponse:
    """Ask once. Raises `OnlyTheOwner` for a relative; a ticket that cannot be given up shows what it is."""
    ticket = await ticket_owned(request, code)
    if isinstance(ticket, HTTPResponse):
        return ticket
    if ticket.state not in sources("give_up"):
        return redirect(f"/h5/tickets/{code}", status=303)
    return render(request, "ticket_give_up.html", t=await _view(ticket))


@pages.post("/tickets/<code:str>/give-up")
@face.page()
async def give_up(request: AppRequest, code: str) -> HTTPResponse:
    await returning.give_up(ticket_code=code, viewer=ensure_known(request), now=clock.now())
    return redirect(f"/h5/tickets/{code}", status=303)
