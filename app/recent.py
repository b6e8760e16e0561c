"""Answers remembered for one second, for figures that are asked at every booking and change once a month."""

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
    """Keeps what `load` answered for a key for one second, per process."""

    def __init__(self, load: Callable[[str], Awaitable[V]]) -> None:
        self._load = load
        self._kept: dict[str, tuple[float, V]] = {}
        on_forget(self._kept.clear)

    async def get(self, key: str) -> V:
        kept = self._kept.get(key)
        if kept is not None and kept[0] > time.monotonic():
            return kept[1]
        value = await self._load(key)
        if len(self._kept) >= MAX_ENTRIES:
            self._kept.clear()
        self._kept[key] = (time.monotonic() + LIFE_S, value)
        return value

    def forget(self, key: str) -> None:
        """Ask anew for this one."""
        self._kept.pop(key, None)


def forget_all() -> None:
    """After a change in this process; other processes follow within a second."""
    for clear in _forget:
        clear()
