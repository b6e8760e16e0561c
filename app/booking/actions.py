"""Everything that makes or changes a booking. Each function is one transaction."""

from collections.abc import Sequence
from datetime import datetime
from types import MappingProxyType
from typing import Any

from app import outbox
from app.booking import claims, kinds, line, places, queries, returning, rules
from app.booking.changing import audit_booking, change
from app.booking.contact import Contact, account_of, booked_elsewhere, ensure_reachable
from app.booking.errors import (
    AlreadyBooked,
    AlreadyConfirmed,
    CodeReplaced,
    HoldExpired,
    NoMoreReschedules,
    NotToday,
    SameSlot,
    SlotForeign,
    WrongHall,
)
from app.booking.events import BookingCancelled, BookingRescheduled, SlotBooked
from app.booking.facts import facts_of
from app.booking.making import Order, free_run, make
from app.booking.models import Booking
from app.booking.needs import needs_of
from app.booking.places import PUBLIC, STAFF, Place
from app.booking.policy import policy_of
from app.booking.triage import Answers
from app.citizens import queries as citizens
from app.db import transactional
from app.ids import new_code
from app.staff.by import By

NONE: Answers = MappingProxyType({})


@transactional
async def book(
    *,
    citizen_id: int,
    slot_id: str,
    matter_codes: Sequence[str],
    now: datetime,
    people: int = 1,
    contact: Contact | None = None,
    channel: str = "wechat",
    answers: Answers = NONE,
) -> Booking:
    """Book a slot, or as many in a row as the matters need, for a citizen. `answers`: to the matters' questions.

    Raises NotFound (slot or matter), SlotFull, SlotPassed, SlotClosed, SlotForeign, SlotTooShort, TooEarly,
    TooLate, DayLimit, TooMuchAtOnce, AlreadyBooked, NotBookable, NotTogether, Restricted, RebookLimit, TriageNeeded,
    WrongMatter, VisitNotNeeded, NoSuchQuestion, ConsentNeeded, and InvalidInput for a missing name or mobile. Each
    leaves no trace.
    """
    order = Order(
        citizen_id=citizen_id,
        slot_id=slot_id,
        matter_codes=tuple(dict.fromkeys(matter_codes)),
        people=people,
        contact=contact or Contact(),
        channel=channel,
        answers=answers,
    )
    await citizens.ensure_agreed(citizen_id)
    await ensure_reachable(citizen_id, order.contact)
    return await make(order, now=now)


@transactional
async def hold(
    *,
    citizen_id: int,
    slot_id: str,
    matter_codes: Sequence[str],
    now: datetime,
    people: int = 1,
    channel: str = "wechat",
    is_elder: bool = False,
    answers: Answers = NONE,
) -> Booking:
    """Keep a slot for somebody who is still filling in the form; elders have twice the time. Raises what `book` does.

    Until `hold_until` the place counts as taken; then it is free again unless `confirm` came first.
    """
    order = Order(
        citizen_id=citizen_id,
        slot_id=slot_id,
        matter_codes=tuple(dict.fromkeys(matter_codes)),
        people=people,
        channel=channel,
        answers=answers,
    )
    await citizens.ensure_agreed(citizen_id)
    policy = await policy_of(slot_id.partition(".")[0])
    return await make(order, now=now, hold_until=now + policy.hold_for(is_elder=is_elder))


@transactional
async def confirm(*, number: str, citizen_id: int, now: datetime, contact: Contact | None = None) -> Booking:
    """Turn a held slot into a booking.

    Raises NotFound, HoldExpired, AlreadyConfirmed, ConsentNeeded, InvalidInput as `book`, or why it is over.
    """
    booking = await queries.booking(number, citizen_id=citizen_id)
    if booking.state == rules.BOOKED:
        raise AlreadyConfirmed()
    if booking.state != rules.HELD:
        raise rules.refusal_of(booking.state)
    await citizens.ensure_agreed(citizen_id)
    await ensure_reachable(citizen_id, contact or Contact())
    policy = await policy_of(booking.hall_code)
    day_before, soon = rules.reminders(policy, starts_at=booking.starts_at, now=now)
    values = {"state": rules.BOOKED, "hold_until": None, "remind_day_at": day_before, "remind_soon_at": soon}
    if contact is not None:
        values |= contact.sealed_for(number)
    if not await Booking.filter(id=booking.id, state=rules.HELD, hold_until__gt=now).update(**values):
        raise HoldExpired()
    booking.update_from_dict(values)
    await line.end_offer(number, channel=booking.channel, state=line.ACCEPTED, now=now)
    await outbox.record(SlotBooked(occurred_at=now, channel=booking.channel, **facts_of(booking)))
    return booking


