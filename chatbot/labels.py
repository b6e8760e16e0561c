"""Labels that staff put on conversations, to find and to count them."""

from collections.abc import Collection
from contextlib import suppress
from datetime import datetime

from tortoise.exceptions import IntegrityError

from app.db import transactional
from app.errors import InvalidInput, NotFound
from app.ids import new_code
from app.staff.auditing import audit
from app.staff.by import By
from chatbot.desk import handed
from chatbot.models import Label, Labelled
from chatbot.texts import cleaned

LONGEST, MOST = 12, 60


async def labels() -> dict[str, str]:
    """Code to name, in order of the names."""
    return {row.code: row.name for row in await Label.all().order_by("name")}


async def of_conversations(ids: Collection[int]) -> dict[int, list[str]]:
    """The labels' codes by conversation."""
    found: dict[int, list[str]] = {}
    for row in await Labelled.filter(conversation_id__in=list(ids)).order_by("id") if ids else []:
        found.setdefault(row.conversation_id, []).append(row.label)
    return found


@transactional
async def add(*, name: str, by: By, now: datetime) -> str:
    """A new label. Raises InvalidInput."""
    plain = cleaned(name, field="name")
    if len(plain) > LONGEST or await Label.all().count() >= MOST:
        raise InvalidInput({"name": f"标签最多 {LONGEST} 个字，一共最多 {MOST} 个"})
    try:
        row = await Label.create(code=new_code(), name=plain)
    except IntegrityError:
        raise InvalidInput({"name": "已有同名的标签"}) from None
    await audit(by=by, action="chat.add_label", subject=f"label:{row.code}", details={"name": plain}, now=now)
    return row.code


@transactional
async def remove(*, code: str, by: By, now: datetime) -> None:
    """From all conversations too. Raises NotFound."""
    if not await Label.filter(code=code).delete():
        raise NotFound()
    await Labelled.filter(label=code).delete()
    await audit(by=by, action="chat.remove_label", subject=f"label:{code}", now=now)


@transactional
async def set_labels(*, code: str, wanted: Collection[str], by: By, now: datetime) -> None:
    """Exactly these on a conversation; those that are no labels are left out. Raises NotFound."""
    row, known = await handed(code), await labels()
    now_on = set((await of_conversations([row.id])).get(row.id, []))
    target = {label for label in wanted if label in known}
    await Labelled.filter(conversation_id=row.id, label__in=list(now_on - target) or [""]).delete()
    for label in sorted(target - now_on):
        await _put(row.id, label)
    details = {"name": [known[label] for label in sorted(target)]}
    await audit(
        by=by, action="chat.label", subject=f"chat:{code}", citizen_id=row.citizen_id, details=details, now=now
    )  # fmt: skip


async def _put(conversation_id: int, label: str) -> None:
    with suppress(IntegrityError):  # a colleague has just put it there
        await Labelled.create(conversation_id=conversation_id, label=label)
