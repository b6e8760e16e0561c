"""What every change of a conversation is made of: a step by the table, and a message; open pages are told."""

from collections.abc import Mapping
from datetime import datetime, timedelta
from types import MappingProxyType
from typing import Any

from tortoise.expressions import F, Q

from app import live, wake
from app.db import after_commit
from app.platforms.wechat import OA
from app.prepared import Insert
from chatbot.engine.replies import Reply
from chatbot.errors import NotNow
from chatbot.models import Conversation, Delivery, Message
from chatbot.states import NAMES, State, after, sources
from chatbot.texts import masked, masked_all

CITIZEN, BOT, STAFF, SYSTEM, NOTE = "citizen", "bot", "staff", "system", "note"
SENT = (BOT, STAFF, SYSTEM)  # what is delivered to WeChat
ANSWERS = ("waiting", "promised")  # kinds of what the system says to a citizen's own message
PUSH_WAITS = timedelta(seconds=5)  # for its answer (protocols/wechat.md 10.2)
INBOX = "chats"  # topic: something changed that concerns staff
_KEPT = ("answer_id", "matter_code", "source", "date", "target", "confidence", "choices", "buttons", "trace")

_ANYTHING: Mapping[str, Any] = MappingProxyType({})
_MESSAGES, _DELIVERIES = Insert(Message), Insert(Delivery)


def topic_of(code: str) -> str:
    return f"chat:{code}"


async def take_step(
    conversation: Conversation, step: str, *, now: datetime, seen: Mapping[str, Any] = _ANYTHING, **to: Any
) -> Conversation:
    """Change the state, by a conditional update. Raises `NotNow`; of two at once the second does.

    Args:
        seen: what must still hold beside the state, such as who held it.
    """
    target = after(State(conversation.state), step)
    rows = Conversation.filter(id=conversation.id, state__in=sources(step), **seen)
    changed = await rows.update(state=target, version=F("version") + 1, last_at=now, **to)
    fresh = await Conversation.get(id=conversation.id)
    if not changed:
        raise NotNow(state=NAMES[State(fresh.state)])
    return fresh


async def write(
    conversation: Conversation,
    author: str,
    text: str,
    *,
    now: datetime,
    kind: str = "text",
    answer: dict[str, Any] | None = None,
    staff_id: int | None = None,
    outside_id: str | None = None,
) -> Message:
    """Add a message, masked, and its delivery when the citizen writes from WeChat; open pages are told. Who holds the
    conversation owes an answer from the citizen's first word on until they give one.

    Raises IntegrityError when `outside_id` is known already.
    """
    message = await _MESSAGES.made(
        conversation_id=conversation.id, at=now, author=author, text=masked(text), kind=kind, answer=answer,
        staff_id=staff_id, outside_id=outside_id,
    )  # fmt: skip
    if conversation.account and author in SENT:
        await _hand_to_wechat(conversation, message, now)
    await _keep_the_debt(conversation, author, now)
    live.changed(topic_of(conversation.code))
    if conversation.asked_at is not None:
        live.changed(INBOX)
    return message


async def _hand_to_wechat(conversation: Conversation, message: Message, now: datetime) -> None:
    """The official account's push waits for its answer: only what it does not take is sent."""
    is_answer = conversation.account == OA and (message.author == BOT or message.kind in ANSWERS)
    await _DELIVERIES.one(
        conversation_id=conversation.id, message_id=message.id, account=conversation.account,
        openid=conversation.openid, next_try_at=now + (PUSH_WAITS if is_answer else timedelta()),
    )  # fmt: skip
    if not is_answer:
        after_commit(wake.worker)


def kept(reply: Reply) -> dict[str, Any]:
    """What is kept of the bot's reply beside its text: source and date, what can be done, and why it was given."""
    found: dict[str, Any] = masked_all({name: getattr(reply, name) for name in _KEPT})
    return found


async def _keep_the_debt(conversation: Conversation, author: str, now: datetime) -> None:
    held = Conversation.filter(id=conversation.id, state=State.PERSON)
    if author == STAFF:
        await held.update(owed_at=None, answered_at=now)
    elif author == CITIZEN and conversation.state == State.PERSON:
        await held.filter(owed_at=None).update(owed_at=now)


def matter_of(conversation: Conversation) -> str:
    """The code of what it is about, or empty: what was pressed for, else what the bot has understood."""
    return (conversation.about or {}).get("matter") or (conversation.memory or {}).get("matter_code") or ""


async def place_of(conversation: Conversation) -> int:
    """The place among those who wait in the same queue, from 1 on; 0 for who does not wait. The urgent go first."""
    if conversation.state != State.WAITING or conversation.asked_at is None:
        return 0
    earlier = Q(asked_at__lt=conversation.asked_at) | Q(asked_at=conversation.asked_at, id__lt=conversation.id)
    ahead = Q(earlier, is_urgent=conversation.is_urgent)
    if not conversation.is_urgent:
        ahead |= Q(is_urgent=True)
    return 1 + await Conversation.filter(ahead, state=State.WAITING, queue=conversation.queue).count()
