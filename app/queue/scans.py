"""The log of scans, failures and their reasons included."""

from datetime import datetime

from app.queue.models import Scan
from app.staff.by import By

OK, REPEAT = "ok", "repeat"


async def note(
    *,
    purpose: str,
    hall_code: str,
    subject: str,
    outcome: str,
    now: datetime,
    by: By | None = None,
    channel: str = "counter",
) -> None:
    """Write down a scan. On success in its transaction; a refusal is written after what it refused was undone.

    Args:
        purpose: check_in, walk_in, pickup or wall.
        subject: the booking number, pickup code, group or device, as far as there was one; never personal data.
        outcome: `OK`, `REPEAT` or the code of the refusal.
        by: who scanned; nobody where people do it themselves.
    """
    staff_id = by.staff_id if by else 0
    await Scan.create(
        at=now, purpose=purpose, channel=channel, hall_code=hall_code, staff_id=staff_id, subject=subject[:32],
        outcome=outcome,
    )  # fmt: skip
