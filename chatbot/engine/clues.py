"""What speaks for one document as the answer to one question."""

import math
from collections.abc import Iterable
from dataclasses import dataclass
from typing import NamedTuple

from rapidfuzz import fuzz

from chatbot.engine.index import Document, Index, Rarity, Row
from chatbot.engine.reading import Reading, pairs_of, words_of
from chatbot.engine.situations import agreement
from chatbot.engine.text import bigrams


class Clues(NamedTuple):
    """Each between 0 and 1. `whole` is about the standard question, the others about the closest of its rows.

    Attributes:
        whole: cosine of canonical characters and pairs.
        characters: cosine of canonical characters alone.
        covered: share of the question found again in the row.
        answered: share of the question that only the answer speaks of.
        answer_pairs: share of the question's pairs found in the answer.
        sounds: share of the question's pairs of syllables found again: typing errors sound right.
        likeness: of the two canonical texts, in order.
        typed: cosine of the characters as they were typed.
        city, words: cosines of the city's official words, and of the words of a dictionary.
        aspects: whether the same is asked (费用, 在哪里).
        situation, situation_in_all: whether the question tells of the situation of the row, or of row and answer.
        wrong: whether both or neither tell of something that went wrong.
    """

    whole: float
    characters: float
    covered: float
    answered: float
    answer_pairs: float
    sounds: float
    likeness: float
    typed: float
    city: float
    words: float
    aspects: float
    situation: float
    situation_in_all: float
    wrong: float


NAMES = Clues._fields


@dataclass(frozen=True, slots=True)
class Question:
    """A reading with its weights in one index, computed once and compared with many documents.

    Attributes:
        singles, pairs: a term to its weight; `squares` of both, `pair_squares` of pairs. Masses are sums of weights,
            lengths those of vectors.
        known: share of the mass that occurs in any document's questions.
    """

    reading: Reading
    characters: frozenset[str]
    squares: dict[str, float]
    pair_squares: tuple[tuple[str, float], ...]
    singles: dict[str, float]
    pairs: dict[str, float]
    sounds: dict[str, float]
    words: dict[str, float]
    answer_pairs: dict[str, float]
    mass: float
    sounds_mass: float
    answer_mass: float
    length: float
    singles_length: float
    words_length: float
    city_length: float
    known: float


def question(reading: Reading, index: Index) -> Question:
    pairs_here = pairs_of(reading.canonical, index.language.lexicon)
    singles, pairs = _weighed(reading.canonical, index.singles), _weighed(pairs_here, index.pairs)
    sounds = _weighed(bigrams(reading.heard), index.sounds)
    words = _weighed(words_of(reading, index.language), index.words)
    answer_pairs = _weighed(pairs_here, index.answers)
    mass = math.fsum(singles.values()) + math.fsum(pairs.values()) or 1.0
    heard = math.fsum(w for t, w in singles.items() if t in index.singles.known)
    heard += math.fsum(w for t, w in pairs.items() if t in index.pairs.known)
    singles_length = _length(singles)
    return Question(
        reading=reading,
        characters=frozenset(reading.plain),
        squares={term: weight * weight for term, weight in (*singles.items(), *pairs.items())},
        pair_squares=tuple((pair, weight * weight) for pair, weight in pairs.items()),
        singles=singles,
        pairs=pairs,
        sounds=sounds,
        words=words,
        answer_pairs=answer_pairs,
        mass=mass,
        sounds_mass=math.fsum(sounds.values()) or 1.0,
        answer_mass=math.fsum(answer_pairs.values()) or 1.0,
        length=math.hypot(singles_length, _length(pairs)) or 1.0,
        singles_length=singles_length or 1.0,
        words_length=_length(words) or 1.0,
        city_length=index.city.length(reading.city) or 1.0,
        known=heard / mass,
    )


def _weighed(terms: Iterable[str], rarity: Rarity) -> dict[str, float]:
    return {term: rarity.of(term) for term in dict.fromkeys(terms)}


def _length(weights: dict[str, float]) -> float:
    return math.sqrt(math.fsum(weight * weight for weight in weights.values()))


def clues(asked: Question, document: Document, index: Index) -> Clues:
    said, standard = asked.reading, document.rows[0]
    row = _closest(asked, document)
    there, answer = row.reading, document.answer
    in_answer = {pair for pair in asked.pairs if pair in answer}
    singles = {term for term in asked.singles if term in there.canonical}
    mass, new = _masses(asked, singles, in_answer, there.canonical, answer)
    return Clues(
        whole=_squares(asked, standard) / (asked.length * standard.length),
        characters=sum([asked.squares[term] for term in singles]) / (asked.singles_length * row.singles_length),
        covered=mass / asked.mass,
        answered=new / asked.mass,
        answer_pairs=sum([asked.answer_pairs[pair] for pair in in_answer]) / asked.answer_mass,
        sounds=sum([weight for pair, weight in asked.sounds.items() if pair in there.heard]) / asked.sounds_mass,
        likeness=fuzz.ratio(said.canonical, there.canonical) / 100,
        typed=len(asked.characters.intersection(there.plain)) / (math.sqrt(len(asked.characters) * row.variety) or 1.0),
        city=_in_common(said.city, document.city, index.city) / (asked.city_length * document.city_length),
        words=sum([weight * weight for word, weight in asked.words.items() if word in there.plain])
        / (asked.words_length * row.words_length),
        aspects=_same_asked(said.aspects, there.aspects, index.singles),
        situation=agreement(said.told, there.told),
        situation_in_all=agreement(said.told, document.told),
        wrong=float(said.wrong == there.wrong),
    )


def _in_common(here: frozenset[str], there: frozenset[str], rarity: Rarity) -> float:
    return sum([rarity.of(word) ** 2 for word in here & there]) if here and there else 0.0


def _same_asked(here: frozenset[str], there: frozenset[str], rarity: Rarity) -> float:
    if here == there:
        return 1.0 if here else 0.0
    return sum(map(rarity.of, here & there)) / (sum(map(rarity.of, here | there)) or 1.0)


def _closest(asked: Question, document: Document) -> Row:
    """The very same text, else the highest cosine of pairs; single characters would seldom decide."""
    best = document.rows[0]
    if len(document.rows) > 1:
        most, squares, said = -1.0, asked.pair_squares, asked.reading.canonical
        for row in document.rows:
            there = row.reading.canonical
            if there == said:
                return row
            found = sum([square for pair, square in squares if pair in there]) / row.length
            if found > most + 1e-9:
                best, most = row, found
    return best


def _squares(asked: Question, row: Row) -> float:
    there = row.reading.canonical
    return sum([square for term, square in asked.squares.items() if term in there])


def _masses(asked: Question, singles: set[str], in_answer: set[str], there: str, answer: str) -> tuple[float, float]:
    """How much of the question the row speaks of, and how much of the rest the answer does."""
    covered = new = 0.0
    for term, weight in asked.singles.items():
        if term in singles:
            covered += weight
        elif term in answer:
            new += weight
    for pair, weight in asked.pairs.items():
        if pair in there:
            covered += weight
        elif pair in in_answer:
            new += weight
    return covered, new
