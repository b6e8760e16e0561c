"""Sitting down at a counter, pausing, going on, closing. A counter that is not open calls nobody."""

import random
from datetime import datetime
from typing import Any

from tortoise.exceptions import IntegrityError
from tortoise.expressions import F
from tortoise.queryset import QuerySet

from app import live
from app.db import transactional
from app.halls import queries as halls
from app.ids import new_code
from app.prepared import Rows
from app.queue.errors import CounterClosed, CounterInUse, CounterPaused, CounterTaken, NotYourCounter
from app.queue.history import topic_of
from app.queue.line import Group
from app.queue.models import Desk, Ticket
from app.queue.rules import CHINA
from app.queue.states import State
from app.staff import queries as staff
from app.staff.auditing import audit
from app.staff.by import By

DESKS = Rows(Desk)
PAUSES = ("午餐", "会议", "系统故障", "其他")


@transactional
async def open_desk(*, counter_code: str, by: By, now: datetime, instead_of: str | None = None) -> Desk:
    """Sit down at a counter. Whoever sat at another one leaves it; sitting down twice changes nothing.

    Args:
        instead_of: the `seat` of whoever sits there, when it has been confirmed that they are to be replaced.

    Raises:
        CounterTaken: somebody else sits there, or has just sat down.
        CounterInUse: there is still somebody at the counter one comes from.
    """
    counter = await halls.counter(counter_code)
    by.ensure_sees(counter.hall_code)
    await _leave_others(counter_code, by, now)
    found = await Desk.get_or_none(counter_code=counter_code)
    if found and found.closed_at is None and found.staff_id == by.staff_id:
        return found
    if found and found.closed_at is None and found.seat != instead_of:
        raise await _taken(found, counter.no)
    sitting = {
        "hall_code": counter.hall_code, "group_code": counter.group_code, "staff_id": by.staff_id, "seat": new_code(),
        "opened_at": now, "paused_at": None, "pause_why": "", "closed_at": None,
    }  # fmt: skip
    if not await _sit(counter_code, found, sitting):
        raise await _taken(await Desk.get(counter_code=counter_code), counter.no)
    desk = await Desk.get(counter_code=counter_code)
    is_taken_over = found is not None and found.closed_at is None
    await _tell(desk, "take_over" if is_taken_over else "open", by, now)
    return desk


async def _sit(counter_code: str, found: Desk | None, sitting: dict[str, Any]) -> bool:
    """Whether the seat was still as it was found."""
    if found is not None:
        return bool(await Desk.filter(counter_code=counter_code, seat=found.seat).update(**sitting))
    try:
        await Desk.create(counter_code=counter_code, **sitting)
    except IntegrityError:
        return False
    return True


async def _leave_others(counter_code: str, by: By, now: datetime) -> None:
    for other in await Desk.filter(staff_id=by.staff_id, closed_at=None).exclude(counter_code=counter_code):
        await _close(other, by, now)


@transactional
async def pause(*, counter_code: str, why: str, by: By, now: datetime) -> Desk:
    """Call nobody for a while; whoever is at the counter is still served. Raises as `sitting`."""
    desk = await sitting(counter_code, by)
    if await _of(desk, by).filter(paused_at=None).update(paused_at=now, pause_why=why[:60], presses=F("presses") + 1):
        await _tell(desk, "pause", by, now, why=why)
    return await Desk.get(counter_code=counter_code)


@transactional
async def go_on(*, counter_code: str, by: By, now: datetime) -> Desk:
    """End the pause. Raises as `sitting`."""
    desk = await sitting(counter_code, by)
    if await _of(desk, by).filter(paused_at__isnull=False).update(paused_at=None, pause_why=""):
        await _tell(desk, "go_on", by, now)
    return await Desk.get(counter_code=counter_code)


@transactional
async def close_desk(*, counter_code: str, by: By, now: datetime) -> None:
    """Leave the counter for today. Raises `CounterInUse` with the number of whoever is still at it."""
    await _close(await sitting(counter_code, by), by, now)