@transactional
async def book_for(
    *,
    by: By,
    slot_id: str,
    matter_codes: Sequence[str],
    contact: Contact,
    now: datetime,
    channel: str,
    citizen_id: int | None = None,
    people: int = 1,
) -> Booking:
    """Book for somebody at the counter ("walk_in") or on the telephone ("phone"), with the staff's places first.

    `contact` names the person; their account, when not given, is found by their proven mobile. Same rules and
    refusals as `book`, AlreadyBooked also where another account has booked for this very name and mobile;
    raises HallNotYours besides when the member of staff does not work for the slot's hall.
    """
    by.ensure_sees(slot_id.partition(".")[0])
    order = Order(
        citizen_id=await account_of(contact) if citizen_id is None else citizen_id,
        slot_id=slot_id,
        matter_codes=tuple(dict.fromkeys(matter_codes)),
        people=people,
        contact=contact,
        channel=channel,
        by=by.name,
    )
    if await booked_elsewhere(contact, order.matter_codes, person=order.person):
        raise AlreadyBooked()
    booking = await make(order, now=now)
    await audit_booking(by, "booking.book_for", booking, now)
    return booking


@transactional
async def cancel(*, number: str, citizen_id: int, now: datetime) -> Booking:
    """Cancel the citizen's own booking; its places are free again after a while (`returning.py`).

    Raises NotFound, CancelTooLate, or why it is over already (IsCancelled, IsUsed, IsMissed, HoldExpired).
    """
    booking = await queries.booking(number, citizen_id=citizen_id)
    if booking.state == rules.BOOKED:
        policy = await policy_of(booking.hall_code)
        rules.ensure_may_change(policy, starts_at=booking.starts_at, now=now)
    await _cancel(booking, now=now, why="本人取消", by_staff=False)
    return booking


@transactional
async def cancel_for(*, by: By, number: str, why: str, now: datetime) -> Booking:
    """Cancel by staff, at any time before check-in. Raises NotFound, HallNotYours, or why it is over already."""
    booking = await queries.any_booking(number)
    by.ensure_sees(booking.hall_code)
    await _cancel(booking, now=now, why=why, by_staff=True)
    await audit_booking(by, "booking.cancel_for", booking, now, why=why)
    return booking


@transactional
async def reschedule(*, number: str, citizen_id: int, slot_id: str, now: datetime) -> Booking:
    """Move the citizen's own booking to another slot of the same hall. The old place is kept until the new one is
    sure: both change in this transaction, and a refusal leaves everything as it was.

    Raises what `book` does for the new slot, and NotFound, CancelTooLate, NoMoreReschedules, SameSlot.
    """
    booking = await queries.booking(number, citizen_id=citizen_id)
    policy = await policy_of(booking.hall_code)
    _ensure_booked(booking)
    rules.ensure_may_change(policy, starts_at=booking.starts_at, now=now)
    if booking.reschedules >= policy.reschedules:
        raise NoMoreReschedules(times=policy.reschedules)
    return await _reschedule(booking, slot_id=slot_id, now=now, by_staff=False)


@transactional
async def reschedule_for(*, by: By, number: str, slot_id: str, why: str, now: datetime) -> Booking:
    """Move a booking by staff: as `reschedule`, at any time before check-in and as often as needed; the citizen may
    still move it as often as before.

    Raises what `reschedule` does for the new slot, and HallNotYours.
    """
    booking = await queries.any_booking(number)
    by.ensure_sees(booking.hall_code)
    _ensure_booked(booking)
    moved = await _reschedule(booking, slot_id=slot_id, now=now, by_staff=True)
    await audit_booking(by, "booking.reschedule_for", booking, now, why=why)
    return moved


@transactional
async def mark_checked_in(
    *, number: str, now: datetime, nonce: str | None = None, hall_code: str | None = None
) -> Booking:
    """The person is here. `nonce`: from the signed code, when one was shown.

    Raises NotFound, NoCheckIn, CodeReplaced, WrongHall, NotToday, or why it cannot (IsUsed, IsCancelled, …). Of two at
    the same moment one wins, and the other hears IsUsed.
    """
    booking = await queries.any_booking(number)
    _ensure_booked(booking)
    await kinds.ensure_in_hall(booking)
    if nonce is not None and nonce != booking.nonce:
        raise CodeReplaced()
    if hall_code is not None and hall_code != booking.hall_code:
        raise WrongHall()
    on = rules.local_date(booking.starts_at)
    if on != rules.local_date(now):
        raise NotToday(on=f"{on:%Y-%m-%d}")
    await change(booking, state=rules.CHECKED_IN)
    return booking


