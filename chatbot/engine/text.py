"""What people type, in one form: half width, small letters; letters, digits and Chinese characters only."""

import re
import unicodedata

MAX_TEXT = 300  # characters looked at; a longer story only repeats itself and costs time

_DROPPED = re.compile(r"[^0-9a-z一-鿿㐀-䶿]+")


def plain(text: str) -> str:
    """Never longer than `MAX_TEXT`; empty when nothing that can be looked up is in the text."""
    folded = unicodedata.normalize("NFKC", text[: 2 * MAX_TEXT]).lower()
    return _DROPPED.sub("", folded)[:MAX_TEXT]


def bigrams(text: str) -> list[str]:
    return [text[place : place + 2] for place in range(len(text) - 1)]
