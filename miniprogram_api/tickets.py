"""Today's tickets of the citizen who is signed in."""

from datetime import datetime

from sanic import Blueprint

from app import clock
from app.clock import CHINA
from app.halls import queries as halls
from app.halls.models import Counter
from app.http.context import AppRequest
from app.http.endpoint import endpoint
from app.http.messages import Message
from app.http.session import Caller
from app.matters import queries as matters
from app.queue import queries
from app.queue.models import Ticket
from app.queue.states import NAMES, State

blueprint = Blueprint("tickets", url_prefix="/tickets")


class TicketCounterOut(Message):
    no: str
    name: str
    floor: int
    zone: str


class TicketOut(Message):
    """`ahead`: people waiting in front. `counter`: where to go, once called. `calls`: how often called so far."""

    code: str
    number: str
    state: str
    state_name: str
    ahead: int
    hall_code: str
    hall_name: str
    matter_code: str
    matter_name: str
    booking_number: str | None
    booked_at: datetime | None
    arrived_at: datetime
    called_at: datetime | None
    calls: int
    counter: TicketCounterOut | None


class TicketsOut(Message):
    items: list[TicketOut]
    total: int


@blueprint.get("/")
@endpoint(caller="citizen", returns=TicketsOut)
async def tickets(request: AppRequest, caller: Caller) -> TicketsOut:
    """我今天的排队号，前面还有几人"""
    now = clock.now()
    rows = await queries.tickets_of(citizen_id=caller.id, on=now.astimezone(CHINA).date(), now=now)
    items = await tickets_out(rows)
    return TicketsOut(items=items, total=len(items))


async def tickets_out(rows: list[tuple[Ticket, int]]) -> list[TicketOut]:
    """Tickets with the number of people ahead, as they go out."""
    hall_names = {hall.code: hall.name for hall in await halls.halls(codes={ticket.hall_code for ticket, _ in rows})}
    matter_names = await matters.names([ticket.matter_code for ticket, _ in rows])
    counters = await halls.counters_by_code({ticket.counter_code for ticket, _ in rows if ticket.counter_code})
    return [
        TicketOut(
            code=ticket.code,
            number=ticket.number,
            state=ticket.state,
            state_name=NAMES[State(ticket.state)],
            ahead=ahead,
            hall_code=ticket.hall_code,
            hall_name=hall_names.get(ticket.hall_code, ""),
            matter_code=ticket.matter_code,
            matter_name=matter_names.get(ticket.matter_code, ticket.matter_code),
            booking_number=ticket.booking_number,
            booked_at=ticket.booked_at,
            arrived_at=ticket.arrived_at,
            called_at=ticket.called_at,
            calls=ticket.calls,
            counter=_counter(counters.get(ticket.counter_code or "")),
        )
        for ticket, ahead in rows
    ]


def _counter(row: Counter | None) -> TicketCounterOut | None:
    return TicketCounterOut(no=row.no, name=row.name, floor=row.floor, zone=row.zone) if row else None
