"""Saying when and by whom something was handed over before."""

from app.clock import CHINA
from app.pickup.errors import AlreadyHandedOver
from app.pickup.models import Pickup
from app.staff import queries as staff


async def already_handed_over(pickup: Pickup) -> AlreadyHandedOver:
    names = await staff.names_of({pickup.handed_by} if pickup.handed_by else set())
    at = pickup.handed_at.astimezone(CHINA) if pickup.handed_at else None
    return AlreadyHandedOver(
        at=f"{at.month}月{at.day}日 {at:%H:%M}" if at else "此前", by=names.get(pickup.handed_by or 0, "工作人员")
    )
