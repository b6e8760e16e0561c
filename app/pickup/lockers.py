"""Results in lockers: staff put them in, a code reserves the compartment, the opened door hands over.

Two steps, because a door may jam. A reservation runs out by itself; whatever was not confirmed lies there for the
next try, and only the latest reservation can confirm, so nothing is handed over twice.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from tortoise.exceptions import IntegrityError
from tortoise.expressions import Q

from app import outbox
from app.db import transactional
from app.errors import AppError, InvalidInput, NotFound
from app.ids import new_code
from app.pickup import queries
from app.pickup.errors import (
    BeingOpened,
    CompartmentTaken,
    NotInThisLocker,
    ProxyNeedsCounter,
    ReservationOver,
)
from app.pickup.events import ResultHandedOver, ResultInLocker
from app.pickup.models import Machine, Pickup, Stay
from app.pickup.moving import audit_step, facts_of, items_total, move
from app.pickup.present import Attempt, Found
from app.pickup.refusals import why_not
from app.pickup.states import State
from app.queue import scans
from app.staff.by import By

RESERVED_FOR = timedelta(seconds=90)  # for the door to open and the citizen to take it


@transactional
async def store(*, pickup_code: str, machine_code: str, no: int, by: By, now: datetime) -> Pickup:
    """Put a ready result into a compartment of a locker of the same hall; the citizen is told.

    Raises:
        NotFound, HallNotYours: no such result or locker here.
        InvalidInput: the locker has no such compartment.
        CompartmentTaken: something lies in it.
        AlreadyHandedOver and the like: what its state says.
    """
    pickup = await queries.in_hall(pickup_code)
    by.ensure_sees(pickup.hall_code)
    machine = await Machine.get_or_none(code=machine_code, hall_code=pickup.hall_code, is_active=True)
    if machine is None:
        raise NotFound()
    if not 1 <= no <= machine.compartments:
        raise InvalidInput({"no": f"格号应为 1 至 {machine.compartments}"})
    pickup = await move(pickup, "store", archive_on=None)  # nothing is archived or sent from a locker
    stay = await _occupy(pickup, machine, no, by=by, now=now)
    await audit_step(pickup, "store", by=by, now=now, details={"machine": machine.code, "no": no})
    await outbox.record(
        ResultInLocker(**facts_of(pickup, now), stay_id=stay.id, machine_name=machine.name, site=machine.site)
    )
    return pickup


async def _occupy(pickup: Pickup, machine: Machine, no: int, *, by: By, now: datetime) -> Stay:
    try:
        return await Stay.create(
            pickup_id=pickup.id,
            machine_id=machine.id,
            no=no,
            key=f"{machine.id}:{no}",
            stored_at=now,
            stored_by=by.staff_id,
        )
    except IntegrityError:
        raise CompartmentTaken(no=no) from None


@transactional
async def take_out(*, pickup_code: str, shelf: str, by: By, now: datetime) -> Pickup:
    """Staff take it out of the locker and put it back on the shelf. Raises `BeingOpened` while a door is open."""
    pickup = await queries.in_hall(pickup_code)
    by.ensure_sees(pickup.hall_code)
    free = Stay.filter(_is_free(now), pickup_id=pickup.id, key__isnull=False)
    pickup = await move(pickup, "take_out", shelf=shelf)
    if not await free.update(key=None, ended_at=now, reservation=None):
        raise BeingOpened()
    await audit_step(pickup, "take_out", by=by, now=now, details={"shelf": shelf})
    return pickup


@dataclass(frozen=True, slots=True)
class Reserved:
    """Which door to open, and by when to say that it was opened."""

    reservation: str
    no: int
    until: datetime
    pickup: Pickup


async def reserve(*, machine_id: int, text: str, tail: str, now: datetime) -> Reserved:
    """Find what this code or these digits open in this locker, and keep it for one opening of the door.

    Raises:
        ForgedCode, WrongPurpose, ExpiredCode, CodeReplaced, TailMissing, DigitsWrong, TooManyTries: as at a counter.
        ProxyNeedsCounter: a proxy's document must be looked at.
        NotInThisLocker: it lies elsewhere; says where.
        BeingOpened: the door is being opened right now.
        AlreadyHandedOver and the like: what its state says.
    """
    machine = await _active(machine_id)
    seen = Attempt(guesser=f"machine:{machine.code}")
    try:
        return await _reserve(machine, await seen.find(text, tail, now=now), now)
    except AppError as refusal:
        await _note(machine, seen.subject, refusal.code, now)
        raise


@transactional
async def _reserve(machine: Machine, found: Found, now: datetime) -> Reserved:
    if found.proxy is not None:
        raise ProxyNeedsCounter()
    pickup = found.pickup
    if pickup.state not in (State.IN_LOCKER, State.READY):
        raise await why_not(pickup)
    here = Stay.filter(pickup_id=pickup.id, machine_id=machine.id, key__isnull=False)
    stay = await here.first()
    if stay is None:
        raise NotInThisLocker()
    until, reservation = now + RESERVED_FOR, new_code()
    if not await here.filter(_is_free(now), id=stay.id).update(reservation=reservation, reserved_until=until):
        raise BeingOpened()
    await _note(machine, pickup.code, scans.OK, now)
    return Reserved(reservation=reservation, no=stay.no, until=until, pickup=pickup)


@transactional
async def confirm(*, machine_id: int, reservation: str, now: datetime) -> Pickup:
    """The door was opened and the compartment is empty: handed over. Saying so again changes nothing.

    It may come late, as long as nobody has reserved anew. Raises `ReservationOver`.
    """
    machine = await _active(machine_id)
    stay = await Stay.get_or_none(machine_id=machine.id, reservation=reservation)
    if stay is None:
        raise ReservationOver()
    pickup = await Pickup.get(id=stay.pickup_id)
    if not await Stay.filter(id=stay.id, reservation=reservation, key__isnull=False).update(key=None, ended_at=now):
        return pickup
    total = items_total(pickup)
    pickup = await move(pickup, "redeem", handed_at=now, items_counted=total, digits_index=None, digits_sealed=None)
    await outbox.record(ResultHandedOver(**facts_of(pickup, now), counter_code="", items_total=total))
    return pickup


@transactional
async def give_back(*, machine_id: int, reservation: str, now: datetime) -> None:
    """The door did not open, or nobody took anything: it lies there for the next try. Raises `ReservationOver`."""
    machine = await _active(machine_id)
    mine = Stay.filter(machine_id=machine.id, reservation=reservation, key__isnull=False)
    if not await mine.update(reservation=None, reserved_until=None):
        raise ReservationOver()


async def current(*, machine_id: int) -> tuple[Machine, list[int]]:
    """The machine itself, and the numbers of the compartments in which something lies. Raises `NotFound`."""
    machine = await _active(machine_id)
    taken = await Stay.filter(machine_id=machine.id, key__isnull=False).order_by("no").values_list("no", flat=True)
    return machine, [int(str(no)) for no in taken]


async def places_of(pickup_codes: Sequence[str]) -> dict[str, str]:
    """For citizens: in which lockers these results wait, such as 1 号自助柜（一楼东门内）; not the compartment."""
    ids = dict(await Pickup.filter(code__in=pickup_codes, state=State.IN_LOCKER).values_list("id", "code"))
    stays = await Stay.filter(pickup_id__in=list(ids), key__isnull=False) if ids else []
    known = {m.id: m for m in await Machine.filter(id__in=[stay.machine_id for stay in stays])} if stays else {}
    found = {ids[stay.pickup_id]: known[stay.machine_id] for stay in stays}
    return {code: f"{machine.name}（{machine.site}）" for code, machine in found.items()}


async def place_of(pickup: Pickup) -> tuple[Machine, Stay] | None:
    """In which locker and compartment a result lies; None when in none."""
    stay = await Stay.get_or_none(pickup_id=pickup.id, key__isnull=False)
    return (await Machine.get(id=stay.machine_id), stay) if stay else None


async def _active(machine_id: int) -> Machine:
    machine = await Machine.get_or_none(id=machine_id, is_active=True)
    if machine is None:
        raise NotFound()
    return machine


def _is_free(now: datetime) -> Q:
    return Q(reserved_until__isnull=True) | Q(reserved_until__lt=now)


async def _note(machine: Machine, subject: str, outcome: str, now: datetime) -> None:
    """Scans of a locker stand in the hall's log under no member of staff."""
    by = By(staff_id=0, name=machine.name, roles=frozenset(), hall_codes=frozenset({machine.hall_code}))
    await scans.note(purpose="locker", by=by, hall_code=machine.hall_code, subject=subject, outcome=outcome, now=now)
