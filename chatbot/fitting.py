"""`python -m chatbot fit DIR… --out FILE`: fits the weights to data sets in the measuring script's format.

The clues are added up so that the right document comes first (softmax over the candidates of a question); acceptance
is two logistic regressions. Sources weigh alike, however many questions they have. All in plain Python: it is done
seldom, and takes some minutes.
"""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from operator import mul

from chatbot.datasets import Source, with_similar
from chatbot.engine import index, situations
from chatbot.engine.acceptance import Model, Weights, evidence
from chatbot.engine.clues import NAMES
from chatbot.engine.index import Index
from chatbot.engine.ranking import rank
from chatbot.engine.reading import Language

# The situations' words were written by people who knew some of the data. Without so many of them (in a hundred) the
# weight of situations comes out as it is for stories nobody foresaw.
HIDDEN = 45
ROUNDS, RATE, DECAY = 120, 0.3, 1e-3
_EVEN = {name: 1.0 for name in NAMES}
_TOTAL = 300.0  # what all questions of one source weigh together


@dataclass(frozen=True)
class Example:
    """Candidates' clues, which of them are right, and how much the example counts."""

    rows: Sequence[Sequence[float]]
    right: Sequence[bool]
    weight: float


@dataclass(frozen=True)
class Judged:
    """Evidence of one question. `ours`: it is the knowledge base's business. `right`: the first hit is."""

    evidence: Mapping[str, float]
    ours: bool
    right: bool
    near: bool
    weight: float


def fit(sources: Sequence[Source], language: Language, *, similar: Sequence[int] = (0, 2)) -> Weights:
    """Sources as they are and with similar questions given. `language` as shipped."""
    thinner = replace(language, situations=situations.thinned(language.situations, HIDDEN))
    variants = [with_similar(source, count) for source in sources for count in similar]
    built = [(variant, index.build(variant.faqs, thinner)) for variant in variants]
    clues = _ranker([example for variant, prepared in built for example in _examples(variant, prepared)])
    judged = [seen for variant, prepared in built for seen in _judged(variant, prepared, clues)]
    ours = _logistic([(seen.evidence, seen.ours, seen.weight * (0.1 if seen.near else 1.0)) for seen in judged])
    right = _logistic([(seen.evidence, seen.right, seen.weight) for seen in judged])
    return Weights(clues, ours, right)


def _examples(source: Source, prepared: Index) -> list[Example]:
    found = []
    for query in source.queries:
        hits = rank(query.text, prepared, _EVEN).hits
        right = [hit.document.faq.id in query.relevant for hit in hits]
        if any(right):
            rows = [hit.clues for hit in hits]
            found.append(Example(rows, right, _TOTAL / len(source.queries)))
    return found


def _ranker(examples: Sequence[Example]) -> dict[str, float]:
    """Descends with momentum and a step for each weight (Adam)."""
    weights = [1.0] * len(NAMES)
    total = math.fsum(example.weight for example in examples)
    means, squares = [0.0] * len(NAMES), [0.0] * len(NAMES)
    for turn in range(1, ROUNDS + 1):
        slope = [DECAY * weight for weight in weights]
        for example in examples:
            _add_slope(slope, example, weights, example.weight / total)
        for place, value in enumerate(slope):
            means[place] = 0.9 * means[place] + 0.1 * value
            squares[place] = 0.99 * squares[place] + 0.01 * value * value
            step = means[place] / (1 - 0.9**turn) / (math.sqrt(squares[place] / (1 - 0.99**turn)) + 1e-8)
            weights[place] -= RATE * step
    return dict(zip(NAMES, weights, strict=True))


def _add_slope(slope: list[float], example: Example, weights: Sequence[float], share: float) -> None:
    scores = [sum(map(mul, row, weights)) for row in example.rows]
    most = max(scores)
    odds = [math.exp(score - most) for score in scores]
    everything = sum(odds)
    wanted = sum(value for value, right in zip(odds, example.right, strict=True) if right)
    for row, value, right in zip(example.rows, odds, example.right, strict=True):
        pull = share * (value / everything - (value / wanted if right else 0.0))
        if abs(pull) > 1e-7:
            for place, clue in enumerate(row):
                slope[place] += pull * clue


def _judged(source: Source, prepared: Index, clues: Mapping[str, float]) -> list[Judged]:
    far = sum(not other.near for other in source.others) or 1
    near = sum(other.near for other in source.others) or 1
    found = []
    for query in source.queries:
        ranking = rank(query.text, prepared, clues)
        if ranking.hits:
            right = ranking.hits[0].document.faq.id in query.relevant
            weight = _TOTAL / len(source.queries)
            found.append(Judged(evidence(ranking, prepared), True, right, False, weight))
    for other in source.others:
        ranking = rank(other.text, prepared, clues)
        if ranking.hits:
            weight = _TOTAL / (near if other.near else far)
            found.append(Judged(evidence(ranking, prepared), False, False, other.near, weight))
    return found


def _logistic(examples: Sequence[tuple[Mapping[str, float], bool, float]]) -> Model:
    """Newton's method on standardised evidence, with a little ridge."""
    names = list(examples[0][0])
    centres, spreads = _standard(names, [found for found, _, _ in examples])
    rows = [
        ([1.0, *((found[name] - centres[name]) / spreads[name] for name in names)], float(label), weight / 10)
        for found, label, weight in examples
    ]
    weights = [0.0] * (len(names) + 1)
    for _ in range(12):
        weights = [old + step for old, step in zip(weights, _newton(rows, weights), strict=True)]
    scaled = {name: weights[place] / spreads[name] for place, name in enumerate(names, start=1)}
    bias = weights[0] - math.fsum(scaled[name] * centres[name] for name in names)
    return Model(scaled, bias)


def _standard(names: Sequence[str], rows: Sequence[Mapping[str, float]]) -> tuple[dict[str, float], dict[str, float]]:
    centres = {name: math.fsum(row[name] for row in rows) / len(rows) for name in names}
    spreads = {
        name: math.sqrt(math.fsum((row[name] - centres[name]) ** 2 for row in rows) / len(rows)) + 1e-6
        for name in names
    }
    return centres, spreads


def _newton(rows: Sequence[tuple[list[float], float, float]], weights: Sequence[float]) -> list[float]:
    size = len(weights)
    slope = [0.0] + [-weight for weight in weights[1:]]
    bend = [[float(row == column) for column in range(size)] for row in range(size)]
    for values, label, weight in rows:
        chance = 1 / (1 + math.exp(-max(-40.0, min(40.0, sum(map(mul, values, weights))))))
        off, curve = weight * (label - chance), weight * chance * (1 - chance)
        for row, value in enumerate(values):
            slope[row] += off * value
            steep, line = curve * value, bend[row]
            for column, other in enumerate(values):
                line[column] += steep * other
    return _solved(bend, slope)


def _solved(matrix: list[list[float]], right: list[float]) -> list[float]:
    """Gauss; the matrix is positive definite, so that no row need be exchanged."""
    size = len(right)
    rows = [[*line, value] for line, value in zip(matrix, right, strict=True)]
    for place in range(size):
        for below in range(place + 1, size):
            factor = rows[below][place] / rows[place][place]
            rows[below] = [a - factor * b for a, b in zip(rows[below], rows[place], strict=True)]
    found = [0.0] * size
    for place in reversed(range(size)):
        rest = sum(rows[place][later] * found[later] for later in range(place + 1, size))
        found[place] = (rows[place][size] - rest) / rows[place][place]
    return found
