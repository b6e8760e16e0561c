"""What others hear of the hall day. Ids and what was true then; never names or numbers of people."""

from datetime import datetime
from typing import Any, ClassVar, Literal

from app.outbox import Event
from app.queue.models import Ticket


class TicketEvent(Event):
    """`citizen_id` is None for somebody without an account."""

    ticket_code: str
    ticket_number: str
    citizen_id: int | None
    hall_code: str
    group_code: str
    matter_code: str
    booking_number: str | None


class CheckedIn(TicketEvent):
    """`ahead` people were waiting in front."""

    name: ClassVar[str] = "queue.checked_in"
    ahead: int


class TicketCalled(TicketEvent):
    """`calls` is 1 for the first call, more for each recall."""

    name: ClassVar[str] = "queue.ticket_called"
    counter_code: str
    calls: int


class TicketMissed(TicketEvent):
    name: ClassVar[str] = "queue.ticket_missed"
    counter_code: str
    calls: int


class TicketFinished(TicketEvent):
    """`result`: done on the spot, or the result comes later and waits to be picked up."""

    name: ClassVar[str] = "queue.ticket_finished"
    counter_code: str
    result: Literal["on_spot", "later"]


class TicketReopened(TicketEvent):
    """Finishing was a wrong press: what `TicketFinished` said does not hold any more."""

    name: ClassVar[str] = "queue.ticket_reopened"


class TicketLeft(TicketEvent):
    """Out of the hall for a while; the turn is kept until `return_by`."""

    name: ClassVar[str] = "queue.ticket_left"
    return_by: datetime


class ReturnSoon(TicketEvent):
    """The turn is kept for a few minutes more only."""

    name: ClassVar[str] = "queue.return_soon"
    return_by: datetime


class TicketGivenUp(TicketEvent):
    name: ClassVar[str] = "queue.ticket_given_up"


class TurnNear(TicketEvent):
    """So many people are still in front; told as often as the hall's policy says. `told` counts the tellings."""

    name: ClassVar[str] = "queue.turn_near"
    ahead: int
    told: int


def facts_of(ticket: Ticket, now: datetime) -> dict[str, Any]:
    """What every event about a ticket says."""
    return {
        "occurred_at": now,
        "ticket_code": ticket.code,
        "ticket_number": ticket.number,
        "citizen_id": ticket.citizen_id,
        "hall_code": ticket.hall_code,
        "group_code": ticket.group_code,
        "matter_code": ticket.matter_code,
        "booking_number": ticket.booking_number,
    }
