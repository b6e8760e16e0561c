"""有号提醒我: standing in line for a part of a day that is full, and answering when a place is kept."""

from datetime import date, timedelta
from typing import Annotated, Literal

from pydantic import Field
from sanic import Blueprint, HTTPResponse, redirect

from app import clock
from app.booking import waiting_list
from app.booking.contact import Contact
from app.booking.fitting import DAY_BEGINS
from app.booking.line import PART_NAMES
from app.booking.policy import policy_of
from app.booking.titles import titles_of
from app.booking.waiting_list import Wish
from app.citizens import queries as citizens
from app.errors import AppError, InvalidInput
from app.halls import queries as halls
from app.http.context import AppRequest
from app.http.fields import Mobile, OutsideCode, PersonName
from app.http.messages import Form
from app.http.pages import read_form, typed
from app.matters import queries as matters
from h5.contact import NOBODY, faults_of
from h5.face import face, render
from h5.pages.asking import read_answers
from h5.signed_in import caller_of

pages = Blueprint("h5_waiting")

CARRIED = ("matter", "hall", "date", "part", "answers")  # from the page where somebody found it full


class JoinForm(Form):
    matter: OutsideCode
    hall: OutsideCode
    date: date
    part: Literal["am", "pm"]
    people: Annotated[int, Field(ge=1, le=20)] = 1
    answers: str = ""


class AcceptForm(Form):
    name: PersonName | None = None
    mobile: Mobile | None = None


@pages.get("/waiting")
@face.page(caller=True)
async def ask(request: AppRequest) -> HTTPResponse:
    """What waiting means, and how many come."""
    await citizens.ensure_agreed(caller_of(request).id)
    asked = {name: request.args.get(name) or "" for name in CARRIED}
    return await _ask(request, asked)


async def _ask(request: AppRequest, asked: dict[str, str], refusal: AppError | None = None) -> HTTPResponse:
    matter, hall = await matters.matter(asked["matter"]), await halls.hall(asked["hall"])
    policy = await policy_of(hall.code)
    minutes = [policy.offer_for(is_elder=is_elder) // timedelta(minutes=1) for is_elder in (False, True)]
    return render(
        request,
        "join.html",
        status=refusal.status if refusal else 200,
        matter=matter,
        hall=hall,
        asked={"people": "1"} | asked,
        on=_day(asked["date"]),
        part=PART_NAMES.get(asked["part"], ""),
        policy=policy,
        minutes=minutes[0],
        minutes_of_elders=minutes[1],
        day_begins=DAY_BEGINS,
        refusal=refusal,
        fault=refusal.data["fields"].get("people", "") if isinstance(refusal, InvalidInput) else "",
    )


@pages.post("/waiting")
@face.page(caller=True)
async def join(request: AppRequest) -> HTTPResponse:
    """Stand in line."""
    citizen_id = caller_of(request).id
    try:
        form = read_form(request, JoinForm)
        row = await waiting_list.join(
            citizen_id=citizen_id,
            wish=_wish(form),
            is_elder=(await citizens.citizen(citizen_id)).is_elder,
            now=clock.now(),
        )
    except AppError as refusal:
        sent = {name: str(typed(request).get(name, "")) for name in (*CARRIED, "people")}
        return await _ask(request, sent, refusal)
    return redirect(f"/h5/waiting/{row.code}?new=1", status=303)


@pages.get("/waiting/<code:str>")
@face.page(caller=True)
async def show(request: AppRequest, code: str) -> HTTPResponse:
    """One's place in line and why; when a place is kept, the two ways to answer."""
    return await _show(request, code)


async def _show(request: AppRequest, code: str, refusal: AppError | None = None) -> HTTPResponse:
    citizen_id = caller_of(request).id
    view = await waiting_list.entry(code, citizen_id=citizen_id)
    titles = await titles_of([view])
    return render(
        request,
        "waiting.html",
        status=refusal.status if refusal else 200,
        view=view,
        title=titles.summary(view),
        hall=titles.halls[view.hall_code],
        news=request.args,
        me=await citizens.citizen(citizen_id),
        refusal=refusal,
        faults=NOBODY | faults_of(refusal),
        sent=NOBODY | (typed(request) if refusal else {}),
    )


@pages.post("/waiting/<code:str>/accept")
@face.page(caller=True)
async def accept(request: AppRequest, code: str) -> HTTPResponse:
    """Take the place that is kept."""
    try:
        form = read_form(request, AcceptForm)
        contact = Contact(name=form.name, mobile=form.mobile)
        booking = await waiting_list.accept(
            code=code, citizen_id=caller_of(request).id, contact=contact, now=clock.now()
        )
    except InvalidInput as refusal:
        return await _show(request, code, refusal)
    return redirect(f"/h5/bookings/{booking.number}?new=1", status=303)


@pages.post("/waiting/<code:str>/refuse")
@face.page(caller=True)
async def refuse(request: AppRequest, code: str) -> HTTPResponse:
    """Let it go to the next in line."""
    await waiting_list.refuse(code=code, citizen_id=caller_of(request).id, now=clock.now())
    return redirect(f"/h5/waiting/{code}", status=303)


@pages.post("/waiting/<code:str>/leave")
@face.page(caller=True)
async def leave(request: AppRequest, code: str) -> HTTPResponse:
    """Wait no longer."""
    await waiting_list.leave(code=code, citizen_id=caller_of(request).id, now=clock.now())
    return redirect(f"/h5/waiting/{code}", status=303)


def _wish(form: JoinForm) -> Wish:
    return Wish(
        hall_code=form.hall,
        on=form.date,
        part=form.part,
        matter_codes=[form.matter],
        people=form.people,
        answers=read_answers(form.answers),
    )


def _day(text: str) -> date | None:
    try:
        return date.fromisoformat(text)
    except ValueError:
        return None
