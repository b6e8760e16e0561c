"""Official words and what people say instead."""

import re
from collections import defaultdict
from collections.abc import Iterable, Mapping

from app.matters.search.text import normalise

MAX_VARIANTS = 16  # of one text: a group has up to eight words and a text seldom holds two of them


class Synonyms:
    """Groups of words: the official one and its colloquial, former and misspelt forms.

    An official word in a text brings all its forms. A colloquial form brings the rest of its group only when it
    belongs to one group alone: 过户 is said of cars and of houses.
    """

    def __init__(self, groups: Mapping[str, Iterable[str]]) -> None:
        self._forms: dict[str, list[str]] = {}
        owners: dict[str, list[str]] = defaultdict(list)
        for raw_official, raw_forms in groups.items():
            official = normalise(raw_official)
            forms = [form for raw in raw_forms if (form := normalise(raw)) and form != official]
            self._forms[official] = forms
            for form in forms:
                owners[form].append(official)
        self._owner = {form: officials[0] for form, officials in owners.items() if len(officials) == 1}
        words = sorted({*self._forms, *self._owner} - {""}, key=len, reverse=True)
        # Longest first, so that 身份证 is not found inside 临时身份证.
        self._words = re.compile("|".join(map(re.escape, words))) if words else None

    def variants(self, text: str) -> list[str]:
        """Other ways to say a normalised text: the bare word, and the text with the word replaced."""
        if self._words is None:
            return []
        found: dict[str, None] = {}
        for hit in self._words.finditer(text):
            before, after = text[: hit.start()], text[hit.end() :]
            for other in self._others(hit[0]):
                found[other] = None
                # 注销执照 holds 销执照, but nobody says 注注销公司
                if before[-1:] != other[:1] and after[:1] != other[-1:]:
                    found[before + other + after] = None
        found.pop(text, None)
        return list(found)[:MAX_VARIANTS]

    def _others(self, word: str) -> list[str]:
        if word in self._forms:
            return self._forms[word]
        official = self._owner[word]
        return [official, *(form for form in self._forms[official] if form != word)]


def parse(lines: Iterable[str]) -> dict[str, list[str]]:
    """Read `official<TAB>form,form` lines; `#` begins a comment."""
    groups: dict[str, list[str]] = {}
    for line in lines:
        official, _, forms = line.strip().partition("\t")
        if official and not official.startswith("#"):
            groups.setdefault(official, []).extend(form.strip() for form in re.split("[,,]", forms) if form.strip())
    return groups
