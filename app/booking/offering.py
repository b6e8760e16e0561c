"""Places that are free again: first to whoever waits for them, then to everybody.

A place in `ReturningPlace` belongs to whoever deletes its row, and goes into its slot and out to the waiting list in
one transaction, so that nobody sees it in between. Any number of workers may run; a killed one leaves the row.
"""

from collections import defaultdict
from datetime import datetime, timedelta

from app import outbox
from app.booking import claims, line, places, rules
from app.booking.errors import AlreadyBooked, BookingRefused, ChangedMeanwhile, SlotClosed, SlotFull, SlotTooShort
from app.booking.events import PlaceOffered, WaitingOver
from app.booking.facts import facts_of
from app.booking.fitting import Free, offer_until
from app.booking.making import Order, make
from app.booking.models import ReturningPlace, Slot, Waiting
from app.booking.places import PUBLIC
from app.booking.policy import policy_of
from app.db import transactional
from app.errors import NotFound
from app.worker import each_at_once

AT_ONCE = 500
TOO_FEW = "booking.too_few_in_a_row"  # why somebody behind was first, when it was for want of slots in a row


async def return_due(now: datetime) -> int:
    """Return the places that are due, line by line; one line's trouble holds up no other. Returns how many."""
    due = ReturningPlace.filter(due_at__lte=now).order_by("due_at", "id").limit(AT_ONCE)
    lines: dict[str, list[tuple[str, int]]] = defaultdict(list)
    for row_id, slot_id in await due.values_list("id", "slot_id"):
        lines[line.key_of(slot_id)].append((slot_id, row_id))
    returned: list[int] = []

    async def serve(key: str) -> None:
        returned.append(await _return(key, lines[key], now))

    await each_at_once(lines, serve, limit=1)
    return sum(returned)


@transactional
async def _return(key: str, rows: list[tuple[str, int]], now: datetime) -> int:
    mine = [slot_id for slot_id, row_id in sorted(rows) if await ReturningPlace.filter(id=row_id).delete()]
    for slot_id in mine:
        await places.give_one(slot_id, PUBLIC)
    if mine:
        await offer(key, now=now)
    return len(mine)


async def offer_all(*, now: datetime) -> int:
    """Offer whatever is free to those who wait for it, for places that came by no event; one line's trouble holds up
    no other. Returns how many.
    """
    waited_for = await Waiting.filter(state=line.WAITING, until__gt=now).distinct().values_list("line", flat=True)
    offered: list[int] = []

    async def serve(key: object) -> None:
        if await _free_slots(str(key), now).exists():
            offered.append(await offer(str(key), now=now))

    await each_at_once(waited_for, serve, limit=1)
    return sum(offered)


async def offer_in(*, hall_code: str, group_code: str, now: datetime) -> int:
    """Offer what staff have just opened in a group of counters, before anybody else sees it."""
    waiting = Waiting.filter(hall_code=hall_code, state=line.WAITING, until__gt=now)
    if group_code:
        waiting = waiting.filter(group_code=group_code)
    return sum([await offer(str(key), now=now) for key in set(await waiting.values_list("line", flat=True))])


@transactional
async def offer(key: str, *, now: datetime) -> int:
    """Give the free places of a line to those who wait, the first in line first. Returns how many were offered one."""
    waiting = await Waiting.filter(line=key, state=line.WAITING, until__gt=now).order_by("id")
    if not waiting:
        return 0
    policy = await policy_of(waiting[0].hall_code)
    bookable = now + timedelta(minutes=policy.earliest_minutes)
    rows = await _free_slots(key, bookable).values_list("id", "left", "minutes")
    free = Free({slot_id: left for slot_id, left, _ in rows}, minutes=rows[0][2] if rows else 0)
    return sum([await _serve(entry, free, now) for entry in waiting if free])


def _free_slots(key: str, since: datetime):  # type: ignore[no-untyped-def]
    first, end = line.between(key)
    return Slot.filter(id__gte=first, id__lt=end, starts_at__gte=since, left__gt=0, is_closed=False)


async def _serve(entry: Waiting, free: Free, now: datetime) -> int:
    """Offer a place to one who waits, if one suits; else write down why somebody behind may be first."""
    while (run := free.run(entry.slots)) is not None:
        try:
            await _offer(entry, run[0], now)
        except (SlotFull, SlotClosed, SlotTooShort):
            free.drop(run[0])
        except ChangedMeanwhile:
            return 0  # another worker's, or left
        except AlreadyBooked:
            await _end(entry, line.LEFT, now)
            return 0
        except NotFound:
            await _end(entry, line.OVER, now)  # the matter is cancelled
            return 0
        except BookingRefused as refusal:
            return await _pass_over(entry, refusal.code)
        else:
            free.take(run)
            return 1
    return await _pass_over(entry, TOO_FEW) if free else 0


@transactional
async def _offer(entry: Waiting, slot_id: str, now: datetime) -> None:
    mine = Waiting.filter(id=entry.id, state=line.WAITING)
    if not await mine.update(state=line.OFFERED, passed_why=""):
        raise ChangedMeanwhile()
    order = Order(
        citizen_id=entry.citizen_id,
        slot_id=slot_id,
        matter_codes=tuple(entry.matter_codes),
        people=entry.people,
        channel=line.CHANNEL,
    )
    starts_at = rules.start_of(slot_id)
    policy = await policy_of(entry.hall_code)
    until = offer_until(policy, starts_at=starts_at, now=now, is_elder=entry.is_elder)
    booking = await make(order, now=now, hold_until=until)
    await Waiting.filter(id=entry.id).update(booking_number=booking.number)
    offered = PlaceOffered(occurred_at=now, waiting_code=entry.code, until=until, **facts_of(booking))
    await outbox.record(offered)


async def _pass_over(entry: Waiting, why: str) -> int:
    if entry.passed_why != why:
        await Waiting.filter(id=entry.id, state=line.WAITING).update(passed_why=why)
    return 0


async def close_over(*, now: datetime) -> int:
    """Whoever waited for something that cannot be booked any more waits no longer, and hears of it."""
    over = await Waiting.filter(state=line.WAITING, until__lte=now).order_by("id").limit(AT_ONCE)
    for entry in over:
        await _end(entry, line.OVER, now)
    return len(over)


@transactional
async def _end(entry: Waiting, state: str, now: datetime) -> None:
    mine = Waiting.filter(id=entry.id, state=line.WAITING)
    if await mine.update(state=state, ended_at=now):
        await claims.release(entry.code)
        if state == line.OVER:
            event = WaitingOver(
                occurred_at=now,
                waiting_code=entry.code,
                citizen_id=entry.citizen_id,
                hall_code=entry.hall_code,
                matter_codes=entry.matter_codes,
                on=entry.on,
                part=entry.part,
            )
            await outbox.record(event)
