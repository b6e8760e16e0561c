"""Rating a visit: five faces, then the reasons that go with the one that was chosen. Works without script."""

from dataclasses import dataclass
from datetime import datetime
from typing import Annotated

from pydantic import Field, StringConstraints
from sanic import Blueprint, HTTPResponse, redirect

from app import clock
from app.clock import CHINA
from app.errors import InvalidInput
from app.http.context import AppRequest
from app.http.messages import Form
from app.http.pages import read_form, typed
from app.matters import queries as matters
from app.queue.models import Ticket
from app.queue.states import State
from app.ratings import actions, queries
from app.ratings.actions import Opinion
from app.ratings.errors import NothingToRate
from app.ratings.indicators import CURRENT
from app.ratings.rules import BAD, GRADES
from h5.face import face, render
from h5.viewer import ensure_known, ticket_owned, viewer_of

pages = Blueprint("h5_rate")

AT_COUNTER = "counter"


@dataclass(frozen=True)
class SaidView:
    """How the visit was rated."""

    grade: int
    reasons: list[str]
    text: str
    rated_at: datetime


class RateForm(Form):
    grade: Annotated[int, Field(ge=1, le=5)]
    reasons: tuple[str, ...] = ()
    text: Annotated[str, StringConstraints(max_length=500)] = ""
    came: str = ""


@pages.get("/tickets/<code:str>/rate")
@face.page()
async def ask(request: AppRequest, code: str) -> HTTPResponse:
    """The faces; with `?grade=` the reasons; once rated, what was said."""
    ticket = await ticket_owned(request, code)
    if isinstance(ticket, HTTPResponse):
        return ticket
    chosen = request.args.get("grade") or ""
    grade = int(chosen) if chosen in {str(grade) for grade in GRADES} else None
    return await _ask(request, ticket, grade=grade)


async def _ask(
    request: AppRequest, ticket: Ticket, *, grade: int | None, faults: dict[str, str] | None = None
) -> HTTPResponse:
    first = await queries.rating_of(ticket.code)
    sent = {"reasons": [], "text": "", "came": request.args.get("from") or "", **typed(request)}
    return render(
        request,
        "rate.html",
        status=422 if faults else 200,
        code=ticket.code,
        number=ticket.number,
        is_done=ticket.state == State.DONE,
        matter=await matters.name(ticket.matter_code),
        grades=GRADES,
        grade=grade,
        is_bad=grade in BAD,
        reasons=CURRENT.of_grade(grade) if grade else {},
        first=SaidView(first.grade, queries.reasons_of(first), first.text, first.rated_at) if first else None,
        sent=sent,
        faults={"reasons": "", "text": "", **(faults or {})},
        thanks=request.args.get("done") or "",
    )


@pages.post("/tickets/<code:str>/rate")
@face.page()
async def rate(request: AppRequest, code: str) -> HTTPResponse:
    ticket = await ticket_owned(request, code)
    if isinstance(ticket, HTTPResponse):
        return ticket
    grade = None
    try:
        form = read_form(request, RateForm)
        grade, opinion = form.grade, Opinion(form.grade, form.reasons, form.text)
        rated = await actions.rate(
            ticket_code=code,
            viewer=ensure_known(request),
            opinion=opinion,
            channel="counter" if form.came == AT_COUNTER else "page",
            now=clock.now(),
        )
    except InvalidInput as refusal:
        return await _ask(request, ticket, grade=grade, faults=refusal.data["fields"])
    return redirect(f"/h5/tickets/{code}/rate?done={'again' if rated.is_repeat else 'new'}", status=303)


@pages.get("/rate")
@face.page()
async def at_counter(request: AppRequest) -> HTTPResponse:
    """From the code on a counter: to what this person finished there today."""
    counter, viewer = request.args.get("counter") or "", viewer_of(request)
    if viewer.citizen_id is None and viewer.guest_hash is None:
        return face.to_sign_in(request)
    on = clock.now().astimezone(CHINA).date()
    try:
        ticket = await queries.last_visit(counter[:32], viewer, on=on)
    except NothingToRate:
        if viewer.citizen_id is None:  # a guest's other visits may be a citizen's
            return face.to_sign_in(request)
        raise
    return redirect(f"/h5/tickets/{ticket.code}/rate?from={AT_COUNTER}", status=303)
