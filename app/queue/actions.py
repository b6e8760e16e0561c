"""Calling, and everything that follows at the counter."""

import asyncio
from datetime import datetime
from typing import Any, Literal
from weakref import WeakValueDictionary

from tortoise.exceptions import IntegrityError

from app import outbox
from app.booking import actions as booking
from app.db import joined, transactional
from app.halls import queries as halls
from app.queue import desks, history, rules
from app.queue.errors import CounterBusy, CounterNotOpen, MachinesOnly, NobodyAtCounter, NobodyWaiting, NoSuchGroup
from app.queue.events import TicketCalled, TicketFinished, TicketMissed, facts_of
from app.queue.history import Who, staff
from app.queue.line import Group, line_for_press, line_of
from app.queue.models import Desk, Ticket
from app.queue.order import Place, for_counter
from app.queue.policy import policy_of
from app.queue.rules import CHINA
from app.queue.states import ASIDE, State
from app.queue.stepping import TICKETS, take, ticket_at, ticket_in_hall
from app.staff.by import By

# Tickets that some press of this process is taking right now: another press at the same moment tries the next one
# instead of waiting for the first. Only to be quick; the conditional update decides.
_being_called: set[int] = set()
_presses: WeakValueDictionary[str, asyncio.Lock] = WeakValueDictionary()  # of one counter: one after the other


async def call_next(*, counter_code: str, by: By, now: datetime) -> Ticket:
    """Call whoever is first in the line (`app.queue.order`).

    Two counters never call the same person. A counter that is busy gets its own person again, so pressing twice, or
    again after a lost answer, calls nobody else.

    Raises:
        NobodyWaiting: no one is waiting for this counter's group.
        CounterClosed, CounterPaused, NotYourCounter: this member of staff does not sit there, or not now.
    """
    desk = await desks.ready(counter_code, by)
    return await call_for(desk, who=staff(by), now=now)


async def call_for(desk: Desk, *, who: Who, now: datetime) -> Ticket:
    """Call the next one to this counter, which gets its own person again when it is busy. Looks first, then claims:
    forty counters that press at the same moment hold nothing while they look.

    Raises `NobodyWaiting`, or `CounterClosed` when the sitting ended or paused meanwhile.
    """
    group = Group(desk.hall_code, desk.group_code, now.astimezone(CHINA).date())
    async with _presses.setdefault(desk.counter_code, asyncio.Lock()):
        while places := for_counter(await line_for_press(group, now), desk.counter_code):
            for place in [place for place in places if place.ticket_id not in _being_called] or places:
                if called := await _claim(place, desk=desk, who=who, now=now):
                    return called
        if own := await TICKETS.one(holder=desk.counter_code):
            return own
    raise NobodyWaiting()


async def _claim(place: Place, *, desk: Desk, who: Who, now: datetime) -> Ticket | None:
    """Take the ticket unless somebody else just did. The counter's own second press finds what the first one took."""
    _being_called.add(place.ticket_id)
    try:
        return await _call(place.ticket_id, desk=desk, who=who, now=now)
    except IntegrityError:
        return await TICKETS.one(holder=desk.counter_code)
    finally:
        _being_called.discard(place.ticket_id)


@transactional
async def _call(ticket_id: int, *, desk: Desk, who: Who, now: datetime) -> Ticket | None:
    await desks.press(desk)
    changes = {**_called_to(desk.counter_code, who, now), "first_called_at": now, "calls": 1}
    if not await TICKETS.change({"id": ticket_id, "state": State.WAITING}, changes):
        return None
    called = await TICKETS.one(holder=desk.counter_code)
    assert called is not None  # this transaction has just written it
    await history.note(called, "call", source=State.WAITING, who=who, now=now)
    await _tell_call(called, now)
    return called


def _called_to(counter_code: str, who: Who, now: datetime) -> dict[str, Any]:
    return {
        "state": State.CALLED,
        "holder": counter_code,
        "counter_code": counter_code,
        "wanted_counter": None,
        "called_at": now,
        "called_by": who.by.staff_id if who.by else None,
    }


async def _tell_call(ticket: Ticket, now: datetime) -> None:
    await outbox.record(
        TicketCalled(**facts_of(ticket, now), counter_code=ticket.counter_code or "", calls=ticket.calls)
    )


