"""Writing FAQs with their versions: what every change of the knowledge base is made of."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from tortoise.exceptions import IntegrityError

from app.db import transactional
from chatbot.learning.errors import FaqChanged
from chatbot.learning.marks import next_version
from chatbot.learning.models import Faq, FaqVersion
from chatbot.learning.rules import Content, as_date, content_of

AT_ONCE = 200  # rows per INSERT


@dataclass(frozen=True, slots=True, kw_only=True)
class Write:
    """An FAQ to be written. `seen_version`: the one it was made from, 0 for a new FAQ. `what` is done, in words."""

    code: str
    content: Content
    seen_version: int
    what: str


@transactional
async def write(writes: Sequence[Write], *, by: str, now: datetime, import_code: str | None = None) -> int:
    """New FAQs and new versions, all or none, as one version of the knowledge base, which is returned.

    Raises:
        FaqChanged: somebody changed or created one of them meanwhile.
    """
    value = await next_version()
    fresh = [Faq(code=each.code, version=1, **_row(each, now)) for each in writes if not each.seen_version]
    try:
        await _create(fresh)
    except IntegrityError:
        raise FaqChanged(code="、".join(row.code for row in fresh[:5])) from None
    for each in writes:
        if each.seen_version:
            await _update(each, now)
    await FaqVersion.bulk_create([_version(each, by, now, import_code) for each in writes], batch_size=AT_ONCE)
    return value


@transactional
async def _create(rows: Sequence[Faq]) -> None:
    await Faq.bulk_create(rows, batch_size=AT_ONCE)


async def _update(each: Write, now: datetime) -> None:
    known = Faq.filter(code=each.code, version=each.seen_version)
    if not await known.update(**_row(each, now), version=each.seen_version + 1):
        raise FaqChanged(code=each.code)


def _row(each: Write, now: datetime) -> dict[str, Any]:
    dates = {name: as_date(getattr(each.content, name)) for name in ("valid_from", "valid_to", "dated")}
    return {**each.content.as_json(), **dates, "updated_at": now}


def _version(each: Write, by: str, now: datetime, import_code: str | None) -> FaqVersion:
    return FaqVersion(
        faq_code=each.code,
        version=each.seen_version + 1,
        content=each.content.as_json(),
        what=each.what,
        by=by,
        import_code=import_code,
        at=now,
    )


def content_from(row: Faq) -> Content:
    """What the row says."""
    dates = {name: str(value) if (value := getattr(row, name)) else None for name in ("valid_from", "valid_to")}
    names = (name for name in Content.__dataclass_fields__ if name not in (*dates, "dated"))
    return content_of({**{name: getattr(row, name) for name in names}, **dates, "dated": str(row.dated)})
