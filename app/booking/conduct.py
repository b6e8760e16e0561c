"""People who did not come: recorded, restricted for a while after several, and heard when they appeal."""

from contextlib import suppress
from datetime import datetime, timedelta

from app import outbox
from app.booking import claims, kinds, rules
from app.booking.errors import AlreadyDecided, AppealedAlready, BookingRefused, ChangedMeanwhile, NothingToAppeal
from app.booking.events import AppealDecided, CitizenRestricted, NoShowRecorded
from app.booking.facts import facts_of
from app.booking.models import Booking, NoShow, Restriction
from app.booking.policy import policy_of
from app.booking.queries import restriction_of
from app.booking.rules import BookingPolicy
from app.db import transactional
from app.errors import NotFound
from app.ids import new_code
from app.staff.auditing import audit
from app.staff.by import By

AT_ONCE = 2000  # of one run; an hourly job keeps up with the largest city


@transactional
async def mark_no_show(*, number: str, now: datetime) -> Restriction | None:
    """Nobody came. Returns the restriction this was one too many for, if so. Raises NotFound, or why it cannot."""
    booking = await Booking.get_or_none(number=number)
    if booking is None:
        raise NotFound()
    if booking.state != rules.BOOKED:
        raise rules.refusal_of(booking.state)
    current = Booking.filter(id=booking.id, state=rules.BOOKED, version=booking.version)
    if not await current.update(state=rules.NO_SHOW, ended_at=now, version=booking.version + 1):
        raise ChangedMeanwhile()
    await claims.release(number)
    await NoShow.create(
        booking_number=number,
        person=booking.person,
        citizen_id=booking.citizen_id,
        starts_at=booking.starts_at,
        recorded_at=now,
    )
    await outbox.record(NoShowRecorded(occurred_at=now, **facts_of(booking)))
    return await _restrict_if_due(booking, await policy_of(booking.hall_code), now)


async def _restrict_if_due(booking: Booking, policy: BookingPolicy, now: datetime) -> Restriction | None:
    """Each no-show counts towards one restriction only. Two of one person at the same moment are counted in turn."""
    await claims.take_turn(person=booking.person, now=now)
    since = now - timedelta(days=policy.no_show_days)
    counting = NoShow.filter(person=booking.person, starts_at__gte=since, restriction_code=None)
    if policy.no_show_limit == 0 or await counting.count() < policy.no_show_limit:
        return None
    until = now + timedelta(days=policy.restriction_days)
    restriction = await Restriction.create(
        code=new_code(), person=booking.person, citizen_id=booking.citizen_id, from_at=now, until=until
    )
    await counting.update(restriction_code=restriction.code)
    await _hold_to_rows(booking.person, now)
    event = CitizenRestricted(
        occurred_at=now, restriction_code=restriction.code, citizen_id=booking.citizen_id, until=until
    )
    await outbox.record(event)
    return restriction


async def _hold_to_rows(person: str, now: datetime) -> None:
    """Booking asks the claim only: let it say what the restrictions say that are left."""
    rows = Restriction.filter(person=person, until__gt=now, lifted_at=None).order_by("-until")
    if (last := await rows.first()) is not None:
        await claims.restrict(person=person, until=last.until)
    else:
        await claims.lift(person)


async def close_days(now: datetime) -> int:
    """The periodic end of the day: whoever was booked before today and never checked in did not come; whoever
    checked in is done. Returns how many bookings were closed.
    """
    midnight = now.astimezone(rules.CHINA).replace(hour=0, minute=0, second=0, microsecond=0)
    past = Booking.filter(starts_at__lt=midnight, starts_at__gte=midnight - timedelta(days=30))
    missed = await past.filter(state=rules.BOOKED).order_by("id").limit(AT_ONCE)
    for booking in missed:
        with suppress(BookingRefused):  # changed at this very moment: the next run looks again
            await _close_missed(booking, now)
    served = await past.filter(state=rules.CHECKED_IN).order_by("id").limit(AT_ONCE).values_list("number", flat=True)
    for number in served:
        await _close(str(number), rules.CHECKED_IN, now)
    return len(missed) + len(served)


async def _close_missed(booking: Booking, now: datetime) -> None:
    """By video or telephone nobody checks in: what staff forgot to mark is not held against the citizen."""
    if await kinds.remote_kind(booking) is None:
        await mark_no_show(number=booking.number, now=now)
    else:
        await _close(booking.number, rules.BOOKED, now)


@transactional
async def _close(number: str, state: str, now: datetime) -> None:
    here = Booking.filter(number=number, state=state)
    if await here.update(state=rules.DONE, ended_at=now, ended_why="日终结转"):
        await claims.release(number)


@transactional
async def appeal(*, citizen_id: int, text: str, now: datetime) -> Restriction:
    """Ask to have the present restriction lifted, once each. Raises NothingToAppeal, AppealedAlready."""
    restriction = await restriction_of(citizen_id, now=now)
    if restriction is None:
        raise NothingToAppeal()
    unasked = Restriction.filter(code=restriction.code, appeal_state="none")
    if not await unasked.update(appeal_state="asked", appeal_text=text, appealed_at=now):
        raise AppealedAlready()
    restriction.update_from_dict({"appeal_state": "asked", "appeal_text": text, "appealed_at": now})
    return restriction


@transactional
async def decide_appeal(*, by: By, code: str, accept: bool, answer: str, now: datetime) -> None:
    """Answer an appeal; an accepted one lifts this restriction at once. Raises NotFound, AlreadyDecided."""
    restriction = await Restriction.get_or_none(code=code)
    if restriction is None:
        raise NotFound()
    await claims.take_turn(person=restriction.person, now=now)
    values = {"appeal_state": "accepted" if accept else "refused", "answer": answer, "answered_by": by.name}
    if accept:
        values["lifted_at"] = now  # type: ignore[assignment]
    if not await Restriction.filter(code=code, appeal_state="asked").update(**values):
        raise AlreadyDecided()
    if accept:
        await _hold_to_rows(restriction.person, now)
    decided = AppealDecided(
        occurred_at=now, restriction_code=code, citizen_id=restriction.citizen_id, accepted=accept, answer=answer
    )
    await outbox.record(decided)
    await audit(
        by=by,
        action="booking.decide_appeal",
        now=now,
        subject=f"restriction:{code}",
        citizen_id=restriction.citizen_id,
        details={"accepted": accept},
    )
