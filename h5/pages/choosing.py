"""Choosing hall, day and time: for a new booking, and for another time of one that is there."""

from dataclasses import dataclass, field, replace
from datetime import date, datetime
from urllib.parse import quote

from sanic import Blueprint, HTTPResponse, redirect

from app import clock
from app.booking import actions, line, queries
from app.booking.contact import Contact
from app.booking.errors import AlreadyBooked, SlotFull
from app.booking.models import Booking
from app.booking.policy import policy_of
from app.booking.queries import DayView, SlotView
from app.citizens import queries as citizens
from app.errors import AppError, InvalidInput, NotFound
from app.halls import queries as halls
from app.halls.models import Hall
from app.http.context import AppRequest
from app.http.fields import Mobile, PersonName
from app.http.messages import Form
from app.http.pages import read_form, typed
from app.matters import queries as matters
from app.matters.models import Matter
from h5.face import face, render
from h5.pages.asking import question_or_ending, read_answers, write_answers
from h5.signed_in import caller_of

pages = Blueprint("h5_choosing")

NOTHING = {"slot": "", "name": "", "mobile": ""}


class BookForm(Form):
    slot: str
    matter: str
    hall: str
    answers: str = ""
    name: PersonName | None = None
    mobile: Mobile | None = None


class MoveForm(Form):
    slot: str


@dataclass(frozen=True)
class Choice:
    """What can be chosen. `back` is the address of this choice, to which hall and day are added. `answers` to the
    questions before the booking, as they travel in addresses.
    """

    matter: Matter
    places: list[Hall]
    hall_code: str
    days: list[DayView]
    day: date
    slots: list[SlotView]
    back: str
    full_parts: dict[str, str]
    answers: str
    nearest: list[SlotView] = field(default_factory=list)


@pages.get("/booking")
@face.page(caller=True)
async def choose(request: AppRequest) -> HTTPResponse:
    """A place for a matter, once it is sure to be the right one."""
    code, answers = request.args.get("matter") or "", read_answers(request.args.get("answers") or "")
    if (first := await question_or_ending(request, code, answers)) is not None:
        return first
    choice = await _choice_for(
        code, hall=request.args.get("hall"), on=_asked_day(request), answers=write_answers(answers)
    )
    return await _page(request, choice)


@pages.post("/booking")
@face.page(caller=True)
async def book(request: AppRequest) -> HTTPResponse:
    """Take the place; when it has gone meanwhile, stay and offer the nearest ones."""
    citizen_id, sent = caller_of(request).id, typed(request)
    try:
        form = read_form(request, BookForm)
        booking = await actions.book(
            citizen_id=citizen_id,
            slot_id=form.slot,
            matter_codes=[form.matter],
            contact=Contact(name=form.name, mobile=form.mobile),
            answers=read_answers(form.answers),
            now=clock.now(),
            channel="h5",
        )
    except AppError as refusal:
        slot_id, matter = str(sent.get("slot", "")), str(sent.get("matter", ""))
        if isinstance(refusal, AlreadyBooked) and (mine := await _same(citizen_id, slot_id, matter)):
            return redirect(f"/h5/bookings/{mine.number}?new=1", status=303)  # sent twice: once is what was meant
        choice = await _choice_for(
            matter,
            hall=sent.get("hall"),
            on=_day_of(slot_id),
            answers=str(sent.get("answers", "")),
            refusal=refusal,
            wanted=slot_id,
        )
        return await _page(request, choice, refusal=refusal, sent=sent)
    return redirect(f"/h5/bookings/{booking.number}?new=1", status=303)


@pages.get("/bookings/<number:str>/move")
@face.page(caller=True)
async def choose_other(request: AppRequest, number: str) -> HTTPResponse:
    """Another time for a booking."""
    booking = await queries.booking(number, citizen_id=caller_of(request).id)
    return await _page(request, await _choice_to_move(booking, on=_asked_day(request)), moving=booking)


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
        choice = await _choice_to_move(booking, on=_day_of(slot_id), refusal=refusal, wanted=slot_id)
        return await _page(request, choice, refusal=refusal, moving=booking)
    return redirect(f"/h5/bookings/{number}?moved=1", status=303)


async def _choice_for(
    code: str, *, hall: str | None, on: date | None, answers: str, refusal: AppError | None = None, wanted: str = ""
) -> Choice:
    """Raises NotFound for a matter that nobody can book."""
    matter = await matters.matter(code)
    windows = [w for w in await matters.windows_of(code) if (await halls.hall(w[0])).has_booking]
    if not matter.bookable or not windows:
        raise NotFound()
    place = next((w for w in windows if w[0] == hall), windows[0])
    back = f"/h5/booking?matter={code}{f'&answers={quote(answers)}' if answers else ''}&hall="
    choice = await _choice(matter, [w[0] for w in windows], place, on=on, back=back, refusal=refusal, wanted=wanted)
    return replace(choice, answers=answers)


async def _choice_to_move(
    booking: Booking, *, on: date | None, refusal: AppError | None = None, wanted: str = ""
) -> Choice:
    matter, place = await matters.matter(booking.matter_codes[0]), (booking.hall_code, booking.group_code)
    back = f"/h5/bookings/{booking.number}/move?hall="
    return await _choice(matter, [booking.hall_code], place, on=on, back=back, refusal=refusal, wanted=wanted)


async def _choice(
    matter: Matter,
    hall_codes: list[str],
    place: tuple[str, str],
    *,
    on: date | None,
    back: str,
    refusal: AppError | None,
    wanted: str,
) -> Choice:
    now, (hall, group) = clock.now(), place
    days = await queries.days(hall_code=hall, group_code=group, now=now)
    day = on or queries.next_free_day(days) or now.date()
    minutes = [await matters.duration_min(matter.code)]
    slots = await queries.slots_of_day(hall_code=hall, group_code=group, on=day, now=now, minutes=minutes)
    nearest: list[SlotView] = []
    if isinstance(refusal, SlotFull) and (moment := _moment(wanted)):
        nearest = await queries.alternatives(hall_code=hall, group_code=group, wanted=moment, now=now, minutes=minutes)
    return Choice(
        matter=matter,
        places=[await halls.hall(code) for code in hall_codes],
        hall_code=hall,
        days=days,
        day=day,
        slots=slots,
        back=back,
        full_parts=line.full_parts(slots),
        answers="",
        nearest=nearest,
    )


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
        me=await citizens.citizen(caller_of(request).id),
        refusal=refusal,
        faults=NOTHING | (refusal.data.get("fields", {}) if isinstance(refusal, InvalidInput) else {}),
        moving=moving,
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


def _moment(slot_id: str) -> datetime | None:
    try:
        return datetime.strptime(slot_id.rpartition(".")[2], "%Y%m%d%H%M").replace(tzinfo=clock.CHINA)
    except ValueError:
        return None


def _day_of(slot_id: str) -> date | None:
    moment = _moment(slot_id)
    return moment.date() if moment else None
