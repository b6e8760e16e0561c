"""What a hall does differently: a frozen dataclass of whole numbers with defaults, and a row of overrides per hall."""

from dataclasses import asdict, replace
from typing import TYPE_CHECKING, Any, Generic, TypeVar

from tortoise.models import Model

from app.db import after_commit, transactional
from app.errors import InvalidInput
from app.recent import Recent, forget_all

if TYPE_CHECKING:
    from _typeshed import DataclassInstance

P = TypeVar("P", bound="DataclassInstance")


class Figures(Generic[P]):
    """The figures of one subject.

    Args:
        defaults: a frozen dataclass instance; every field is a whole number.
        rows: the table of overrides, with `hall_code` as key and `overrides` as JSON.
        largest: no figure may be larger.
    """

    def __init__(self, defaults: P, rows: type[Model], *, largest: int) -> None:
        self._defaults = defaults
        self._rows: Any = rows
        self._largest = largest
        self._names = frozenset(asdict(self._defaults))
        self.of = Recent(self._load).get

    async def _load(self, hall_code: str) -> P:
        rows = await self._rows.filter(hall_code=hall_code).values_list("overrides", flat=True)
        return self._with(rows[0] if rows else {})

    @transactional
    async def set(self, *, hall_code: str, **figures: int) -> P:
        """Let a hall differ in these figures; the others return to the defaults.

        Raises InvalidInput for a figure that does not exist or is out of range.
        """
        faults = {name: "没有这项设置" for name in figures if name not in self._names}
        faults |= {
            name: f"应为 0 到 {self._largest} 的整数" for name, n in figures.items() if not 0 <= n <= self._largest
        }
        if faults:
            raise InvalidInput(faults)
        if not await self._rows.filter(hall_code=hall_code).update(overrides=figures):
            await self._rows.get_or_create(hall_code=hall_code, defaults={"overrides": figures})
        after_commit(forget_all)
        return self._with(figures)

    def _with(self, overrides: dict[str, int]) -> P:
        return replace(self._defaults, **overrides)
