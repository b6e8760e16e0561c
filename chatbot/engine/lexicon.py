"""Words that mean the same, brought to one form, so that 咋弄, 怎么搞 and 如何办理 are one question."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from chatbot.engine.matching import Lengths, lengths, word_at
from chatbot.engine.text import plain

# The lexicon's sections: ways to ask, things, words that say nothing.
ASKED, WORDS, EMPTY = "[问法]", "[用语]", "[虚词]"
_FIRST_ASPECT = 0xF000  # private characters: an aspect is one term, never a pair of characters


@dataclass(frozen=True, slots=True)
class Lexicon:
    """`forms`: what is said, and what stands for it; "" for words that say nothing. `aspects`: the private character of
    each way to ask, and its usual words. `vague`: the aspects that say little when another is asked as well (能不能).
    """

    forms: Mapping[str, str]
    aspects: Mapping[str, str]
    vague: frozenset[str]
    sizes: Lengths


def parse(lines: Iterable[str]) -> Lexicon:
    """Read `usual<TAB>form,form` lines under section headings; `#` begins a comment, `~` a vague aspect.

    A form of one character counts only as an empty word: inside other words it means something else.
    """
    forms: dict[str, str] = {}
    aspects: dict[str, str] = {}
    vague: set[str] = set()
    section = WORDS
    for raw in lines:
        line = raw.strip()
        if line.startswith("["):
            section = line
        elif line and not line.startswith("#"):
            usual, _, others = line.partition("\t")
            meant = "" if section == EMPTY else plain(usual)
            if section == ASKED:
                meant = chr(_FIRST_ASPECT + len(aspects))
                aspects[meant] = usual.lstrip("~")
                if usual.startswith("~"):
                    vague.add(meant)
            for form in map(plain, (usual, *others.split(","))):
                if len(form) > 1 or section == EMPTY:
                    forms.setdefault(form, meant)
    return Lexicon(forms, aspects, frozenset(vague), lengths(forms))


def canonical(text: str, lexicon: Lexicon) -> str:
    """A plain text with the longest known forms replaced from the left."""
    parts: list[str] = []
    place, end = 0, len(text)
    while place < end:
        form = word_at(text, place, lexicon.forms, lexicon.sizes)
        parts.append(lexicon.forms[form] if form else text[place])
        place += len(form) or 1
    return "".join(parts)


def asked(canonical_text: str, lexicon: Lexicon) -> frozenset[str]:
    """The aspects a canonical text asks about; vague ones only when there is nothing clearer."""
    found = frozenset(lexicon.aspects).intersection(canonical_text)
    return found - lexicon.vague or found


def subject(canonical_text: str, lexicon: Lexicon) -> str:
    """What is left when the aspects are taken out: what it is all about."""
    return "".join(character for character in canonical_text if character not in lexicon.aspects)
