"""The form of an FAQ: what is typed into it, and what it says."""

import re
from dataclasses import asdict
from typing import Annotated

from pydantic import StringConstraints

from admin.asked import OptionalDay
from app.directory.models import Department
from app.http.fields import Text
from app.http.messages import Form
from app.matters import queries as matters
from chatbot.learning.rules import Content

_LINES = re.compile(r"[\r\n]+")
_WORDS = re.compile(r"[、,，;；\r\n]+")
LABELS = {
    "question": "标准问题", "answer": "答案", "similar": "相似问法", "keywords": "关键词", "matter_code": "事项编码",
    "dept_code": "责任部门", "valid_from": "生效日期", "valid_to": "失效日期", "why": "原因",
}  # fmt: skip


class FaqForm(Form):
    """`code`, `version`: empty and 0 for a new FAQ. `ids`: of the questions it is made from, joined by commas."""

    code: Annotated[str, StringConstraints(max_length=32)] = ""
    version: int = 0
    ids: Annotated[str, StringConstraints(max_length=1000)] = ""
    question: Text = ""
    answer: Annotated[str, StringConstraints(max_length=8000)] = ""
    similar: Annotated[str, StringConstraints(max_length=30_000)] = ""
    keywords: Annotated[str, StringConstraints(max_length=1000)] = ""
    matter_code: Annotated[Text, StringConstraints(max_length=64)] = ""
    dept_code: Annotated[Text, StringConstraints(max_length=20)] = ""
    valid_from: OptionalDay = None
    valid_to: OptionalDay = None

    def content(self, dated: str) -> Content:
        """As it was typed; `dated` of a text that is new."""
        return Content(
            question=self.question,
            answer=self.answer.replace("\r\n", "\n").strip(),
            similar=_parts(_LINES, self.similar),
            keywords=_parts(_WORDS, self.keywords),
            matter_code=self.matter_code,
            dept_code=self.dept_code,
            valid_from=str(self.valid_from) if self.valid_from else None,
            valid_to=str(self.valid_to) if self.valid_to else None,
            dated=dated,
        )

    @property
    def asked_ids(self) -> list[int]:
        return ids_of(self.ids)


def ids_of(text: str) -> list[int]:
    """Numbers joined by commas; whatever else stands there is left out."""
    return [int(part) for part in text.split(",") if part.isascii() and part.isdecimal() and len(part) < 16][:100]


def fields_of(content: Content) -> dict[str, str]:
    """What the form shows of it."""
    raw = asdict(content)
    plain = {name: raw[name] or "" for name in LABELS if name in raw}
    return {**plain, "similar": "\n".join(content.similar), "keywords": "、".join(content.keywords)}


async def departments() -> list[Department]:
    return await Department.all().order_by("code")


async def unknown_codes(content: Content) -> dict[str, str]:
    """Matters and departments that there are not, by field, with what to do."""
    faults = {}
    if content.matter_code and not await matters.mentioned([content.matter_code]):
        faults["matter_code"] = "没有这个事项，请到“事项指南”查到编码再填，或留空"
    if content.dept_code and not await Department.exists(code=content.dept_code):
        faults["dept_code"] = "请从列表中选择部门"
    return faults


def _parts(by: re.Pattern[str], text: str) -> tuple[str, ...]:
    return tuple(part for piece in by.split(text) if (part := piece.strip()))
