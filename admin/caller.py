"""Who is at the console, at which counter: what every page of a signed-in member of staff begins with."""

from collections.abc import Callable, Coroutine
from dataclasses import dataclass
from functools import wraps
from typing import Any

from sanic import HTTPResponse, redirect

from admin.access import CLERKS, ensure_may, menu_of
from admin.face import face
from app import clock
from app.clock import CHINA
from app.errors import AppError, NotFound, SignInNeeded
from app.halls import queries as halls
from app.halls.models import Counter, Hall
from app.http.context import AppRequest, source_of
from app.http.feeds import Show
from app.http.pages import MAX_FORM
from app.http.streams import stream
from app.staff import queries
from app.staff.by import By
from app.staff.errors import HallNotYours
from app.staff.queries import Member

DESK = "zb_desk"  # cookie: the counter chosen on this device; checked on each use
PASSWORD_PAGE = "/admin/password"
OPEN_TO_FIRST_PASSWORD = {PASSWORD_PAGE, "/admin/sign-out"}

StaffHandler = Callable[..., Coroutine[Any, Any, HTTPResponse]]
StaffStream = Callable[..., Coroutine[Any, Any, Any]]


class NoDesk(AppError):
    code = "admin.no_desk"
    status = 409
    message = "请先选择今天所在的窗口，再继续"


@dataclass(frozen=True)
class Desk:
    """The hall and counter somebody works at today."""

    hall: Hall
    counter: Counter


def key_of(request: AppRequest) -> str:
    """The row of `ACCESS` this request falls under."""
    method = "GET" if request.method == "HEAD" else request.method
    return f"{method} /{request.route.path}" if request.route else ""


def staff_page(*, max_body: int = MAX_FORM) -> Callable[[StaffHandler], StaffHandler]:
    """Declare a page or form target of the console. The handler gets the request and the `Member`.

    Roles and halls are read afresh, so what was taken away is gone with the next click. Whoever still has a first
    password is sent to change it.
    """

    def decorate(handler: StaffHandler) -> StaffHandler:
        @face.page(caller=True, max_body=max_body)
        @wraps(handler)
        async def respond(request: AppRequest, **path: Any) -> HTTPResponse:
            member = await _member(request)
            ensure_may(key_of(request), member.by.roles)
            if member.must_change_password and request.path not in OPEN_TO_FIRST_PASSWORD:
                return redirect(PASSWORD_PAGE, status=303)
            return await handler(request, member, **path)

        return respond  # type: ignore[return-value]

    return decorate


def staff_stream() -> Callable[[StaffStream], StaffStream]:
    """Declare a stream of the console. The handler gets the request and the `Member`, and says what to show."""

    def decorate(choose: StaffStream) -> StaffStream:
        @stream(caller="staff")
        @wraps(choose)
        async def respond(request: AppRequest, **path: Any) -> Show[Any]:
            member = await _member(request)
            ensure_may(key_of(request), member.by.roles)
            show: Show[Any] = await choose(request, member, **path)
            return show

        return respond

    return decorate


async def _member(request: AppRequest) -> Member:
    caller = request.ctx.caller
    found = None
    if caller is not None:
        found = await queries.member(caller.id, source=source_of(request), request_id=str(request.id))
    if found is None:
        raise SignInNeeded()
    request.ctx.member = found
    return found


async def desk_of(request: AppRequest, by: By) -> Desk | None:
    """The desk chosen on this device, as long as the member of staff may still work there."""
    code = request.cookies.get(DESK)
    if not code or len(code) > 32:
        return None
    try:
        counter = await halls.counter(code)
        by.ensure_sees(counter.hall_code)
        return Desk(hall=await halls.hall(counter.hall_code), counter=counter)
    except (NotFound, HallNotYours):
        return None


async def desk_needed(request: AppRequest, by: By) -> Desk:
    """The desk chosen on this device. Raises `NoDesk`, which leads a page to choosing one."""
    desk = await desk_of(request, by)
    if desk is None:
        raise NoDesk()
    return desk


async def my_halls(by: By) -> list[Hall]:
    """The halls somebody may see, in the city's order."""
    return [hall for hall in await halls.halls() if by.sees(hall.code)]


async def hall_chosen(request: AppRequest, by: By, code: str | None) -> Hall | None:
    """The hall named in the address, else that of the desk, else the first one; None without any.

    Raises `HallNotYours` or `NotFound` for a hall named in the address.
    """
    if code:
        by.ensure_sees(code)
        return await halls.hall(code)
    desk = await desk_of(request, by)
    mine = [desk.hall] if desk else await my_halls(by)
    return mine[0] if mine else None


def render(request: AppRequest, template: str, *, status: int = 200, **view: Any) -> HTTPResponse:
    """Render a page of the console with the menu of whoever is signed in."""
    member: Member | None = getattr(request.ctx, "member", None)
    now = clock.now()
    return face.render(
        request,
        template,
        status=status,
        member=member,
        menu=menu_of(member.by.roles) if member else {},
        follows=bool(member and member.by.roles & CLERKS and not member.must_change_password),
        now=now,
        today=now.astimezone(CHINA).date(),
        **view,
    )


def said(refusal: AppError | None) -> dict[str, Any]:
    """What a page needs to say why something was refused: `status`, `fault`, and `faults` by field."""
    if refusal is None:
        return {"status": 200, "fault": "", "faults": {}}
    return {"status": refusal.status, "fault": refusal.text_to_staff, "faults": refusal.data.get("fields", {})}
