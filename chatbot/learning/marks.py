"""Counting up the version of the knowledge base; every process sees by it that its own is old."""

from tortoise.exceptions import IntegrityError
from tortoise.expressions import F

from app import live
from app.db import transactional
from app.ids import new_code
from chatbot.learning.models import Mark

TOPIC = "faqs"  # what the bot knows has changed
FAQS, ASKED = "faqs", "asked"


@transactional
async def next_version() -> int:
    """Count up and hold the row until the transaction ends, so that changes have an order; others are told then."""
    await ensure(FAQS)
    await Mark.filter(key=FAQS).update(value=F("value") + 1)
    live.changed(TOPIC)
    value: int = (await Mark.get(key=FAQS)).value
    return value


async def current(key: str = FAQS) -> tuple[str, int]:
    """Epoch and number; ("", 0) while there is none."""
    row = await Mark.get_or_none(key=key)
    return (row.epoch, row.value) if row else ("", 0)


async def ensure(key: str) -> None:
    if not await Mark.exists(key=key):
        try:
            await _first(key)
        except IntegrityError:
            return  # another process was first


@transactional
async def _first(key: str) -> None:
    await Mark.create(key=key, epoch=new_code(16), value=0)
