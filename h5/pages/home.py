"""The first page, and who runs all this."""

from sanic import Blueprint, HTTPResponse

from app import clock
from app.booking import queries as bookings
from app.citizens.consents import CURRENT
from app.halls import queries as halls
from app.http.context import AppRequest
from app.matters import queries as matters
from app.pickup import naming
from app.pickup import queries as pickups
from app.workdays import queries as workdays
from h5.face import face, render

pages = Blueprint("h5_home")


@pages.get("/")
@face.page()
async def home(request: AppRequest) -> HTTPResponse:
    """Search, the next thing to do or to fetch, themes, what is asked for most."""
    now = clock.now()
    hall = await halls.hall(request.app.ctx.city.main_hall)
    caller = request.ctx.caller
    coming = await bookings.next_booking(caller.id, now=now) if caller else None
    ready = [row for row in await pickups.pickups_of(caller.id, now=now) if row.state == "ready"] if caller else []
    return render(
        request,
        "home.html",
        hall=hall,
        hours=halls.open_state(hall, await workdays.shown(), now),
        coming=coming,
        coming_hall=(await halls.hall(coming.hall_code)).name if coming else "",
        ready=ready[:3],
        titles=await naming.titles(ready),
        themes=[theme for theme in await matters.themes() if theme.count][:8],
        hot=await matters.hot(6),
    )


@pages.get("/privacy")
@face.page()
async def privacy(request: AppRequest) -> HTTPResponse:
    """Who runs this, what is kept, and how to reach us."""
    return render(request, "privacy.html", text=CURRENT["privacy"].text)


@pages.get("/accessibility")
@face.page()
async def accessibility(request: AppRequest) -> HTTPResponse:
    """What we do so that everybody can use the pages, and whom to tell when it does not work."""
    return render(request, "accessibility.html")
