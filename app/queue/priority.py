"""Looking whether somebody may go first, as they say: with the paper in hand, by whoever is at the counter."""

from datetime import datetime
from typing import Any

from tortoise.expressions import Case, F, When

from app.db import transactional
from app.queue import history
from app.queue.arrivals import lane_of
from app.queue.errors import PriorityChecked
from app.queue.history import staff
from app.queue.models import Ticket
from app.queue.order import Lane
from app.queue.rules import PRIORITIES, Arrival, PriorityState
from app.queue.states import OPEN
from app.queue.stepping import ticket_in_hall
from app.staff.by import By


@transactional
async def confirm(*, ticket_code: str, by: By, now: datetime) -> Ticket:
    """The paper was shown: they stay in front. Raises NotFound, `HallNotYours` or `PriorityChecked`."""
    return await _check(ticket_code, "prio_checked", {"priority_state": PriorityState.CHECKED}, by, now)


@transactional
async def refuse(*, ticket_code: str, by: By, now: datetime) -> Ticket:
    """It is not so: back to the place that their booking or their arrival gives them, with the time they have waited.
    Whoever has another place by now, passed over or put back, stays there.

    Raises NotFound, `HallNotYours` or `PriorityChecked`.
    """
    ticket = await ticket_in_hall(ticket_code, by)
    ordinary = Case(When(lane=Lane.PRIORITY, then=lane_of(Arrival(ticket.arrival), "")), default=F("lane"))
    changes = {"priority_state": PriorityState.REFUSED, "priority": "", "lane": ordinary}
    return await _check(ticket_code, "prio_refused", changes, by, now)


async def _check(ticket_code: str, step: str, changes: dict[str, Any], by: By, now: datetime) -> Ticket:
    ticket = await ticket_in_hall(ticket_code, by)
    open_claim = Ticket.filter(id=ticket.id, state__in=OPEN, priority_state=PriorityState.CLAIMED)
    if not await open_claim.update(**changes, priority_checked_by=by.staff_id, priority_checked_at=now):
        raise PriorityChecked()
    checked = await Ticket.get(id=ticket.id)
    said = PRIORITIES.get(ticket.priority, "")
    await history.note(checked, step, source=checked.state, who=staff(by), now=now, why=said)
    return checked
