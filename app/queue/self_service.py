"""Checking in by oneself: on the phone after scanning the hall's code, or at a kiosk by holding out one's own."""

from dataclasses import dataclass
from datetime import date, datetime, timedelta

from app.booking import queries as bookings
from app.booking.models import Booking
from app.db import transactional
from app.errors import AppError
from app.queue import check_in, presented, queries, rules, scans
from app.queue.check_in import CheckIn
from app.queue.history import CITIZEN
from app.queue.models import Device, Ticket
from app.queue.policy import policy_of
from app.queue.presence import Presence
from app.queue.presented import Presented
from app.queue.rules import CHINA, Arrival

LOOK_AHEAD = timedelta(days=14)


async def check_in_here(
    *, number: str, citizen_id: int, presence: Presence, now: datetime, priority: str = ""
) -> CheckIn:
    """Check in with one's own booking, being in the hall. Safe to repeat: the first ticket is the answer. Logged.

    Raises:
        NotFound: no such booking of this citizen.
        WrongHall, WrongDay, BookingCancelled, BookingNotConfirmed, BookingOver, TooLateToday: not here, or not now.
    """
    booking = await bookings.booking(number, citizen_id=citizen_id)
    try:
        return await _arrive(booking, presence, priority, now)
    except AppError as refusal:
        await _note(presence.hall_code, presence.channel, booking.number, refusal.code, now)
        raise


@transactional
async def _arrive(booking: Booking, presence: Presence, priority: str, now: datetime) -> CheckIn:
    await check_in.ensure_here(booking, presence.hall_code)
    done = await check_in.arrive(booking, who=CITIZEN, channel=presence.channel, priority=priority, now=now)
    await _note(presence.hall_code, presence.channel, booking.number, done.outcome, now)
    return done


async def check_in_at_kiosk(
    *, text: str, device: Device, guest_hash: str, now: datetime, priority: str = ""
) -> CheckIn:
    """Check in whoever holds out their code to a kiosk, or types their booking number. Logged.

    Args:
        guest_hash: of a secret with which the ticket may be taken along on a phone.

    Raises what `app.queue.check_in.check_in` raises.
    """
    number = ""
    try:
        shown = presented.read(text, now=now)
        number = shown.number
        return await _arrive_at_kiosk(shown, device, guest_hash, priority, now)
    except AppError as refusal:
        await _note(device.hall_code, device.kind, number, refusal.code, now)
        raise


@transactional
async def _arrive_at_kiosk(shown: Presented, device: Device, guest_hash: str, priority: str, now: datetime) -> CheckIn:
    booking = await check_in.booking_shown(shown, device.hall_code)
    done = await check_in.arrive(
        booking, who=CITIZEN, channel=device.kind, priority=priority, guest_hash=guest_hash, now=now
    )
    await _note(device.hall_code, device.kind, booking.number, done.outcome, now)
    return done


async def _note(hall_code: str, channel: str, number: str, outcome: str, now: datetime) -> None:
    await scans.note(purpose="check_in", channel=channel, hall_code=hall_code, subject=number, outcome=outcome, now=now)


@dataclass(frozen=True)
class Prospect:
    """What checking in with a booking would lead to now. `refusal` says why it would not; `ticket` is there already."""

    booking: Booking
    arrival: Arrival | None = None
    refusal: AppError | None = None
    ticket: Ticket | None = None


async def prospects(*, citizen_id: int, hall_code: str, now: datetime) -> list[Prospect]:
    """A citizen's bookings of today in this hall; without any, those of today elsewhere and of the next days."""
    rows, _ = await bookings.bookings_of(citizen_id, page_size=50)
    today = now.astimezone(CHINA).date()
    mine = [row for row in rows if _day(row) == today and row.hall_code == hall_code]
    coming = [row for row in rows if today <= _day(row) <= today + LOOK_AHEAD and row.state in ("held", "booked")]
    chosen = sorted(mine or coming, key=lambda row: row.starts_at)
    tickets = await queries.tickets_by_booking([row.number for row in chosen])
    return [await _prospect(row, tickets.get(row.number), hall_code, now) for row in chosen]


def _day(booking: Booking) -> date:
    return booking.starts_at.astimezone(CHINA).date()


async def _prospect(booking: Booking, ticket: Ticket | None, hall_code: str, now: datetime) -> Prospect:
    if ticket is not None:
        return Prospect(booking, ticket=ticket)
    try:
        await check_in.ensure_here(booking, hall_code)
        check_in.ensure_due(booking, now)
        return Prospect(booking, rules.arrival(await policy_of(hall_code), booked_at=booking.starts_at, now=now))
    except AppError as refusal:
        return Prospect(booking, refusal=refusal)
