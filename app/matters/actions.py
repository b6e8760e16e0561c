"""Everything that changes matters. One transaction each; pinyin is worked out before it opens."""

import asyncio
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from tortoise.exceptions import IntegrityError
from tortoise.expressions import F

from app.db import after_commit, transactional
from app.errors import InvalidInput, NotFound
from app.ids import new_code
from app.matters import live
from app.matters.errors import ChangedMeanwhile
from app.matters.events import MatterChanged
from app.matters.models import CANCELLED, PUBLISHED, SUSPENDED, Matter, Revision, Stamp
from app.matters.readings import readings_of
from app.matters.rules import CODE_PATTERN, columns, ensure_code
from app.matters.standard import missing_items
from app.outbox import record

AT_ONCE = 50  # rows per INSERT: a guide has up to 128 KB, and MariaDB takes packets of 16 MB


@dataclass(frozen=True, slots=True, kw_only=True)
class Write:
    """A guide to be written.

    Attributes:
        seen_version: the version it was made from; 0 for a new matter.
    """

    guide: dict[str, Any]
    pinyin: dict[str, str]
    seen_version: int
    status: str = PUBLISHED
    checked_on: date | None


async def save_guide(
    *,
    guide: dict[str, Any],
    seen_version: int,
    by: str,
    now: datetime,
    status: str = PUBLISHED,
    code_pattern: str = CODE_PATTERN,
) -> Matter:
    """Create a matter (`seen_version` 0) or give it a new version; counts as a check of the guide.

    Raises:
        InvalidInput: the code does not match the pattern, or mandatory items are missing (each by its name).
        ChangedMeanwhile: `seen_version` is not the matter's version any more.
    """
    ensure_code(str(guide.get("code", "")), pattern=code_pattern)
    if missing := missing_items(guide):
        raise InvalidInput({"guide": f"缺少必填项：{'、'.join(missing)}"})
    pinyin = await asyncio.to_thread(readings_of, guide)
    write = Write(guide=guide, pinyin=pinyin, seen_version=seen_version, status=status, checked_on=now.date())
    await save(write, by=by, now=now)
    return await Matter.get(code=guide["code"])


@transactional
async def save(write: Write, *, by: str, now: datetime) -> None:
    """Write one guide and let others hear of it. Raises `ChangedMeanwhile`."""
    await write_guides([write], by=by, now=now)
    await record(
        MatterChanged(
            occurred_at=now, matter_code=write.guide["code"], version=write.seen_version + 1, status=write.status
        )
    )


@transactional
async def change_status(*, code: str, status: str, by: str, now: datetime) -> bool:
    """Publish, suspend or cancel; a new version with the same guide. Returns whether that was anything new.

    Raises `NotFound`, `ChangedMeanwhile`.
    """
    if status not in (PUBLISHED, SUSPENDED, CANCELLED):
        raise ValueError(status)
    matter = await Matter.get_or_none(code=code)
    if matter is None:
        raise NotFound()
    if matter.status == status:
        return False
    write = Write(
        guide=matter.guide,
        pinyin=matter.pinyin,
        seen_version=matter.version,
        status=status,
        checked_on=matter.checked_on,
    )
    await write_guides([write], by=by, now=now)
    await record(MatterChanged(occurred_at=now, matter_code=code, version=matter.version + 1, status=status))
    return True


@transactional
async def mark_checked(*, code: str, seen_version: int, on: date) -> None:
    """The department confirms the guide as it was seen: no new version, but no longer stale.

    Raises `NotFound`, and `ChangedMeanwhile` when it is another version by now.
    """
    seen = Matter.filter(code=code, version=seen_version)
    if await seen.update(checked_on=on) or await seen.exists():  # MariaDB counts no row that says so already
        return
    raise ChangedMeanwhile() if await Matter.exists(code=code) else NotFound()


@transactional
async def write_guides(writes: Sequence[Write], *, by: str, now: datetime, import_code: str | None = None) -> None:
    """Write new matters and new versions, each with its revision, all or none.

    Raises:
        ChangedMeanwhile: somebody changed or created one of them meanwhile.
    """
    if not writes:
        return
    stamp = await next_stamp()
    rows = [(write, _row(write, stamp, now)) for write in writes]
    fresh = [Matter(code=write.guide["code"], version=1, **row) for write, row in rows if not write.seen_version]
    try:
        await Matter.bulk_create(fresh, batch_size=AT_ONCE)
    except IntegrityError:
        raise ChangedMeanwhile() from None
    for write, row in rows:
        if write.seen_version:
            await _update(write, row)
    await Revision.bulk_create([_revision(write, by, now, import_code) for write in writes], batch_size=AT_ONCE)


async def _update(write: Write, row: dict[str, Any]) -> None:
    known = Matter.filter(code=write.guide["code"], version=write.seen_version)
    if not await known.update(**row, version=write.seen_version + 1):
        raise ChangedMeanwhile()


def _row(write: Write, stamp: int, now: datetime) -> dict[str, Any]:
    own = {
        "status": write.status,
        "guide": write.guide,
        "pinyin": write.pinyin,
        "checked_on": write.checked_on,
        "stamp": stamp,
        "updated_at": now,
    }
    return columns(write.guide, is_published=write.status == PUBLISHED) | own


def _revision(write: Write, by: str, now: datetime, import_code: str | None) -> Revision:
    return Revision(
        matter_code=write.guide["code"],
        version=write.seen_version + 1,
        status=write.status,
        guide=write.guide,
        checked_on=write.checked_on,
        by=by,
        import_code=import_code,
        at=now,
    )


@transactional
async def next_stamp() -> int:
    """Count the stamp up and hold its row until the transaction ends; tells this process's index to look."""
    if not await Stamp.filter(key="all").update(value=F("value") + 1):
        try:
            await _first_stamp()
        except IntegrityError:
            await Stamp.filter(key="all").update(value=F("value") + 1)
    after_commit(live.soon)
    value: int = (await Stamp.get(key="all")).value
    return value


@transactional
async def _first_stamp() -> None:
    await Stamp.create(key="all", epoch=new_code(16), value=1)


def same_guide(one: Mapping[str, Any], other: Mapping[str, Any]) -> bool:
    """Whether two guides say the same; items that only count versions do not matter."""
    return {**one, "version": 0} == {**other, "version": 0}
