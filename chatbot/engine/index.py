"""The knowledge base, prepared to be asked: built once, never changed."""

import math
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import chain
from typing import Generic, TypeVar

from chatbot.engine import lexicon, situations, subject
from chatbot.engine.reading import NO_WORDS, Language, Reading, pairs_of, read, words_of
from chatbot.engine.subject import Subject
from chatbot.engine.text import bigrams, plain

Term = TypeVar("Term", str, int)
SINGLE, ASPECT = 0.45, 0.8  # what one character, and one way to ask, say beside a pair of characters
LEAST = 0.05
_ANSWER_READ = 300  # characters of an answer that are looked at
_ANSWER_START = 100  # of these, what small talk is told apart by


@dataclass(frozen=True, slots=True, kw_only=True)
class Faq:
    """One question with its answer; a matter's guide is one, too.

    Attributes:
        similar: other ways in which the question has been asked.
        is_guide: made from a matter's record, and found by the matter's names.
        source: who answers for it, and `date` since when (YYYY-MM-DD); both are shown with the answer.
    """

    id: str
    question: str
    answer: str
    similar: tuple[str, ...] = ()
    category: str = ""
    matter_code: str = ""
    source: str = ""
    date: str = ""
    is_guide: bool = False


@dataclass(frozen=True, slots=True)
class Row:
    """One way to ask. `variety`: different characters in it; the others are the lengths of its vectors."""

    reading: Reading
    variety: int
    length: float
    singles_length: float
    words_length: float


@dataclass(frozen=True, slots=True)
class Document:
    """`answer`: canonical, with the category. `told`: the situations of question and answer together."""

    faq: Faq
    rows: tuple[Row, ...]
    answer: str
    city: frozenset[str]
    city_length: float
    told: Mapping[int, float]


@dataclass(frozen=True, slots=True)
class Rarity:
    """How much a term says: the rarer, the more; what occurs nowhere says most."""

    known: Mapping[str, float]
    unknown: float

    def of(self, term: str) -> float:
        return self.known.get(term, self.unknown)

    def length(self, terms: Iterable[str]) -> float:
        return math.sqrt(math.fsum(self.of(term) ** 2 for term in terms))


class Postings(Generic[Term]):
    """A term to the numbers of the documents that have it, in order. Filled while an index is built."""

    def __init__(self) -> None:
        self._numbers: dict[Term, list[int]] = {}

    def enter(self, number: int, terms: Iterable[Term]) -> None:
        """Document by document, each of its terms once."""
        for term in terms:
            self._numbers.setdefault(term, []).append(number)

    def of(self, term: Term) -> Sequence[int]:
        return self._numbers.get(term, ())

    def terms(self) -> Iterable[Term]:
        return self._numbers

    def rarity(self: "Postings[str]", count: int) -> Rarity:
        known = {
            term: max(LEAST, math.log((count + 1) / (len(numbers) + 0.5))) for term, numbers in self._numbers.items()
        }
        return Rarity(known, math.log((count + 1) / 0.5))


@dataclass(frozen=True, slots=True)
class Places:
    """Where terms occur: characters and pairs of questions, of answers, and so on."""

    singles: Postings[str]
    pairs: Postings[str]
    sounds: Postings[str]
    words: Postings[str]
    city: Postings[str]
    answers: Postings[str]
    told: Postings[int]


@dataclass(frozen=True, slots=True)
class Index:
    """`shortness`: of each document's standard question, in thousandths: what is found in a short one weighs more."""

    documents: Sequence[Document]
    language: Language
    subject: Subject
    places: Places
    shortness: Sequence[int]
    singles: Rarity
    pairs: Rarity
    sounds: Rarity
    words: Rarity
    city: Rarity
    answers: Rarity


