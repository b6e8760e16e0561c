"""Choosing hall, day and time: for a new booking, and for another time of one that is there."""

from datetime import date
from typing import Annotated

from pydantic import Field
from sanic import Blueprint, HTTPResponse, redirect

from app import clock
from app.booking import actions, queries
from app.booking.contact import Contact
from app.booking.errors import AlreadyBooked, ProofNeeded
from app.booking.guarding import Attempt, ensure_welcome, note_search
from app.booking.models import Booking
from app.booking.policy import policy_of
from app.booking.proof import Proof
from app.citizens import queries as citizens
from app.citizens.errors import ConsentNeeded
from app.errors import AppError
from app.http.context import AppRequest, network_of
from app.http.fields import Mobile, PersonName
from app.http.messages import Form
from app.http.pages import read_form, typed
from app.queue.policy import policy_of as queue_policy_of
from app.queue.wording import when_to_check_in
from h5.choice import Asked, Choice, choice_for, choice_to_move, day_of
from h5.contact import NOBODY, faults_of
from h5.face import face, render
from h5.pages.asking import question_or_ending, read_answers, write_answers
from h5.signed_in import caller_of

pages = Blueprint("h5_choosing")

NOTHING = NOBODY | {"slot": ""}


class BookForm(Form):
    slot: str
    matter: str
    hall: str
    answers: str = ""
    challenge: Annotated[str, Field(max_length=400)] = ""
    work: Annotated[str, Field(max_length=32)] = ""
    result: Annotated[str, Field(max_length=32)] = ""
    name: PersonName | None = None
    mobile: Mobile | None = None

    @property
    def proof(self) -> Proof | None:
        """The browser's work, or the person's sum."""
        if not self.challenge:
            return None
        return Proof(self.challenge, "work", self.work) if self.work else Proof(self.challenge, "sum", self.result)


class MoveForm(Form):
    slot: str


@pages.get("/booking")
@face.page(caller=True)
async def choose(request: AppRequest) -> HTTPResponse:
    """A place for a matter, once it is sure to be the right one."""
    settings, citizen_id = request.app.ctx.settings.pressure, caller_of(request).id
    await citizens.ensure_agreed(citizen_id)
    await note_search(network=network_of(request), citizen_id=citizen_id, settings=settings, now=clock.now())
    code, answers = request.args.get("matter") or "", read_answers(request.args.get("answers") or "")
    if (first := await question_or_ending(request, code, answers)) is not None:
        return first
    asked = Asked(
        hall=request.args.get("hall") or "",
        on=_asked_day(request),
        answers=write_answers(answers),
        near=request.args.get("near") or "",
    )
    return await _page(request, await choice_for(code, asked))


@pages.post("/booking")
@face.page(caller=True)
async def book(request: AppRequest) -> HTTPResponse:
    """Take the place; when it has gone meanwhile, stay and offer the nearest ones."""
    citizen_id, sent = caller_of(request).id, typed(request)
    try:
        form = read_form(request, BookForm)
        attempt = Attempt(citizen_id, network_of(request), form.slot, form.proof)
        await ensure_welcome(attempt, settings=request.app.ctx.settings.pressure, now=clock.now())
        booking = await actions.book(
            citizen_id=citizen_id,
            slot_id=form.slot,
            matter_codes=[form.matter],
            contact=Contact(name=form.name, mobile=form.mobile),
            answers=read_answers(form.answers),
            now=clock.now(),
            channel="h5",
        )
    except ConsentNeeded:
        raise
    except AppError as refusal:
        slot_id, matter = str(sent.get("slot", "")), str(sent.get("matter", ""))
        if isinstance(refusal, AlreadyBooked) and (mine := await _same(citizen_id, slot_id, matter)):
            return redirect(f"/h5/bookings/{mine.number}?new=1", status=303)  # sent twice: once is what was meant
        hall, answers = str(sent.get("hall", "")), str(sent.get("answers", ""))
        asked = Asked(hall=hall, on=day_of(slot_id), answers=answers, refusal=refusal, wanted=slot_id)
        return await _page(request, await choice_for(matter, asked), refusal=refusal, sent=sent)
    return redirect(f"/h5/bookings/{booking.number}?new=1", status=303)


@pages.get("/bookings/<number:str>/move")
@face.page(caller=True)
async def choose_other(request: AppRequest, number: str) -> HTTPResponse:
    """Another time for a booking."""
    booking = await queries.booking(number, citizen_id=caller_of(request).id)
    return await _page(request, await choice_to_move(booking, Asked(on=_asked_day(request))), moving=booking)


@pages.post("/bookings/<number:str>/move")
@face.page(caller=True)
async def move(request: AppRequest, number: str) -> HTTPResponse:
    """Exchange the places; a refusal leaves everything as it was."""
    citizen_id, slot_id = caller_of(request).id, str(typed(request).get("slot", ""))
    booking = await queries.booking(number, citizen_id=citizen_id)
    try:
        form = read_form(request, MoveForm)
        await actions.reschedule(number=number, citizen_id=citizen_id, slot_id=form.slot, now=clock.now())
    except AppError as refusal:
        choice = await choice_to_move(booking, Asked(on=day_of(slot_id), refusal=refusal, wanted=slot_id))
        return await _page(request, choice, refusal=refusal, moving=booking)
    return redirect(f"/h5/bookings/{number}?moved=1", status=303)


async def _page(
    request: AppRequest,
    choice: Choice,
    *,
    refusal: AppError | None = None,
    moving: Booking | None = None,
    sent: dict[str, str] | None = None,
) -> HTTPResponse:
    return render(
        request,
        "booking.html",
        status=refusal.status if refusal else 200,
        choice=choice,
        policy=await policy_of(choice.hall_code),
        check_in=when_to_check_in(await queue_policy_of(choice.hall_code)),
        me=await citizens.citizen(caller_of(request).id),
        refusal=refusal,
        faults=NOTHING | faults_of(refusal),
        moving=moving,
        proof=refusal.data["details"] if isinstance(refusal, ProofNeeded) else None,
        sent=NOTHING | (sent or {}),
    )


async def _same(citizen_id: int, slot_id: str, matter: str) -> Booking | None:
    """The citizen's own booking of just this slot and matter."""
    rows, _ = await queries.bookings_of(citizen_id, page_size=20)
    return next(
        (r for r in rows if r.state == "booked" and r.slot_ids[0] == slot_id and matter in r.matter_codes), None
    )


def _asked_day(request: AppRequest) -> date | None:
    try:
        return date.fromisoformat(request.args.get("date") or "")
    except ValueError:
        return None
