"""How a booking comes into being: one path for citizens and staff, for holding and for booking at once."""

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import datetime

from app import outbox
from app.booking import claims, holds, places, rules, triage
from app.booking.contact import Contact
from app.booking.errors import AlreadyBooked, DayLimit, SlotFull
from app.booking.events import SlotBooked
from app.booking.facts import facts_of
from app.booking.models import Booking
from app.booking.needs import Needs, needs_of
from app.booking.places import PUBLIC, STAFF, Place
from app.booking.policy import policy_of
from app.booking.rules import BookingPolicy
from app.booking.triage import Answers
from app.errors import NotFound
from app.ids import new_code
from app.prepared import Insert


@dataclass(frozen=True, kw_only=True)
class Order:
    """What is to be booked, for whom, and by whom. `by` is empty when citizens book for themselves.

    `answers` to the questions before a booking; None when somebody has asked already.
    """

    citizen_id: int | None
    slot_id: str
    matter_codes: tuple[str, ...]
    people: int = 1
    contact: Contact = field(default_factory=Contact)
    channel: str
    by: str = ""
    answers: Answers | None = None

    @property
    def pools(self) -> str:
        """Staff leave the public's places alone as long as they have their own."""
        return STAFF + PUBLIC if self.by else PUBLIC

    @property
    def person(self) -> str:
        return claims.person_of(self.citizen_id, self.contact.mobile_index)


async def make(order: Order, *, now: datetime, hold_until: datetime | None = None) -> Booking:
    """Check, claim, write, and take the places last, so that a slot everybody wants is locked for a moment only.

    With `hold_until` the booking is held until then, and nobody hears of it before it is confirmed.
    """
    policy = await policy_of(order.slot_id.partition(".")[0])
    rules.ensure_size(policy, matters=len(order.matter_codes), people=order.people)
    needs = await needs_of(order.matter_codes)
    if order.answers is not None:
        triage.ensure_right(needs.asked, order.answers)
    run = await free_run(order.slot_id, needs, policy, people=order.people, pools=order.pools, now=now)
    number = new_code()
    await _claim(order, number=number, run=run, policy=policy, now=now)
    ids = [place.id for place in run]
    pools = await places.take(ids, pools=order.pools) if order.by else PUBLIC * len(ids)
    booking = await _write(order, run, policy, number=number, pools=pools, hold_until=hold_until, now=now)
    if hold_until is None:
        await outbox.record(SlotBooked(occurred_at=now, channel=order.channel, **facts_of(booking)))
    if not order.by:
        await places.take(ids, pools=PUBLIC)
    return booking


async def free_run(
    slot_id: str,
    needs: Needs,
    policy: BookingPolicy,
    *,
    people: int,
    pools: str,
    now: datetime,
    own: Iterable[str] = (),
) -> list[Place]:
    """The slots in a row, each open, in the window, and with a place left when read; expired holds in the way are
    given back.

    Slots in `own` need no place: whoever asks has one there. Raises NotFound, SlotTooShort, SlotForeign, SlotClosed,
    SlotFull, SlotPassed, TooEarly, TooLate.
    """
    mine, by_staff = set(own), STAFF in pools
    try:
        run = await places.run_from(slot_id, minutes=list(needs.minutes), people=people)
    except NotFound:
        _ensure_could_be(slot_id, needs, policy, now=now, by_staff=by_staff)
        raise
    needs.ensure_at(run[0].hall_code, run[0].group_code)
    if _is_full(run, pools, mine):
        first = run[0]
        if await holds.release_in(hall_code=first.hall_code, group_code=first.group_code, now=now):
            run = await places.read([place.id for place in run])
    if run[0].starts_at > now:  # a slot that has passed says so, not that it was full or closed
        rules.ensure_open(place.is_closed for place in run)
        if _is_full(run, pools, mine):
            raise SlotFull()
    rules.ensure_in_window(policy, starts_at=run[0].starts_at, now=now, by_staff=by_staff)
    return run


def _ensure_could_be(slot_id: str, needs: Needs, policy: BookingPolicy, *, now: datetime, by_staff: bool) -> None:
    """There is no such slot. One outside of the window is not made yet, or forgotten: that is the reason to give."""
    hall_code, _, group_code = slot_id.rpartition(".")[0].partition(".")
    try:
        starts_at = rules.start_of(slot_id)
    except ValueError:
        return
    is_whole = rules.slot_id(hall_code, group_code, starts_at) == slot_id
    if is_whole and (hall_code, group_code) in needs.windows:
        rules.ensure_in_window(policy, starts_at=starts_at, now=now, by_staff=by_staff)


def _is_full(run: list[Place], pools: str, mine: set[str]) -> bool:
    return not all(place.is_free(pools) or place.id in mine for place in run)


async def _claim(order: Order, *, number: str, run: list[Place], policy: BookingPolicy, now: datetime) -> None:
    async def lay() -> None:
        await claims.lay(
            person=order.person,
            matters=order.matter_codes,
            slot_id=order.slot_id,
            on=run[0].on,
            number=number,
            limit=policy.day_limit,
            rebooks=None if order.by else policy.rebooks,
            now=now,
        )

    try:
        await lay()
    except (AlreadyBooked, DayLimit):
        if not await holds.release_of(person=order.person, now=now):
            raise
        await lay()


_WRITE = Insert(Booking)


async def _write(
    order: Order,
    run: list[Place],
    policy: BookingPolicy,
    *,
    number: str,
    pools: str,
    hold_until: datetime | None,
    now: datetime,
) -> Booking:
    first = run[0]
    day_before, soon = rules.reminders(policy, starts_at=first.starts_at, now=now)
    return await _WRITE.made(
        number=number,
        citizen_id=order.citizen_id,
        person=order.person,
        hall_code=first.hall_code,
        group_code=first.group_code,
        matter_codes=list(order.matter_codes),
        people=order.people,
        slot_ids=[place.id for place in run],
        pools=pools,
        starts_at=first.starts_at,
        ends_at=run[-1].ends_at,
        state=rules.HELD if hold_until else rules.BOOKED,
        hold_until=hold_until,
        channel=order.channel,
        by=order.by,
        nonce=new_code(),
        made_at=now,
        remind_day_at=day_before,
        remind_soon_at=soon,
        **order.contact.sealed_for(number),
    )
