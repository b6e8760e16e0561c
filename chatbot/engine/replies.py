"""What the bot says, with why: whatever shows it, a chat, a page or a terminal, decides how."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from chatbot.engine.memory import FRESH, Memory

RULE, ANSWER, CHOICES, PERSON, NOTHING = "rule", "answer", "choices", "person", "nothing"
GUIDE, BOOK, PROGRESS, OPEN, HUMAN = "guide", "book", "progress", "open", "human"


@dataclass(frozen=True, slots=True)
class Button:
    """`kind` says what it opens; `matter_code` of which matter; `target` for pages that a rule names."""

    kind: str
    label: str
    matter_code: str = ""
    target: str = ""


@dataclass(frozen=True, slots=True)
class Choice:
    """A near question; choosing it asks it."""

    faq_id: str
    question: str
    matter_code: str = ""


@dataclass(frozen=True, slots=True)
class Step:
    """One step of the trace: what was tried, what came of it, and the figures behind it."""

    name: str
    outcome: str
    figures: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class Reply:
    """`answer_id`: the FAQ, guide or rule that spoke. `source` and `date` (YYYY-MM-DD) belong to the text."""

    kind: str
    text: str
    answer_id: str = ""
    matter_code: str = ""
    source: str = ""
    date: str = ""
    target: str = ""
    dynamic: str = ""
    confidence: float = 0.0
    choices: tuple[Choice, ...] = ()
    buttons: tuple[Button, ...] = ()
    trace: tuple[Step, ...] = ()
    memory: Memory = FRESH


HUMAN_BUTTON = Button(HUMAN, "转人工")


def buttons_of(matter_code: str) -> tuple[Button, ...]:
    """What can be done about a matter from here."""
    if not matter_code:
        return (HUMAN_BUTTON,)
    return (
        Button(GUIDE, "办事指南", matter_code),
        Button(BOOK, "预约办理", matter_code),
        Button(PROGRESS, "查进度", matter_code),
        HUMAN_BUTTON,
    )
