"""Taking back a wrong press: passing over and finishing, for a minute, by whoever pressed."""

from datetime import datetime, timedelta

from tortoise.exceptions import IntegrityError

from app import outbox
from app.db import transactional
from app.queue import desks, rules
from app.queue.errors import CounterBusy, CounterClosed
from app.queue.events import TicketReopened, facts_of
from app.queue.history import staff
from app.queue.line import Group
from app.queue.models import Step, Ticket
from app.queue.states import State
from app.queue.stepping import take, ticket_in_hall
from app.staff.by import By

_ENDS = {"miss": State.MISSED, "finish": State.DONE}


async def last_ended(*, counter_code: str, group: Group, by: By, now: datetime) -> tuple[Ticket, timedelta] | None:
    """The ticket whose end this member of staff may still take back at this counter, and for how long."""
    ended = Ticket.filter(
        hall_code=group.hall_code, on_day=group.on, group_code=group.group_code, state__in=list(_ENDS.values()),
        counter_code=counter_code, ended_at__gte=now - rules.UNDO_WITHIN,
    )  # fmt: skip
    ticket = await ended.order_by("-ended_at").first()
    if ticket is None or ticket.ended_at is None:
        return None
    step = await _last_step(ticket)
    is_mine = step.step in _ENDS and step.staff_id == by.staff_id
    return (ticket, ticket.ended_at + rules.UNDO_WITHIN - now) if is_mine else None


@transactional
async def undo(*, ticket_code: str, counter_code: str, by: By, now: datetime) -> Ticket:
    """Take back the end of a ticket: who was passed over is called next by this counter, who was finished is at it.

    Raises `TooLateToUndo`, `CounterBusy` while somebody else is at the counter, `CounterClosed`, or `NotNow`.
    """
    desk = await desks.sitting(counter_code, by)
    ticket = await ticket_in_hall(ticket_code, by)
    step = await _last_step(ticket)
    pressed_by = step.staff_id if step.step in _ENDS and step.counter_code == desk.counter_code else None
    rules.ensure_undoable(staff_id=by.staff_id, pressed_by=pressed_by, pressed_at=step.at, now=now)
    if not await desks.hold(desk):
        raise CounterClosed()
    if ticket.state == State.MISSED:
        changes = {"ended_at": None, "calls": 0, "counter_code": None, "wanted_counter": counter_code}
        return await take(ticket, "restore", changes=changes, who=staff(by), now=now)
    return await _reopen(ticket, counter_code, by, now)


async def _reopen(ticket: Ticket, counter_code: str, by: By, now: datetime) -> Ticket:
    changes = {"holder": counter_code, "ended_at": None, "result": ""}
    try:
        ticket = await take(ticket, "reopen", changes=changes, who=staff(by), now=now)
    except IntegrityError as exc:
        held = await Ticket.get(holder=counter_code)
        raise CounterBusy(number=held.number) from exc
    await outbox.record(TicketReopened(**facts_of(ticket, now)))
    return ticket


async def _last_step(ticket: Ticket) -> Step:
    (step,) = await Step.filter(ticket_id=ticket.id).order_by("-id").limit(1)
    return step
