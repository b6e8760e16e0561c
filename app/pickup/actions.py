"""Everything that changes a result: ready on the shelf, shown to be somebody's, handed over."""

from collections.abc import Sequence
from dataclasses import asdict
from datetime import datetime
from typing import Any

from tortoise.exceptions import IntegrityError

from app import outbox
from app.booking.models import Booking
from app.clock import CHINA
from app.db import transactional
from app.errors import NotFound
from app.halls import queries as halls
from app.pickup import digits, rules
from app.pickup.errors import AlreadyReady, BookingNotFound, WrongHall
from app.pickup.events import ResultHandedOver, ResultReady
from app.pickup.making import expected
from app.pickup.models import Pickup
from app.pickup.refusals import already_handed_over
from app.pickup.rules import Item
from app.pickup.states import State
from app.sealing import seal
from app.staff.auditing import audit
from app.staff.by import By
from app.workdays import queries as workdays


@transactional
async def mark_ready(*, booking_number: str, items: Sequence[Item], shelf: str, by: By, now: datetime) -> Pickup:
    """The result of this booking lies on a shelf. Tells the citizen once, with the last day to come for it.

    Raises:
        InvalidInput: nothing to pick up, or impossible counts.
        BookingNotFound, HallNotYours: no such booking, or another hall's.
        AlreadyReady, AlreadyHandedOver: done before.
    """
    rules.ensure_items(items)
    pickup = await _of_booking(booking_number, now)
    by.ensure_sees(pickup.hall_code)
    until_on, is_provisional = (await workdays.load()).add(now.astimezone(CHINA).date(), rules.KEPT_WORKING_DAYS)
    new_digits = await digits.unused()
    changes = {
        "state": State.READY,
        "items": [asdict(item) for item in items],
        "shelf": shelf,
        "digits_sealed": digits.sealed(new_digits, pickup.code),
        "digits_index": digits.index_of(new_digits),
        "ready_at": now,
        "ready_by": by.staff_id,
        "until_on": until_on,
        "until_is_provisional": is_provisional,
    }
    if not await Pickup.filter(id=pickup.id, state=State.EXPECTED).update(**changes):
        raise await _not_expected(pickup.id)
    pickup = await Pickup.get(id=pickup.id)
    await _audit(pickup, "pickup.mark_ready", by=by, now=now, details={"shelf": shelf, "items": changes["items"]})
    await outbox.record(
        ResultReady(
            **_facts(pickup, now),
            until_on=until_on,
            until_is_provisional=is_provisional,
            items_total=items_total(pickup),
        )
    )
    return pickup


async def _of_booking(number: str, now: datetime) -> Pickup:
    """The row of this booking's result; made now when no finished visit has announced it."""
    source_key = f"booking:{number}"
    if known := await Pickup.get_or_none(source_key=source_key):
        return known
    booking = await Booking.get_or_none(number=number)
    if booking is None:
        raise BookingNotFound()
    pickup = expected(
        source_key=source_key,
        booking_number=number,
        citizen_id=booking.citizen_id,
        hall_code=booking.hall_code,
        matter_code=booking.matter_codes[0],
        at=now,
    )
    try:
        await pickup.save(force_create=True)
    except IntegrityError:
        return await Pickup.get(source_key=source_key)
    return pickup


async def _not_expected(pickup_id: int) -> Exception:
    pickup = await Pickup.get(id=pickup_id)
    if pickup.state == State.HANDED_OVER:
        return await already_handed_over(pickup)
    return AlreadyReady(shelf=pickup.shelf)


@transactional
async def hand_over(
    *, pickup_code: str, counter_code: str, items_counted: int, receiver: str, by: By, now: datetime
) -> Pickup:
    """Hand a result over, after its code was presented to the same member of staff. Happens once.

    Args:
        items_counted: pieces counted again at the counter.
        receiver: name of whoever takes it, checked by eye; kept sealed.

    Raises:
        NotFound, HallNotYours, WrongHall: no such result, or not here.
        AlreadyHandedOver: says when and by whom.
        NotPresented: no code was presented to this member of staff in the last minutes.
        ItemsDiffer: the count is another than on the shelf.
    """
    pickup = await _here(pickup_code, counter_code, by)
    if pickup.state == State.HANDED_OVER:
        raise await already_handed_over(pickup)
    rules.ensure_presented(at=pickup.presented_at, by=pickup.presented_by, staff_id=by.staff_id, now=now)
    rules.ensure_counted(expected=items_total(pickup), counted=items_counted)
    changes = {
        "state": State.HANDED_OVER,
        "handed_at": now,
        "handed_by": by.staff_id,
        "counter_code": counter_code,
        "items_counted": items_counted,
        "receiver_sealed": seal(receiver, f"pickup_pickup:receiver:{pickup.code}"),
        "digits_index": None,
        "digits_sealed": None,
    }
    if not await Pickup.filter(id=pickup.id, state=State.READY).update(**changes):
        raise await already_handed_over(await Pickup.get(id=pickup.id))
    pickup = await Pickup.get(id=pickup.id)
    await _audit(pickup, "pickup.hand_over", by=by, now=now, details={"items": items_counted})
    await outbox.record(
        ResultHandedOver(**_facts(pickup, now), counter_code=counter_code, items_total=items_total(pickup))
    )
    return pickup


async def _here(pickup_code: str, counter_code: str, by: By) -> Pickup:
    pickup = await Pickup.get_or_none(code=pickup_code)
    if pickup is None:
        raise NotFound()
    by.ensure_sees(pickup.hall_code)
    if (await halls.counter(counter_code)).hall_code != pickup.hall_code:
        raise WrongHall(hall=(await halls.hall(pickup.hall_code)).name)
    return pickup


def items_total(pickup: Pickup) -> int:
    return sum(item["count"] for item in pickup.items)


def _facts(pickup: Pickup, now: datetime) -> dict[str, Any]:
    return {
        "occurred_at": now,
        "pickup_code": pickup.code,
        "citizen_id": pickup.citizen_id,
        "hall_code": pickup.hall_code,
        "matter_code": pickup.matter_code,
        "booking_number": pickup.booking_number,
    }


async def _audit(pickup: Pickup, action: str, *, by: By, now: datetime, details: dict[str, Any]) -> None:
    await audit(
        by=by,
        action=action,
        subject=f"pickup:{pickup.code}",
        citizen_id=pickup.citizen_id,
        hall_code=pickup.hall_code,
        details=details,
        now=now,
    )
