"""What happens here when something has happened elsewhere."""

from tortoise.exceptions import IntegrityError

from app.pickup.making import expected
from app.pickup.models import Pickup
from app.pickup.states import State
from app.queue.events import TicketEvent, TicketFinished, TicketReopened


async def expect_result(event: TicketFinished) -> None:
    """A visit whose result comes later: from now on the hall knows that something has to be made ready."""
    if event.result != "later":
        return
    source_key = _source_key(event)
    row = expected(
        source_key=source_key,
        booking_number=event.booking_number,
        citizen_id=event.citizen_id,
        hall_code=event.hall_code,
        matter_code=event.matter_code,
        at=event.occurred_at,
    )
    if not await Pickup.exists(source_key=source_key):
        try:
            await row.save(force_create=True)
        except IntegrityError:
            return  # marked ready at this very moment; that row says more


async def expect_no_result(event: TicketReopened) -> None:
    """The visit goes on after a wrong press. What lies on the shelf already stays there."""
    await Pickup.filter(source_key=_source_key(event), state=State.EXPECTED).delete()


def _source_key(event: TicketEvent) -> str:
    return f"booking:{event.booking_number}" if event.booking_number else f"ticket:{event.ticket_code}"
