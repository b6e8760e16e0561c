"""From the tables to what the engine answers with: the FAQs that are valid today, and the matters' names."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from app.clock import CHINA
from app.directory.models import Department
from app.matters.models import Matter, Stamp
from chatbot.engine.index import Faq
from chatbot.learning import marks
from chatbot.learning.models import TO_BE_CHECKED
from chatbot.learning.models import Faq as Row
from chatbot.learning.rules import Content, is_valid
from chatbot.learning.writing import content_from

UNCHECKED = "（内容待主管部门核对）"  # behind the department's name, as citizens read it


@dataclass(frozen=True, slots=True)
class Edition:
    """What a brain was made from: the FAQs' and the matters' versions, and the day. Equal ones know the same."""

    faqs: tuple[str, int]
    matters: tuple[str, int]
    day: date

    @property
    def number(self) -> int:
        """The version that staff see."""
        return self.faqs[1]


@dataclass(frozen=True, slots=True)
class Names:
    """What FAQs name by code. `matters`: code to short name; `guides`: to name and aliases."""

    departments: Mapping[str, str]
    matters: Mapping[str, str]
    guides: Mapping[str, tuple[str, ...]]


async def edition(now: datetime) -> Edition | None:
    """What is published now; None while there are no FAQs in the table."""
    faqs = await marks.current()
    if not faqs[1]:
        return None
    row = await Stamp.get_or_none(key="all")
    return Edition(faqs, (row.epoch, row.value) if row else ("", 0), now.astimezone(CHINA).date())


async def contents() -> dict[str, Content]:
    """All FAQs by code, in order."""
    return {row.code: content_from(row) for row in await Row.all().order_by("code")}


async def names() -> Names:
    rows: Sequence[Any] = await Matter.all().values("code", "name", "short_name", "aliases")
    return Names(
        departments=dict(await Department.all().values_list("code", "name")),
        matters={row["code"]: row["short_name"] for row in rows},
        guides={row["code"]: (row["name"], *row["aliases"]) for row in rows},
    )


def faqs_of(known: Mapping[str, Content], named: Names, today: date) -> list[Faq]:
    """For the engine, what is valid today."""
    return [engine_faq(code, content, named) for code, content in known.items() if is_valid(content, today)]


def engine_faq(code: str, content: Content, named: Names) -> Faq:
    also = named.guides.get(content.matter_code, ()) if content.is_guide else ()
    return Faq(
        id=code,
        question=content.question,
        answer=content.answer,
        similar=(*content.similar, *also),
        category=" ".join(content.keywords),
        matter_code=content.matter_code,
        source=source_of(content, named),
        date=content.dated,
        is_guide=content.is_guide,
    )


def source_of(content: Content, named: Names) -> str:
    """Who answers for it, as citizens read it."""
    name = named.departments.get(content.dept_code, "")
    return name + UNCHECKED if content.status == TO_BE_CHECKED else name
