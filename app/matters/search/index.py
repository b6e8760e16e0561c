"""The index: built once from all matters, never changed, asked by any number of readers."""

import heapq
import math
from collections import defaultdict
from collections.abc import Iterator, Sequence

from app.matters.search.entry import ANY, Entry, Filter, Found, Hit
from app.matters.search.likeness import likeness
from app.matters.search.marking import marks_of
from app.matters.search.phrases import Pool, phrases_of
from app.matters.search.query import Asked, Query, initial_terms, sound_terms
from app.matters.search.synonyms import Synonyms
from app.matters.search.text import bigrams

BUDGET = 12_000  # postings looked at per query: rare terms first, so the rest would only repeat what is known
PROMISING = 0.3  # of the most points of any phrase; one with less shares too little to be compared
CLOSELY = 200  # phrases compared closely
OWNERS = 1_000  # matters looked at behind one phrase, the most asked for first
MOST = 300  # answers of one query: nobody turns so many pages
SURE = 0.95  # found word for word: taking the query apart would add nothing
LEAST = 0.42  # below this a matter is no answer
BESIDE_BEST = 0.62  # nor when it is this much worse than the best
HOT_BONUS = 0.06


class Index:
    """Finds matters. Thread-safe because nothing in it changes after `__init__`."""

    def __init__(self, entries: Sequence[Entry], synonyms: Synonyms) -> None:
        self.entries = sorted(entries, key=_popularity)
        documents = [phrases_of(entry, synonyms) for entry in self.entries]
        readings = {text: spaced for entry in self.entries for text, spaced in entry.pinyin.items()}
        self._pool = Pool(documents, readings)
        self._texts = ["\n".join(document) for document in documents]
        self._own = [_own_texts(document) for document in documents]
        self._postings = _postings(self._pool)
        self._by_code = {entry.code: entry for entry in self.entries}

    def __len__(self) -> int:
        return len(self.entries)

    def entry(self, code: str) -> Entry | None:
        return self._by_code.get(code)

    def browse(self, *, where: Filter = ANY, offset: int = 0, limit: int = 20) -> Found:
        """Without a query: the most asked for first."""
        kept = self.entries if where == ANY else [entry for entry in self.entries if where.admits(entry)]
        return Found([Hit(entry, 0.0) for entry in kept[offset : offset + limit]], len(kept))

    def search(self, raw: str, *, where: Filter = ANY, offset: int = 0, limit: int = 20) -> Found:
        """The best answers to what was typed, best first. An empty query browses."""
        asked = Asked.of(raw)
        if asked is None:
            return self.browse(where=where, offset=offset, limit=limit) if not raw.strip() else Found([], 0)
        scores, through = self._scores(asked)
        ranked = self._ranked(asked, self._admitted(scores, where))
        if not ranked:
            for cut in asked.cuts(self._postings.__contains__):
                self._add_parts(cut, scores, through)
            ranked = self._ranked(asked, self._admitted(scores, where))
        page = ranked[offset : offset + limit]
        return Found([self._hit(asked, number, score, through[number]) for score, number in page], len(ranked))

    def _admitted(self, scores: dict[int, float], where: Filter) -> dict[int, float]:
        if where == ANY:
            return scores
        return {number: score for number, score in scores.items() if where.admits(self.entries[number])}

    def _scores(self, asked: Asked) -> tuple[dict[int, float], dict[int, int]]:
        scores: dict[int, float] = {}
        through: dict[int, int] = {}
        for query, weight in asked.whole:
            self._collect(query, weight, scores, through)
        if asked.parts and max(scores.values(), default=0.0) < SURE:
            self._add_parts(asked, scores, through)
        return scores, through

    def _ranked(self, asked: Asked, scores: dict[int, float]) -> list[tuple[float, int]]:
        """The best `MOST` with what is known beyond single phrases, best first, without those that are no answer."""
        pairs = [pair for pair in dict.fromkeys(bigrams(asked.whole[-1][0].text)) if not pair.isascii()]
        rarity = [(pair, self._rarity(pair)) for pair in pairs]
        near = heapq.nsmallest(MOST, ((-score, number) for number, score in scores.items()))
        full = [(self._prior(number) + self._coverage(rarity, number) - minus, number) for minus, number in near]
        least = max(LEAST, BESIDE_BEST * max((score for score, _ in full), default=0.0))
        return sorted(((score, number) for score, number in full if score >= least), key=lambda one: (-one[0], one[1]))

    def _collect(self, query: Query, weight: float, scores: dict[int, float], through: dict[int, int]) -> None:
        for phrase in self._candidates(query):
            like = likeness(query, self._pool, phrase) * weight
            if like < 0.3:
                continue
            for number, phrase_weight in self._pool.owners[phrase][:OWNERS]:
                score = like * phrase_weight
                if score > scores.get(number, 0.0):
                    scores[number], through[number] = score, phrase

    def _add_parts(self, asked: Asked, scores: dict[int, float], through: dict[int, int]) -> None:
        """`身份证 丢了`, `补办sfz`: each part may be found in another of the matter's names."""
        total = asked.length or sum(len(part.text) for part in asked.parts)
        sums: dict[int, float] = defaultdict(float)
        for part in asked.parts:
            found: dict[int, float] = {}
            through_part: dict[int, int] = {}
            self._collect(part, 1.0, found, through_part)
            for number, score in found.items():
                sums[number] += score * len(part.text) / total
                through.setdefault(number, through_part[number])
        for number, score in sums.items():
            scores[number] = max(scores.get(number, 0.0), score * 0.95)

    def _candidates(self, query: Query) -> list[int]:
        """The phrases that share most with the query, rare things counting more."""
        wanted = [(self._postings[term], weight) for term, weight in query.terms().items() if term in self._postings]
        wanted.sort(key=lambda item: len(item[0]))
        points: dict[int, float] = defaultdict(float)
        budget = BUDGET
        count = len(self._pool.texts)
        for posting, weight in wanted:
            budget -= len(posting)
            if budget < 0 and points:
                break
            value = weight * math.log(1 + count / len(posting))
            for phrase in posting:
                points[phrase] += value
        if len(points) <= CLOSELY:
            return list(points)
        least = max(points.values()) * PROMISING
        near = [(-value, phrase) for phrase, value in points.items() if value >= least]
        # Phrases are numbered by length: of equals the shorter are compared.
        return [phrase for _, phrase in heapq.nsmallest(CLOSELY, near)]

    def _rarity(self, pair: str) -> float:
        return math.log(1 + len(self._pool.texts) / (1 + len(self._postings.get(pair, ()))))

    def _coverage(self, rarity: list[tuple[str, float]], number: int) -> float:
        """Up to 0.12 for how much of the query occurs anywhere in the matter's names."""
        total = sum(value for _, value in rarity)
        if not total:
            return 0.0
        text, own = self._texts[number], self._own[number]
        return sum(value * (0.08 * (pair in text) + 0.04 * (pair in own)) for pair, value in rarity) / total

    def _prior(self, number: int) -> float:
        rank = self.entries[number].hot_rank
        return HOT_BONUS / (1 + rank / 25) if rank else 0.0

    def _hit(self, asked: Asked, number: int, score: float, phrase: int) -> Hit:
        return marks_of(self.entries[number], score, asked, self._pool.texts[phrase])


def _popularity(entry: Entry) -> tuple[bool, int, str]:
    return (entry.is_suspended, entry.hot_rank or 1_000_000, entry.code)


def _own_texts(document: dict[str, float]) -> str:
    return "\n".join(text for text, weight in document.items() if weight > 0.9)


def _postings(pool: Pool) -> dict[str, list[int]]:
    found: dict[str, list[int]] = defaultdict(list)
    for number in range(len(pool.texts)):
        for term in _phrase_terms(pool, number):
            if len(posting := found[term]) < BUDGET:
                posting.append(number)
    return dict(found)


def _phrase_terms(pool: Pool, number: int) -> set[str]:
    text, letters = pool.texts[number], pool.initials[number]
    return {
        *text,
        *bigrams(text),
        *(term for term, _ in sound_terms(pool.loose[number])),
        *initial_terms(letters),
        *_beginnings(letters),
    }


def _beginnings(letters: str) -> Iterator[str]:
    if letters:
        yield f"^^{letters[0]}"
