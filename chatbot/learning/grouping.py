"""Questions without an answer, those that are alike together, each group with the FAQs that it may belong to."""

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from rapidfuzz import fuzz

from chatbot.engine import lexicon
from chatbot.engine.answering import Brain, seek
from chatbot.engine.reading import Language
from chatbot.engine.text import plain
from chatbot.learning.models import DISMISSED, OPEN, Asked

READ, SHOWN = 300, 50  # questions looked at, groups shown
ALIKE = 72.0  # of 100, between canonical forms
OFFERED = 3


@dataclass(frozen=True, slots=True)
class Near:
    code: str
    question: str


@dataclass(frozen=True, slots=True)
class Group:
    """`rows`: the most missed first. `near`: where it may belong, what somebody chose themselves first."""

    rows: tuple[Asked, ...]
    near: tuple[Near, ...]

    @property
    def missed(self) -> int:
        return sum(row.missed for row in self.rows)

    @property
    def last_at(self) -> datetime:
        return max(row.last_at for row in self.rows)


async def groups(brain: Brain) -> list[Group]:
    """The most missed first. Reads one index, whatever the number of messages."""
    rows = await Asked.filter(state=OPEN, missed__gt=0).order_by("-missed", "-last_at").limit(READ)
    return await asyncio.to_thread(_grouped, rows, brain)


async def dismissed() -> list[Asked]:
    return await Asked.filter(state=DISMISSED).order_by("-decided_at").limit(SHOWN)


def _grouped(rows: Sequence[Asked], brain: Brain) -> list[Group]:
    found = together([row.text for row in rows], brain.index.language)
    members = [tuple(rows[place] for place in places) for places in found]
    most = sorted(members, key=lambda group: -sum(row.missed for row in group))
    return [Group(group, _near(group, brain)) for group in most[:SHOWN]]


def together(texts: Sequence[str], language: Language) -> list[list[int]]:
    """Places of texts that ask the same. Each goes with the first group whose first text is like it."""
    canonical = [lexicon.canonical(plain(text), language.lexicon) for text in texts]
    found: list[list[int]] = []
    for place, form in enumerate(canonical):
        group = next((group for group in found if fuzz.ratio(canonical[group[0]], form) >= ALIKE), None)
        if group is None:
            found.append([place])
        else:
            group.append(place)
    return found


def _near(rows: Sequence[Asked], brain: Brain) -> tuple[Near, ...]:
    known = {document.faq.id: document.faq.question for document in brain.index.documents}
    chosen = [row.chosen for row in rows if row.chosen in known]
    ranked = [hit.document.faq.id for hit in seek(rows[0].text, brain).ranking.hits[:OFFERED]]
    return tuple(Near(code, known[code]) for code in dict.fromkeys([*chosen, *ranked]))[:OFFERED]