async def _close(desk: Desk, by: By, now: datetime) -> None:
    # The row first: a press of 下一位 at the same moment waits for it, and then finds the counter closed.
    if not await _of(desk, by).update(closed_at=now):
        return
    if held := await Ticket.get_or_none(holder=desk.counter_code):
        raise CounterInUse(number=held.number)
    # Who was sent to this very counter is now anybody's.
    sent_here = Ticket.filter(hall_code=desk.hall_code, state=State.WAITING, wanted_counter=desk.counter_code)
    await sent_here.filter(on_day=now.astimezone(CHINA).date()).update(wanted_counter=None)
    await _tell(desk, "close", by, now)


async def close_left_open(now: datetime) -> int:
    """Close what was left open on a day that is over. Returns how many counters."""
    today = now.astimezone(CHINA).replace(hour=0, minute=0, second=0, microsecond=0)
    return await Desk.filter(opened_at__lt=today, closed_at=None).update(closed_at=now)


async def sitting(counter_code: str, by: By) -> Desk:
    """The desk at which this member of staff sits now.

    Raises `NotYourCounter`, `CounterClosed`, NotFound or HallNotYours.
    """
    desk = await DESKS.one(counter_code=counter_code)
    if desk is None or desk.closed_at is not None:
        by.ensure_sees((await halls.counter(counter_code)).hall_code)
        raise CounterClosed()
    by.ensure_sees(desk.hall_code)
    if desk.staff_id != by.staff_id:
        raise NotYourCounter(**await _who(desk))
    return desk


async def ready(counter_code: str, by: By) -> Desk:
    """As `sitting`, and the counter does not pause, else `CounterPaused`."""
    desk = await sitting(counter_code, by)
    if desk.paused_at is not None:
        raise CounterPaused(why=desk.pause_why)
    return desk


async def press(desk: Desk) -> None:
    """Hold the sitting as it was read until the open transaction is over: nobody ends or pauses it meanwhile.

    Raises `CounterClosed` when somebody has.
    """
    if not await hold(desk, paused_at=None):
        raise CounterClosed()


async def hold(desk: Desk, **more: Any) -> bool:
    """As `press`, for what a pause does not hinder. Returns False when the sitting is over."""
    as_read = {"counter_code": desk.counter_code, "seat": desk.seat, "closed_at": None, **more}
    return bool(await DESKS.change(as_read, {"presses": random.getrandbits(30)}))


async def calling(counter_code: str) -> Desk | None:
    """Who sits at a counter, for the system; None when it is closed or pauses."""
    return await DESKS.one(counter_code=counter_code, closed_at=None, paused_at=None)


async def desk_at(counter_code: str) -> Desk | None:
    """Who sits at a counter now; None for one that is closed."""
    return await Desk.get_or_none(counter_code=counter_code, closed_at=None)


async def last_of(by: By, hall_code: str) -> str:
    """The counter of this hall at which they sat last; empty when there is none, or somebody else sat there since."""
    row = await Desk.filter(hall_code=hall_code, staff_id=by.staff_id).order_by("-opened_at").first()
    return row.counter_code if row else ""


async def desks_of(hall_code: str) -> dict[str, Desk]:
    """The counters of a hall where somebody sits, by counter."""
    return {desk.counter_code: desk for desk in await Desk.filter(hall_code=hall_code, closed_at=None)}


async def open_counters(group: Group) -> int:
    """How many counters of the group call people now: open, and not paused."""
    row = Desk.filter(hall_code=group.hall_code, group_code=group.group_code, closed_at=None, paused_at=None)
    return await row.count()


def _of(desk: Desk, by: By) -> QuerySet[Desk]:
    """The sitting, as long as it is still theirs."""
    return Desk.filter(counter_code=desk.counter_code, seat=desk.seat, staff_id=by.staff_id, closed_at=None)


async def _taken(desk: Desk, no: str) -> CounterTaken:
    return CounterTaken(no=no, seat=desk.seat, **await _who(desk))


async def _who(desk: Desk) -> dict[str, str]:
    names = await staff.names_of({desk.staff_id})
    return {"name": names.get(desk.staff_id, "其他人"), "at": f"{desk.opened_at.astimezone(CHINA):%H:%M}"}


async def _tell(desk: Desk, what: str, by: By, now: datetime, *, why: str = "") -> None:
    await audit(
        by=by, action=f"desk.{what}", subject=f"counter:{desk.counter_code}", hall_code=desk.hall_code, why=why, now=now
    )
    live.changed(topic_of(desk.hall_code))
