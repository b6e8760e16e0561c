"""What the console shows of FAQs."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime

from tortoise.expressions import Q
from tortoise.queryset import QuerySet

from app.errors import NotFound
from chatbot.engine.answering import Brain, seek
from chatbot.learning.models import RETIRED, SETTLED, TO_BE_CHECKED, Asked, Faq, FaqVersion
from chatbot.learning.rules import SOON, STALE_AFTER, Content, changes, content_of
from chatbot.learning.writing import content_from

FILTERS = {"": "使用中", "unchecked": "待核对", "stale": "该复核", "retired": "已停用"}
PAGE_SIZE = 50
NEAREST = 5


@dataclass(frozen=True, slots=True)
class Past:
    """A version: who made it, when, and what it changed."""

    version: int
    what: str
    by: str
    at: datetime
    content: Content
    changes: list[dict[str, str]]


@dataclass(frozen=True, slots=True)
class FaqView:
    """An FAQ with its history, newest first. `asked`: questions of citizens that were found to belong to it."""

    code: str
    version: int
    content: Content
    history: list[Past]
    asked: list[Asked]


async def listing(*, q: str, brain: Brain, dept_code: str, kind: str, today: date, page: int) -> tuple[list[Faq], int]:
    """A page of FAQs and how many there are. Who searches gets what the bot would find first."""
    rows = _filtered(kind, today)
    if dept_code:
        rows = rows.filter(dept_code=dept_code)
    near = nearest(q, brain) if q else []
    if q:
        rows = rows.filter(Q(code__in=[*near, q]) | Q(question__contains=q) | Q(answer__contains=q))
    total = await rows.count()
    found = await rows.order_by("code").offset((page - 1) * PAGE_SIZE).limit(PAGE_SIZE)
    places = {code: place for place, code in enumerate(near)}
    return sorted(found, key=lambda row: places.get(row.code, NEAREST)), total


def _filtered(kind: str, today: date) -> QuerySet[Faq]:
    if kind == "retired":
        return Faq.filter(status=RETIRED)
    if kind == "unchecked":
        return Faq.filter(status=TO_BE_CHECKED)
    if kind == "stale":
        return stale(today)
    return Faq.exclude(status=RETIRED)


def stale(today: date) -> QuerySet[Faq]:
    """Not confirmed for half a year, or about to end, or over."""
    is_old = Q(dated__lt=today - STALE_AFTER) | Q(valid_to__lte=today + SOON)
    return Faq.filter(is_old).exclude(status=RETIRED)


def nearest(text: str, brain: Brain, most: int = NEAREST) -> list[str]:
    """Codes of the FAQs that the bot finds nearest, the best first."""
    return [hit.document.faq.id for hit in seek(text, brain).ranking.hits[:most]]


async def faq(code: str) -> FaqView:
    """Raises NotFound."""
    row = await Faq.get_or_none(code=code)
    if row is None:
        raise NotFound()
    versions = await FaqVersion.filter(faq_code=code).order_by("-version")
    asked = await Asked.filter(faq_code=code, state=SETTLED).order_by("-count").limit(20)
    return FaqView(code, row.version, content_from(row), _history(versions), asked)


def _history(rows: Sequence[FaqVersion]) -> list[Past]:
    contents = [content_of(row.content) for row in rows]
    before = [*contents[1:], None]
    return [
        Past(row.version, row.what, row.by, row.at, content, changes(old, content) if old else [])
        for row, content, old in zip(rows, contents, before, strict=True)
    ]


async def questions(codes: Sequence[str]) -> dict[str, str]:
    """Codes to standard questions."""
    return dict(await Faq.filter(code__in=list(codes)).values_list("code", "question")) if codes else {}
