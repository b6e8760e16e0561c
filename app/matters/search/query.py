"""One query, read in all the ways it may be meant."""

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from itertools import pairwise

from app.matters.search import pinyin
from app.matters.search.text import bigrams, cleaned, core, runs

# How much a kind of likeness says: two characters together, one alone, syllables that sound so, initials.
PAIR, SINGLE, SOUND_PAIR, SOUND, INITIALS = 1.0, 0.3, 0.7, 0.15, 0.6
_MAX_INITIALS = 16
_MAX_CUT = 10


@dataclass(frozen=True, slots=True)
class Sounds:
    """One way to read a text aloud: syllables, or single letters that begin one."""

    parts: tuple[str, ...]
    exact: re.Pattern[str]
    loose: re.Pattern[str]
    is_whole: bool  # every part is a whole syllable

    @classmethod
    def of(cls, parts: tuple[str, ...]) -> "Sounds":
        loose = tuple(pinyin.loose(" ".join(parts)).split(" "))
        whole = all(part in pinyin.syllables() or not part.isascii() or part.isdigit() for part in parts)
        return cls(parts, _pattern(parts), _pattern(loose), whole)


def _pattern(parts: tuple[str, ...]) -> re.Pattern[str]:
    """Each part begins a syllable, one after the other; the last one may be typed halfway."""
    last = len(parts) - 1
    pieces = [
        re.escape(part) + (r"[^ ]*" if len(part) == 1 or place == last else "") for place, part in enumerate(parts)
    ]
    return re.compile(r"(?:(?<= )|^)" + " ".join(pieces) + r"(?= |$)")


@dataclass(frozen=True, slots=True)
class Query:
    """A text to look for.

    Attributes:
        text: normalised.
        has_letters: Latin letters in it: pinyin or initials, or a foreign word.
        sounds: its readings; for a Chinese text the one from the table, to find words that sound alike.
    """

    text: str
    has_letters: bool
    sounds: tuple[Sounds, ...]
    joined: str = field(default="")

    @classmethod
    def of(cls, text: str) -> "Query":
        has_letters = bool(re.search("[a-z]", text))
        readings = [Sounds.of(parts) for parts in _readings(text)]
        return cls(text, has_letters, tuple(readings), "".join(readings[0].parts) if readings else "")

    def terms(self) -> dict[str, float]:
        """What to look up in the index, with weights."""
        found: dict[str, float] = {}
        for term, weight in self._terms():
            found[term] = max(weight, found.get(term, 0))
        return found

    def _terms(self) -> Iterator[tuple[str, float]]:
        yield from ((character, SINGLE) for character in self.text if not "a" <= character <= "z")
        yield from ((pair, PAIR) for pair in bigrams(self.text) if not pair.isascii() or pair.isdigit())
        for sound in self.sounds:
            yield from sound_terms(" ".join(pinyin.loose(" ".join(sound.parts)).split(" ")))
            if self.has_letters:
                yield from ((term, INITIALS) for term in initial_terms(pinyin.initials(" ".join(sound.parts))))


def _readings(text: str) -> list[tuple[str, ...]]:
    ways: list[tuple[str, ...]] = [()]
    for run in runs(text):
        options = pinyin.splits(run) if run.isascii() and run.isalpha() else [tuple(pinyin.spaced(run).split(" "))]
        ways = [(*way, *option) for way in ways for option in options][: pinyin.MAX_SPLITS + 1]
    return [way for way in ways if way]


def sound_terms(loose: str) -> Iterator[tuple[str, float]]:
    """Terms of syllables (made loose already): each alone and each with its neighbour."""
    parts = loose.split(" ")
    yield from ((f"~{part}", SOUND) for part in parts if len(part) > 1)
    yield from ((f"~{left} {right}", SOUND_PAIR) for left, right in pairwise(parts))


def initial_terms(letters: str) -> list[str]:
    """Terms of initials: threes anywhere, and the beginning."""
    threes = [f"^{letters[place : place + 3]}" for place in range(min(len(letters), _MAX_INITIALS) - 2)]
    return [*threes, f"^^{letters[:2]}"] if len(letters) > 1 else [f"^^{letters}"]


@dataclass(frozen=True, slots=True)
class Asked:
    """A whole query: as typed, without fillers, and its parts when there are several."""

    whole: tuple[tuple[Query, float], ...]
    parts: tuple[Query, ...]
    length: int = 0  # of the whole text, when parts of it are left out

    @classmethod
    def of(cls, raw: str) -> "Asked | None":
        """None when nothing that can be looked for is left."""
        pieces = cleaned(raw)
        if not pieces:
            return None
        text = "".join(pieces)
        bare = core(text)
        whole = [(Query.of(text), 1.0)] + ([(Query.of(bare), 0.97)] if bare != text else [])
        split = [part for piece in pieces for part in runs(core(piece))]
        return cls(tuple(whole), tuple(map(Query.of, split)) if len(split) > 1 else ())

    def cuts(self, is_known: Callable[[str], bool]) -> list["Asked"]:
        """The query in pieces, for when it is found nowhere as it is: `sfzbb` as sfz and bb, 打官司没钱 as 打官司.

        Args:
            is_known: whether two characters stand together in any matter's names.
        """
        query = self.whole[-1][0]
        if query.has_letters:
            return [Asked((), parts) for parts in _letter_cuts(query.text)]
        known = [stretch for stretch in _stretches(query.text, is_known) if len(stretch) > 1]
        return [Asked((), tuple(map(Query.of, known)), len(query.text))] if known and known != [query.text] else []


def _letter_cuts(text: str) -> list[tuple[Query, Query]]:
    if not text.isascii() or not 4 <= len(text) <= _MAX_CUT:
        return []
    return [(Query.of(text[:place]), Query.of(text[place:])) for place in range(2, len(text) - 1)]


def _stretches(text: str, is_known: Callable[[str], bool]) -> list[str]:
    found = [text[:1]]
    for pair in bigrams(text):
        if is_known(pair):
            found[-1] += pair[1]
        else:
            found.append(pair[1])
    return found