@transactional
async def recall(*, ticket_code: str, counter_code: str, by: By, now: datetime) -> Ticket:
    """Call the person at this counter once more. Raises `RecallTooSoon`, `NobodyAtCounter` or `NotNow`."""
    ticket = await _at(ticket_code, counter_code, by)
    rules.ensure_recall(await policy_of(ticket.hall_code), called_at=ticket.called_at or now, now=now)
    changes = {"calls": ticket.calls + 1, "called_at": now}
    ticket = await take(ticket, "recall", changes=changes, who=staff(by), now=now)
    await _tell_call(ticket, now)
    return ticket


@transactional
async def serve(*, ticket_code: str, counter_code: str, by: By, now: datetime) -> Ticket:
    """The person has come to the counter. Raises `NobodyAtCounter` or `NotNow`."""
    return await _step(ticket_code, "serve", counter_code=counter_code, by=by, now=now, changes={"served_at": now})


@transactional
async def no_show(*, ticket_code: str, counter_code: str, by: By, now: datetime) -> Ticket:
    """Nobody came although called often enough, and the counter is free again; or somebody who was held at this
    counter, or parked at any of its group, does not come back.

    Raises `CallAgainFirst`, `NobodyAtCounter` or `NotNow`.
    """
    desk = await desks.sitting(counter_code, by)
    ticket = await ticket_in_hall(ticket_code, by)
    if ticket.state in ASIDE:
        _ensure_takes_up(desk, ticket)
        return await miss(ticket, who=staff(by), now=now, counter_code=counter_code)
    ticket = await ticket_at(ticket_code, counter_code)
    if ticket.state == State.CALLED:
        rules.ensure_called_enough(await policy_of(ticket.hall_code), calls=ticket.calls)
    return await miss(ticket, who=staff(by), now=now)


async def miss(ticket: Ticket, *, who: Who, now: datetime, why: str = "", **changes: Any) -> Ticket:
    """Pass somebody over, inside the open transaction. Raises `NotNow`."""
    changes = {"holder": None, "ended_at": now, **changes}
    ticket = await take(ticket, "miss", changes=changes, who=who, now=now, why=why)
    await outbox.record(
        TicketMissed(**facts_of(ticket, now), counter_code=ticket.counter_code or "", calls=ticket.calls)
    )
    return ticket


@transactional
async def skip(*, ticket_code: str, counter_code: str, by: By, now: datetime) -> Ticket:
    """Put somebody who does not come back into the line, behind the next few.

    Raises `SkippedBefore`, `NobodyAtCounter` or `NotNow`.
    """
    ticket = await _at(ticket_code, counter_code, by)
    policy = await policy_of(ticket.hall_code)
    rules.ensure_may_skip(policy, skips=ticket.skips)
    place = await _behind(ticket, count=policy.skip_behind, now=now)
    changes = {"holder": None, "counter_code": None, "skips": ticket.skips + 1, **place}
    return await take(ticket, "skip", changes=changes, who=staff(by), now=now)


async def _behind(ticket: Ticket, *, count: int, now: datetime) -> dict[str, Any]:
    """The place behind the next `count` people of the line and whoever has the last one's booked time; the end of it
    when they are fewer.
    """
    line = await line_of(Group(ticket.hall_code, ticket.group_code, ticket.on_day), now)
    if not line or not count:
        return {}
    last = await Ticket.get(id=line[:count][-1].ticket_id)
    return {"lane": last.lane, "order_at": last.order_at + rules.MOMENT, "due_at": last.due_at}


@transactional
async def hold(*, ticket_code: str, counter_code: str, by: By, now: datetime) -> Ticket:
    """The person steps aside for a moment and comes back to this counter, which is free meanwhile."""
    return await _step(ticket_code, "hold", counter_code=counter_code, by=by, now=now, changes={"holder": None})


@transactional
async def park(*, ticket_code: str, counter_code: str, by: By, now: datetime, why: str = "") -> Ticket:
    """The matter waits for something of ours; any counter of the group may take it up again."""
    changes = {"holder": None}
    return await _step(ticket_code, "park", counter_code=counter_code, by=by, now=now, changes=changes, why=why)


