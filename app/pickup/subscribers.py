"""What happens here when something has happened elsewhere."""

from app.pickup.making import expected, source_of
from app.pickup.models import Pickup
from app.pickup.states import State
from app.queue.events import TicketFinished, TicketReopened
from app.queue.models import Ticket


async def expect_result(event: TicketFinished) -> None:
    """A visit whose result comes later: from now on the hall knows that something has to be made ready."""
    if event.result == "later":
        await expected(
            source_key=source_of(booking_number=event.booking_number, ticket_code=event.ticket_code),
            booking_number=event.booking_number,
            citizen_id=event.citizen_id,
            hall_code=event.hall_code,
            matter_code=event.matter_code,
            at=event.occurred_at,
        )


async def expect_no_result(event: TicketReopened) -> None:
    """The visit goes on after a wrong press. What lies on the shelf already stays there, and so does what is expected
    of a visit that was finished again before this was heard.
    """
    if await Ticket.exists(code=event.ticket_code, result="later"):
        return
    source_key = source_of(booking_number=event.booking_number, ticket_code=event.ticket_code)
    await Pickup.filter(source_key=source_key, state=State.EXPECTED).delete()
