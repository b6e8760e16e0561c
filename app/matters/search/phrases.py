"""All ways in which a matter is called, pooled: matters share many of them."""

import re
from collections.abc import Iterator, Sequence

from app.matters.search import pinyin
from app.matters.search.entry import Entry
from app.matters.search.synonyms import Synonyms
from app.matters.search.text import normalise

NAME, SHORT, ALIAS, PART, VARIANT, KEYWORD, RESULT, DEPARTMENT = 1.0, 1.0, 0.98, 0.96, 0.86, 0.70, 0.66, 0.45

_BRACKETS = re.compile(r"[((《]([^))》]{2,})[))》]")


def phrases_of(entry: Entry, synonyms: Synonyms) -> dict[str, float]:
    """Every normalised text under which the matter is found, with its weight between 0 and 1."""
    found: dict[str, float] = {}
    for text, weight in _said(entry, synonyms):
        if text and found.get(text, 0) < weight:
            found[text] = weight
    return found


def _said(entry: Entry, synonyms: Synonyms) -> Iterator[tuple[str, float]]:
    own = [(entry.name, NAME), (entry.short_name, SHORT), *((alias, ALIAS) for alias in entry.aliases)]
    for raw, weight in own:
        text = normalise(raw)
        yield text, weight
        yield from ((variant, VARIANT * weight) for variant in synonyms.variants(text))
    for part in parts(entry.name):
        yield part, PART
    yield from ((normalise(word), KEYWORD) for word in entry.keywords)
    yield from ((normalise(thing), RESULT) for thing in entry.result.split("、"))
    yield normalise(entry.department), DEPARTMENT
    yield from ((variant, DEPARTMENT) for variant in synonyms.variants(normalise(entry.department)))


def parts(name: str) -> list[str]:
    """`机动车注册登记(新车上牌)` is called by either half."""
    inner = _BRACKETS.findall(name)
    outer = normalise(_BRACKETS.sub("", name))
    return [outer, *map(normalise, inner)] if inner and outer else []


class Pool:
    """The texts of all matters, each once, shortest first: a low number breaks a tie in favour of the closer text."""

    def __init__(self, documents: Sequence[dict[str, float]], readings: dict[str, str]) -> None:
        owners: dict[str, list[tuple[int, float]]] = {}
        for number, document in enumerate(documents):
            for text, weight in document.items():
                owners.setdefault(text, []).append((number, weight))
        self.texts = sorted(owners, key=len)
        self.owners = [owners[text] for text in self.texts]
        self.spaced = [readings.get(text) or pinyin.spaced(text) for text in self.texts]
        self.loose = [pinyin.loose(text) for text in self.spaced]
        self.initials = [pinyin.initials(text) for text in self.spaced]
