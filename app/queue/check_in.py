"""Checking in: the booking becomes a ticket, once, however often it is scanned."""

from dataclasses import dataclass
from datetime import datetime

from app.booking import actions as booking_actions
from app.booking.errors import BookingRefused
from app.booking.models import Booking
from app.db import joined, transactional
from app.errors import AppError
from app.halls import queries as halls
from app.queue import presented, queries, rules, scans
from app.queue.arrivals import Arriving, enqueue
from app.queue.errors import NoSuchBooking, WrongHall
from app.queue.history import Who, staff
from app.queue.line import Group
from app.queue.models import Ticket
from app.queue.presented import Presented
from app.queue.stepping import TICKETS
from app.staff.by import By


@dataclass(frozen=True)
class CheckIn:
    """`is_repeat`: the ticket was there already; `ticket.checked_in_by` and `.arrived_at` say by whom and when."""

    ticket: Ticket
    is_repeat: bool
    ahead: int

    @property
    def outcome(self) -> str:
        """As the log of scans has it."""
        return scans.REPEAT if self.is_repeat else scans.OK


async def check_in(*, text: str, hall_code: str, by: By, now: datetime, priority: str = "") -> CheckIn:
    """Check in whoever holds out this code, or says this booking number, at a counter of the hall.

    Safe to repeat: a second scan answers with the first one's ticket. Every scan is logged, refused ones with the
    code of the refusal.

    Raises:
        ForgedCode, WrongPurpose, ExpiredCode: the code is not a check-in code of ours that still holds.
        NoSuchBooking, CodeNotTheirs: no booking, or its code has been replaced.
        WrongHall, WrongDay, BookingCancelled, BookingNotConfirmed, BookingOver, TooLateToday: not here, or not now.
    """
    by.ensure_sees(hall_code)
    number = ""
    try:
        shown = presented.read(text, now=now)
        number = shown.number
        return await _by_staff(shown, hall_code=hall_code, by=by, now=now, priority=priority)
    except AppError as refusal:
        await scans.note(purpose="check_in", by=by, hall_code=hall_code, subject=number, outcome=refusal.code, now=now)
        raise


@transactional
async def _by_staff(shown: Presented, *, hall_code: str, by: By, now: datetime, priority: str) -> CheckIn:
    booking = await booking_shown(shown, hall_code)
    done = await arrive(booking, who=staff(by), channel="counter", priority=priority, now=now)
    await scans.note(
        purpose="check_in", by=by, hall_code=hall_code, subject=booking.number, outcome=done.outcome, now=now
    )
    return done


async def booking_shown(shown: Presented, hall_code: str) -> Booking:
    """The booking that is held out. Raises `NoSuchBooking`, `WrongHall`, `BookingCancelled` or `CodeNotTheirs`."""
    booking = await Booking.get_or_none(number=shown.number)
    if booking is None:
        raise NoSuchBooking()
    await ensure_here(booking, hall_code)
    rules.ensure_not_cancelled(booking.state)
    rules.ensure_theirs(nonce=shown.nonce, expected=booking.nonce)
    return booking


async def ensure_here(booking: Booking, hall_code: str) -> None:
    """Raises `WrongHall`, which says where to go."""
    if booking.hall_code != hall_code:
        raise WrongHall(hall=(await halls.hall(booking.hall_code)).name)


async def arrive(
    booking: Booking, *, who: Who, channel: str, now: datetime, priority: str = "", guest_hash: str | None = None
) -> CheckIn:
    """The ticket of this booking, made now unless it is there already. Call it in a transaction.

    Args:
        guest_hash: of a secret with which the ticket may be taken along on any phone.

    Raises `WrongDay`, `BookingCancelled`, `BookingNotConfirmed`, `BookingOver` or `TooLateToday`.
    """
    if ticket := await TICKETS.one(booking_number=booking.number):
        return await _again(ticket, now)
    ensure_due(booking, now)
    try:
        await joined(lambda: booking_actions.mark_checked_in(number=booking.number, now=now))  # writes last
    except BookingRefused:
        # Somebody scanned the same code in the same moment.
        if ticket := await Ticket.get_or_none(booking_number=booking.number):
            return await _again(ticket, now)
        raise
    group = Group(booking.hall_code, booking.group_code, now.astimezone(rules.CHINA).date())
    coming = Arriving(
        group=group, matter_code=booking.matter_codes[0], who=who, citizen_id=booking.citizen_id, booking=booking,
        priority=priority, channel=channel, guest_hash=guest_hash,
    )  # fmt: skip
    arrived = await enqueue(coming, now=now)
    return CheckIn(ticket=arrived.ticket, is_repeat=False, ahead=arrived.ahead)


def ensure_due(booking: Booking, now: datetime) -> None:
    """Raises `BookingCancelled`, `WrongDay`, `BookingNotConfirmed` or `BookingOver`."""
    rules.ensure_not_cancelled(booking.state)
    rules.ensure_today(booked_at=booking.starts_at, now=now)
    rules.ensure_booked(booking.state)


async def _again(ticket: Ticket, now: datetime) -> CheckIn:
    return CheckIn(ticket=ticket, is_repeat=True, ahead=await queries.ahead_of(ticket, now=now))
