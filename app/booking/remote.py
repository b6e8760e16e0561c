"""Visits by video or telephone: entering the room, the call by staff, and how it ended. No check-in, no ticket."""

from datetime import datetime

from app.booking import actions, conduct, kinds, queries, rules
from app.booking.changing import audit_booking
from app.booking.errors import NotRemote, TooSoonToEnd
from app.booking.kinds import OPENS_BEFORE, remote_kind
from app.booking.models import Booking
from app.db import transactional
from app.halls.models import PHONE, VIDEO
from app.staff.by import By


async def enter(*, number: str, citizen_id: int, now: datetime) -> str:
    """The address of the citizen's own video room, around the time of the visit.

    Raises NotFound, NotRemote, RoomClosed, or why the booking is over.
    """
    booking = await queries.booking(number, citizen_id=citizen_id)
    await _ensure(booking, VIDEO)
    return kinds.room_address(booking, now=now)


@transactional
async def enter_for(*, by: By, number: str, now: datetime) -> str:
    """The same room for staff, written down. Raises NotFound, HallNotYours, NotRemote, RoomClosed, why it is over."""
    booking = await queries.any_booking(number)
    by.ensure_sees(booking.hall_code)
    await _ensure(booking, VIDEO)
    address = kinds.room_address(booking, now=now)
    await audit_booking(by, "booking.enter_room", booking, now)
    return address


@transactional
async def call(*, by: By, number: str, now: datetime) -> Booking:
    """Staff are about to call; whoever shows the number in the clear has this written down.

    Raises NotFound, HallNotYours, NotRemote, or why the booking is over.
    """
    booking = await queries.any_booking(number)
    by.ensure_sees(booking.hall_code)
    await _ensure(booking, PHONE)
    await audit_booking(by, "booking.call", booking, now)
    return booking


@transactional
async def finish(*, by: By, number: str, reached: bool, now: datetime) -> None:
    """It is done, or nobody was reached: then it counts as not having come.

    Raises NotFound, HallNotYours, NotRemote, TooSoonToEnd, or why it is over already.
    """
    booking = await queries.any_booking(number)
    by.ensure_sees(booking.hall_code)
    await _ensure(booking, VIDEO, PHONE)
    if now < (booking.starts_at - OPENS_BEFORE if reached else booking.starts_at):
        raise TooSoonToEnd()
    if reached:
        await actions.mark_done(number=number, now=now)
    else:
        await conduct.mark_no_show(number=number, now=now)
    await audit_booking(by, "booking.finish_remote", booking, now, details={"reached": reached})


async def _ensure(booking: Booking, *wanted: str) -> None:
    if await remote_kind(booking) not in wanted:
        raise NotRemote()
    if booking.state != rules.BOOKED:
        raise rules.refusal_of(booking.state)
