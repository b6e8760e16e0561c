"""Forgetting conversations that nobody has come back to."""

from datetime import datetime, timedelta

from app.db import transactional
from chatbot.models import Conversation, Labelled, Message
from chatbot.states import State

BATCH = 50  # conversations, of some dozens of messages each


@transactional
async def purge(now: datetime, *, keep_days: int) -> int:
    """Delete a batch of old conversations with their messages; never one that a person still owes an answer."""
    before = now - timedelta(days=keep_days)
    return sum([await _purge(state, before) for state in (State.CLOSED, State.BOT)])


async def _purge(state: State, before: datetime) -> int:
    old = Conversation.filter(state=state, last_at__lt=before).order_by("last_at")
    ids = set(await old.limit(BATCH).values_list("id", flat=True))
    if not ids:
        return 0
    gone = await Conversation.filter(id__in=ids, state=state, last_at__lt=before).delete()
    ids -= set(await Conversation.filter(id__in=ids).values_list("id", flat=True))  # somebody came back just now
    await Message.filter(conversation_id__in=ids).delete()
    await Labelled.filter(conversation_id__in=ids).delete()
    return gone
