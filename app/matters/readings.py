"""Pinyin of whole words, computed when a matter is written: 银行 and 行政 read 行 differently."""

import importlib
from collections.abc import Iterable, Mapping
from typing import Any

from app.matters.rules import texts_to_read
from app.matters.search.phrases import parts
from app.matters.search.text import normalise


def readings_of(guide: Mapping[str, Any]) -> dict[str, str]:
    """Normalised text to syllables for all names of a matter. Takes milliseconds: call it off the event loop."""
    return readings([*texts_to_read(guide), *parts(guide["name"])])


def readings(texts: Iterable[str]) -> dict[str, str]:
    # Imported when first needed: the library takes 58 MB and a third of a second, and serving never needs it.
    lazy_pinyin = importlib.import_module("pypinyin").lazy_pinyin
    wanted = {plain for text in texts if (plain := normalise(text))}
    return {text: " ".join(lazy_pinyin(text, errors=list)) for text in sorted(wanted)}