def build(faqs: Sequence[Faq], language: Language) -> Index:
    """Seconds for 10,000 FAQs: not in the event loop."""
    places = Places(Postings(), Postings(), Postings(), Postings(), Postings(), Postings(), Postings())
    drafts = [_entered(number, faq, places, language) for number, faq in enumerate(faqs)]
    count = len(faqs)
    singles, pairs = _singles(places.singles.rarity(count), language), places.pairs.rarity(count)
    words, city = places.words.rarity(count), places.city.rarity(count)
    documents = [
        Document(
            faq=draft.faq,
            rows=tuple(
                _row(reading, (singles, pairs, words), spoken, language)
                for reading, spoken in zip(draft.readings, draft.words, strict=True)
            ),
            answer=draft.answer,
            city=draft.city,
            city_length=city.length(draft.city) or 1.0,
            told=draft.told,
        )
        for draft in drafts
    ]
    return Index(
        documents=documents,
        language=language,
        subject=subject.learned(_ours(documents), map(plain, language.chatter)),
        places=places,
        shortness=[round(1000 / document.rows[0].length) for document in documents],
        singles=singles,
        pairs=pairs,
        sounds=places.sounds.rarity(count),
        words=words,
        city=city,
        answers=places.answers.rarity(count),
    )


@dataclass(frozen=True, slots=True)
class _Draft:
    """A document before anything is known of the others."""

    faq: Faq
    readings: Sequence[Reading]
    words: Sequence[Sequence[str]]
    answer: str
    city: frozenset[str]
    told: Mapping[int, float]


def _entered(number: int, faq: Faq, places: Places, language: Language) -> _Draft:
    readings = [read(text, language) for text in (faq.question or faq.answer, *faq.similar)]
    words = [words_of(reading, language) for reading in readings]
    answer = _answer(faq, language)
    draft = _Draft(
        faq=faq,
        readings=readings,
        words=words,
        answer=answer,
        city=NO_WORDS.union(*(reading.city for reading in readings)),
        told=situations.told(_all_said(faq, readings), language.situations),
    )
    places.singles.enter(number, _once(reading.canonical for reading in readings))
    places.pairs.enter(number, _once(pairs_of(reading.canonical, language.lexicon) for reading in readings))
    places.sounds.enter(number, _once(bigrams(reading.heard) for reading in readings))
    places.words.enter(number, _once(words))
    places.city.enter(number, draft.city)
    places.answers.enter(number, pairs_of(answer, language.lexicon))
    places.told.enter(number, draft.told)
    return draft


def _once(groups: Iterable[Iterable[str]]) -> dict[str, None]:
    return dict.fromkeys(chain.from_iterable(groups))


def _answer(faq: Faq, language: Language) -> str:
    texts = (faq.answer[:_ANSWER_READ], faq.category)
    return "\n".join(lexicon.canonical(plain(text), language.lexicon) for text in texts)


def _all_said(faq: Faq, readings: Sequence[Reading]) -> str:
    return "\n".join([*(reading.plain for reading in readings), plain(faq.category), plain(faq.answer[:_ANSWER_READ])])


def _ours(documents: Sequence[Document]) -> Iterator[str]:
    for document in documents:
        yield from (row.reading.plain for row in document.rows)
        yield plain(document.faq.answer[:_ANSWER_START])


def _singles(plainly: Rarity, language: Language) -> Rarity:
    """Ways to ask are single characters of their own, and say more than a character."""
    aspects = language.lexicon.aspects
    known = {term: weight * (ASPECT if term in aspects else SINGLE) for term, weight in plainly.known.items()}
    return Rarity(known, SINGLE * plainly.unknown)


def _row(reading: Reading, rarities: tuple[Rarity, Rarity, Rarity], spoken: Sequence[str], language: Language) -> Row:
    singles, pairs, words = rarities
    alone = singles.length(dict.fromkeys(reading.canonical))
    return Row(
        reading=reading,
        variety=len(set(reading.plain)),
        length=math.hypot(alone, pairs.length(pairs_of(reading.canonical, language.lexicon))) or 1.0,
        singles_length=alone or 1.0,
        words_length=words.length(spoken) or 1.0,
    )
