"""A subject's figures as a table of fields, and what a member of staff changes in them. For every page of that kind."""

import unicodedata
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from app.errors import InvalidInput
from app.halls.figures import Figure

FIELD = "figure."  # what the fields of a table are called: figure.latest_days


@dataclass(frozen=True, slots=True)
class FigureField:
    """One line of the table. `value` is what stands in the field: the figure, or what was typed."""

    name: str
    figure: Figure
    value: str
    default: int
    fault: str

    @property
    def differs(self) -> bool:
        """Whether the hall does it differently from the default."""
        return self.value != str(self.default)


def tables(
    known: Mapping[str, Figure],
    *,
    now: object,
    defaults: object,
    typed: Mapping[str, Any] | None = None,
    faults: Mapping[str, str] | None = None,
) -> dict[str, list[FigureField]]:
    """The lines under their headings, in order, with the figures that hold `now`, or what was typed."""
    sections: dict[str, list[FigureField]] = {}
    for name, figure in known.items():
        value = (typed or {}).get(FIELD + name, getattr(now, name))
        line = FigureField(name, figure, str(value), getattr(defaults, name), (faults or {}).get(FIELD + name, ""))
        sections.setdefault(figure.section, []).append(line)
    return sections


def read_figures(known: Mapping[str, Figure], typed: Mapping[str, Any]) -> dict[str, int]:
    """The posted table as numbers. Raises InvalidInput that names every field with a fault."""
    texts = {name: unicodedata.normalize("NFKC", str(typed.get(FIELD + name, ""))).strip() for name in known}
    figures = {name: int(text) for name, text in texts.items() if text.isascii() and text.isdecimal() and len(text) < 9}
    faults = {name: known[name].fault(number) for name, number in figures.items()}
    faults |= {name: known[name].fault(-1) for name in texts if name not in figures}
    if named := {FIELD + name: fault for name, fault in faults.items() if fault}:
        raise InvalidInput(named)
    return figures


def labels(known: Mapping[str, Figure]) -> dict[str, str]:
    """Field to label, for the list of what is wrong."""
    return {FIELD + name: figure.label for name, figure in known.items()}
