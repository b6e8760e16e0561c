"""Pictures and voices that belong to messages: kept sealed, fetched from WeChat before it forgets them.

A picture is decoded and written anew before anybody sees it (`app.pictures`); a voice is kept as it came, and is only
ever handed out to be saved.
"""

import logging
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path

from app import files, live
from app.db import transactional
from app.errors import NotFound, PlatformUnavailable
from app.ids import new_code
from app.pictures import NotAPicture, PictureTooLarge, harmless
from app.platforms.wechat import Kind, WeChat, WeChatRefused
from app.worker import each_at_once
from chatbot.models import Attachment, Conversation, Message

log = logging.getLogger(__name__)

PICTURE, VOICE = "picture", "voice"
FOLDER = "chat"  # of their files
LOST = ""  # the key of what will not come
TRIES = 8  # over two hours; after three days WeChat has forgotten it
STRAY_AFTER_S = 3600.0  # a file that no row names by then was left by a crash, or by a conversation that was forgotten
AT_ONCE = 4


@dataclass(frozen=True, slots=True)
class Handed:
    """What came with a message: the key of a kept file, what WeChat keeps for us, or nothing that can be kept.

    `kind`: picture, voice, location or other. `is_read`: what it says is the text of the message.
    """

    kind: str
    key: str = ""
    account: str = ""
    media_id: str = ""
    is_read: bool = False

    @property
    def is_kept(self) -> bool:
        return bool(self.key or self.media_id)


@dataclass(frozen=True, slots=True)
class Shown:
    """`code` is its name outside; empty `is_here`: it is being fetched, or could not be."""

    code: str
    kind: str
    is_here: bool
    is_lost: bool


async def keep_picture(folder: Path, content: bytes, *, now: datetime) -> Handed:
    """Keep a picture that somebody hands in on a page. Raises `PictureTooLarge` or `NotAPicture`."""
    return Handed(PICTURE, await files.keep(folder, await harmless(content), kind=FOLDER, now=now))


async def attach(message: Message, file: Handed, *, now: datetime) -> None:
    """In the transaction that writes the message."""
    await Attachment.create(
        code=new_code(),
        conversation_id=message.conversation_id,
        message_id=message.id,
        kind=file.kind,
        key=file.key,
        account=file.account,
        media_id=file.media_id,
        next_try_at=None if file.key else now,
    )


async def of_messages(message_ids: Iterable[int]) -> dict[int, Shown]:
    """By message."""
    rows = await Attachment.filter(message_id__in=list(message_ids))
    return {
        row.message_id: Shown(row.code, row.kind, bool(row.key), not row.key and row.next_try_at is None)
        for row in rows
    }


async def content_of(folder: Path, *, conversation_ids: list[int], code: str) -> tuple[str, bytes]:
    """Its kind and its content. Raises NotFound, also for what belongs to another conversation."""
    row = await Attachment.get_or_none(code=code, conversation_id__in=conversation_ids)
    if row is None or not row.key:
        raise NotFound()
    return row.kind, await files.read(folder, row.key)


async def sweep(folder: Path, now: datetime) -> int:
    """Remove files of this and the last month that no row names. A periodic job."""
    months = {f"{now:%Y-%m}", f"{now.replace(day=1) - timedelta(days=1):%Y-%m}"}
    keys = await files.strays(folder, kind=FOLDER, months=months, older_than_s=STRAY_AFTER_S)
    named: set[str] = set()
    for n in range(0, len(keys), 500):
        rows = await Attachment.filter(key__in=keys[n : n + 500]).only("id", "key")
        named |= {row.key for row in rows}
    left = [key for key in keys if key not in named]
    await files.drop(folder, left)
    return len(left)


async def fetch_due(now: datetime, *, wechat: WeChat, folder: Path) -> int:
    """Fetch from WeChat what citizens sent. A periodic job; each file is leased by a conditional update."""
    due = await Attachment.filter(next_try_at__lte=now).order_by("next_try_at").limit(50)

    async def fetch(row: Attachment) -> None:
        if await _lease(row, now):
            await _fetch(row, wechat, folder, now)

    await each_at_once(due, fetch, limit=AT_ONCE)
    return len(due)


async def _fetch(row: Attachment, wechat: WeChat, folder: Path, now: datetime) -> None:
    try:
        content = await wechat.media(account=row.account, media_id=row.media_id)
        content = await harmless(content) if row.kind == PICTURE else content
    except PlatformUnavailable as exc:
        log.warning("a file from wechat has not come", extra={"attachment": row.id, "reason": exc.data.get("reason")})
    except WeChatRefused as exc:
        log.warning("wechat refuses a file", extra={"attachment": row.id, "errcode": exc.errcode})
        if exc.kind is Kind.FINAL:
            await _settle(row, LOST)
    except (NotAPicture, PictureTooLarge):
        await _settle(row, LOST)
    else:
        await _settle(row, await files.keep(folder, content, kind=FOLDER, now=now))


@transactional
async def _lease(row: Attachment, now: datetime) -> bool:
    """Take it, until the next try is due; after the last one it stays as it is, and is shown as lost."""
    tries = row.attempts + 1
    wait = timedelta(seconds=30 * 2**tries)  # the first outlives the call
    mine = Attachment.filter(id=row.id, attempts=row.attempts, next_try_at=row.next_try_at)
    return bool(await mine.update(attempts=tries, next_try_at=now + wait if tries < TRIES else None))


@transactional
async def _settle(row: Attachment, key: str) -> None:
    """Open pages show it, or that it is lost."""
    mine = Attachment.filter(id=row.id, attempts=row.attempts + 1, key="")
    if await mine.update(key=key, next_try_at=None):
        conversation = await Conversation.get(id=row.conversation_id)
        live.changed(f"chat:{conversation.code}")
