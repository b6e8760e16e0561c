"""What the pages of arriving share: how they know that a phone is in the hall, and where people go on."""

from datetime import datetime
from typing import Literal

from sanic import HTTPResponse

from app.errors import AppError
from app.http.context import AppRequest
from app.http.pages import set_cookie
from app.queue import presence
from app.queue.errors import PresenceOver
from app.queue.presence import Presence
from h5.face import render
from h5.signed_in import own_cookie

HERE = "/h5/here"
KEPT = "zb_here"
Priority = Literal["", "elder", "disabled", "military"]


def kept(request: AppRequest, now: datetime) -> Presence:
    """That this phone has scanned the hall's code a moment ago. Raises `PresenceOver`."""
    text = request.cookies.get(own_cookie(request, KEPT))
    if not text or len(text) > 400:
        raise PresenceOver()
    return presence.read(text, now=now)


def keep(request: AppRequest, response: HTTPResponse, shown: Presence) -> None:
    set_cookie(request, response, own_cookie(request, KEPT), shown.text, max_age_s=int(presence.LIFE.total_seconds()))


def away(request: AppRequest, refusal: AppError) -> HTTPResponse:
    """Why this phone does not count as being here, and how it will."""
    return render(request, "away.html", status=refusal.status, text=refusal.text)


def ticket_page(code: str) -> str:
    """Where somebody who has just got a ticket goes on."""
    return f"/h5/tickets/{code}?new=1"
