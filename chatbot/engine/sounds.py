"""How a text sounds, one character for each syllable, so that 就业见系 is found as 就业见习."""

from functools import cache

from app.matters.search import pinyin

_FIRST = 0xE000  # private characters: a syllable is compared and searched like a letter


@cache
def _table() -> dict[int, str]:
    """Each character to the private character of its syllable, with zh/z, ang/an and the like made equal."""
    heard = {character: pinyin.loose(syllable) for character, syllable in pinyin.readings().items()}
    numbers = {syllable: chr(_FIRST + number) for number, syllable in enumerate(sorted(set(heard.values())))}
    return {ord(character): numbers[syllable] for character, syllable in heard.items()}


def sounds(text: str) -> str:
    """As long as the text; what has no reading stays as it is."""
    return text.translate(_table())
