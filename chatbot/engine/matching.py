"""Finding known words in a text, the longest first."""

from collections.abc import Iterable, Iterator, Mapping

Lengths = Mapping[str, tuple[int, ...]]  # a word's first character to how long words beginning so are, longest first


def lengths(words: Iterable[str]) -> Lengths:
    found: dict[str, set[int]] = {}
    for word in words:
        if word:
            found.setdefault(word[0], set()).add(len(word))
    return {first: tuple(sorted(sizes, reverse=True)) for first, sizes in found.items()}


def word_at(text: str, place: int, words: Mapping[str, object], sizes: Lengths) -> str:
    """The longest word that begins at this place; "" when none does."""
    for size in sizes.get(text[place], ()):
        word = text[place : place + size]
        if word in words:
            return word
    return ""


def words_apart(text: str, words: Mapping[str, object], sizes: Lengths) -> Iterator[str]:
    """The words of a text from the left, none over another."""
    place, end = 0, len(text)
    while place < end:
        word = word_at(text, place, words, sizes)
        if word:
            yield word
        place += len(word) or 1


def words_anywhere(text: str, words: Mapping[str, object], sizes: Lengths) -> Iterator[str]:
    """The longest word at each place, also where they overlap."""
    for place in range(len(text)):
        if word := word_at(text, place, words, sizes):
            yield word
