"""Searches that found nothing, for staff: which word is missing. Written at once, but never in the search's way."""

import logging
import re
import time
from datetime import date, datetime

from tortoise.exceptions import BaseORMException, IntegrityError
from tortoise.expressions import F

from app.db import transactional
from app.errors import AppError
from app.log import mask
from app.matters.models import SearchMiss
from app.matters.search.text import normalise

log = logging.getLogger(__name__)

MAX_TEXT = 30
ROWS_PER_DAY = 2000  # different texts; a flood of nonsense ends here, known texts are still counted
BURST, PER_SECOND = 10.0, 2.0  # writes of one process

_LONG_NUMBER = re.compile(r"\d{7,}")


class Bucket:
    """Lets a few writes through at once and then a steady trickle."""

    def __init__(self) -> None:
        self.fill()

    def fill(self) -> None:
        self._tokens = BURST
        self._at = time.monotonic()

    def take(self) -> bool:
        at = time.monotonic()
        self._tokens = min(BURST, self._tokens + (at - self._at) * PER_SECOND)
        self._at = at
        if self._tokens < 1:
            return False
        self._tokens -= 1
        return True


bucket = Bucket()


def as_noted(raw: str) -> str:
    """What is kept of a search: normalised, short, and without any number that could be somebody's."""
    return _LONG_NUMBER.sub("…", mask(normalise(raw[:200])))[:MAX_TEXT]


async def note(raw: str, *, now: datetime) -> None:
    """Count a search without an answer. Never raises: the citizen's search matters more."""
    text = as_noted(raw)
    if len(text) < 2 or not bucket.take():
        return
    try:
        await _count(text, now.date(), now)
    except (AppError, BaseORMException, OSError):
        log.warning("search miss not noted")


@transactional
async def _count(text: str, on: date, now: datetime) -> None:
    known = SearchMiss.filter(on_day=on, text=text)
    if await known.update(count=F("count") + 1, last_at=now):
        return
    if await SearchMiss.filter(on_day=on).count() >= ROWS_PER_DAY:
        return
    try:
        await _first(text, on, now)
    except IntegrityError:
        await known.update(count=F("count") + 1, last_at=now)


@transactional
async def _first(text: str, on: date, now: datetime) -> None:
    await SearchMiss.create(on_day=on, text=text, last_at=now)
