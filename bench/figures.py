"""One measured figure against its target, and the table of them."""

import statistics
from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass
from typing import Any


@dataclass(frozen=True)
class Figure:
    """`is_least`: the target is the least that will do, else the most. `detail`: what the figure was made of."""

    what: str
    measured: float
    target: float
    unit: str
    detail: str = ""
    is_least: bool = False

    @property
    def is_met(self) -> bool:
        return self.measured >= self.target if self.is_least else self.measured <= self.target

    def as_json(self) -> dict[str, Any]:
        return {**asdict(self), "is_met": self.is_met}


def compare(*measured: Callable[[], float], rounds: int) -> list[float]:
    """The median of each, measured in turn: A, B, A, B, …, so that all live through the same noise."""
    seen = [[measure() for measure in measured] for _ in range(rounds)]
    return [statistics.median(figures) for figures in zip(*seen, strict=True)]


def ratio(what: str, ours: float, theirs: float, target: float) -> Figure:
    """How many times the other's throughput is ours; both in requests a second."""
    return Figure(what, round(ours / theirs, 2), target, "×", f"{ours:,.0f} / {theirs:,.0f} a second", is_least=True)


def table(figures: Sequence[Figure]) -> str:
    rows = [("what", "measured", "target", "", "made of")]
    rows += [
        (
            figure.what,
            f"{figure.measured:g} {figure.unit}",
            f"{'≥' if figure.is_least else '≤'} {figure.target:g} {figure.unit}",
            "met" if figure.is_met else "NOT MET",
            figure.detail,
        )
        for figure in figures
    ]
    widths = [max(len(row[n]) for row in rows) for n in range(5)]
    return "\n".join("  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)) for row in rows)
