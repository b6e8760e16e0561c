"""The measuring script's figures, for a whole data set in one process: ranks, refusals, and what is answered."""

import bisect
import math
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from chatbot.datasets import Source, with_similar
from chatbot.engine import index
from chatbot.engine.acceptance import ANSWERED, Weights
from chatbot.engine.reading import Language
from chatbot.protocol import results

Ranked = Callable[[str], Sequence[tuple[str, float]]]


@dataclass(frozen=True)
class Outcome:
    """Of one question in scope: the place of the first right id (None: not among the first ten), and the score."""

    place: int | None
    score: float


@dataclass(frozen=True)
class Figures:
    """Shares between 0 and 1; None where nothing was asked. Times in milliseconds, `built_s` in seconds.

    Attributes:
        auroc_far, auroc_near: how often a question in scope scores above one that is not.
        far_at_95: share of far questions that score as high as 95 in 100 questions in scope.
        answered, right: share answered at the product's threshold, and of these the share that is right.
        far_answered: share of far questions answered at it.
    """

    source: str
    faqs: int
    asked: int
    r1: float
    r3: float
    r5: float
    mrr: float
    auroc_far: float | None
    far_at_95: float | None
    auroc_near: float | None
    answered: float
    right: float | None
    far_answered: float | None
    built_s: float
    p50_ms: float
    p99_ms: float


def measure(source: Source, language: Language, weights: Weights, *, similar: int = 0) -> Figures:
    source = with_similar(source, similar)
    started = time.perf_counter()
    prepared = index.build(source.faqs, language)
    built = time.perf_counter() - started
    times: list[float] = []

    def ranked(text: str) -> Sequence[tuple[str, float]]:
        begun = time.perf_counter()
        found = results(text, prepared, weights)
        times.append((time.perf_counter() - begun) * 1000)
        return found

    outcomes = [_outcome(ranked(query.text), query.relevant) for query in source.queries]
    far = [_best(ranked(other.text)) for other in source.others if not other.near]
    near = [_best(ranked(other.text)) for other in source.others if other.near]
    return _figures(source, outcomes, far, near, built, times)


def _figures(
    source: Source,
    outcomes: Sequence[Outcome],
    far: Sequence[float],
    near: Sequence[float],
    built: float,
    times: Sequence[float],
) -> Figures:
    scores = [outcome.score for outcome in outcomes]
    given = [outcome for outcome in outcomes if outcome.score >= ANSWERED]
    usual = percentile(scores, 5)
    return Figures(
        source=source.name,
        faqs=len(source.faqs),
        asked=len(outcomes),
        r1=_within(outcomes, 1),
        r3=_within(outcomes, 3),
        r5=_within(outcomes, 5),
        mrr=_share(sum(1 / (outcome.place + 1) for outcome in outcomes if outcome.place is not None), len(outcomes)),
        auroc_far=auroc(scores, far),
        far_at_95=_part(far, usual),
        auroc_near=auroc(scores, near),
        answered=_share(len(given), len(outcomes)),
        right=_share(sum(outcome.place == 0 for outcome in given), len(given)) if given else None,
        far_answered=_part(far, ANSWERED),
        built_s=round(built, 3),
        p50_ms=round(percentile(times, 50), 3),
        p99_ms=round(percentile(times, 99), 3),
    )


def _outcome(found: Sequence[tuple[str, float]], relevant: Sequence[str]) -> Outcome:
    place = next((place for place, (faq_id, _) in enumerate(found) if faq_id in relevant), None)
    return Outcome(place, _best(found))


def _best(found: Sequence[tuple[str, float]]) -> float:
    return found[0][1] if found else -math.inf


def _within(outcomes: Sequence[Outcome], places: int) -> float:
    return _share(sum(o.place is not None and o.place < places for o in outcomes), len(outcomes))


def _share(part: float, whole: int) -> float:
    return round(part / whole, 4) if whole else 0.0


def _part(scores: Sequence[float], least: float) -> float | None:
    return _share(sum(score >= least for score in scores), len(scores)) if scores else None


def auroc(above: Sequence[float], below: Sequence[float]) -> float | None:
    """How often one of the first scores above one of the second; equal ones count half."""
    if not above or not below:
        return None
    low = sorted(below)
    wins = sum((bisect.bisect_left(low, score) + bisect.bisect_right(low, score)) / 2 for score in above)
    return round(wins / (len(above) * len(low)), 4)


def percentile(values: Sequence[float], percent: int) -> float:
    """By nearest rank; NaN of nothing."""
    if not values:
        return math.nan
    return sorted(values)[max(0, math.ceil(percent / 100 * len(values)) - 1)]


def table(figures: Sequence[Figures]) -> str:
    """One source a line."""
    columns = tuple(Figures.__dataclass_fields__)
    rows = [columns, *(tuple(_cell(getattr(line, name)) for name in columns) for line in figures)]
    widths = [max(len(row[place]) for row in rows) for place in range(len(columns))]
    return "\n".join("  ".join(c.ljust(w) for c, w in zip(row, widths, strict=True)).rstrip() for row in rows)


def _cell(value: object) -> str:
    return "" if value is None else str(value)
