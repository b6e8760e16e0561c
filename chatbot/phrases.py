"""常用语: canned replies, one's own and everybody's, with the citizen's name and matter filled in."""

import re
from collections.abc import Mapping
from datetime import datetime
from typing import Any

from tortoise.expressions import Q

from app.db import transactional
from app.errors import InvalidInput, NotFound
from app.ids import new_code
from app.staff.auditing import audit
from app.staff.by import By
from app.staff.rules import Role, ensure_role
from chatbot.models import Phrase
from chatbot.texts import cleaned

UNKNOWN = {"姓名": "您", "事项": "您咨询的事项", "客服": "人工客服"}
MOST = 200  # of one person, and of everybody's
_PLACE = re.compile(r"\{([^{}]{0,20})\}")


async def phrases(staff_id: int, text: str = "") -> list[Phrase]:
    """One's own first, then everybody's; those with all of the words in title or text."""
    rows = Phrase.filter(Q(staff_id=staff_id) | Q(staff_id=None))
    for word in text.split()[:5]:
        rows = rows.filter(Q(title__icontains=word[:30]) | Q(text__icontains=word[:30]))
    found = await rows.order_by("title", "id").limit(2 * MOST)
    return sorted(found, key=lambda row: row.staff_id is None)


async def phrase(code: str, *, staff_id: int) -> Phrase:
    """Raises NotFound, also for what is a colleague's own."""
    row = await Phrase.get_or_none(code=code)
    if row is None or row.staff_id not in (None, staff_id):
        raise NotFound()
    return row


def filled(text: str, values: Mapping[str, str]) -> str:
    """The text with what is known of the citizen; what is not known reads well too."""
    known = UNKNOWN | {name: part for name, part in values.items() if part}
    return _PLACE.sub(lambda found: known.get(found[1], found[0]), text)


def addressed(masked_name: str) -> str:
    """张* as 张先生/女士: staff do not learn the name by a canned reply."""
    return f"{masked_name[0]}先生/女士" if masked_name else ""


@transactional
async def save(*, code: str, title: str, text: str, is_shared: bool, by: By, now: datetime) -> str:
    """Add (empty code) or change. Everybody's are a manager's to change. Raises InvalidInput, NotFound, NotAllowed."""
    owner = None if is_shared else by.staff_id
    await _ensure_may(code, is_shared, by)
    values: dict[str, Any] = {"title": _title(title), "text": _text(text), "staff_id": owner, "changed_at": now}
    if code:
        await Phrase.filter(code=code).update(**values)
    else:
        await _ensure_room(owner)
        code = new_code()
        await Phrase.create(code=code, **values)
    await audit(by=by, action="chat.save_phrase", subject=f"phrase:{code}", details={"name": values["title"]}, now=now)
    return code


@transactional
async def remove(*, code: str, by: By, now: datetime) -> None:
    """Raises NotFound, NotAllowed."""
    await _ensure_may(code, False, by)
    await Phrase.filter(code=code).delete()
    await audit(by=by, action="chat.remove_phrase", subject=f"phrase:{code}", now=now)


async def _ensure_may(code: str, is_shared: bool, by: By) -> None:
    row = await phrase(code, staff_id=by.staff_id) if code else None
    if is_shared or (row is not None and row.staff_id is None):
        ensure_role(by.roles, {Role.MANAGER})


async def _ensure_room(owner: int | None) -> None:
    if await Phrase.filter(staff_id=owner).count() >= MOST:
        raise InvalidInput({"title": f"最多 {MOST} 条，请先删除不用的"})


def _title(title: str) -> str:
    plain = cleaned(title, field="title")
    if len(plain) > 30:
        raise InvalidInput({"title": "标题最多 30 个字"})
    return plain


def _text(text: str) -> str:
    plain = cleaned(text)
    if strange := [name for name in _PLACE.findall(plain) if name not in UNKNOWN]:
        raise InvalidInput({"text": f"没有“{{{strange[0]}}}”这个占位，可用 {{姓名}}、{{事项}}、{{客服}}"})
    return plain
