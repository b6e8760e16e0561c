"""What the worker does at the desk: giving back what nobody answers, ending what is silent, helping full queues.

Every job may run in many processes: each changes a conversation only while it is still as it was seen.
"""

from collections.abc import Mapping
from datetime import datetime, timedelta

from tortoise.expressions import F, Q

from app.db import transactional
from app.staff import queries as staff
from app.staff.auditing import audit
from app.staff.by import SYSTEM as THE_SYSTEM
from chatbot import agents, keeper, queues
from chatbot.errors import NotNow
from chatbot.giving_back import AWAY, UNANSWERED, give_back
from chatbot.models import Conversation, SkillQueue
from chatbot.queues import GENERAL
from chatbot.states import State
from chatbot.writing import SYSTEM, take_step, write

AT_ONCE = 100
_SILENT = "您已 {minutes} 分钟没有留言，本次咨询先到这里，请您评价。还有问题请在本页直接再问，需要人工时点“转人工”。"
_MOVED = "当前没有“{source}”的客服能马上接待，已转到“{target}”，仍按您原来的时间排队。"


async def give_back_unanswered(now: datetime, *, city: str, minutes: int) -> int:
    """Whoever was taken and has no answer for so long, or whose member of staff has left, waits for others again."""
    late = Q(owed_at__lte=now - timedelta(minutes=minutes))
    left = Q(owed_at__not_isnull=True) & ~Q(staff_id__in=await agents.on_duty(now) or {0})
    rows = await Conversation.filter(late | left, state=State.PERSON).order_by("owed_at").limit(AT_ONCE)
    if not rows:
        return 0
    names, opens = await staff.names_of({row.staff_id or 0 for row in rows}), await keeper.opens(city, now)
    return sum([await give_back(row, why=_why(row, names, minutes, now), opens=opens, now=now) for row in rows])


def _why(row: Conversation, names: Mapping[int, str], minutes: int, now: datetime) -> str:
    is_late = row.owed_at is not None and row.owed_at <= now - timedelta(minutes=minutes)
    return (UNANSWERED if is_late else AWAY).format(name=names.get(row.staff_id or 0, "同事"), minutes=minutes)


async def close_silent(now: datetime, *, minutes: int) -> int:
    """End what was answered and then left by the citizen."""
    silent = Conversation.filter(
        state=State.PERSON, owed_at=None, answered_at__lte=now - timedelta(minutes=minutes)
    )  # fmt: skip
    return sum([await _close(row, minutes, now) for row in await silent.order_by("answered_at").limit(AT_ONCE)])


@transactional
async def _close(row: Conversation, minutes: int, now: datetime) -> int:
    seen = {"owed_at": None, "answered_at": row.answered_at}
    try:
        closed = await take_step(row, "close", now=now, seen=seen, open_key=None, closed_at=now)
    except NotNow:
        return 0
    await write(closed, SYSTEM, _SILENT.format(minutes=minutes), kind="silent", now=now)
    await _tell(closed, now, action="chat.close_silent")
    return 1


async def overflow(now: datetime) -> int:
    """Move those who have waited too long in a queue, or in one that nobody serves, to the next that somebody does."""
    known, there = {row.code: row for row in await queues.all_queues()}, await queues.at_work(now)
    return sum([await _overflow(queue, known, there, now) for queue in known.values()])


async def _overflow(
    queue: SkillQueue, known: Mapping[str, SkillQueue], there: Mapping[str, set[int]], now: datetime
) -> int:
    target = next((code for code in queues.helpers(queue, known) if there.get(code)), None)
    if target is None:
        return 0
    waiting = Conversation.filter(Q(promised_at=None) | Q(promised_at__lte=now), state=State.WAITING, queue=queue.code)
    if there[queue.code]:
        if not queue.overflow_minutes:
            return 0
        since = now - timedelta(minutes=queue.overflow_minutes)
        waiting = waiting.filter(Q(promised_at=None) | Q(promised_at__lte=since), queued_at__lte=since)
    name = queues.GENERAL_NAME if target == GENERAL else known[target].name
    rows = await waiting.order_by("asked_at").limit(AT_ONCE)
    return sum([await _move(row, target, _MOVED.format(source=queue.name, target=name), now) for row in rows])


@transactional
async def _move(row: Conversation, target: str, text: str, now: datetime) -> int:
    waiting = Conversation.filter(id=row.id, state=State.WAITING, queue=row.queue, queued_at=row.queued_at)
    if not await waiting.update(queue=target, queued_at=now, version=F("version") + 1):
        return 0
    await write(row, SYSTEM, text, kind="moved", now=now)
    await _tell(row, now, action="chat.overflow", queue=target)
    return 1


async def _tell(row: Conversation, now: datetime, *, action: str, **details: object) -> None:
    await audit(
        by=THE_SYSTEM, action=action, subject=f"chat:{row.code}", citizen_id=row.citizen_id,
        details=details or None, now=now,
    )  # fmt: skip
