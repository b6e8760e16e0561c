"""What a hall does differently: a frozen dataclass of whole numbers with defaults, and a row of overrides per hall."""

from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass, replace
from typing import TYPE_CHECKING, Any, Generic, TypeVar

from tortoise.models import Model

from app.db import after_commit, transactional
from app.errors import InvalidInput
from app.recent import Recent, forget_all

if TYPE_CHECKING:
    from _typeshed import DataclassInstance

P = TypeVar("P", bound="DataclassInstance")


@dataclass(frozen=True, slots=True)
class Figure:
    """One figure as staff read it, and between which numbers it may be, both included.

    Attributes:
        section: the heading it stands under.
        does: what a larger or smaller number means for people, as a Chinese sentence.
        choices: where numbers stand for words, the words from 0 on.
    """

    section: str
    label: str
    unit: str
    lowest: int
    highest: int
    does: str
    choices: tuple[str, ...] = ()

    def said(self, number: int) -> str:
        """30 分钟, or the words that the number stands for."""
        return self.choices[number] if self.choices else f"{number} {self.unit}"

    def fault(self, number: int) -> str | None:
        """Why the number cannot be, or None."""
        within = self.lowest <= number <= self.highest
        if within:
            return None
        return f"请选择“{self.label}”" if self.choices else f"“{self.label}”应为 {self.lowest} 到 {self.highest} 的整数"


@dataclass(frozen=True, slots=True)
class FigureChange:
    figure: Figure
    before: int
    after: int

    @property
    def words(self) -> tuple[str, str]:
        return self.figure.said(self.before), self.figure.said(self.after)


def changes(known: Mapping[str, Figure], *, before: object, after: Mapping[str, int]) -> list[FigureChange]:
    """Which of the known figures differ, in their order. `before`: the dataclass that holds now."""
    pairs = ((figure, getattr(before, name), after[name]) for name, figure in known.items() if name in after)
    return [FigureChange(*pair) for pair in pairs if pair[1] != pair[2]]


def in_words(changed: Iterable[FigureChange]) -> dict[str, str]:
    """For the audit log: 最远可约, 14 天 → 21 天."""
    return {each.figure.label: " → ".join(each.words) for each in changed}


class Figures(Generic[P]):
    """The figures of one subject.

    Args:
        defaults: a frozen dataclass instance; every field is a whole number.
        rows: the table of overrides, with `hall_code` as key and `overrides` as JSON.
        known: how staff read the figures, and their bounds.
        largest: the bound of those that are not among `known`.
    """

    def __init__(
        self, defaults: P, rows: type[Model], *, known: Mapping[str, Figure] | None = None, largest: int = 100_000
    ) -> None:
        self.defaults = defaults
        self.known = known or {}
        self._rows: Any = rows
        self._largest = largest
        self._names = frozenset(asdict(self.defaults))
        self.of = Recent(self.read).get

    async def read(self, hall_code: str) -> P:
        """What holds now, from the database; `of` may be a second old."""
        rows = await self._rows.filter(hall_code=hall_code).values_list("overrides", flat=True)
        return self.with_these(rows[0] if rows else {})

    @transactional
    async def set(self, *, hall_code: str, **figures: int) -> P:
        """Let a hall differ in these figures; the others return to the defaults.

        Raises InvalidInput for a figure that does not exist or is out of range.
        """
        self.ensure_sound(figures)
        overrides = {name: n for name, n in figures.items() if n != getattr(self.defaults, name)}
        if not await self._rows.filter(hall_code=hall_code).update(overrides=overrides):
            await self._rows.get_or_create(hall_code=hall_code, defaults={"overrides": overrides})
        after_commit(forget_all)
        return self.with_these(overrides)

    def ensure_sound(self, figures: Mapping[str, int]) -> None:
        """Raises InvalidInput that names every figure that does not exist or is out of range."""
        if faults := {name: fault for name, n in figures.items() if (fault := self._fault(name, n))}:
            raise InvalidInput(faults)

    def with_these(self, overrides: Mapping[str, int]) -> P:
        """The defaults, but for these figures."""
        return replace(self.defaults, **overrides)

    def _fault(self, name: str, number: int) -> str | None:
        if name not in self._names:
            return "没有这项设置"
        if name in self.known:
            return self.known[name].fault(number)
        return None if 0 <= number <= self._largest else f"应为 0 到 {self._largest} 的整数"
