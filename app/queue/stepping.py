"""Taking a step of the table: by a conditional update, so that of two steps at once one is refused."""

from copy import copy
from datetime import datetime
from typing import Any

from app.errors import NotFound
from app.prepared import Rows
from app.queue import history
from app.queue.errors import NobodyAtCounter, NotNow
from app.queue.history import Who
from app.queue.models import Step, Ticket
from app.queue.states import ASIDE, NAMES, State, after
from app.staff.by import By

TICKETS = Rows(Ticket)


async def ticket_by(code: str) -> Ticket:
    """Raises NotFound."""
    ticket = await TICKETS.one(code=code)
    if ticket is None:
        raise NotFound()
    return ticket


async def ticket_in_hall(code: str, by: By) -> Ticket:
    """Raises NotFound or HallNotYours."""
    ticket = await ticket_by(code)
    by.ensure_sees(ticket.hall_code)
    return ticket


async def ticket_at(code: str, counter_code: str) -> Ticket:
    """Raises NotFound, `NobodyAtCounter`, or `NotNow` for somebody who is at no counter any more."""
    ticket = await ticket_by(code)
    if ticket.holder == counter_code:
        return ticket
    if ticket.holder is None and ticket.state not in ASIDE:
        raise NotNow(state=NAMES[State(ticket.state)], allowed=[])
    raise NobodyAtCounter()


async def is_done_already(code: str, step: str, by: By) -> bool:
    """Whether this step is the ticket's latest, and theirs: a press repeated because its answer was lost."""
    ticket = await TICKETS.one(code=code)
    if ticket is None:
        return False
    latest = await Step.filter(ticket_id=ticket.id).order_by("-id").limit(1).values_list("step", "staff_id")
    return latest == [(step, by.staff_id)]


async def take(ticket: Ticket, step: str, *, who: Who, now: datetime, changes: dict[str, Any], why: str = "") -> Ticket:
    """Take the step if the ticket is still as it was read, and write it down. Returns the ticket as it is then.

    Raises `NotNow` when the table does not know the step, or somebody was quicker; IntegrityError when the counter
    that is to hold it holds another.
    """
    target = after(State(ticket.state), step)
    unchanged = {"id": ticket.id, "state": ticket.state, "holder": ticket.holder, "calls": ticket.calls}
    if not await TICKETS.change(unchanged, {"state": target, **changes}):
        now_is = await Ticket.get(id=ticket.id)
        raise NotNow(state=NAMES[State(now_is.state)], allowed=[])
    stepped = changed(ticket, state=target, **changes)
    await history.note(stepped, step, source=ticket.state, who=who, now=now, why=why)
    return stepped


def changed(ticket: Ticket, **changes: Any) -> Ticket:
    """The ticket as a conditional update has just made it, without reading it again."""
    copied = copy(ticket)
    for name, value in changes.items():
        setattr(copied, name, value)
    return copied
