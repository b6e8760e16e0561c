"""The row of a result that is expected, from a finished visit or straight from the shelf: one for each visit."""

from collections.abc import Sequence
from datetime import datetime

from tortoise.exceptions import IntegrityError

from app.ids import new_code
from app.pickup.models import Pickup
from app.pickup.states import State
from app.queue.models import Ticket
from app.queue.states import State as TicketState


def source_of(*, booking_number: str | None, ticket_code: str) -> str:
    """What a visit's result is known by: its booking, or the number it was called by."""
    return f"booking:{booking_number}" if booking_number else f"ticket:{ticket_code}"


async def visits_of(source_keys: Sequence[str]) -> dict[str, Ticket]:
    """The tickets of results without a booking, by what each is known by."""
    codes = [key.removeprefix("ticket:") for key in source_keys if key.startswith("ticket:")]
    tickets = await Ticket.filter(code__in=codes) if codes else []
    return {source_of(booking_number=None, ticket_code=ticket.code): ticket for ticket in tickets}


async def visit_of(pickup: Pickup) -> Ticket | None:
    """The visit a result comes from, once it was served to the end; None for what came from the shelf alone."""
    done = Ticket.filter(state=TicketState.DONE)
    if pickup.booking_number:
        return await done.filter(booking_number=pickup.booking_number).order_by("-id").first()
    return await done.filter(code=pickup.source_key.removeprefix("ticket:")).first()


async def of_ticket(ticket: Ticket, *, now: datetime) -> Pickup:
    """The result of a visit that has just been finished, whether or not the event has arrived here."""
    return await expected(
        source_key=source_of(booking_number=ticket.booking_number, ticket_code=ticket.code),
        booking_number=ticket.booking_number,
        citizen_id=ticket.citizen_id,
        hall_code=ticket.hall_code,
        matter_code=ticket.matter_code,
        at=now,
    )


async def expected(
    *,
    source_key: str,
    booking_number: str | None,
    citizen_id: int | None,
    hall_code: str,
    matter_code: str,
    at: datetime,
) -> Pickup:
    """The row of this visit's result; made now unless it is there."""
    if known := await Pickup.get_or_none(source_key=source_key):
        return known
    pickup = Pickup(
        code=new_code(),
        source_key=source_key,
        booking_number=booking_number,
        citizen_id=citizen_id,
        hall_code=hall_code,
        matter_code=matter_code,
        state=State.EXPECTED,
        expected_at=at,
        nonce=new_code(),
    )
    try:
        await pickup.save(force_create=True)
    except IntegrityError:
        return await Pickup.get(source_key=source_key)
    return pickup
