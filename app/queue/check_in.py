"""Checking in: the booking becomes a ticket, once, however often it is scanned."""

from dataclasses import dataclass
from datetime import datetime

from app import outbox
from app.booking import actions as booking_actions
from app.booking.errors import BookingRefused
from app.booking.models import Booking
from app.db import transactional
from app.errors import AppError
from app.halls import queries as halls
from app.ids import new_code
from app.queue import presented, queries, rules, scans
from app.queue.errors import NoSuchBooking, WrongHall
from app.queue.events import CheckedIn
from app.queue.models import Ticket
from app.queue.numbers import next_number
from app.queue.presented import Presented
from app.queue.rules import QueuePolicy
from app.queue.states import State
from app.queue.told import facts_of
from app.staff.auditing import audit
from app.staff.by import By


@dataclass(frozen=True)
class CheckIn:
    """`is_repeat`: the ticket was there already; `ticket.checked_in_by` and `.arrived_at` say by whom and when."""

    ticket: Ticket
    is_repeat: bool
    ahead: int


async def check_in(
    *,
    text: str,
    hall_code: str,
    by: By,
    now: datetime,
    policy: QueuePolicy = QueuePolicy(),  # noqa: B008 frozen
) -> CheckIn:
    """Check in whoever holds out this code, or says this booking number, at a counter of the hall.

    Safe to repeat: a second scan answers with the first one's ticket. Every scan is logged, refused ones with the
    code of the refusal.

    Raises:
        ForgedCode, WrongPurpose, ExpiredCode: the code is not a check-in code of ours that still holds.
        NoSuchBooking, CodeNotTheirs: no booking, or its code has been replaced.
        WrongHall, WrongDay, BookingCancelled, BookingNotConfirmed, BookingOver: not here, or not now.
    """
    by.ensure_sees(hall_code)
    number = ""
    try:
        shown = presented.read(text, now=now)
        number = shown.number
        return await _check_in(shown, hall_code=hall_code, by=by, now=now, policy=policy)
    except AppError as refusal:
        await scans.note(purpose="check_in", by=by, hall_code=hall_code, subject=number, outcome=refusal.code, now=now)
        raise


@transactional
async def _check_in(shown: Presented, *, hall_code: str, by: By, now: datetime, policy: QueuePolicy) -> CheckIn:
    booking = await _booking(shown, hall_code)
    ticket = await Ticket.get_or_none(booking_number=booking.number)
    is_repeat = ticket is not None
    if ticket is None:
        rules.ensure_today(booked_at=booking.starts_at, now=now)
        rules.ensure_booked(booking.state)
        ticket, is_repeat = await _ticket_for(booking, by=by, now=now, policy=policy)
    outcome = scans.REPEAT if is_repeat else scans.OK
    await scans.note(purpose="check_in", by=by, hall_code=hall_code, subject=booking.number, outcome=outcome, now=now)
    ahead = await queries.ahead_of(ticket)
    if not is_repeat:
        await _tell(ticket, ahead=ahead, by=by, now=now)
    return CheckIn(ticket=ticket, is_repeat=is_repeat, ahead=ahead)


async def _booking(shown: Presented, hall_code: str) -> Booking:
    booking = await Booking.get_or_none(number=shown.number)
    if booking is None:
        raise NoSuchBooking()
    if booking.hall_code != hall_code:
        raise WrongHall(hall=(await halls.hall(booking.hall_code)).name)
    rules.ensure_not_cancelled(booking.state)
    rules.ensure_theirs(nonce=shown.nonce, expected=booking.nonce)
    return booking


async def _ticket_for(booking: Booking, *, by: By, now: datetime, policy: QueuePolicy) -> tuple[Ticket, bool]:
    """A new ticket, or the one of whoever scanned the same code in the same moment."""
    try:
        await booking_actions.mark_checked_in(number=booking.number, now=now)
    except BookingRefused:
        if first := await Ticket.get_or_none(booking_number=booking.number):
            return first, True
        raise
    return await _create(booking, by=by, now=now, policy=policy), False


async def _create(booking: Booking, *, by: By, now: datetime, policy: QueuePolicy) -> Ticket:
    on = now.astimezone(rules.CHINA).date()
    kind = rules.arrival(policy, booked_at=booking.starts_at, now=now)
    return await Ticket.create(
        code=new_code(),
        number=await next_number(hall_code=booking.hall_code, group_code=booking.group_code, on=on),
        on_day=on,
        hall_code=booking.hall_code,
        group_code=booking.group_code,
        booking_number=booking.number,
        citizen_id=booking.citizen_id,
        matter_code=booking.matter_codes[0],
        state=State.WAITING,
        arrival=kind,
        booked_at=booking.starts_at,
        arrived_at=now,
        order_at=rules.order_at(kind, booked_at=booking.starts_at, now=now),
        checked_in_by=by.staff_id,
    )


async def _tell(ticket: Ticket, *, ahead: int, by: By, now: datetime) -> None:
    await outbox.record(CheckedIn(**facts_of(ticket, now), ahead=ahead))
    subject = f"ticket:{ticket.code}"
    await audit(
        by=by, action="queue.check_in", subject=subject, citizen_id=ticket.citizen_id, hall_code=ticket.hall_code,
        now=now,
    )  # fmt: skip
