"""What a change would do, before it is published: measured figures, and which recorded questions change their answer.

Pure but for `recorded`, which reads; the rest takes a second for some hundred FAQs: in a thread.
"""

from collections.abc import Iterable, Sequence, Set
from dataclasses import dataclass, replace

from chatbot.engine import index
from chatbot.engine.acceptance import OFFERED
from chatbot.engine.answering import Brain, answer
from chatbot.engine.index import Faq
from chatbot.engine.replies import ANSWER, CHOICES, NOTHING, PERSON, RULE
from chatbot.learning.models import Asked
from chatbot.protocol import results

OWN, RECORDED = 300, 200  # questions asked at most: some seconds, for 10,000 FAQs as well once they are indexed
KINDS = {RULE: "规则回复", ANSWER: "直接作答", CHOICES: "给出选项", NOTHING: "答不上", PERSON: "转人工"}


@dataclass(frozen=True, slots=True)
class Question:
    """One that has a right answer. `also`: what is right as well, such as the guide of its matter."""

    text: str
    faq_id: str
    also: frozenset[str] = frozenset()

    @property
    def right(self) -> frozenset[str]:
        return self.also | {self.faq_id}


@dataclass(frozen=True, slots=True)
class Figures:
    """Shares between 0 and 1 of the questions that have an answer: found first, among the first three, refused."""

    asked: int
    first: float
    third: float
    refused: float


@dataclass(frozen=True, slots=True)
class Outcome:
    """What the bot does with a question: in words, and with which FAQs or rule."""

    kind: str
    codes: tuple[str, ...]

    @property
    def name(self) -> str:
        return KINDS[self.kind]


@dataclass(frozen=True, slots=True)
class Change:
    """A recorded question, asked `count` times, that would be answered otherwise."""

    text: str
    count: int
    before: Outcome
    after: Outcome


@dataclass(frozen=True, slots=True)
class Trial:
    before: Figures
    after: Figures
    recorded: int
    changes: tuple[Change, ...]


async def recorded() -> list[tuple[str, int]]:
    """What is asked most: masked texts, and how often."""
    return [(row.text, row.count) for row in await Asked.all().order_by("-count", "-last_at").limit(RECORDED)]


def trial(brain: Brain, faqs: Sequence[Faq], asked: Sequence[tuple[str, int]]) -> Trial:
    """The bot as it is beside one that knows these FAQs. Both are asked what the new one's FAQs say they answer."""
    other = replace(brain, index=index.build(faqs, brain.index.language))
    own = _spread(own_questions(faqs), _new_ones(brain, faqs))
    return Trial(figures(brain, own), figures(other, own), len(asked), compared(brain, other, asked))


def compared(brain: Brain, other: Brain, asked: Sequence[tuple[str, int]]) -> tuple[Change, ...]:
    """Those that come out differently, the most asked first."""
    found = ((text, count, outcome(text, brain), outcome(text, other)) for text, count in asked)
    return tuple(Change(*each) for each in found if each[2] != each[3])


def outcome(text: str, brain: Brain) -> Outcome:
    reply = answer(text, brain)
    return Outcome(reply.kind, tuple(choice.faq_id for choice in reply.choices) or (reply.answer_id,))


def own_questions(faqs: Iterable[Faq]) -> list[Question]:
    """What each FAQ says it answers. Of a guide only the question: the others are names."""
    return [Question(text, faq.id) for faq in faqs for text in (faq.question, *(() if faq.is_guide else faq.similar))]


def _new_ones(brain: Brain, faqs: Sequence[Faq]) -> set[str]:
    known = {document.faq.id: document.faq for document in brain.index.documents}
    return {faq.id for faq in faqs if known.get(faq.id) != faq}


def _spread(questions: Sequence[Question], always: set[str]) -> list[Question]:
    """Some hundred of them, evenly, and those of changed FAQs."""
    step = max(1, len(questions) // OWN)
    return [each for place, each in enumerate(questions) if place % step == 0 or each.faq_id in always]


def figures(brain: Brain, questions: Sequence[Question]) -> Figures:
    found = [(each.right, results(each.text, brain.index, brain.weights)) for each in questions]
    return figures_of(found)


def figures_of(found: Sequence[tuple[Set[str], Sequence[tuple[str, float]]]]) -> Figures:
    """Of right ids, each with what was found for it."""
    return Figures(
        asked=len(found),
        first=share(sum(_within(right, hits, 1) for right, hits in found), len(found)),
        third=share(sum(_within(right, hits, 3) for right, hits in found), len(found)),
        refused=share(sum(is_refused(hits) for _, hits in found), len(found)),
    )


def _within(right: Set[str], hits: Sequence[tuple[str, float]], places: int) -> bool:
    return any(faq_id in right for faq_id, _ in hits[:places])


def is_refused(hits: Sequence[tuple[str, float]]) -> bool:
    return not hits or hits[0][1] < OFFERED


def share(part: int, whole: int) -> float:
    return round(part / whole, 4) if whole else 0.0
