"""Skill queues: which one a conversation belongs to, who serves it, and where it goes when nobody does."""

from collections.abc import Iterable, Iterator, Mapping
from datetime import datetime

from app.matters import queries as matters
from chatbot import agents
from chatbot.models import SkillQueue

GENERAL, GENERAL_NAME = "", "综合咨询"


async def queue_for(matter_code: str) -> str:
    """The queue of a matter, else of its department, else the general one."""
    if not matter_code:
        return GENERAL
    rows = await all_queues()
    if named := next((row.code for row in rows if matter_code in row.matter_codes), ""):
        return named
    dept = next((matter.dept_code for matter in await matters.mentioned([matter_code])), "")
    return next((row.code for row in rows if dept in row.dept_codes), GENERAL)


async def all_queues() -> list[SkillQueue]:
    return await SkillQueue.all().order_by("id")


async def names() -> dict[str, str]:
    """Code to name, the general one first."""
    return {GENERAL: GENERAL_NAME, **{row.code: row.name for row in await all_queues()}}


async def served_by(staff_id: int) -> set[str]:
    """The queues that are somebody's own; the general one is everybody's."""
    return {GENERAL, *(row.code for row in await all_queues() if staff_id in row.staff_ids)}


async def at_work(now: datetime) -> dict[str, set[int]]:
    """Who is on duty in each queue, by id; in the general one everybody."""
    there = await agents.on_duty(now)
    return {GENERAL: there, **{row.code: there & set(row.staff_ids) for row in await all_queues()}}


def helpers(queue: SkillQueue, known: Mapping[str, SkillQueue]) -> Iterator[str]:
    """The queues that help, one after the other."""
    seen, code = {queue.code}, queue.overflow_to
    while code is not None and code not in seen:
        yield code
        seen.add(code)
        code = known[code].overflow_to if code in known else None


def goes_round(code: str, overflow_to: str | None, others: Iterable[SkillQueue]) -> bool:
    """Whether a queue that overflows there would come back to itself."""
    known = {row.code: row.overflow_to for row in others}
    while overflow_to:
        if overflow_to == code:
            return True
        overflow_to = known.pop(overflow_to, None)
    return False
