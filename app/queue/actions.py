"""Everything that changes a ticket once it exists: calling, and what follows at the counter."""

from datetime import datetime
from typing import Any, Literal

from tortoise.exceptions import IntegrityError
from tortoise.expressions import F

from app import outbox
from app.booking import actions as booking
from app.db import transactional
from app.errors import NotFound
from app.halls import queries as halls
from app.halls.models import Counter
from app.queue import rules
from app.queue.errors import CounterInUse, NobodyAtCounter, NobodyWaiting, NotNow
from app.queue.events import TicketCalled, TicketFinished, TicketMissed
from app.queue.models import Ticket
from app.queue.states import NAMES, State, after
from app.queue.told import facts_of
from app.staff.auditing import audit
from app.staff.by import By

AT_ONCE = 5  # candidates read at a time; more than one only when others call at the same moment


@transactional
async def call_next(*, counter_code: str, by: By, now: datetime) -> Ticket:
    """Call whoever is first: by booked time, then by arrival.

    Two counters never call the same person. A counter that is busy gets its own person again, so pressing twice, or
    again after a lost answer, calls nobody else.

    Raises:
        NobodyWaiting: no one is waiting for this counter's group.
    """
    counter = await _counter(counter_code, by)
    if held := await Ticket.get_or_none(holder=counter.code):
        return held
    while candidates := await _first(counter, now):
        for ticket in candidates:
            if called := await _claim(ticket, counter=counter, by=by, now=now):
                return called
    raise NobodyWaiting()


async def _first(counter: Counter, now: datetime) -> list[Ticket]:
    waiting = Ticket.filter(
        hall_code=counter.hall_code,
        group_code=counter.group_code,
        on_day=now.astimezone(rules.CHINA).date(),
        state=State.WAITING,
    )
    return await waiting.order_by("order_at", "arrived_at", "id").limit(AT_ONCE)


async def _claim(ticket: Ticket, *, counter: Counter, by: By, now: datetime) -> Ticket | None:
    """Take the ticket unless somebody else just did. The counter's own second press finds what the first one took."""
    try:
        is_ours = await Ticket.filter(id=ticket.id, state=State.WAITING).update(
            state=after(State.WAITING, "call"),
            holder=counter.code,
            counter_code=counter.code,
            calls=1,
            called_at=now,
            called_by=by.staff_id,
        )
    except IntegrityError:
        return await Ticket.get_or_none(holder=counter.code)
    if not is_ours:
        return None
    called = await Ticket.get(id=ticket.id)
    await _tell_call(called, "queue.call_next", by=by, now=now)
    return called


async def _tell_call(ticket: Ticket, action: str, *, by: By, now: datetime) -> None:
    await _audit(ticket, action, by=by, now=now)
    await outbox.record(
        TicketCalled(**facts_of(ticket, now), counter_code=ticket.counter_code or "", calls=ticket.calls)
    )


@transactional
async def recall(*, ticket_code: str, counter_code: str, by: By, now: datetime) -> Ticket:
    """Call the person at this counter once more. Raises `NobodyAtCounter` or `NotNow`."""
    ticket = await _step(ticket_code, "recall", counter_code=counter_code, by=by, calls=F("calls") + 1, called_at=now)
    await _tell_call(ticket, "queue.recall", by=by, now=now)
    return ticket


@transactional
async def serve(*, ticket_code: str, counter_code: str, by: By, now: datetime) -> Ticket:
    """The person has come to the counter. Raises `NobodyAtCounter` or `NotNow`."""
    ticket = await _step(ticket_code, "serve", counter_code=counter_code, by=by, served_at=now)
    await _audit(ticket, "queue.serve", by=by, now=now)
    return ticket


@transactional
async def no_show(*, ticket_code: str, counter_code: str, by: By, now: datetime) -> Ticket:
    """Nobody came when called; the counter is free again. Raises `NobodyAtCounter` or `NotNow`."""
    ticket = await _step(ticket_code, "miss", counter_code=counter_code, by=by, holder=None, ended_at=now)
    await _audit(ticket, "queue.no_show", by=by, now=now)
    await outbox.record(TicketMissed(**facts_of(ticket, now), counter_code=counter_code, calls=ticket.calls))
    return ticket


@transactional
async def finish(
    *, ticket_code: str, counter_code: str, result: Literal["on_spot", "later"], by: By, now: datetime
) -> Ticket:
    """The matter is handled here: done on the spot, or the result comes later and is picked up.

    Raises `NobodyAtCounter` or `NotNow`.
    """
    ticket = await _step(
        ticket_code, "finish", counter_code=counter_code, by=by, holder=None, ended_at=now, result=result
    )
    if ticket.booking_number is not None:
        await booking.mark_done(number=ticket.booking_number, now=now)
    await _audit(ticket, "queue.finish", by=by, now=now)
    await outbox.record(TicketFinished(**facts_of(ticket, now), counter_code=counter_code, result=result))
    return ticket


@transactional
async def requeue(*, ticket_code: str, by: By, now: datetime) -> Ticket:
    """Somebody who missed the call is back: they wait again, behind those who are there now. Raises `NotNow`."""
    ticket = await _ticket(ticket_code)
    by.ensure_sees(ticket.hall_code)
    changes = {"state": after(State(ticket.state), "requeue"), "order_at": now, "counter_code": None, "ended_at": None}
    if not await Ticket.filter(id=ticket.id, state=ticket.state).update(**changes, calls=0):
        raise await _not_now(ticket.id)
    await _audit(ticket, "queue.requeue", by=by, now=now)
    return await Ticket.get(id=ticket.id)


async def _step(ticket_code: str, step: str, *, counter_code: str, by: By, **changes: Any) -> Ticket:
    """Take a step with the ticket this counter is busy with; a page left open must not act on the next person."""
    counter = await _counter(counter_code, by)
    ticket = await _ticket(ticket_code)
    target = after(State(ticket.state), step)
    if ticket.holder != counter.code:
        raise NobodyAtCounter()
    mine = Ticket.filter(id=ticket.id, state=ticket.state, holder=counter.code)
    if not await mine.update(state=target, **changes):
        raise await _not_now(ticket.id)
    return await Ticket.get(id=ticket.id)


async def ensure_counter_free(counter_code: str) -> None:
    """Raises `CounterInUse`: a clerk who goes to another counter would leave somebody standing at this one."""
    if held := await Ticket.get_or_none(holder=counter_code):
        raise CounterInUse(number=held.number)


async def _counter(code: str, by: By) -> Counter:
    counter = await halls.counter(code)
    by.ensure_sees(counter.hall_code)
    return counter


async def _ticket(code: str) -> Ticket:
    ticket = await Ticket.get_or_none(code=code)
    if ticket is None:
        raise NotFound()
    return ticket


async def _not_now(ticket_id: int) -> NotNow:
    ticket = await Ticket.get(id=ticket_id)
    return NotNow(state=NAMES[State(ticket.state)])


async def _audit(ticket: Ticket, action: str, *, by: By, now: datetime) -> None:
    subject = f"ticket:{ticket.code}"
    await audit(
        by=by, action=action, subject=subject, citizen_id=ticket.citizen_id, hall_code=ticket.hall_code, now=now
    )
