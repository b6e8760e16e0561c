"""What the queue does after something has happened in it."""

from app import outbox
from app.outbox import Outbox
from app.queue import rules
from app.queue.events import TicketCalled, TicketEvent, TicketGivenUp, TicketLeft, TurnNear, facts_of
from app.queue.line import Group, line_of
from app.queue.models import Ticket
from app.queue.policy import policy_of
from app.queue.queries import in_order
from app.queue.rules import CHINA
from app.queue.states import State


def subscribe(outbox: Outbox) -> None:
    """Whatever lets the others of a line move up."""
    for event in (TicketCalled, TicketLeft, TicketGivenUp):
        outbox.subscribe("queue", event, tell_who_is_near)


async def tell_who_is_near(event: TicketEvent) -> None:
    """Say to everybody who now has few enough people ahead that the turn is near, as often as the policy says (D9).

    The claim is `near_told`: of two relays at once, one tells.
    """
    policy, at = await policy_of(event.hall_code), event.occurred_at
    line = await line_of(Group(event.hall_code, event.group_code, at.astimezone(CHINA).date()), at)
    foremost = await in_order([place.ticket_id for place in line[: policy.near_ahead + 1]])
    ahead = {place.ticket_id: n for n, place in enumerate(line)}
    for ticket in foremost:
        wanted = rules.near_wanted(policy, ahead=ahead[ticket.id])
        if ticket.near_told < wanted:
            await _tell(ticket, event, ahead=ahead[ticket.id], told=wanted)


async def _tell(ticket: Ticket, event: TicketEvent, *, ahead: int, told: int) -> None:
    untold = Ticket.filter(id=ticket.id, state=State.WAITING, near_told=ticket.near_told)
    if await untold.update(near_told=told):
        await outbox.record(TurnNear(**facts_of(ticket, event.occurred_at), ahead=ahead, told=told))
