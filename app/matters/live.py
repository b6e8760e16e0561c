"""The search index of this process, kept up with the database.

A version stamp is looked at once a second at most, and only when somebody asks. Whoever sees a new one fetches the
rows that changed; the index is built in a thread, and until it is ready everyone is answered from the old one.
"""

import asyncio
import logging
import time
from dataclasses import dataclass, field
from typing import Any

from app.matters.models import CANCELLED, PUBLISHED, Matter, Stamp, Synonym
from app.matters.search.entry import Entry
from app.matters.search.index import Index
from app.matters.search.synonyms import Synonyms

log = logging.getLogger(__name__)

LOOK_EVERY_S = 1.0
WAIT_S = 0.3  # for a small city a change is there at once; a large one is answered from the old index meanwhile

_COLUMNS = (
    *("code", "name", "short_name", "dept_name", "aliases", "keywords", "result_name", "pinyin", "hot_rank", "themes"),
    *("level_code", "project_type", "status", "bookable", "payable", "couriable", "online", "natural", "legal"),
    "windows",
)


@dataclass
class _Live:
    index: Index | None = None
    entries: dict[str, Entry] = field(default_factory=dict)
    stamp: tuple[str, int] | None = None
    looked_at: float = 0.0
    building: asyncio.Future[Index] | None = None
    looking: asyncio.Lock = field(default_factory=asyncio.Lock)


_live = _Live()


async def index() -> Index:
    """The index to search now; the first call builds it."""
    if _live.index is None or time.monotonic() - _live.looked_at >= LOOK_EVERY_S:
        await _look()
    assert _live.index is not None
    return _live.index


async def refresh() -> Index:
    """The index with everything that is in the database now. For starts, commands and tests."""
    _live.looked_at = 0.0
    async with _live.looking:
        await _reload(wait_s=None)
    return await index()


def soon() -> None:
    """Something was changed in this process: look at the next search instead of after a second."""
    _live.looked_at = 0.0


async def _look() -> None:
    if _live.looking.locked() and _live.index is not None:
        return
    async with _live.looking:
        if _live.index is None or time.monotonic() - _live.looked_at >= LOOK_EVERY_S:
            await _reload(wait_s=WAIT_S if _live.index is not None else None)


async def _reload(*, wait_s: float | None) -> None:
    _live.looked_at = time.monotonic()
    if _live.building is not None:
        if wait_s is not None:
            return  # the old index answers; the next look sees whether there is still newer
        await asyncio.wait([_live.building])
    row = await Stamp.get_or_none(key="all")
    stamp = (row.epoch, row.value) if row else ("", 0)
    if stamp == _live.stamp and _live.index is not None:
        return
    entries = await _entries(stamp)
    groups = {row.official: row.forms for row in await Synonym.all()}
    building = asyncio.get_running_loop().run_in_executor(None, _build, list(entries.values()), groups)
    _live.building = building
    building.add_done_callback(lambda done: _swap(done, entries, stamp))
    await asyncio.wait([building], timeout=wait_s)


def _build(entries: list[Entry], groups: dict[str, list[str]]) -> Index:
    return Index(entries, Synonyms(groups))


def _swap(done: asyncio.Future[Index], entries: dict[str, Entry], stamp: tuple[str, int]) -> None:
    _live.building = None
    if done.cancelled() or done.exception():
        log.error("search index not built", exc_info=None if done.cancelled() else done.exception())
        return
    _live.index, _live.entries, _live.stamp = done.result(), entries, stamp


async def _entries(stamp: tuple[str, int]) -> dict[str, Entry]:
    """All matters to show: those known, with what was stamped since; all anew for another database."""
    known = dict(_live.entries) if _live.stamp and _live.stamp[0] == stamp[0] else {}
    since = _live.stamp[1] if _live.stamp and known else -1
    for row in await Matter.filter(stamp__gt=since).values(*_COLUMNS):
        if row["status"] == CANCELLED:
            known.pop(row["code"], None)
        else:
            known[row["code"]] = _entry(row)
    return known


def _entry(row: dict[str, Any]) -> Entry:
    shared = {name: row[name] for name in _COLUMNS if name not in ("dept_name", "result_name", "status")}
    named = {"department": row["dept_name"], "result": row["result_name"]}
    return Entry(**shared, **named, is_suspended=row["status"] != PUBLISHED)
