"""Results nobody comes for: reminders after the last day, the offer to send them, then the archive, and back again."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from tortoise.expressions import Q

from app import outbox
from app.clock import CHINA
from app.db import transactional
from app.errors import NotFound
from app.pickup import digits
from app.pickup.actions import last_day
from app.pickup.events import ResultArchived, ResultBroughtBack, ResultOverdue
from app.pickup.models import Pickup
from app.pickup.moving import audit_step, facts_of, move
from app.pickup.states import WAITING, State
from app.staff.by import By

AT_ONCE = 500


@dataclass(frozen=True, slots=True)
class OverduePolicy:
    """Calendar days after the last day to come (features.md E5)."""

    remind_after_days: Sequence[int] = (3, 7, 15)
    archive_after_days: int = 15


async def run(now: datetime, policy: OverduePolicy) -> int:
    """Remind and archive what is due. A periodic job; any number of workers may run it. Returns how many it told."""
    return await remind_due(now=now, policy=policy) + await archive_due(now=now)


async def remind_due(*, now: datetime, policy: OverduePolicy) -> int:
    """Each reminder once. After a pause the latest one alone is sent: two at once would say the same."""
    today, told = now.astimezone(CHINA).date(), 0
    for step, days in reversed(list(enumerate(policy.remind_after_days, start=1))):
        is_last = step == len(policy.remind_after_days)
        due = Pickup.filter(_untold(step, is_last), state__in=WAITING, until_on__lte=today - timedelta(days=days))
        offered = today + timedelta(days=policy.archive_after_days) if is_last else None
        for pickup in await due.order_by("until_on", "id").limit(AT_ONCE):
            archive_on = offered if pickup.state == State.READY else None
            told += await _remind(pickup, step=step, archive_on=archive_on, now=now)
    return told


def _untold(step: int, is_last: bool) -> Q:
    """What lies in a locker is neither sent nor archived: the offer comes when staff have taken it out."""
    unoffered = Q(state=State.READY, overdue_step=step, archive_on__isnull=True)
    return Q(overdue_step__lt=step) | unoffered if is_last else Q(overdue_step__lt=step)


@transactional
async def _remind(pickup: Pickup, *, step: int, archive_on: date | None, now: datetime) -> int:
    """The raised step, or the offer, is the mark: whoever writes it records the event, in the same transaction."""
    was = {"state": pickup.state, "overdue_step": pickup.overdue_step, "archive_on": pickup.archive_on}
    mine = Pickup.filter(id=pickup.id, **was)
    done = await mine.update(overdue_step=step, archive_on=archive_on)
    if done and pickup.until_on:
        days = (now.astimezone(CHINA).date() - pickup.until_on).days
        await outbox.record(ResultOverdue(**facts_of(pickup, now), step=step, days=days, archive_on=archive_on))
    return done


async def archive_due(*, now: datetime) -> int:
    """What the offer has not moved goes into the archive. What lies in a locker waits for staff to take it out."""
    today = now.astimezone(CHINA).date()
    due = Pickup.filter(state=State.READY, archive_on__lte=today).order_by("archive_on", "id").limit(AT_ONCE)
    return sum([await _archive(pickup, now) for pickup in await due])


@transactional
async def _archive(pickup: Pickup, now: datetime) -> int:
    mine = Pickup.filter(id=pickup.id, state=State.READY, archive_on=pickup.archive_on)
    done = await mine.update(state=State.ARCHIVED, archived_at=now, digits_index=None, digits_sealed=None)
    if done:
        await outbox.record(ResultArchived(**facts_of(pickup, now)))
    return done


@transactional
async def bring_back(*, pickup_code: str, shelf: str, by: By, now: datetime) -> Pickup:
    """From the archive to the shelf: a new last day, fresh digits, and the citizen is told.

    Raises `NotFound`, `HallNotYours`, or what its state says.
    """
    pickup = await Pickup.get_or_none(code=pickup_code)
    if pickup is None:
        raise NotFound()
    by.ensure_sees(pickup.hall_code)
    until = await last_day(now)
    pickup = await move(
        pickup,
        "bring_back",
        shelf=shelf,
        ready_at=now,
        ready_by=by.staff_id,
        overdue_step=0,
        archive_on=None,
        archived_at=None,
        **until,
        **await digits.fresh_for(pickup.code),
    )
    await audit_step(pickup, "bring_back", by=by, now=now, details={"shelf": shelf})
    await outbox.record(ResultBroughtBack(**facts_of(pickup, now), until_on=until["until_on"]))
    return pickup
