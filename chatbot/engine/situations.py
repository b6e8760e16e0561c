"""What kind of life situation a text tells of: a long story names the matter in none of its words."""

import math
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from heapq import nlargest
from zlib import crc32

from chatbot.engine.matching import Lengths, lengths, words_anywhere
from chatbot.engine.text import plain

KEPT = 5  # situations of one text; more are noise
DOUBT = 9.0  # squared weight of evidence that is missing: one common word proves little


@dataclass(frozen=True, slots=True)
class Situations:
    """`words`: a word to the situations it is said in and how much it says (the fewer, the more)."""

    names: tuple[str, ...]
    words: Mapping[str, tuple[tuple[int, ...], float]]
    sizes: Lengths


def parse(lines: Iterable[str]) -> Situations:
    """Read `situation<TAB>word,word` lines; `#` begins a comment."""
    names: list[str] = []
    owners: dict[str, list[int]] = {}
    for line in lines:
        name, _, words = line.strip().partition("\t")
        if name and not name.startswith("#"):
            for word in dict.fromkeys(plain(word) for word in (name, *words.split(","))):
                if len(word) > 1:
                    owners.setdefault(word, []).append(len(names))
            names.append(name)
    return _weighed(tuple(names), owners)


def thinned(situations: Situations, percent: int) -> Situations:
    """The same without so many of the words, always the same ones: how does a text fare whose words nobody foresaw?"""
    kept = {word: owners for word, (owners, _) in situations.words.items() if crc32(word.encode()) % 100 >= percent}
    left = {word: list(owners) for word, owners in kept.items()}
    return _weighed(situations.names, left)


def _weighed(names: tuple[str, ...], owners: Mapping[str, list[int]]) -> Situations:
    words = {word: (tuple(numbers), math.log(len(names) / len(numbers))) for word, numbers in owners.items()}
    return Situations(names, words, lengths(words))


def told(text: str, situations: Situations) -> dict[int, float]:
    """The situations of a plain text, as a vector of length below 1 that grows with the evidence."""
    points: dict[int, float] = {}
    for word in dict.fromkeys(words_anywhere(text, situations.words, situations.sizes)):
        numbers, weight = situations.words[word]
        for number in numbers:
            points[number] = points.get(number, 0.0) + weight
    best = [(number, value**1.5) for number, value in nlargest(KEPT, points.items(), key=_most_first)]
    length = math.sqrt(sum(value * value for _, value in best) + DOUBT)
    return {number: value / length for number, value in best}


def _most_first(item: tuple[int, float]) -> tuple[float, int]:
    return round(item[1], 9), -item[0]


def agreement(told_here: Mapping[int, float], told_there: Mapping[int, float]) -> float:
    return sum(value * told_there[number] for number, value in told_here.items() if number in told_there)
