"""A ticket as a citizen reads it."""

from dataclasses import dataclass

from app.halls import queries as halls
from app.matters import queries as matters
from app.queue.models import Ticket
from app.queue.states import NAMES, State


@dataclass(frozen=True)
class TicketView:
    """`ahead`: people waiting in front. `counter`: where to go, once called."""

    number: str
    state: str
    state_name: str
    ahead: int
    matter: str
    counter: str
    booking_number: str | None


async def shown(rows: list[tuple[Ticket, int]]) -> list[TicketView]:
    """Tickets with the number of people ahead, in the words of the page."""
    names = await matters.names([ticket.matter_code for ticket, _ in rows])
    counters = await halls.counters_by_code({ticket.counter_code for ticket, _ in rows if ticket.counter_code})
    return [_shown(ticket, ahead, names, counters) for ticket, ahead in rows]


def _shown(ticket: Ticket, ahead: int, names: dict[str, str], counters: dict) -> TicketView:  # type: ignore[type-arg]
    counter = counters.get(ticket.counter_code)
    return TicketView(
        number=ticket.number,
        state=ticket.state,
        state_name=NAMES[State(ticket.state)],
        ahead=ahead,
        matter=names.get(ticket.matter_code, ticket.matter_code),
        counter=f"{counter.floor} 楼 {counter.zone} 区 {counter.no} {counter.name}" if counter else "",
        booking_number=ticket.booking_number,
    )
