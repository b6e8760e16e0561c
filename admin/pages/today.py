"""今日工作: the page of the day at one counter, and the part of it that renews itself."""

from collections.abc import Awaitable, Callable

from sanic import Blueprint, HTTPResponse, redirect

from admin.access import places_of
from admin.caller import Desk, desk_needed, render, staff_page
from admin.chats import late_chats
from admin.counter import day_at
from app import clock
from app.errors import AppError, NotAllowed
from app.http.context import AppRequest
from app.queue import alarms
from app.queue.desks import PAUSES
from app.staff.queries import Member

pages = Blueprint("admin_today")

TODAY = "/admin/today"


@pages.get("/")
@staff_page()
async def home(request: AppRequest, member: Member) -> HTTPResponse:
    """The first page of the menu somebody has."""
    places = places_of(member.by.roles)
    if not places:
        raise NotAllowed()
    return redirect(places[0].path, status=303)


@pages.get("/today")
@staff_page()
async def today(request: AppRequest, member: Member) -> HTTPResponse:
    return await show(request, member, await desk_needed(request, member.by))


@pages.get("/today/live")
@staff_page()
async def live(request: AppRequest, member: Member) -> HTTPResponse:
    """The part of the page that changes by itself, for the script that renews it."""
    desk = await desk_needed(request, member.by)
    return await show(request, member, desk, template="today_live.html")


async def show(
    request: AppRequest,
    member: Member,
    desk: Desk,
    *,
    template: str = "today.html",
    status: int = 200,
    fault: str = "",
    card: object = None,
) -> HTTPResponse:
    """The page of the day, with a fault or the card of a scan on top."""
    return render(
        request,
        template,
        status=status,
        desk=desk,
        day=await day_at(desk, member.by, clock.now()),
        alarms=await alarms.open_alarms([desk.hall.code]),
        late=await late_chats(member.by, clock.now()),
        pauses=PAUSES,
        fault=fault,
        card=card,
    )


async def act_at_desk(request: AppRequest, member: Member, act: Callable[[Desk], Awaitable[object]]) -> HTTPResponse:
    """Do it for this desk; a refusal is said on the page as it is now. Raises `NoDesk`."""
    desk = await desk_needed(request, member.by)
    try:
        await act(desk)
    except AppError as refusal:
        return await show(request, member, desk, status=refusal.status, fault=refusal.text)
    return redirect(TODAY, status=303)
