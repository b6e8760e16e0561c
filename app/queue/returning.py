"""People who go and come back: missed and here again, out of the hall for a while, or gone for good."""

from datetime import datetime

from app import outbox
from app.db import transactional
from app.queue import rules, viewing
from app.queue.events import TicketGivenUp, TicketLeft, facts_of
from app.queue.history import CITIZEN, staff
from app.queue.models import Ticket
from app.queue.order import Lane
from app.queue.policy import policy_of
from app.queue.states import State
from app.queue.stepping import take, ticket_in_hall
from app.queue.viewing import Viewer
from app.staff.by import By

BEHIND_ALL = {"lane": Lane.WALK_IN, "due_at": None, "wanted_counter": None}


@transactional
async def requeue(*, ticket_code: str, by: By, now: datetime) -> Ticket:
    """Somebody who missed the call is back: they wait again, behind the walk-ins who are there now. Raises `NotNow`.

    Whoever was called before the booked time had come keeps the booked turn: nobody need be there that early.
    """
    ticket = await ticket_in_hall(ticket_code, by)
    place = {} if _was_called_early(ticket) else {**BEHIND_ALL, "order_at": now}
    changes = {**place, "counter_code": None, "ended_at": None, "calls": 0}
    return await take(ticket, "requeue", changes=changes, who=staff(by), now=now)


def _was_called_early(ticket: Ticket) -> bool:
    return ticket.due_at is not None and ticket.called_at is not None and ticket.called_at < ticket.due_at


# What people do themselves is safe to repeat: who presses twice, or again after a lost answer, gets the same answer.


@transactional
async def leave(*, ticket_code: str, viewer: Viewer, now: datetime) -> Ticket:
    """Go out for a while; nobody calls the number meanwhile, and the turn is kept until `return_by`.

    Raises NotFound, `OnlyTheOwner`, `LeftBefore` or `NotNow`.
    """
    ticket = await viewing.own(ticket_code, viewer)
    if ticket.state == State.LEFT:
        return ticket
    policy = await policy_of(ticket.hall_code)
    if ticket.state == State.WAITING:
        rules.ensure_may_leave(policy, leaves=ticket.leaves)
    until = rules.return_by(policy, left_at=now)
    changes = {
        "left_at": now, "leaves": ticket.leaves + 1, "return_by": until,
        "remind_at": rules.remind_at(until, left_at=now),
    }  # fmt: skip
    ticket = await take(ticket, "leave", changes=changes, who=CITIZEN, now=now)
    await outbox.record(TicketLeft(**facts_of(ticket, now), return_by=until))
    return ticket


@transactional
async def rejoin(*, ticket_code: str, viewer: Viewer, now: datetime) -> Ticket:
    """Be back. In time the old place still holds; later it is the end of the walk-ins.

    Raises NotFound, `OnlyTheOwner` or `NotNow`.
    """
    ticket = await viewing.own(ticket_code, viewer)
    if ticket.state == State.WAITING:
        return ticket
    is_in_time = ticket.return_by is None or now <= ticket.return_by
    place = {} if is_in_time else {**BEHIND_ALL, "order_at": now}
    changes = {"left_at": None, "return_by": None, "remind_at": None, **place}
    return await take(ticket, "rejoin", changes=changes, who=CITIZEN, now=now)


@transactional
async def give_up(*, ticket_code: str, viewer: Viewer, now: datetime) -> Ticket:
    """Not wait any longer. Raises NotFound, `OnlyTheOwner` or `NotNow`."""
    ticket = await viewing.own(ticket_code, viewer)
    if ticket.state == State.GIVEN_UP:
        return ticket
    changes = {"ended_at": now, "return_by": None, "remind_at": None}
    ticket = await take(ticket, "give_up", changes=changes, who=CITIZEN, now=now)
    await outbox.record(TicketGivenUp(**facts_of(ticket, now)))
    return ticket
