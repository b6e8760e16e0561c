"""Whether a text is about what the knowledge base is about, or small talk: naive Bayes over characters and pairs."""

import math
from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from chatbot.engine.text import bigrams

SMOOTHING = 0.3


@dataclass(frozen=True, slots=True)
class Subject:
    """`leaning`: a term to how much it speaks for the knowledge base (above 0) or for small talk (below)."""

    leaning: Mapping[str, float]


def learned(ours: Iterable[str], others: Iterable[str]) -> Subject:
    """From plain texts of the knowledge base and of small talk."""
    here, there = _counted(ours), _counted(others)
    terms = sorted(here.keys() | there.keys())
    least = SMOOTHING * len(terms)
    bias = math.log(here.total() + least) - math.log(there.total() + least) if terms else 0.0
    return Subject({t: math.log((here[t] + SMOOTHING) / (there[t] + SMOOTHING)) - bias for t in terms})


def _counted(texts: Iterable[str]) -> Counter[str]:
    counts: Counter[str] = Counter()
    for text in texts:
        counts.update(text)
        counts.update(bigrams(text))
    return counts


def leaning(text: str, subject: Subject) -> float:
    """Of a plain text; -1 when nothing in it was ever heard."""
    terms = {*text, *bigrams(text)}
    known = [subject.leaning[term] for term in terms if term in subject.leaning]
    return sum(known) / (len(terms) ** 0.75 + 1) if known else -1.0
