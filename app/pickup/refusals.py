"""Saying why a result cannot be taken now: what has become of it, when and by whom."""

from collections.abc import Awaitable, Callable
from datetime import datetime

from app.clock import CHINA
from app.errors import AppError
from app.pickup.errors import (
    AlreadyHandedOver,
    AlreadySent,
    Archived,
    CourierAsked,
    InLocker,
    NotNow,
    NotReady,
    ProxyUsed,
)
from app.pickup.models import Courier, Machine, Pickup, Stay
from app.pickup.states import NAMES, State, allowed
from app.staff import queries as staff


async def why_not(pickup: Pickup) -> AppError:
    """The refusal that the present state of a result gives."""
    state = State(pickup.state)
    if state in _BECAUSE:
        return await _BECAUSE[state](pickup)
    return NotNow(state=NAMES[state], allowed=allowed(state))


async def already_handed_over(pickup: Pickup) -> AlreadyHandedOver:
    return AlreadyHandedOver(**await _hand_over(pickup))


async def proxy_used(pickup: Pickup) -> ProxyUsed:
    return ProxyUsed(**await _hand_over(pickup))


async def _not_ready(pickup: Pickup) -> NotReady:
    return NotReady()


async def _in_locker(pickup: Pickup) -> InLocker:
    stay = await Stay.get_or_none(pickup_id=pickup.id, key__isnull=False)
    machine = await Machine.get_or_none(id=stay.machine_id) if stay else None
    return InLocker(machine=machine.name if machine else "", no=stay.no if stay else "")


async def _courier_asked(pickup: Pickup) -> CourierAsked:
    return CourierAsked()


async def _sent(pickup: Pickup) -> AlreadySent:
    courier = await Courier.get(pickup_id=pickup.id)
    return AlreadySent(carrier=courier.carrier, waybill=courier.waybill)


async def _archived(pickup: Pickup) -> Archived:
    return Archived()


_BECAUSE: dict[State, Callable[[Pickup], Awaitable[AppError]]] = {
    State.EXPECTED: _not_ready,
    State.IN_LOCKER: _in_locker,
    State.COURIER_ASKED: _courier_asked,
    State.SENT: _sent,
    State.ARCHIVED: _archived,
    State.HANDED_OVER: already_handed_over,
}


async def _hand_over(pickup: Pickup) -> dict[str, str]:
    """When, and by whose hands: the citizen hears what gave it, staff who did."""
    giver = "自助柜" if pickup.handed_by is None else "工作人员"
    known = {} if pickup.handed_by is None else await staff.names_of({pickup.handed_by})
    return {"at": _said(pickup.handed_at), "giver": giver, "by": known.get(pickup.handed_by or 0, giver)}


def _said(moment: datetime | None) -> str:
    at = moment.astimezone(CHINA) if moment else None
    return f"{at.month}月{at.day}日 {at:%H:%M}" if at else "此前"
