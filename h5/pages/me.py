"""我的: what waits for me, my messages, how the pages look, what I agreed to, and the way out."""

from sanic import Blueprint, HTTPResponse, redirect

from app import clock
from app.booking import queries as bookings
from app.citizens import actions
from app.citizens import queries as citizens
from app.citizens.consents import CURRENT
from app.clock import CHINA
from app.errors import InvalidInput
from app.http.context import AppRequest
from app.http.fields import PersonName
from app.http.messages import Form
from app.http.pages import read_form
from app.pickup import naming
from app.pickup import queries as pickups
from app.pickup.states import NAMES, State
from app.queue import queries as queue
from h5.face import ELDER, LOOKS, face, render
from h5.pages.tickets import shown
from h5.signed_in import caller_of
from notify import queries as notices

pages = Blueprint("h5_me")

PICKUP_STATES = NAMES | {State.READY: "可领取"}


class NameForm(Form):
    name: PersonName


@pages.get("/me")
@face.page()
async def me(request: AppRequest) -> HTTPResponse:
    """Everything of mine; for somebody who has not signed in, what would be here."""
    looks = {name: (request.cookies.get(name) or "", values) for name, values in LOOKS.items()}
    if request.ctx.caller is None:
        return render(request, "me_anonymous.html", looks=looks)
    return await _mine(request, looks=looks)


@pages.post("/me/name")
@face.page(caller=True)
async def rename(request: AppRequest) -> HTTPResponse:
    """The name under which bookings are made."""
    try:
        form = read_form(request, NameForm)
    except InvalidInput as refusal:
        looks = {name: (request.cookies.get(name) or "", values) for name, values in LOOKS.items()}
        return await _mine(request, looks=looks, fault=next(iter(refusal.data["fields"].values())))
    await actions.change_profile(citizen_id=caller_of(request).id, name=form.name)
    return redirect("/h5/me?saved=1", status=303)


async def _mine(request: AppRequest, *, looks: object, fault: str = "") -> HTTPResponse:
    now, citizen_id = clock.now(), caller_of(request).id
    today = now.astimezone(CHINA).date()
    results = await pickups.pickups_of(citizen_id, now=now)
    _, booked = await bookings.bookings_of(citizen_id, page_size=1, active=True)
    return render(
        request,
        "me.html",
        status=422 if fault else 200,
        me=await citizens.citizen(citizen_id),
        tickets=await shown(await queue.tickets_of(citizen_id=citizen_id, on=today), now=now),
        watched=await shown(await queue.watched_by(citizen_id=citizen_id, on=today), now=now),
        pickups=results,
        titles=await naming.titles(results),
        pickup_states=PICKUP_STATES,
        booked=booked,
        unread=await notices.unread_count(citizen_id),
        consent=CURRENT["privacy"],
        has_agreed=await citizens.has_agreed(citizen_id),
        is_elder=request.cookies.get(ELDER) == "1",
        looks=looks,
        fault=fault,
        is_saved=request.args.get("saved") == "1",
    )
