"""The city's own test questions, put to what is published; and other thresholds, put to recorded questions.

Two sets. Of FAQs with several similar questions the last one is held back and asked of the others: how well are new
words understood. Recorded questions that staff have decided about must find their FAQ, and those dismissed none.
The computing takes a second for some hundred FAQs: in a thread.
"""

import asyncio
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, replace

from app.errors import InvalidInput
from app.together import Together
from chatbot.datasets import of_faqs
from chatbot.engine import index
from chatbot.engine.acceptance import Thresholds
from chatbot.engine.answering import Brain
from chatbot.engine.index import Faq
from chatbot.learning import trying
from chatbot.learning.models import DISMISSED, SETTLED, Asked
from chatbot.learning.trying import KINDS, Change, Figures, Question, figures, figures_of, share
from chatbot.protocol import results

MOST = 1000  # questions of a set
MISSES_SHOWN = 50


@dataclass(frozen=True, slots=True)
class Miss:
    """A test question that does not find its FAQ first. `found`: what it finds, empty for nothing."""

    text: str
    right: str
    found: str


@dataclass(frozen=True, slots=True)
class Report:
    """`strangers`: questions dismissed as nobody's, and the share of them that is refused."""

    held_back: Figures
    decided: Figures
    strangers: int
    strangers_refused: float
    misses: tuple[Miss, ...]


@dataclass(frozen=True, slots=True)
class Comparison:
    """How many recorded questions come out how, now and with other thresholds; and those that come out otherwise."""

    recorded: int
    before: dict[str, int]
    after: dict[str, int]
    changes: tuple[Change, ...]


async def report(brain: Brain) -> Report:
    """The figures of what is published. The slow part is computed once for each bot, however many ask."""
    settled = await Asked.filter(state=SETTLED).order_by("-count").limit(MOST)
    dismissed = await Asked.filter(state=DISMISSED).order_by("-count").limit(MOST)
    known = {document.faq.id for document in brain.index.documents}
    decided = [Question(row.text, row.faq_code) for row in settled if row.faq_code in known]
    held_back, misses = await _measured_of(brain).get()
    refused, figures_decided = await asyncio.to_thread(_decided, brain, decided, [row.text for row in dismissed])
    return Report(
        held_back=held_back,
        decided=figures_decided,
        strangers=len(dismissed),
        strangers_refused=share(refused, len(dismissed)),
        misses=misses,
    )


HeldBack = tuple[Figures, tuple[Miss, ...]]


class _Measured:
    """What the held-back questions find in one bot. Hung-up pages and impatient taps wait for the same computing."""

    def __init__(self, brain: Brain) -> None:
        self.brain = brain
        self._found: HeldBack | None = None
        self._reading = Together(self._read)

    async def get(self) -> HeldBack:
        return self._found or await self._reading.get("")

    async def _read(self, _: str) -> HeldBack:
        if self._found is None:
            self._found = await asyncio.to_thread(_measured, self.brain)
        return self._found


_newest: dict[str, _Measured] = {}


def _measured_of(brain: Brain) -> _Measured:
    """Of the bot that was asked about last: an edition is replaced by the next one."""
    if "" not in _newest or _newest[""].brain is not brain:
        _newest[""] = _Measured(brain)
    return _newest[""]


def _measured(brain: Brain) -> HeldBack:
    held_back, other = _held_back(brain)
    found = [(each, results(each.text, other.index, other.weights)) for each in held_back]
    misses = (_miss(each, hits) for each, hits in found if not hits or hits[0][0] not in each.right)
    return figures_of([(each.right, hits) for each, hits in found]), tuple(misses)[:MISSES_SHOWN]


def _decided(brain: Brain, decided: Sequence[Question], strangers: Sequence[str]) -> tuple[int, Figures]:
    """How many strangers are refused, and how well decided questions find their FAQ."""
    refused = sum(trying.is_refused(results(text, brain.index, brain.weights)) for text in strangers)
    return refused, figures(brain, decided)


def _held_back(brain: Brain) -> tuple[list[Question], Brain]:
    """The last similar question of FAQs that have several, and a bot that has not read those. An answer about a matter
    is its guide as well.
    """
    faqs = [document.faq for document in brain.index.documents]
    source = of_faqs("city", [faq for faq in faqs if not faq.is_guide])
    without = {faq.id: faq for faq in source.faqs}
    other = index.build([without.get(faq.id, faq) for faq in faqs], brain.index.language)
    guides = _guides(faqs)
    asked = [Question(each.text, each.relevant[0], guides[each.relevant[0]]) for each in source.queries]
    step = max(1, -(-len(asked) // MOST))
    return asked[::step], replace(brain, index=other)


def _guides(faqs: Sequence[Faq]) -> dict[str, frozenset[str]]:
    """By FAQ, the guides of its matter."""
    of_matter: dict[str, set[str]] = {}
    for faq in faqs:
        if faq.is_guide:
            of_matter.setdefault(faq.matter_code, set()).add(faq.id)
    return {faq.id: frozenset(of_matter.get(faq.matter_code, ())) for faq in faqs}


def _miss(each: Question, hits: Sequence[tuple[str, float]]) -> Miss:
    return Miss(each.text, each.faq_id, "" if trying.is_refused(hits) else hits[0][0])


def thresholds(answer: float, offer: float) -> Thresholds:
    """Raises `InvalidInput` for what makes no sense."""
    if not 0 < offer <= answer < 1:
        raise InvalidInput({"answer": "“直接作答”应大于 0、小于 1，且不低于“给出选项”"})
    return Thresholds(answer, offer)


async def compare(brain: Brain, other: Thresholds) -> Comparison:
    """Which answers would turn into choices or the other way. Changes nothing."""
    return await asyncio.to_thread(_compared, brain, replace(brain, thresholds=other), await trying.recorded())


def _compared(brain: Brain, other: Brain, asked: Sequence[tuple[str, int]]) -> Comparison:
    before, after = _outcomes(brain, asked), _outcomes(other, asked)
    return Comparison(len(asked), before, after, trying.compared(brain, other, asked))


def _outcomes(brain: Brain, asked: Sequence[tuple[str, int]]) -> dict[str, int]:
    """By name of the kind, how many questions; each as often as it was asked."""
    counts: Counter[str] = Counter()
    for text, count in asked:
        counts[trying.outcome(text, brain).name] += count
    return {name: counts[name] for name in KINDS.values()}
