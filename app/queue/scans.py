"""The log of scans, failures and their reasons included."""

from datetime import datetime

from app.queue.models import Scan
from app.staff.by import By

OK, REPEAT = "ok", "repeat"


async def note(*, purpose: str, by: By, hall_code: str, subject: str, outcome: str, now: datetime) -> None:
    """Write down a scan. On success in its transaction; a refusal is written after what it refused was undone.

    Args:
        purpose: check_in or pickup.
        subject: the booking number or pickup code, as far as the code told one.
        outcome: `OK`, `REPEAT` or the code of the refusal.
    """
    await Scan.create(
        at=now, purpose=purpose, hall_code=hall_code, staff_id=by.staff_id, subject=subject[:32], outcome=outcome
    )
