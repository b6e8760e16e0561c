"""Sending an overdue result: the citizen gives an address, the hall sends it and enters the waybill."""

from dataclasses import dataclass
from datetime import date, datetime

from app import outbox
from app.clock import CHINA
from app.db import transactional
from app.errors import NotFound
from app.pickup import queries
from app.pickup.errors import CourierNotOffered
from app.pickup.events import CourierAskedFor, ResultSent
from app.pickup.models import Courier, Pickup
from app.pickup.moving import audit_step, facts_of, move
from app.pickup.states import State
from app.sealing import seal, unseal
from app.staff.by import By


@dataclass(frozen=True, slots=True)
class Address:
    """To whom and where; in the clear."""

    name: str
    mobile: str
    address: str


@transactional
async def ask(*, pickup_code: str, citizen_id: int, to: Address, now: datetime) -> Pickup:
    """Have it sent, once the hall has offered that.

    Raises `NotFound`, `CourierNotOffered`, or what its state says, such as `AlreadyHandedOver` or `Archived`.
    """
    pickup = await queries.pickup(pickup_code, citizen_id=citizen_id)
    if pickup.state == State.READY and pickup.archive_on is None:
        raise CourierNotOffered()
    pickup = await move(pickup, "ask_courier")
    await Courier.filter(pickup_id=pickup.id).delete()
    await Courier.create(
        pickup_id=pickup.id,
        name_sealed=seal(to.name, _place("name", pickup)),
        mobile_sealed=seal(to.mobile, _place("mobile", pickup)),
        address_sealed=seal(to.address, _place("address", pickup)),
        asked_at=now,
    )
    await outbox.record(CourierAskedFor(**facts_of(pickup, now)))
    return pickup


@transactional
async def keep_here(*, pickup_code: str, citizen_id: int, now: datetime) -> Pickup:
    """The citizen comes for it after all; the address is forgotten, and the days the request stood do not count
    towards the archive. Raises `NotFound` or what its state says.
    """
    pickup = await queries.pickup(pickup_code, citizen_id=citizen_id)
    asked = await Courier.get_or_none(pickup_id=pickup.id)
    pickup = await move(pickup, "keep_here", archive_on=_later(pickup.archive_on, asked, now))
    await Courier.filter(pickup_id=pickup.id).delete()
    return pickup


def _later(archive_on: date | None, asked: Courier | None, now: datetime) -> date | None:
    if archive_on is None or asked is None:
        return archive_on
    return archive_on + (now.astimezone(CHINA).date() - asked.asked_at.astimezone(CHINA).date())


@transactional
async def mark_sent(*, pickup_code: str, carrier: str, waybill: str, by: By, now: datetime) -> Pickup:
    """It is on its way; the citizen is told the waybill. Raises `NotFound`, `HallNotYours`, or what its state says."""
    pickup = await _in_hall(pickup_code, by)
    pickup = await move(pickup, "send", digits_index=None, digits_sealed=None)
    await Courier.filter(pickup_id=pickup.id).update(carrier=carrier, waybill=waybill, sent_at=now, sent_by=by.staff_id)
    await audit_step(pickup, "send", by=by, now=now, details={"carrier": carrier, "waybill": waybill})
    await outbox.record(ResultSent(**facts_of(pickup, now), carrier=carrier, waybill=waybill))
    return pickup


@transactional
async def read_address(*, pickup_code: str, by: By, now: datetime) -> Address:
    """Where to send it, in the clear, for the label; the look is written down. Raises `NotFound` without one."""
    pickup = await _in_hall(pickup_code, by)
    courier = await Courier.get_or_none(pickup_id=pickup.id)
    if courier is None or pickup.state != State.COURIER_ASKED:
        raise NotFound()
    await audit_step(pickup, "read_address", by=by, now=now)
    return Address(
        name=unseal(courier.name_sealed, _place("name", pickup)),
        mobile=unseal(courier.mobile_sealed, _place("mobile", pickup)),
        address=unseal(courier.address_sealed, _place("address", pickup)),
    )


async def sending_of(pickup: Pickup) -> Courier | None:
    """How the sending stands; the address stays sealed."""
    return await Courier.get_or_none(pickup_id=pickup.id)


async def _in_hall(pickup_code: str, by: By) -> Pickup:
    pickup = await queries.in_hall(pickup_code)
    by.ensure_sees(pickup.hall_code)
    return pickup


def _place(column: str, pickup: Pickup) -> str:
    return f"pickup_courier:{column}:{pickup.code}"
