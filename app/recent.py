"""Answers remembered for a moment, for figures that are asked all the time and change once a month."""

import time
from collections.abc import Awaitable, Callable
from typing import Generic, TypeVar

V = TypeVar("V")

LIFE_S = 1.0
MAX_ENTRIES = 2000
_forget: list[Callable[[], None]] = []


def on_forget(clear: Callable[[], None]) -> None:
    """Call this when everything remembered is to be forgotten."""
    _forget.append(clear)


class Recent(Generic[V]):
    """Keeps what `load` answered for a key for one second, or so many, per process."""

    def __init__(self, load: Callable[[str], Awaitable[V]], *, life_s: float = LIFE_S) -> None:
        self._load = load
        self._life_s = life_s
        self._kept: dict[str, tuple[float, V]] = {}
        on_forget(self._kept.clear)

    async def get(self, key: str) -> V:
        kept = self._kept.get(key)
        if kept is not None and kept[0] > time.monotonic():
            return kept[1]
        value = await self._load(key)
        if len(self._kept) >= MAX_ENTRIES:
            self._kept.clear()
        self._kept[key] = (time.monotonic() + self._life_s, value)
        return value


def forget_all() -> None:
    """After a change in this process; other processes follow within a second."""
    for clear in _forget:
        clear()
