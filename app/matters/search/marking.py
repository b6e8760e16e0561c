"""Which stretches of a found name to mark, so that a citizen sees why it was found."""

import re

from app.matters.search import pinyin
from app.matters.search.entry import Entry, Hit
from app.matters.search.query import Asked, Query
from app.matters.search.text import normalise, positions

Marks = tuple[tuple[int, int], ...]


def marks_of(entry: Entry, score: float, asked: Asked, phrase: str) -> Hit:
    """The hit with its marks; `matched` tells the alias when the name itself shows nothing of the query."""
    own = marks(entry.name, asked, entry.pinyin.get(normalise(entry.name)))
    matched = _as_written(entry, phrase)
    if matched is None:
        return Hit(entry, score, None, own)
    return Hit(entry, score, matched, own, marks(matched, asked, entry.pinyin.get(phrase)))


def _as_written(entry: Entry, phrase: str) -> str | None:
    """The alias behind a phrase; None when the phrase is the name or a part of it."""
    if phrase in normalise(entry.name):
        return None
    if phrase == normalise(entry.department):
        return entry.department
    return next(
        (text for text in (entry.short_name, *entry.aliases, *entry.result.split("、")) if normalise(text) == phrase),
        phrase,
    )


def marks(text: str, asked: Asked, spaced: str | None = None) -> Marks:
    """Stretches of `text` that answer the query: the characters typed, or those their sounds stand for."""
    plain, places = normalise(text), positions(text)
    covered: set[int] = set()
    for query in (*(query for query, _ in asked.whole), *asked.parts):
        covered |= (
            _written(query.text, plain) if not query.has_letters else _heard(query, spaced or pinyin.spaced(plain))
        )
    return _stretches(sorted(places[place] for place in covered if place < len(places)))


def _written(asked: str, text: str) -> set[int]:
    """Longest common stretches of two characters or more (of one for a query of one)."""
    covered: set[int] = set()
    least = min(2, len(asked))
    start = 0
    while start < len(asked):
        end = next((end for end in range(len(asked), start + least - 1, -1) if asked[start:end] in text), start)
        for hit in re.finditer(re.escape(asked[start:end]), text) if end > start else ():
            covered |= set(range(hit.start(), hit.end()))
        start = max(end, start + 1)
    return covered


def _heard(query: Query, spaced: str) -> set[int]:
    for sound in query.sounds:
        for pattern, text in ((sound.exact, spaced), (sound.loose, pinyin.loose(spaced))):
            if hit := pattern.search(text):
                first = text.count(" ", 0, hit.start())
                return set(range(first, first + len(sound.parts)))
    return set()


def _stretches(places: list[int]) -> Marks:
    found: list[tuple[int, int]] = []
    for place in places:
        if found and place <= found[-1][1]:
            found[-1] = (found[-1][0], place + 1)
        else:
            found.append((place, place + 1))
    return tuple(found)
