"""What staff do with questions that the bot did not answer. Of two who decide at once the second is told."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime
from typing import Any

from app.db import transactional
from app.errors import InvalidInput, NotFound
from app.staff.auditing import audit
from app.staff.by import By
from chatbot.learning import actions
from chatbot.learning.errors import AlreadyDecided
from chatbot.learning.models import DISMISSED, OPEN, SETTLED, Asked
from chatbot.learning.rules import Content, with_similar

MOST = 100  # questions of one group


@transactional
async def settle(*, ids: Sequence[int], code: str, by: By, now: datetime) -> None:
    """These questions become similar questions of an FAQ. Raises NotFound, AlreadyDecided, InvalidInput, FaqChanged."""
    rows = await _decide(ids, by, now, state=SETTLED, faq_code=code, why="")
    await actions.add_similar(code=code, texts=[row.text for row in rows], by=by, now=now)
    await audit(by=by, action="faqs.settle", subject=f"faq:{code}", details={"count": len(rows)}, now=now)


@transactional
async def settle_as_new(*, ids: Sequence[int], content: Content, by: By, now: datetime) -> str:
    """These questions become an FAQ; its code is returned. Raises NotFound, AlreadyDecided, InvalidInput."""
    code = actions.new_faq_code()
    rows = await _decide(ids, by, now, state=SETTLED, faq_code=code, why="")
    own = with_similar(content, [row.text for row in rows])
    await actions.add(code=code, content=replace(own, dated=str(actions.today(now))), by=by, now=now)
    await audit(by=by, action="faqs.settle", subject=f"faq:{code}", details={"count": len(rows)}, now=now)
    return code


@transactional
async def dismiss(*, ids: Sequence[int], why: str, by: By, now: datetime) -> None:
    """None of the FAQs' business. Raises InvalidInput without a reason, NotFound, AlreadyDecided."""
    if len(why.strip()) < 2:
        raise InvalidInput({"why": "请写明忽略的原因，至少 2 个字，例如“闲聊”"})
    rows = await _decide(ids, by, now, state=DISMISSED, faq_code="", why=why.strip()[:200])
    await audit(by=by, action="faqs.dismiss", subject=f"asked:{rows[0].id}", why=why.strip(), now=now)


@transactional
async def reopen(*, asked_id: int, by: By, now: datetime) -> None:
    """Undo a dismissal. Raises NotFound when it is not dismissed."""
    if not await Asked.filter(id=asked_id, state=DISMISSED).update(state=OPEN, why="", by="", decided_at=None):
        raise NotFound()
    await audit(by=by, action="faqs.reopen", subject=f"asked:{asked_id}", now=now)


async def rows_of(ids: Sequence[int]) -> list[Asked]:
    """Those that are still open. Raises NotFound without any."""
    rows = await Asked.filter(id__in=list(ids)[:MOST], state=OPEN).order_by("-missed", "id")
    if not rows:
        raise NotFound()
    return rows


async def _decide(ids: Sequence[int], by: By, now: datetime, **to: Any) -> list[Asked]:
    wanted = sorted(set(ids))[:MOST]
    if not wanted:
        raise NotFound()
    settled = {"missed": 0} if to["state"] == SETTLED else {}
    open_ones = Asked.filter(id__in=wanted, state=OPEN)
    changed = await open_ones.update(by=by.name, decided_at=now, **to, **settled)
    if changed != len(wanted):
        raise await _refusal(wanted, by)
    return await Asked.filter(id__in=wanted).order_by("-count", "id")


async def _refusal(ids: Sequence[int], by: By) -> AlreadyDecided | NotFound:
    """Whoever was first, by what was committed before."""
    names = {name for name in await Asked.filter(id__in=ids).exclude(state=OPEN).values_list("by", flat=True) if name}
    others = sorted(str(name) for name in names - {by.name}) or sorted(map(str, names))
    return AlreadyDecided(name=others[0]) if others else NotFound()
