"""What the worker does for the queues: passing over who does not come, reminding who has left, ending the
day, forgetting old scans.
"""

from contextlib import suppress
from datetime import datetime, timedelta

from app import outbox
from app.db import transactional
from app.queue import actions, desks
from app.queue.errors import CounterClosed, CounterPaused, NobodyWaiting, NotNow
from app.queue.events import ReturnSoon, facts_of
from app.queue.history import THE_SYSTEM
from app.queue.judged import OfflineScan
from app.queue.models import Scan, Ticket
from app.queue.policy import policy_of
from app.queue.rules import CHINA
from app.queue.states import OPEN, State
from app.queue.stepping import take
from app.retention import drop_oldest

AT_ONCE = 200


async def pass_over(now: datetime) -> int:
    """Pass over everybody who was called and has not come in the hall's time, and call the next one (D13).

    A hall that wants its clerks to decide sets `missed_after_minutes` to 0.
    """
    halls = await Ticket.filter(state=State.CALLED).distinct().values_list("hall_code", flat=True)
    return sum([await _pass_over_in(str(hall_code), now) for hall_code in halls])


async def _pass_over_in(hall_code: str, now: datetime) -> int:
    minutes = (await policy_of(hall_code)).missed_after_minutes
    if not minutes:
        return 0
    called = Ticket.filter(state=State.CALLED, hall_code=hall_code, called_at__lte=now - timedelta(minutes=minutes))
    return sum([await _pass_over(ticket, minutes, now) for ticket in await called.order_by("called_at").limit(AT_ONCE)])


async def _pass_over(ticket: Ticket, minutes: int, now: datetime) -> int:
    try:
        await _miss(ticket, minutes, now)
    except NotNow:  # they came, or somebody else passed them over
        return 0
    if desk := await desks.calling(ticket.counter_code or ""):
        with suppress(NobodyWaiting, CounterClosed, CounterPaused):  # the clerk may leave at this very moment
            await actions.call_for(desk, who=THE_SYSTEM, now=now)
    return 1


@transactional
async def _miss(ticket: Ticket, minutes: int, now: datetime) -> None:
    await actions.miss(ticket, who=THE_SYSTEM, now=now, why=f"叫号 {minutes} 分钟未到")


async def remind_to_return(now: datetime) -> int:
    """Remind those who have left a few minutes before their turn is lost (D10). Returns how many were looked at."""
    due = await Ticket.filter(state=State.LEFT, remind_at__lte=now).order_by("remind_at").limit(AT_ONCE)
    for ticket in due:
        await _remind(ticket, now)
    return len(due)


@transactional
async def _remind(ticket: Ticket, now: datetime) -> None:
    """Of two workers one reminds; a worker that was down too long reminds nobody of what is over."""
    due = Ticket.filter(id=ticket.id, state=State.LEFT, remind_at=ticket.remind_at)
    if await due.update(remind_at=None) and ticket.return_by and now < ticket.return_by:
        await outbox.record(ReturnSoon(**facts_of(ticket, now), return_by=ticket.return_by))


async def purge(now: datetime, *, keep_days: int) -> int:
    """Forget a batch each of old scans and of answers to scans without network. Tickets and steps stay."""
    before = now - timedelta(days=keep_days)
    scans = await drop_oldest(Scan, column="at", before=before)
    return scans + await drop_oldest(OfflineScan, column="judged_at", before=before)


async def close_days(now: datetime) -> int:
    """End whatever is still open of days that are over. Returns how many tickets."""
    today = now.astimezone(CHINA).date()
    left = await Ticket.filter(on_day__lt=today, state__in=OPEN).order_by("id").limit(AT_ONCE)
    return sum([await _close(ticket, now) for ticket in left])


@transactional
async def _close(ticket: Ticket, now: datetime) -> int:
    changes = {"holder": None, "ended_at": now}
    try:
        await take(ticket, "close", changes=changes, who=THE_SYSTEM, now=now, why="当日结束")
    except NotNow:
        return 0
    return 1
