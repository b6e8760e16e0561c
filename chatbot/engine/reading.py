"""One text, read in all the ways it is compared."""

import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass

from chatbot.engine import lexicon, situations
from chatbot.engine.lexicon import Lexicon
from chatbot.engine.matching import Lengths, lengths, words_apart
from chatbot.engine.situations import Situations
from chatbot.engine.sounds import sounds
from chatbot.engine.text import bigrams, plain

# Whether something went wrong: 转账失败 is not 怎么转账.
_WRONG = re.compile("不能|无法|不了|失败|没|不到|错误|不成功|打不开|不上|异常|被|丢|不出|未|不给|不让")
NO_WORDS: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True)
class Language:
    """All that is known of how people speak.

    Attributes:
        city: a word of the city to its official words; several when it depends on the context (过户).
        segment: a text to its words and the words inside them.
        chatter: sentences that are no business of a city hall's.
    """

    lexicon: Lexicon
    situations: Situations
    city: Mapping[str, frozenset[str]]
    city_sizes: Lengths
    segment: Callable[[str], Iterable[str]]
    chatter: Sequence[str]


def city_words(groups: Mapping[str, Iterable[str]]) -> tuple[dict[str, frozenset[str]], Lengths]:
    """Official words with what is said instead, turned round."""
    meanings: dict[str, set[str]] = {}
    for official, forms in groups.items():
        for word in map(plain, (official, *forms)):
            if len(word) > 1:
                meanings.setdefault(word, set()).add(plain(official))
    words = {word: frozenset(officials) for word, officials in meanings.items()}
    return words, lengths(words)


@dataclass(frozen=True, slots=True)
class Reading:
    """`heard`: the syllables of its subject, a character each. `wrong`: it tells of something that went wrong."""

    plain: str
    canonical: str
    heard: str
    aspects: frozenset[str]
    city: frozenset[str]
    told: Mapping[int, float]
    wrong: bool


def read(text: str, language: Language) -> Reading:
    bare = plain(text)
    canonical = lexicon.canonical(bare, language.lexicon)
    return Reading(
        plain=bare,
        canonical=canonical,
        heard=sounds(lexicon.subject(canonical, language.lexicon)),
        aspects=lexicon.asked(canonical, language.lexicon),
        city=_official(bare, language),
        told=situations.told(bare, language.situations),
        wrong=_WRONG.search(bare) is not None,
    )


def _official(bare: str, language: Language) -> frozenset[str]:
    said = words_apart(bare, language.city, language.city_sizes)
    return NO_WORDS.union(*(language.city[word] for word in said))


def words_of(reading: Reading, language: Language) -> list[str]:
    """The words of a dictionary in it, each once."""
    return list(dict.fromkeys(word for word in language.segment(reading.plain) if len(word) > 1))


def pairs_of(canonical: str, words: Lexicon) -> list[str]:
    """Pairs of neighbouring characters, each once; an aspect is no neighbour."""
    aspects = words.aspects
    return [pair for pair in dict.fromkeys(bigrams(canonical)) if pair[0] not in aspects and pair[1] not in aspects]
