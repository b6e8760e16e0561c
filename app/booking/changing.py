"""Writing to a booking that was read before, and writing down that staff did."""

from datetime import datetime
from typing import Any

from app.booking import rules
from app.booking.errors import ChangedMeanwhile
from app.booking.models import Booking
from app.booking.queries import BOOKINGS
from app.staff.auditing import audit
from app.staff.by import By


async def change(booking: Booking, **values: Any) -> None:
    """Write these values if nobody changed the booking since it was read. Raises ChangedMeanwhile or why not."""
    values["version"] = booking.version + 1
    as_read = {"id": booking.id, "state": booking.state, "version": booking.version}
    if not await BOOKINGS.change(as_read, values):
        state = (await Booking.get(id=booking.id).only("state")).state
        raise ChangedMeanwhile() if state in rules.ACTIVE else rules.refusal_of(state)
    booking.update_from_dict(values)


async def audit_booking(
    by: By, action: str, booking: Booking, now: datetime, *, why: str = "", details: dict[str, Any] | None = None
) -> None:
    await audit(
        by=by,
        action=action,
        now=now,
        subject=f"booking:{booking.number}",
        citizen_id=booking.citizen_id,
        hall_code=booking.hall_code,
        why=why,
        details=details,
    )
