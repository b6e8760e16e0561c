"""Which documents answer a question, best first."""

from collections import defaultdict
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from heapq import nlargest
from operator import mul

from chatbot.engine.clues import NAMES, Clues, Question, clues, question
from chatbot.engine.index import Document, Index, Places
from chatbot.engine.reading import read

CANDIDATES = 24  # compared closely
BUDGET = 800  # postings looked at: the rarest terms come first, and the rest would only repeat what is known
SOUNDS, ANSWERS, SITUATIONS = 500_000, 300_000, 300_000  # beside a cosine, of which 1 is a million


@dataclass(frozen=True, slots=True)
class Hit:
    document: Document
    score: float
    clues: Clues


@dataclass(frozen=True, slots=True)
class Ranking:
    asked: Question
    hits: Sequence[Hit]


# Where a city could put a language model of its own: it may put the hits into another order and change their scores,
# never add one. What is answered, offered or refused is decided behind it by the same thresholds.
Reranker = Callable[[str, Sequence[Hit]], Sequence[Hit]]


def rank(text: str, index: Index, weights: Mapping[str, float], reranker: Reranker | None = None) -> Ranking:
    asked = question(read(text, index.language), index)
    factors = [weights[name] for name in NAMES]
    ranked: Sequence[Hit] = sorted(
        (_compared(asked, index.documents[number], index, factors) for number in sorted(candidates(asked, index))),
        key=lambda hit: -hit.score,
    )
    if reranker is not None and ranked:
        known = {id(hit.document) for hit in ranked}
        ranked = [hit for hit in reranker(text, ranked) if id(hit.document) in known]
    return Ranking(asked, ranked)


def _compared(asked: Question, document: Document, index: Index, factors: Sequence[float]) -> Hit:
    found = clues(asked, document, index)
    score: float = sum(map(mul, found, factors))
    return Hit(document, round(score, 6), found)


def candidates(asked: Question, index: Index) -> list[int]:
    """Documents worth comparing, by a rough score over the rarest terms. In whole numbers: their sums are exact, so
    that no order of terms makes a difference.
    """
    points: defaultdict[int, int] = defaultdict(int)
    shortness, left = index.shortness, BUDGET
    for posting, value, by_length in sorted(_evidence(asked, index.places), key=lambda found: len(found[0])):
        left -= len(posting)
        if left < 0 and points:
            break
        if by_length:
            for number in posting:
                points[number] += value * shortness[number]
        else:
            for number in posting:
                points[number] += value
    # Points and number in one integer, so that among equals the first document wins; the number is what is left over.
    count = len(shortness)
    best = nlargest(CANDIDATES, [value * count - number for number, value in points.items()])
    return [-packed % count for packed in best]


def _evidence(asked: Question, places: Places) -> Iterator[tuple[Sequence[int], int, bool]]:
    """Postings, what each document in them gains, and whether short questions gain more."""
    for pair, weight in asked.pairs.items():
        yield places.pairs.of(pair), round(1000 * weight * weight / asked.length), True
    for term, weight in asked.singles.items():
        yield places.singles.of(term), round(1000 * weight * weight / asked.length), True
    for pair, weight in asked.sounds.items():
        yield places.sounds.of(pair), round(SOUNDS * weight / asked.sounds_mass), False
    for pair, weight in asked.answer_pairs.items():
        yield places.answers.of(pair), round(ANSWERS * weight / asked.answer_mass), False
    for situation, value in asked.reading.told.items():
        yield places.told.of(situation), round(SITUATIONS * value), False
