"""Everything that changes a result at the counter: ready on the shelf, handed over, and that taken back."""

from collections.abc import Sequence
from dataclasses import asdict
from datetime import datetime
from typing import Any

from app import outbox
from app.booking.models import Booking
from app.citizens.rules import masked_name
from app.clock import CHINA
from app.db import transactional
from app.errors import NotFound
from app.halls import queries as halls
from app.ids import new_code
from app.pickup import digits, proxies, queries, rules
from app.pickup.errors import (
    AlreadyReady,
    BookingNotFound,
    ProofMissing,
    ProxyNotConfirmed,
    ReceiverDiffers,
    WrongHall,
)
from app.pickup.events import HandOverUndone, ResultHandedOver, ResultReady
from app.pickup.making import expected, source_of
from app.pickup.models import Pickup, Proxy
from app.pickup.moving import audit_step, facts_of, items_total, move
from app.pickup.refusals import why_not
from app.pickup.rules import Item
from app.pickup.states import State
from app.sealing import seal
from app.staff.by import By
from app.workdays import queries as workdays


@transactional
async def mark_ready(
    *, items: Sequence[Item], shelf: str, by: By, now: datetime, booking_number: str = "", pickup_code: str = ""
) -> Pickup:
    """A result lies on a shelf: of this booking, or one that is expected. Tells the citizen once, with the last day to
    come for it.

    Raises:
        InvalidInput: nothing to pick up, or impossible counts.
        BookingNotFound, NotFound, HallNotYours: no such booking or result, or another hall's.
        AlreadyReady, AlreadyHandedOver and the like: done before.
    """
    rules.ensure_items(items)
    pickup = await queries.in_hall(pickup_code) if pickup_code else await _of_booking(booking_number, now)
    by.ensure_sees(pickup.hall_code)
    if pickup.state == State.READY:
        raise AlreadyReady(shelf=pickup.shelf)
    changes = {
        "items": [asdict(item) for item in items],
        "shelf": shelf,
        "ready_at": now,
        "ready_by": by.staff_id,
        **await digits.kept_for(pickup),
        **await last_day(now),
    }
    pickup = await _made_ready(pickup, changes)
    await audit_step(pickup, "mark_ready", by=by, now=now, details={"shelf": shelf, "items": changes["items"]})
    await outbox.record(
        ResultReady(
            **facts_of(pickup, now),
            until_on=changes["until_on"],
            until_is_provisional=pickup.until_is_provisional,
            items_total=items_total(pickup),
        )
    )
    return pickup


async def last_day(now: datetime) -> dict[str, Any]:
    """Until when a result that comes onto the shelf now is kept there."""
    until_on, is_provisional = (await workdays.load()).add(now.astimezone(CHINA).date(), rules.KEPT_WORKING_DAYS)
    return {"until_on": until_on, "until_is_provisional": is_provisional}


async def _made_ready(pickup: Pickup, changes: dict[str, Any]) -> Pickup:
    """Whoever loses to a colleague hears where it lies."""
    if await Pickup.filter(id=pickup.id, state=State.EXPECTED).update(state=State.READY, **changes):
        return await Pickup.get(id=pickup.id)
    current = await Pickup.get(id=pickup.id)
    raise AlreadyReady(shelf=current.shelf) if current.state == State.READY else await why_not(current)


async def _of_booking(number: str, now: datetime) -> Pickup:
    """The row of this booking's result; made now when no finished visit has announced it."""
    source_key = source_of(booking_number=number, ticket_code="")
    if known := await Pickup.get_or_none(source_key=source_key):
        return known
    booking = await Booking.get_or_none(number=number)
    if booking is None:
        raise BookingNotFound()
    return await expected(
        source_key=source_key,
        booking_number=number,
        citizen_id=booking.citizen_id,
        hall_code=booking.hall_code,
        matter_code=booking.matter_codes[0],
        at=now,
    )


