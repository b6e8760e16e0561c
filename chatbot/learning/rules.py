"""What an FAQ says, and what must hold of it. Pure."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from datetime import date, timedelta
from typing import Any

from app.errors import InvalidInput
from app.ids import hashed
from chatbot.engine.text import plain
from chatbot.learning.models import PUBLISHED, RETIRED, TO_BE_CHECKED

STATUS_NAMES = {PUBLISHED: "已发布", TO_BE_CHECKED: "待核对", RETIRED: "已停用"}
LABELS = {
    "question": "问题", "answer": "答案", "similar": "相似问法", "keywords": "关键词", "matter_code": "事项",
    "dept_code": "责任部门", "status": "状态", "valid_from": "生效日期", "valid_to": "失效日期", "dated": "内容日期",
    "is_guide": "事项指南",
}  # fmt: skip
MAX_QUESTION, MAX_ANSWER, MAX_SIMILAR, MAX_KEYWORDS, MAX_KEYWORD = 200, 2000, 100, 20, 30
STALE_AFTER = timedelta(days=180)
SOON = timedelta(days=30)  # before it ends, somebody should look at it


@dataclass(frozen=True, slots=True, kw_only=True)
class Content:
    """All of an FAQ that is written by people; `status` and `dated` as `models.Faq` has them. Dates are ISO texts."""

    question: str
    answer: str
    similar: tuple[str, ...] = ()
    keywords: tuple[str, ...] = ()
    matter_code: str = ""
    dept_code: str = ""
    is_guide: bool = False
    status: str = PUBLISHED
    valid_from: str | None = None
    valid_to: str | None = None
    dated: str

    def as_json(self) -> dict[str, Any]:
        return {**asdict(self), "similar": list(self.similar), "keywords": list(self.keywords)}


def content_of(raw: Mapping[str, Any]) -> Content:
    """From what `as_json` made."""
    return Content(**{**raw, "similar": tuple(raw["similar"]), "keywords": tuple(raw["keywords"])})


def as_date(value: str | None) -> date | None:
    return date.fromisoformat(value) if value else None


def same_words(text: str) -> str:
    """What tells questions apart: their characters, without marks, blanks and width. Empty for a text without any."""
    return hashed(bare) if (bare := plain(text)) else ""


def distinct(texts: Iterable[str], *, known: Iterable[str] = ()) -> tuple[str, ...]:
    """The texts that ask in other words than those before, and than those known."""
    seen = {plain(text) for text in known}
    found = []
    for text in texts:
        if (bare := plain(text)) and bare not in seen:
            seen.add(bare)
            found.append(text)
    return tuple(found)


def with_similar(content: Content, texts: Sequence[str]) -> Content:
    """The same with more ways to ask, each once. Raises `InvalidInput` when they become too many."""
    more = distinct(texts, known=(content.question, *content.similar))
    return checked(replace(content, similar=(*content.similar, *more)))


def checked(content: Content) -> Content:
    """Raises `InvalidInput` that names every fault at once."""
    if faults := faults_of(content):
        raise InvalidInput(faults)
    return replace(content, similar=distinct(content.similar, known=(content.question,)))


def faults_of(content: Content) -> dict[str, str]:
    """By field, each with what to do."""
    first, last = as_date(content.valid_from), as_date(content.valid_to)
    long = next((text for text in content.similar if len(text) > MAX_QUESTION), "")
    checks = {
        "question": (not plain(content.question), "请填写群众会怎么问，例如“身份证丢了怎么办”"),
        "answer": (not content.answer.strip(), "请填写答案"),
        "similar": (
            len(content.similar) > MAX_SIMILAR or bool(long),
            f"最多 {MAX_SIMILAR} 种问法，每种最多 {MAX_QUESTION} 个字；多的请拆成另一条问答",
        ),
        "keywords": (
            len(content.keywords) > MAX_KEYWORDS or any(len(word) > MAX_KEYWORD for word in content.keywords),
            f"最多 {MAX_KEYWORDS} 个关键词，每个最多 {MAX_KEYWORD} 个字",
        ),
        "valid_to": (bool(first and last and last < first), "“失效日期”不能早于“生效日期”"),
    }
    found = {field: sentence for field, (is_wrong, sentence) in checks.items() if is_wrong}
    lengths = {"question": MAX_QUESTION, "answer": MAX_ANSWER}
    too_long = {field: f"最多 {most} 个字" for field, most in lengths.items() if len(getattr(content, field)) > most}
    return found | too_long


def is_valid(content: Content, today: date) -> bool:
    """Whether the bot answers with it today."""
    first, last = as_date(content.valid_from), as_date(content.valid_to)
    return content.status != RETIRED and (first is None or first <= today) and (last is None or today <= last)


def changes(before: Content | None, after: Content) -> list[dict[str, str]]:
    """What somebody would see changed: what it is, text before, text after."""
    old, new = _shown(before) if before else {}, _shown(after)
    return [
        {"label": LABELS[name], "before": old.get(name, ""), "after": text}
        for name, text in new.items()
        if old.get(name, "") != text
    ]


def _shown(content: Content) -> dict[str, str]:
    raw = content.as_json()
    return {name: _text(name, raw[name]) for name in LABELS}


def _text(name: str, value: Any) -> str:
    if isinstance(value, list):
        return "\n".join(value)
    if isinstance(value, bool):
        return "是" if value else ""
    return STATUS_NAMES.get(value, value) if name == "status" else value or ""
