"""Managers change the queues. Who saved meanwhile is not overwritten."""

from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from datetime import datetime
from typing import Any

from tortoise.exceptions import IntegrityError
from tortoise.expressions import F

from app.db import transactional
from app.errors import InvalidInput, NotFound
from app.ids import new_code
from app.staff.auditing import audit
from app.staff.by import By
from chatbot.errors import ListChanged
from chatbot.models import Conversation, SkillQueue
from chatbot.queues import GENERAL, GENERAL_NAME, all_queues, goes_round

MOST_MINUTES = 600


@dataclass(frozen=True, slots=True)
class QueueFields:
    """What a manager decides; see `SkillQueue`."""

    name: str
    dept_codes: list[str] = field(default_factory=list)
    matter_codes: list[str] = field(default_factory=list)
    staff_ids: list[int] = field(default_factory=list)
    overflow_to: str | None = GENERAL
    overflow_minutes: int = 3


@transactional
async def save(*, code: str, version: int, wanted: QueueFields, by: By, now: datetime) -> str:
    """Add a queue (empty code) or change one that is still as it was seen. Returns its code.

    Raises InvalidInput, ListChanged, NotFound.
    """
    rows = {row.code: row for row in await all_queues()}
    if code and code not in rows:
        raise NotFound()
    if faults := _faults(code, wanted, rows):
        raise InvalidInput(faults)
    values: dict[str, Any] = asdict(wanted)
    try:
        code = await _change(code, version, values) if code else await _create(values)
    except IntegrityError:
        raise InvalidInput({"name": "已有同名的队列，请换一个名称"}) from None
    details = {"name": wanted.name, "group": wanted.dept_codes, "count": len(wanted.staff_ids)}
    await audit(by=by, action="chat.save_queue", subject=f"queue:{code}", details=details, now=now)
    return code


async def _create(values: dict[str, Any]) -> str:
    return (await SkillQueue.create(code=new_code(), **values)).code


async def _change(code: str, version: int, values: dict[str, Any]) -> str:
    if not await SkillQueue.filter(code=code, version=version).update(version=F("version") + 1, **values):
        raise ListChanged()
    return code


def _faults(code: str, wanted: QueueFields, rows: Mapping[str, SkillQueue]) -> dict[str, str]:
    faults = {}
    if not 0 < len(wanted.name) <= 20 or wanted.name == GENERAL_NAME:
        faults["name"] = "请填写 20 个字以内的名称，且不能叫“综合咨询”"
    if not 0 <= wanted.overflow_minutes <= MOST_MINUTES:
        faults["overflow_minutes"] = f"请填写 0 至 {MOST_MINUTES} 的分钟数"
    target = wanted.overflow_to
    if target and (target not in rows or target == code or goes_round(code, target, rows.values())):
        faults["overflow_to"] = "溢出会绕回本队列或已不存在，请换一个队列"
    return faults


@transactional
async def remove(*, code: str, by: By, now: datetime) -> None:
    """Whoever waits in it waits in the general one; queues that overflowed into it overflow there. Raises NotFound."""
    if not await SkillQueue.filter(code=code).delete():
        raise NotFound()
    await SkillQueue.filter(overflow_to=code).update(overflow_to=GENERAL, version=F("version") + 1)
    await Conversation.filter(queue=code, closed_at=None).update(
        queue=GENERAL, queued_at=now, version=F("version") + 1
    )  # fmt: skip
    await audit(by=by, action="chat.remove_queue", subject=f"queue:{code}", now=now)
