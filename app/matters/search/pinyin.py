"""Characters to syllables, and letters typed without blanks back into syllables."""

import re
from functools import cache
from pathlib import Path

_TABLE = Path(__file__).with_name("pinyin.txt")
MAX_SYLLABLE = 6
MAX_SPLITS = 4
MAX_INITIALS = 8  # a longer run of letters is not read as initials alone when it can be read as syllables
_LETTER_COST = 3  # a lone letter stands for a syllable (sbk), but whole syllables are the better reading


@cache
def readings() -> dict[str, str]:
    """The most usual reading of each character of GB 2312. Read from a file: the pinyin library costs 58 MB.

    `tests/matters/test_pinyin.py` holds the file against that library.
    """
    table: dict[str, str] = {}
    for line in _TABLE.read_text(encoding="utf-8").splitlines():
        syllable, _, characters = line.partition(" ")
        table.update(dict.fromkeys(characters, syllable))
    return table


@cache
def syllables() -> frozenset[str]:
    return frozenset(syllable for syllable in readings().values() if len(syllable) > 1 or syllable in "aeo")


def spaced(text: str) -> str:
    """`社保卡` to `she bao ka`; what has no reading stays as it is."""
    table = readings()
    return " ".join(table.get(character, character) for character in text)


@cache
def _pieces() -> frozenset[str]:
    """Syllables, and what hurried fingers make of them."""
    return syllables() | {loose(syllable) for syllable in syllables()}


# What southern and hurried typists mix up: flat and curled tongue, front and back nasals.
_LOOSE = re.compile(r"(?<![a-z])([zcs])h|(?<=[aeio])ng(?![a-z])")


def loose(syllables_with_blanks: str) -> str:
    """The same syllables with zh/z, ch/c, sh/s and an/ang, en/eng, in/ing, on/ong made equal."""
    return _LOOSE.sub(lambda hit: hit[1] or "n", syllables_with_blanks)


def splits(letters: str) -> list[tuple[str, ...]]:
    """The likeliest ways to read letters as syllables and lone initials, best first, a handful."""
    best: list[list[tuple[int, tuple[str, ...]]]] = [[(0, ())], *([] for _ in letters)]
    for end in range(1, len(letters) + 1):
        ways = [
            (cost + _cost(piece), (*before, piece))
            for start in range(max(0, end - MAX_SYLLABLE), end)
            for piece in (letters[start:end],)
            if len(piece) == 1 or piece in _pieces()
            for cost, before in best[start]
        ]
        best[end] = sorted(ways)[:MAX_SPLITS]
    cheapest = best[-1][0][0]
    ways_kept = [way for cost, way in best[-1] if cost <= cheapest + 1]
    all_initials = tuple(letters)
    return ways_kept if len(letters) > MAX_INITIALS or all_initials in ways_kept else [*ways_kept, all_initials]


def _cost(piece: str) -> int:
    if piece in syllables():
        return 2
    return _LETTER_COST if len(piece) == 1 else _LETTER_COST + 1


def initials(spaced_syllables: str) -> str:
    return "".join(part[0] for part in spaced_syllables.split(" ") if part)
