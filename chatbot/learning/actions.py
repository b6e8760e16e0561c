"""What staff do with FAQs. Each is one transaction, audited, and one version of the knowledge base."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import date, datetime

from app.clock import CHINA
from app.db import transactional
from app.errors import NotFound
from app.ids import new_code
from app.staff.auditing import audit
from app.staff.by import By
from chatbot.learning.errors import NothingToUndo
from chatbot.learning.models import PUBLISHED, RETIRED, TO_BE_CHECKED, Faq, FaqVersion
from chatbot.learning.rules import Content, checked, content_of, distinct, with_similar
from chatbot.learning.writing import Write, content_from, write


def today(now: datetime) -> date:
    return now.astimezone(CHINA).date()


@transactional
async def add(*, content: Content, by: By, now: datetime, code: str = "") -> str:
    """A new FAQ; its code is returned. Raises `InvalidInput`."""
    code = code or new_faq_code()
    await write([Write(code=code, content=checked(content), seen_version=0, what="新增")], by=by.name, now=now)
    await audit(by=by, action="faqs.add", subject=f"faq:{code}", now=now)
    return code


def new_faq_code() -> str:
    """Unlike any that the city's file brings."""
    return f"FAQ-{new_code(6)}"


@transactional
async def edit(*, code: str, content: Content, seen_version: int, by: By, now: datetime) -> bool:
    """Returns whether there was anything to change. A text that was changed stands as of today.

    Raises:
        InvalidInput: names every fault.
        NotFound: no such FAQ.
        FaqChanged: `seen_version` is not its version any more.
    """
    old = content_from(await _row(code))
    new = checked(replace(content, status=old.status, is_guide=old.is_guide, dated=old.dated))
    if new == old:
        return False
    if (new.question, new.answer) != (old.question, old.answer):
        new = replace(new, dated=str(today(now)))
    await _write(code, new, seen_version, "修改", by, now)
    await audit(by=by, action="faqs.edit", subject=f"faq:{code}", now=now)
    return True


@transactional
async def confirm(*, code: str, seen_version: int, by: By, now: datetime) -> None:
    """The department confirms it as it stands, as of today. Raises NotFound, FaqChanged."""
    content = replace(content_from(await _row(code)), status=PUBLISHED, dated=str(today(now)))
    await _write(code, content, seen_version, "核对无误", by, now)
    await audit(by=by, action="faqs.confirm", subject=f"faq:{code}", now=now)


@transactional
async def retire(*, code: str, seen_version: int, why: str, by: By, now: datetime) -> None:
    """The bot answers with it no more. Raises NotFound, NothingToUndo, FaqChanged."""
    old = content_from(await _row(code))
    if old.status == RETIRED:
        raise NothingToUndo()
    await _write(code, replace(old, status=RETIRED), seen_version, "停用", by, now)
    await audit(by=by, action="faqs.retire", subject=f"faq:{code}", why=why, now=now)


@transactional
async def resume(*, code: str, seen_version: int, by: By, now: datetime) -> None:
    """Take it up again, to be checked unless it had been. Raises NotFound, NothingToUndo, FaqChanged."""
    old = content_from(await _row(code))
    if old.status != RETIRED:
        raise NothingToUndo()
    await _write(code, replace(old, status=await _status_before(code)), seen_version, "恢复使用", by, now)
    await audit(by=by, action="faqs.resume", subject=f"faq:{code}", now=now)


@transactional
async def restore(*, code: str, version: int, seen_version: int, by: By, now: datetime) -> None:
    """Let it say again what it said then, as a new version. Raises NotFound, NothingToUndo, FaqChanged."""
    then = await FaqVersion.get_or_none(faq_code=code, version=version)
    row = await _row(code)
    if then is None:
        raise NotFound()
    content = content_of(then.content)
    if content == content_from(row):
        raise NothingToUndo()
    await _write(code, content, seen_version, f"恢复到第 {version} 版", by, now)
    await audit(by=by, action="faqs.restore", subject=f"faq:{code}", details={"版本": version}, now=now)


@transactional
async def add_similar(*, code: str, texts: Sequence[str], by: By, now: datetime) -> None:
    """More ways to ask. What it says already is let pass. Raises NotFound, InvalidInput, FaqChanged."""
    row = await _row(code)
    old = content_from(row)
    new = with_similar(old, texts)
    if new == old:
        return
    await _write(code, new, row.version, "增加相似问法", by, now)
    await audit(by=by, action="faqs.add_similar", subject=f"faq:{code}", details={"count": len(texts)}, now=now)


def merged(kept: Content, other: Content) -> Content:
    """`kept` with the other's questions and keywords. Raises `InvalidInput`."""
    content = with_similar(kept, (other.question, *other.similar))
    return checked(replace(content, keywords=distinct((*kept.keywords, *other.keywords))))


@transactional
async def merge(*, code: str, other: str, seen: tuple[int, int], by: By, now: datetime) -> None:
    """The other's questions become this one's, and the other is retired. `seen`: the versions of both.

    Raises NotFound (also for one that is merged with itself), InvalidInput, FaqChanged.
    """
    if code == other:
        raise NotFound()
    kept, gone = content_from(await _row(code)), content_from(await _row(other))
    writes = [
        Write(code=code, content=merged(kept, gone), seen_version=seen[0], what=f"并入 {other}"),
        Write(code=other, content=replace(gone, status=RETIRED), seen_version=seen[1], what=f"并入 {code}"),
    ]
    await write(writes, by=by.name, now=now)
    await audit(by=by, action="faqs.merge", subject=f"faq:{code}", details={"并入": other}, now=now)


def parted(content: Content, question: str) -> tuple[Content, Content]:
    """Without this similar question, and an FAQ of its own that asks it, with the same answer. Raises `NotFound`."""
    if question not in content.similar:
        raise NotFound()
    rest = tuple(text for text in content.similar if text != question)
    own = replace(content, question=question, similar=(), is_guide=False, status=TO_BE_CHECKED)
    return replace(content, similar=rest), own


@transactional
async def split(*, code: str, question: str, seen_version: int, by: By, now: datetime) -> str:
    """A similar question becomes an FAQ of its own, to be checked, with the same answer; its code is returned.

    Raises NotFound, FaqChanged.
    """
    rest, own = parted(content_from(await _row(code)), question)
    fresh = new_faq_code()
    writes = [
        Write(code=code, content=rest, seen_version=seen_version, what=f"拆出 {fresh}"),
        Write(code=fresh, content=own, seen_version=0, what=f"从 {code} 拆出"),
    ]
    await write(writes, by=by.name, now=now)
    await audit(by=by, action="faqs.split", subject=f"faq:{code}", details={"拆出": fresh}, now=now)
    return fresh


async def _row(code: str) -> Faq:
    row = await Faq.get_or_none(code=code)
    if row is None:
        raise NotFound()
    return row


async def _write(code: str, content: Content, seen_version: int, what: str, by: By, now: datetime) -> None:
    await write([Write(code=code, content=content, seen_version=seen_version, what=what)], by=by.name, now=now)


async def _status_before(code: str) -> str:
    rows = await FaqVersion.filter(faq_code=code).order_by("-version")
    return next((row.content["status"] for row in rows if row.content["status"] != RETIRED), TO_BE_CHECKED)
