"""A slip of paper with the digits, for somebody who sees none: without an account, or with no number on file."""

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


async def is_needed(pickup: Pickup) -> bool:
    """Whether nobody sees its digits on a phone: there is no account, or nothing on file to check them by."""
    return pickup.citizen_id is None or pickup.tail_sealed is not None or not await tails.asked(pickup)


@transactional
async def give(*, pickup_code: str, tail: str, by: By, now: datetime) -> str:
    """The eight digits to write on the slip. Another slip has the same digits, and the tail told last holds.

    Args:
        tail: last four of the identity number or mobile of whoever will come, as told at the counter.

    Raises `NotFound`, `HallNotYours`, `SlipNotNeeded`, or what its state says, such as `AlreadyHandedOver`.
    """
    pickup = await queries.in_hall(pickup_code)
    by.ensure_sees(pickup.hall_code)
    if not await is_needed(pickup):
        raise SlipNotNeeded()
    changes = {"tail_sealed": seal(tail, tails.place(pickup.code)), **await digits.kept_for(pickup)}
    as_read = Pickup.filter(id=pickup.id, state__in=GIVEN_IN, digits_index=pickup.digits_index)
    if not await as_read.update(**changes):
        raise await why_not(await Pickup.get(id=pickup.id))
    await audit_step(pickup, "slip", by=by, now=now)
    return digits.of(await Pickup.get(id=pickup.id))