@transactional
async def resume(*, ticket_code: str, counter_code: str, by: By, now: datetime) -> Ticket:
    """Take up again who was held at this counter, or parked at any counter of its group (they are called again).

    Raises `CounterBusy`, `NobodyAtCounter` for another counter's person, `NotNow`, or as `desks.ready`.
    """
    desk = await desks.ready(counter_code, by)
    ticket = await ticket_in_hall(ticket_code, by)
    _ensure_takes_up(desk, ticket)
    await desks.press(desk)
    changes: dict[str, Any] = {"holder": counter_code, "counter_code": counter_code}
    if ticket.state == State.PARKED:
        changes |= {"called_at": now, "called_by": by.staff_id, "calls": ticket.calls + 1}
    try:
        ticket = await take(ticket, "resume", changes=changes, who=staff(by), now=now)
    except IntegrityError as exc:
        held = await Ticket.get(holder=counter_code)
        raise CounterBusy(number=held.number) from exc
    if ticket.state == State.CALLED:
        await _tell_call(ticket, now)
    return ticket


def _ensure_takes_up(desk: Desk, ticket: Ticket) -> None:
    """Who is held comes back to their counter, who is parked to any counter of the group. Raises `NobodyAtCounter`."""
    is_of_group = (ticket.hall_code, ticket.group_code) == (desk.hall_code, desk.group_code)
    if not (ticket.counter_code == desk.counter_code if ticket.state == State.HELD else is_of_group):
        raise NobodyAtCounter()


@transactional
async def transfer(
    *, ticket_code: str, counter_code: str, to_group: str, to_counter: str | None = None, by: By, now: datetime
) -> Ticket:
    """Send the person on to another group of the hall, or to one counter of it. Whoever has waited keeps that time.

    Raises `NoSuchGroup`, `MachinesOnly`, `CounterNotOpen`, `NobodyAtCounter` or `NotNow`.
    """
    ticket = await _at(ticket_code, counter_code, by)
    await _ensure_open(ticket.hall_code, to_group, to_counter)
    changes = {
        "holder": None, "counter_code": None, "calls": 0, "group_code": to_group, "wanted_counter": to_counter,
        "due_at": None,
    }  # fmt: skip
    return await take(ticket, "transfer", changes=changes, who=staff(by), now=now, why=to_counter or to_group)


async def _ensure_open(hall_code: str, group_code: str, counter_code: str | None) -> None:
    """The counter stays open until the transaction is over: else who is sent there would wait for nobody."""
    counters = await halls.counters(hall_code, group_code=group_code)
    if not counters or (counter_code and counter_code not in {counter.code for counter in counters}):
        raise NoSuchGroup()
    if await halls.is_of_machines(hall_code, group_code):
        raise MachinesOnly()
    if counter_code:
        desk = await desks.desk_at(counter_code)
        if desk is None or not await desks.hold(desk):
            raise CounterNotOpen()


@transactional
async def finish(
    *, ticket_code: str, counter_code: str, result: Literal["on_spot", "later"], by: By, now: datetime
) -> Ticket:
    """The matter is handled here: done on the spot, or the result comes later and is picked up.

    Raises `NobodyAtCounter` or `NotNow`.
    """
    changes = {"holder": None, "ended_at": now, "result": result}
    ticket = await _step(ticket_code, "finish", counter_code=counter_code, by=by, now=now, changes=changes)
    if ticket.booking_number is not None:
        number = ticket.booking_number
        await joined(lambda: booking.mark_done(number=number, now=now))
    await outbox.record(TicketFinished(**facts_of(ticket, now), counter_code=counter_code, result=result))
    return ticket


async def _step(
    ticket_code: str, step: str, *, counter_code: str, by: By, now: datetime, changes: dict[str, Any], why: str = ""
) -> Ticket:
    ticket = await _at(ticket_code, counter_code, by)
    return await take(ticket, step, changes=changes, who=staff(by), now=now, why=why)


async def _at(ticket_code: str, counter_code: str, by: By) -> Ticket:
    """The ticket this counter is busy with; a page left open must not act on the next person."""
    await desks.sitting(counter_code, by)
    return await ticket_at(ticket_code, counter_code)
