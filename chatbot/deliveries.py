"""Bringing what was said to the WeChat that the citizen writes from (protocols/wechat.md 7, 10.2).

What the bot answers goes into the answer to the citizen's own push while WeChat waits for it; whatever is not taken
within five seconds, and all that a person says, goes as a customer-service message. A lease like the one of notices
keeps two workers apart, and WeChat knows a repeat by our key, so nothing comes twice. One conversation's messages
go in their order.
"""

import asyncio
import logging
import random
from collections.abc import Callable, Iterable
from datetime import datetime, timedelta
from functools import partial
from pathlib import Path
from typing import Any

from app import files, live
from app.db import transactional
from app.errors import PlatformUnavailable
from app.platforms.wechat import Kind, WeChat, WeChatRefused
from app.prepared import Rows
from app.worker import each_at_once
from chatbot.models import Attachment, Conversation, Delivery, Message
from chatbot.writing import BOT, CITIZEN, SENT, STAFF, topic_of

log = logging.getLogger(__name__)

WAITING, SENDING, PASSIVE, DELIVERED, MISSED, FAILED = "waiting", "sending", "passive", "sent", "missed", "failed"
OPEN = (WAITING, SENDING)
LEASE, PATIENCE_S = timedelta(seconds=30), 20
GIVE_UP_AFTER, MAX_WAIT_S = 8, 900
AT_ONCE = 16
NO_WORDS = "［图片］"  # the text of a picture without any

Texts = Callable[[Message], str]
_ROWS = Rows(Delivery)


async def answers_to(outside_id: str) -> list[Message]:
    """What was said to a citizen's message before they said more."""
    asked = await Message.get_or_none(outside_id=outside_id)
    if asked is None:
        return []
    later = Message.filter(conversation_id=asked.conversation_id, id__gt=asked.id)
    next_one = await later.filter(author=CITIZEN).order_by("id").first()
    return await (later.filter(id__lt=next_one.id) if next_one else later).filter(author__in=SENT).order_by("id")


async def taken(messages: Iterable[Message], now: datetime) -> list[Message]:
    """Those that may go into the answer to a push, the first or a repeat of it: no sender has taken them."""
    return [message for message in messages if await _is_taken(message, now)]


async def _is_taken(message: Message, now: datetime) -> bool:
    waiting, passive = {"message_id": message.id, "state": WAITING}, {"state": PASSIVE, "final_at": now}
    return bool(await _ROWS.change(waiting, passive)) or await Delivery.exists(message_id=message.id, state=PASSIVE)


