"""Writing down what staff do and read."""

from datetime import datetime
from typing import Any

from app.prepared import Insert
from app.staff.by import By
from app.staff.models import AuditRow

_WRITE = Insert(AuditRow)


async def audit(
    *,
    by: By,
    action: str,
    now: datetime,
    subject: str = "",
    citizen_id: int | None = None,
    hall_code: str = "",
    why: str = "",
    details: dict[str, Any] | None = None,
) -> None:
    """Add a row to the audit log, in the open transaction if there is one. Every action by staff calls it, and so
    does every read of one person's data or of a list of people (PIPL 54-56, 等保 8.1.4.3).

    Args:
        action: what, as `subject.verb`, such as `queue.call_next` or `booking.reveal`.
        subject: which, such as `booking:7KQ2...`.
        citizen_id: whose data it was, when it was one person's.
        why: the reason given by the member of staff, where one is asked.
        details: plain values worth keeping, such as a list's filter; never personal data.
    """
    await _WRITE.one(
        at=by.told_at or now,
        staff_id=by.staff_id,
        staff_name=by.name,
        action=action,
        subject=subject,
        citizen_id=citizen_id,
        hall_code=hall_code,
        why=why[:200],
        details=details,
        request_id=by.request_id,
        source=by.source,
    )
