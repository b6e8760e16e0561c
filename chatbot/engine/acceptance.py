"""How far a ranking may be trusted: to answer, to offer choices, or to say nothing.

Two logistic models over the same evidence: whether the question is any business of the knowledge base, and whether
the first hit is the right one. One number comes out of both, comparable between questions: from `ANSWERED` on the
first hit is the answer, from `OFFERED` on there is something to choose from, below that there is nothing.
"""

import math
from collections.abc import Mapping
from dataclasses import dataclass

from chatbot.engine.index import Index
from chatbot.engine.ranking import Ranking
from chatbot.engine.subject import leaning

ANSWERED, OFFERED = 0.6, 0.3
SURE = 1.5  # log odds from which the first hit is taken for right
_RIVALS = 5  # hits among which the first must stand out


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
    scores = [hit.score for hit in ranking.hits[:_RIVALS]]
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
    }


def confidence(found: Mapping[str, float], weights: Weights) -> float:
    """Between 0 and 1, rounded; the zones are told apart by `ANSWERED` and `OFFERED`."""
    right = weights.right.log_odds(found) - SURE
    if right >= 0:
        return round(ANSWERED + (1 - ANSWERED) * (2 * _probability(right) - 1), 6)
    return round((ANSWERED - 1e-6) * _probability(weights.ours.log_odds(found)), 6)


def _probability(log_odds: float) -> float:
    return 1 / (1 + math.exp(-max(-40.0, min(40.0, log_odds))))
