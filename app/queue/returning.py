"""People who go and come back: missed and here again, out of the hall for a while, or gone for good."""

from datetime import datetime

from app.db import transactional
from app.queue import rules
from app.queue.history import CITIZEN, staff
from app.queue.models import Ticket
from app.queue.order import Lane
from app.queue.policy import policy_of
from app.queue.stepping import take, ticket_in_hall
from app.staff.by import By

BEHIND_ALL = {"lane": Lane.WALK_IN, "due_at": None, "wanted_counter": None}


@transactional
async def requeue(*, ticket_code: str, by: By, now: datetime) -> Ticket:
    """Somebody who missed the call is back: they wait again, behind the walk-ins who are there now. Raises `NotNow`."""
    ticket = await ticket_in_hall(ticket_code, by)
    changes = {**BEHIND_ALL, "order_at": now, "counter_code": None, "ended_at": None, "calls": 0}
    return await take(ticket, "requeue", changes=changes, who=staff(by), now=now)


@transactional
async def leave(ticket: Ticket, *, now: datetime) -> Ticket:
    """Go out for a while; nobody calls the number meanwhile. Raises `LeftBefore` or `NotNow`."""
    rules.ensure_may_leave(await policy_of(ticket.hall_code), leaves=ticket.leaves)
    return await take(ticket, "leave", changes={"left_at": now, "leaves": ticket.leaves + 1}, who=CITIZEN, now=now)


@transactional
async def rejoin(ticket: Ticket, *, now: datetime) -> Ticket:
    """Be back. In time the old place still holds; later it is the end of the walk-ins. Raises `NotNow`."""
    in_time = rules.keeps_turn(await policy_of(ticket.hall_code), left_at=ticket.left_at or now, now=now)
    changes = {"left_at": None} | ({} if in_time else {**BEHIND_ALL, "order_at": now})
    return await take(ticket, "rejoin", changes=changes, who=CITIZEN, now=now)


@transactional
async def give_up(ticket: Ticket, *, now: datetime) -> Ticket:
    """Not wait any longer. Raises `NotNow`."""
    return await take(ticket, "give_up", changes={"ended_at": now}, who=CITIZEN, now=now)
