"""How far a ranking may be trusted: to answer, to offer choices, or to say nothing.

Two logistic models over the same evidence: whether the question is any business of the knowledge base, and whether
the first hit is the right one. One number comes out of both, comparable between questions: from `ANSWERED` on the
first hit is the answer, from `OFFERED` on there is something to choose from, below that there is nothing.
"""

import math
from collections.abc import Mapping
from dataclasses import dataclass
from itertools import islice

from chatbot.engine.index import Index
from chatbot.engine.ranking import Hit, Ranking
from chatbot.engine.subject import leaning

ANSWERED, OFFERED = 0.6, 0.3
WORD_FOR_WORD = 0.95  # of a question that is the document's own, but for synonyms
SURE = 1.8  # log odds from which the first hit is taken for right: above 95 in 100 on sources the fit had not seen
_RIVALS = 5  # hits among which the first must stand out


@dataclass(frozen=True, slots=True)
class Thresholds:
    """Confidences from which a text is the answer, and from which there are choices."""

    answer: float = ANSWERED
    offer: float = OFFERED


USUAL = Thresholds()


@dataclass(frozen=True, slots=True)
class Model:
    """A logistic model: `weights` by the name of the evidence, and a bias."""

    weights: Mapping[str, float]
    bias: float

    def log_odds(self, evidence: Mapping[str, float]) -> float:
        return self.bias + math.fsum(weight * evidence[name] for name, weight in self.weights.items())


@dataclass(frozen=True, slots=True)
class Weights:
    """All that is fitted: how clues add up to a score, and the two models of acceptance."""

    clues: Mapping[str, float]
    ours: Model
    right: Model


def evidence(ranking: Ranking, index: Index) -> dict[str, float]:
    """What acceptance goes by. Needs at least one hit."""
    first, asked = ranking.hits[0], ranking.asked
    rivals = list(islice((hit for hit in ranking.hits[1:] if _is_rival(hit, first)), _RIVALS - 1))
    has_twin = any(hit.clues.likeness == 1 for hit in rivals)
    scores = [first.score, *(hit.score for hit in rivals)]
    return {
        "score": first.score,
        "lead": first.score - scores[1] if len(scores) > 1 else first.score,
        "share": 1 / math.fsum(math.exp(min(value - first.score, 50.0)) for value in scores),
        "known": asked.known,
        "leaning": leaning(asked.reading.plain, index.subject),
        "length": math.log1p(len(asked.reading.canonical)),
        "whole": first.clues.whole,
        "characters": first.clues.characters,
        "covered": first.clues.covered,
        "typed": first.clues.typed,
        "sounds": first.clues.sounds,
        "aspects": first.clues.aspects,
        # Of two questions that are word for word the same neither is certain.
        "likeness": min(first.clues.likeness, 0.99) if has_twin else first.clues.likeness,
    }


def _is_rival(hit: Hit, first: Hit) -> bool:
    """Beside an answer about a matter neither its guide nor the same thing asked again is a rival: both are right."""
    this, other = first.document, hit.document
    if not this.faq.matter_code or this.faq.matter_code != other.faq.matter_code:
        return True
    has_guide = this.faq.is_guide or other.faq.is_guide
    return not has_guide and this.rows[0].reading.aspects != other.rows[0].reading.aspects


def confidence(found: Mapping[str, float], weights: Weights) -> float:
    """Between 0 and 1, rounded; the zones are told apart by `ANSWERED` and `OFFERED`."""
    if found["likeness"] == 1:
        return WORD_FOR_WORD
    right = weights.right.log_odds(found) - SURE
    if right >= 0:
        return round(ANSWERED + (1 - ANSWERED) * (2 * _probability(right) - 1), 6)
    return round((ANSWERED - 1e-6) * _probability(weights.ours.log_odds(found)), 6)


def _probability(log_odds: float) -> float:
    return 1 / (1 + math.exp(-max(-40.0, min(40.0, log_odds))))