class Sender:
    """Sends what is due. Any number of senders may run.

    Args:
        text_of: a message as WeChat shows it.
        folder: of the files.
    """

    def __init__(self, wechat: WeChat, *, text_of: Texts, folder: Path) -> None:
        self._wechat = wechat
        self._text_of = text_of
        self._folder = folder

    async def send_due(self, now: datetime, limit: int = 100) -> int:
        """Send the first of each conversation that is due. Returns how many were taken up."""
        due = await Delivery.filter(state__in=OPEN, next_try_at__lte=now).order_by("next_try_at", "id").limit(limit)
        first = await _first_of_each({row.conversation_id for row in due})
        ready = [row for row in first if row.next_try_at <= now]
        await each_at_once(ready, partial(self._send, now=now), limit=AT_ONCE)
        return len(ready)

    async def _send(self, delivery: Delivery, now: datetime) -> None:
        if not await _lease(delivery, now):
            return
        delivery.attempts += 1
        try:
            async with asyncio.timeout(PATIENCE_S):
                await self._call(delivery)
        except WeChatRefused as exc:
            await self._refused(delivery, exc, now)
        except (PlatformUnavailable, TimeoutError):
            await _put_off(delivery, "微信没有应答", now)
        else:
            await _finish(delivery, DELIVERED, "", now)

    async def _call(self, delivery: Delivery) -> None:
        """The picture, then the words, each known to WeChat by a key of its own."""
        message = await Message.get(id=delivery.message_id)
        attachment = await Attachment.get_or_none(message_id=message.id)
        contents: dict[str, dict[str, Any]] = {}
        if attachment is not None:
            photo = await files.read(self._folder, attachment.key)
            picture = await self._wechat.upload_picture(account=delivery.account, content=photo)
            contents[f"zb{message.id}p"] = {"msgtype": "image", "image": {"media_id": picture}}
        if message.text != NO_WORDS:
            contents[f"zb{message.id}"] = _words(message, self._text_of(message))
        for key, content in contents.items():
            await self._wechat.send_custom(account=delivery.account, openid=delivery.openid, key=key, content=content)

    async def _refused(self, delivery: Delivery, exc: WeChatRefused, now: datetime) -> None:
        reason = f"微信返回 {exc.errcode}"
        if exc.kind in (Kind.UNREACHABLE, Kind.NO_CONSENT):
            await _finish(delivery, MISSED, reason, now)
        elif exc.kind is Kind.FINAL:
            await _finish(delivery, FAILED, reason, now)
        else:
            level = logging.ERROR if exc.kind is Kind.CONFIGURATION else logging.INFO
            log.log(level, "wechat refuses a message", extra={"kind": exc.kind, "errcode": exc.errcode})
            await _put_off(delivery, reason, now, least_s=exc.wait_s)


def _words(message: Message, text: str) -> dict[str, Any]:
    content: dict[str, Any] = {"msgtype": "text", "text": {"content": text}}
    if message.author == BOT:
        content["aimsgcontext"] = {"is_ai_msg": 1}  # the grey line under what no person wrote (protocols/wechat.md 7.1)
    return content


async def _first_of_each(conversation_ids: Iterable[int]) -> list[Delivery]:
    rows = await Delivery.filter(conversation_id__in=list(conversation_ids), state__in=OPEN).order_by("-id")
    return list({row.conversation_id: row for row in rows}.values())


@transactional
async def _lease(delivery: Delivery, now: datetime) -> bool:
    mine = Delivery.filter(id=delivery.id, attempts=delivery.attempts, state=delivery.state)
    return bool(await mine.update(state=SENDING, attempts=delivery.attempts + 1, next_try_at=now + LEASE))


@transactional
async def _finish(delivery: Delivery, state: str, reason: str, now: datetime) -> None:
    """Its end, unless another sender has taken over. What WeChat does not bring is told in another way."""
    mine = Delivery.filter(id=delivery.id, attempts=delivery.attempts, state=SENDING)
    if not await mine.update(state=state, reason=reason, final_at=now):
        return
    if state in (MISSED, FAILED) and await Message.exists(id=delivery.message_id, author=STAFF):
        await Conversation.filter(id=delivery.conversation_id, unread_since=None).update(unread_since=now)
    live.changed(topic_of((await Conversation.get(id=delivery.conversation_id)).code))


async def _put_off(delivery: Delivery, reason: str, now: datetime, *, least_s: int = 0) -> None:
    log.warning("message not delivered", extra={"delivery": delivery.id, "attempts": delivery.attempts})
    if delivery.attempts >= GIVE_UP_AFTER:
        await _finish(delivery, FAILED, reason, now)
        return
    wait = timedelta(seconds=max(least_s, min(MAX_WAIT_S, 2**delivery.attempts)) * random.uniform(1, 1.3))
    await Delivery.filter(id=delivery.id, attempts=delivery.attempts, state=SENDING).update(
        state=WAITING, reason=reason, next_try_at=now + wait
    )


async def states_of(message_ids: Iterable[int]) -> dict[int, str]:
    """How far the messages have come, by message; those that go nowhere are missing."""
    rows = await Delivery.filter(message_id__in=list(message_ids)).values_list("message_id", "state")
    return {int(message_id): str(state) for message_id, state in rows}
