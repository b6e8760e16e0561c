"""A slip of paper for somebody without an account, who sees no code: the digits with which they come for the result."""

from datetime import datetime

from app.db import transactional
from app.pickup import digits, queries, tails
from app.pickup.errors import SlipNotNeeded
from app.pickup.models import Pickup
from app.pickup.moving import audit_step
from app.pickup.refusals import why_not
from app.pickup.states import WAITING, State
from app.sealing import seal
from app.staff.by import By

GIVEN_IN = (State.EXPECTED, *WAITING)


@transactional
async def give(*, pickup_code: str, tail: str, by: By, now: datetime) -> str:
    """The eight digits to write on the slip. Another slip has the same digits, and the tail told last holds.

    Args:
        tail: last four of the identity number or mobile of whoever will come, as told at the counter.

    Raises `NotFound`, `HallNotYours`, `SlipNotNeeded`, or what its state says, such as `AlreadyHandedOver`.
    """
    pickup = await queries.in_hall(pickup_code)
    by.ensure_sees(pickup.hall_code)
    if pickup.citizen_id is not None:
        raise SlipNotNeeded()
    changes = {"tail_sealed": seal(tail, tails.place(pickup.code)), **await digits.kept_for(pickup)}
    as_read = Pickup.filter(id=pickup.id, state__in=GIVEN_IN, digits_index=pickup.digits_index)
    if not await as_read.update(**changes):
        raise await why_not(await Pickup.get(id=pickup.id))
    await audit_step(pickup, "slip", by=by, now=now)
    return digits.of(await Pickup.get(id=pickup.id))
