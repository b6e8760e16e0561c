"""Telling citizens who have left the page that a person has answered (features.md F13)."""

from datetime import datetime, timedelta

from app.citizens.events import AnswerUnread
from app.db import transactional
from app.outbox import record
from chatbot.models import Conversation

AFTER = timedelta(seconds=60)  # whoever has the page open has seen it by then
BATCH = 100


async def tell(now: datetime) -> int:
    """A periodic job: one notice for all that was said since the citizen last looked. Guests cannot be told."""
    due = Conversation.filter(unread_since__lte=now - AFTER, unread_told_at=None, citizen_id__not_isnull=True)
    rows = await due.order_by("unread_since").limit(BATCH)
    return sum([await _tell(row, now) for row in rows])


@transactional
async def _tell(row: Conversation, now: datetime) -> bool:
    mine = Conversation.filter(id=row.id, unread_told_at=None, citizen_id=row.citizen_id).exclude(unread_since=None)
    if row.citizen_id is None or not await mine.update(unread_told_at=now):
        return False
    await record(AnswerUnread(citizen_id=row.citizen_id, conversation_code=row.code, occurred_at=now))
    return True