@transactional
async def hand_over(
    *,
    pickup_code: str,
    counter_code: str,
    items_counted: int,
    receiver: str,
    by: By,
    now: datetime,
    is_proxy_confirmed: bool = False,
    proofs: dict[str, str] | None = None,
) -> Pickup:
    """Hand a result over, after its code was presented to the same member of staff. Happens once.

    Args:
        items_counted: pieces counted again at the counter.
        receiver: name of whoever takes it, checked by eye; kept sealed.
        is_proxy_confirmed: the clerk has compared a proxy's document with what the owner told of them.
        proofs: keys of a photo and a signature that are kept already, by column; None where none is asked for.

    Raises:
        NotFound, HallNotYours, WrongHall: no such result, or not here.
        AlreadyHandedOver and the like: says when and by whom, or where it is.
        NotPresented: no code was presented to this member of staff in the last minutes.
        ItemsDiffer: the count is another than on the shelf.
        ProofMissing: neither photo nor signature.
        ProxyNotConfirmed, ReceiverDiffers, ProxyRevoked: it is a proxy, and not as the owner named them.
    """
    pickup = await _here(pickup_code, counter_code, by)
    if pickup.state != State.READY:
        raise await why_not(pickup)
    rules.ensure_presented(at=pickup.presented_at, by=pickup.presented_by, staff_id=by.staff_id, now=now)
    rules.ensure_counted(expected=items_total(pickup), counted=items_counted)
    if proofs is not None and not proofs:
        raise ProofMissing()
    proxy = await _proxy_presented(pickup, receiver=receiver, is_confirmed=is_proxy_confirmed, now=now)
    pickup = await move(
        pickup,
        "hand_over",
        handed_at=now,
        handed_by=by.staff_id,
        handed_proxy_id=proxy.id if proxy else None,
        counter_code=counter_code,
        items_counted=items_counted,
        receiver_sealed=seal(receiver, receiver_place(pickup.code)),
        digits_index=None,
        digits_sealed=None,
        **(proofs or {}),
    )
    details = {"items": items_counted, "proxy": proxy.code if proxy else "", "proofs": sorted(proofs or {})}
    await audit_step(pickup, "hand_over", by=by, now=now, details=details)
    await outbox.record(
        ResultHandedOver(
            **facts_of(pickup, now),
            counter_code=counter_code,
            items_total=items_total(pickup),
            is_proxy=proxy is not None,
        )
    )
    return pickup


async def _proxy_presented(pickup: Pickup, *, receiver: str, is_confirmed: bool, now: datetime) -> Proxy | None:
    """Spend the naming of the proxy whose code was presented; None when the owner came in person."""
    if pickup.presented_proxy_id is None:
        return None
    proxy = await Proxy.get(id=pickup.presented_proxy_id)
    await proxies.ensure_holds(proxy, pickup, at=now)
    name = proxies.name_of(proxy)
    if not is_confirmed:
        raise ProxyNotConfirmed(name=masked_name(name), tail=proxies.tail_of(proxy))
    if not rules.same_name(receiver, name):
        raise ReceiverDiffers(name=masked_name(name))
    await proxies.use(proxy, now=now)
    return proxy


@transactional
async def undo_hand_over(*, pickup_code: str, by: By, now: datetime) -> Pickup:
    """Take a hand-over to the wrong person back: the same clerk, within a minute. It waits again, with fresh digits and
    a fresh nonce: whoever took it wrongly may have kept a picture of the code.

    Returns the row as it was, so that the caller can drop its pictures. Raises `UndoTooLate`, `NotNow`, `NotFound`.
    """
    was = await _mine(pickup_code, by)
    if was.state != State.HANDED_OVER:
        raise await why_not(was)
    rules.ensure_may_undo(at=was.handed_at, by=was.handed_by, staff_id=by.staff_id, now=now)
    details = {"handed_at": str(was.handed_at), "counter": was.counter_code or "", "items": was.items_counted or 0}
    pickup = await move(
        was,
        "undo",
        handed_at=None,
        handed_by=None,
        handed_proxy_id=None,
        counter_code=None,
        items_counted=None,
        receiver_sealed=None,
        photo_key=None,
        signature_key=None,
        presented_at=None,
        presented_by=None,
        presented_proxy_id=None,
        nonce=new_code(),
        **await digits.fresh_for(was.code),
    )
    if was.handed_proxy_id is not None:
        await proxies.give_back(was.handed_proxy_id, pickup_id=was.id)
    await audit_step(pickup, "undo_hand_over", by=by, now=now, details=details)
    await outbox.record(HandOverUndone(**facts_of(pickup, now)))
    return was


async def _mine(pickup_code: str, by: By) -> Pickup:
    pickup = await Pickup.get_or_none(code=pickup_code)
    if pickup is None:
        raise NotFound()
    by.ensure_sees(pickup.hall_code)
    return pickup


async def _here(pickup_code: str, counter_code: str, by: By) -> Pickup:
    pickup = await _mine(pickup_code, by)
    if (await halls.counter(counter_code)).hall_code != pickup.hall_code:
        raise WrongHall(hall=(await halls.hall(pickup.hall_code)).name)
    return pickup


def receiver_place(pickup_code: str) -> str:
    """Where the receiver's name is sealed."""
    return f"pickup_pickup:receiver:{pickup_code}"
