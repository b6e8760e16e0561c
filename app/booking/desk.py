"""What the counter reads of booking: places for people at the desk or on the telephone, restrictions, hours changes."""

from dataclasses import dataclass
from datetime import date, datetime

from app.booking.models import HoursChange, Restriction, Slot

SHOWN = 50


@dataclass(frozen=True, slots=True)
class StaffSlot:
    """A slot as staff see it: places of the public, and places kept for staff."""

    id: str
    starts_at: datetime
    left: int
    staff_left: int


async def staff_slots(*, hall_code: str, group_code: str, on: date, now: datetime) -> list[StaffSlot]:
    """The slots of a day that staff could still book for somebody, in order."""
    rows = Slot.filter(hall_code=hall_code, group_code=group_code, on=on, is_closed=False, starts_at__gt=now)
    found = await rows.order_by("starts_at").values_list("id", "starts_at", "left", "staff_left")
    return [StaffSlot(*row) for row in found if row[2] + row[3] > 0]


async def restrictions(*, now: datetime) -> list[Restriction]:
    """Restrictions that hold now, the latest first."""
    return await Restriction.filter(until__gt=now, lifted_at=None).order_by("-from_at").limit(SHOWN)


async def hours_changes(hall_code: str) -> list[HoursChange]:
    """Changes of a hall's hours that were applied, the latest first."""
    return await HoursChange.filter(hall_code=hall_code).order_by("-id").limit(20)
