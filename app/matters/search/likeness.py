"""How well one phrase answers one query: between 0 (not at all) and 1 (the very words)."""

from rapidfuzz.distance import OSA, Indel

from app.matters.search.phrases import Pool
from app.matters.search.query import Query, Sounds

HEARD = 0.95  # sounds alike; the very characters are better
LOOSELY = 0.04  # taken off when only the loose sounds agree
FUZZY_LEAST = 0.6


def likeness(query: Query, pool: Pool, number: int) -> float:
    """The best of: same characters, same sound, nearly the same."""
    text = pool.texts[number]
    best = 0.0 if query.has_letters else _written(query.text, text)
    if best < 0.7:
        best = max(best, *(_heard(sound, pool, number, query.has_letters) for sound in query.sounds), 0.0)
    if best < 0.7:
        best = max(best, _mistyped(query, text, pool.spaced[number]))
    return best


def _written(asked: str, text: str) -> float:
    if asked == text:
        return 1.0
    if text.startswith(asked):
        return 0.84 + 0.12 * len(asked) / len(text)
    if asked in text:
        return 0.76 + 0.14 * len(asked) / len(text)
    if len(text) > 1 and text in asked:
        return 0.50 + 0.42 * len(text) / len(asked)
    return 0.0


def _heard(sound: Sounds, pool: Pool, number: int, has_letters: bool) -> float:
    if len(sound.parts) < 2 and not has_letters:
        return 0.0
    spaced = pool.spaced[number]
    hit = sound.exact.search(spaced)
    penalty = 0.0
    if hit is None:
        hit, spaced, penalty = sound.loose.search(pool.loose[number]), pool.loose[number], LOOSELY
        if hit is None:
            return 0.0
    share = len(sound.parts) / (spaced.count(" ") + 1)
    value = 1.0 if share >= 1 else 0.84 + 0.12 * share if hit.start() == 0 else 0.74 + 0.14 * share
    return value * HEARD - penalty - (0.0 if sound.is_whole else 0.02)


def _mistyped(query: Query, text: str, spaced: str) -> float:
    """Wrong, missing or swapped characters; a letter too few in pinyin."""
    if len(query.text) < 3:
        return 0.0
    sounds = Indel.normalized_similarity(query.joined, spaced.replace(" ", ""), score_cutoff=0.75)
    if query.has_letters:
        return 0.78 * sounds
    near = OSA.normalized_similarity(query.text, text, score_cutoff=0.5)
    common = Indel.normalized_similarity(query.text, text, score_cutoff=FUZZY_LEAST)
    return max(0.80 * near, 0.74 * common, 0.80 * sounds)
