"""Forgetting conversations that nobody has come back to."""

from datetime import datetime, timedelta
from pathlib import Path

from app import files
from app.db import transactional
from chatbot.models import Attachment, Conversation, Delivery, Labelled, Message
from chatbot.states import State

BATCH = 50  # conversations, of some dozens of messages each


async def purge(now: datetime, *, keep_days: int, folder: Path) -> int:
    """Delete a batch of old conversations with all that belongs to them; never one that a person still owes an answer.

    The files go after the rows: a crash in between leaves files that nobody can reach.
    """
    before, count = now - timedelta(days=keep_days), 0
    for state in (State.CLOSED, State.BOT):
        gone, keys = await _purge(state, before)
        await files.drop(folder, keys)
        count += gone
    return count


@transactional
async def _purge(state: State, before: datetime) -> tuple[int, list[str]]:
    old = Conversation.filter(state=state, last_at__lt=before).order_by("last_at")
    ids = set(await old.limit(BATCH).values_list("id", flat=True))
    if not ids:
        return 0, []
    gone = await Conversation.filter(id__in=ids, state=state, last_at__lt=before).delete()
    ids -= set(await Conversation.filter(id__in=ids).values_list("id", flat=True))  # somebody came back just now
    keys = await Attachment.filter(conversation_id__in=ids).exclude(key="").values_list("key", flat=True)
    for rows in (Attachment, Delivery, Labelled, Message):
        await rows.filter(conversation_id__in=ids).delete()
    return gone, [str(key) for key in keys]