@transactional
async def mark_done(*, number: str, now: datetime) -> Booking:
    """The visit is over; the citizen may book the same matter again. Safe to repeat.

    Raises NotFound, or why it cannot.
    """
    booking = await queries.any_booking(number)
    if booking.state == rules.DONE:
        return booking
    if booking.state not in (rules.BOOKED, rules.CHECKED_IN):
        raise rules.refusal_of(booking.state)
    await change(booking, state=rules.DONE, ended_at=now)
    await claims.release(number)
    return booking


def _ensure_booked(booking: Booking) -> None:
    if booking.state != rules.BOOKED:
        raise rules.refusal_of(booking.state)


async def _cancel(booking: Booking, *, now: datetime, why: str, by_staff: bool) -> None:
    was = booking.state
    if was not in rules.ACTIVE:
        raise rules.refusal_of(was)
    due_at = await _due(booking, now)
    await change(booking, state=rules.CANCELLED, ended_at=now, ended_why=why, hold_until=None, nonce=new_code())
    await claims.release(booking.number)
    if not by_staff and not _is_offer(booking, was):
        things, policy = (*booking.matter_codes, _first_slot(booking)), await policy_of(booking.hall_code)
        await claims.give_up(person=booking.person, things=things, rebooks=policy.rebooks, now=now)
    if was == rules.BOOKED:
        await outbox.record(BookingCancelled(occurred_at=now, by_staff=by_staff, **facts_of(booking)))
    await line.end_offer(booking.number, channel=booking.channel, state=line.REFUSED, now=now)
    await returning.give_back(booking.slot_ids, pools=booking.pools, due_at=due_at)


def _is_offer(booking: Booking, state: str) -> bool:
    return state == rules.HELD and booking.channel == line.CHANNEL


def _first_slot(booking: Booking) -> str:
    return rules.slot_id(booking.hall_code, booking.group_code, booking.starts_at)


async def _due(booking: Booking, now: datetime) -> datetime | None:
    """When the places of a booking that is given up are due. A refused offer goes to the next in line at once."""
    first = _first_slot(booking)
    if _is_offer(booking, booking.state) and (due_at := await returning.set_free(first, now=now)):
        return due_at
    return await returning.given_up(first, hall_code=booking.hall_code, starts_at=booking.starts_at, now=now)


async def _reschedule(booking: Booking, *, slot_id: str, now: datetime, by_staff: bool) -> Booking:
    if slot_id == booking.slot_ids[0]:
        raise SameSlot()
    policy = await policy_of(booking.hall_code)
    needs, pools = await needs_of(booking.matter_codes), STAFF + PUBLIC if by_staff else PUBLIC
    run = await free_run(slot_id, needs, policy, people=booking.people, pools=pools, now=now, own=booking.slot_ids)
    if run[0].hall_code != booking.hall_code:
        raise SlotForeign()
    await claims.move_day(person=booking.person, number=booking.number, on=run[0].on, limit=policy.day_limit)
    was_at, due_at = booking.starts_at, await _due(booking, now)
    reschedules = booking.reschedules + (not by_staff)
    await move(booking, run, pools=pools, now=now, due_at=due_at, reschedules=reschedules)
    await outbox.record(BookingRescheduled(occurred_at=now, was_at=was_at, by_staff=by_staff, **facts_of(booking)))
    return booking


async def move(
    booking: Booking, run: Sequence[Place], *, pools: str, now: datetime, due_at: datetime | None, **values: Any
) -> None:
    """Exchange a booking's places for those of `run`, inside the open transaction; `due_at`: when the old ones are
    free (`returning.py`). Raises SlotFull, SlotClosed.
    """
    old = dict(zip(booking.slot_ids, booking.pools, strict=True))
    ids = [place.id for place in run]
    taken = await places.exchange(old, ids, pools=pools, give=returning.giving(due_at))
    policy = await policy_of(booking.hall_code)
    day_before, soon = rules.reminders(policy, starts_at=run[0].starts_at, now=now)
    await change(
        booking,
        group_code=run[0].group_code,
        slot_ids=ids,
        pools=taken,
        starts_at=run[0].starts_at,
        ends_at=run[-1].ends_at,
        nonce=new_code(),
        remind_day_at=day_before,
        remind_soon_at=soon,
        **values,
    )
