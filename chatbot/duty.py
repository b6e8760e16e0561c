"""接待中 and 小休: whether a member of staff is at the desk."""

from datetime import datetime

from app.db import transactional
from app.staff.auditing import audit
from app.staff.by import By
from chatbot import agents
from chatbot.giving_back import AWAY, give_back, owed_by


@transactional
async def begin(*, by: By, now: datetime) -> None:
    """For today, until they pause."""
    await agents.mark(by.staff_id, duty_on=agents.today(now))
    await audit(by=by, action="chat.on_duty", now=now)


@transactional
async def pause(*, by: By, opens: datetime, now: datetime) -> int:
    """Whoever waits for this one's answer goes back to their place in the line; returns how many."""
    await agents.mark(by.staff_id, duty_on=None)
    owed = await owed_by(by.staff_id)
    why = AWAY.format(name=by.name)
    given = sum([await give_back(row, why=why, opens=opens, now=now, by=by) for row in owed])
    await audit(by=by, action="chat.off_duty", details={"count": given}, now=now)
    return given


@transactional
async def set_most(*, staff_id: int, most: int | None, by: By, now: datetime) -> None:
    """How many somebody may be busy with; None as many as the setting says."""
    await agents.mark(staff_id, most=most)
    await audit(by=by, action="chat.set_most", subject=f"staff:{staff_id}", details={"after": most}, now=now)
