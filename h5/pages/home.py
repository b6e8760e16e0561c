"""The first page, and the switch between the usual look and 长辈版."""

from sanic import Blueprint, HTTPResponse, redirect

from app import clock
from app.booking import queries as bookings
from app.citizens.consents import CURRENT
from app.halls import queries as halls
from app.http.context import AppRequest
from app.http.pages import safe_path, set_cookie
from app.matters import queries as matters
from app.workdays import queries as workdays
from h5.face import ELDER, face, render

pages = Blueprint("h5_home")

MAIN_HALL = "HALL-SZ"
A_YEAR = 365 * 24 * 3600


@pages.get("/")
@face.page()
async def home(request: AppRequest) -> HTTPResponse:
    """Search, the next thing to do, themes, what is asked for most."""
    now = clock.now()
    hall = await halls.hall(MAIN_HALL)
    caller = request.ctx.caller
    coming = await bookings.next_booking(caller.id, now=now) if caller else None
    return render(
        request,
        "home.html",
        hall=hall,
        hours=halls.open_state(hall, await workdays.load(), now),
        coming=coming,
        coming_hall=(await halls.hall(coming.hall_code)).name if coming else "",
        themes=[theme for theme in await matters.themes() if theme.count][:8],
        hot=await matters.hot(6),
    )


@pages.get("/look")
@face.page()
async def look(request: AppRequest) -> HTTPResponse:
    """Choose the look by a link, which works without script, and come back to the page one was on."""
    response = redirect(safe_path(request.args.get("next"), "/h5/"), status=303)
    set_cookie(request, response, ELDER, "1" if request.args.get("elder") == "1" else "0", max_age_s=A_YEAR)
    return response


@pages.get("/privacy")
@face.page()
async def privacy(request: AppRequest) -> HTTPResponse:
    """Who runs this, what is kept, and how to reach us."""
    return render(request, "privacy.html", text=CURRENT["privacy"].text)
