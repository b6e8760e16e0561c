"""Taking a step with a result: one conditional update, whose row count says whether the step was ours."""

from datetime import datetime
from typing import Any

from app.pickup.models import Pickup
from app.pickup.refusals import why_not
from app.pickup.states import STEPS
from app.staff.auditing import audit
from app.staff.by import By


async def move(pickup: Pickup, step: str, **changes: Any) -> Pickup:
    """Take the step. Returns the row as it is now; raises the refusal of whatever state it is in instead."""
    way = STEPS[step]
    if not await Pickup.filter(id=pickup.id, state__in=way.sources).update(state=way.target, **changes):
        raise await why_not(await Pickup.get(id=pickup.id))
    return await Pickup.get(id=pickup.id)


def items_total(pickup: Pickup) -> int:
    return sum(item["count"] for item in pickup.items)


def facts_of(pickup: Pickup, now: datetime) -> dict[str, Any]:
    """What every event about a result says."""
    return {
        "occurred_at": now,
        "pickup_code": pickup.code,
        "citizen_id": pickup.citizen_id,
        "hall_code": pickup.hall_code,
        "matter_code": pickup.matter_code,
        "booking_number": pickup.booking_number,
    }


async def audit_step(
    pickup: Pickup, step: str, *, by: By, now: datetime, details: dict[str, Any] | None = None
) -> None:
    await audit(
        by=by,
        action=f"pickup.{step}",
        subject=f"pickup:{pickup.code}",
        citizen_id=pickup.citizen_id,
        hall_code=pickup.hall_code,
        details=details,
        now=now,
    )
