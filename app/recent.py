"""Answers remembered for a moment, for figures that are asked all the time and change once a month."""

import time
from collections.abc import Awaitable, Callable, Iterable
from typing import Generic, TypeVar

V = TypeVar("V")

LIFE_S = 1.0
MAX_ENTRIES = 5000
_forget: list[Callable[[], None]] = []


def on_forget(clear: Callable[[], None]) -> None:
    """Call this when everything remembered is to be forgotten."""
    _forget.append(clear)


class RecentMany(Generic[V]):
    """Keeps what `load` answered for keys, many in one read, for one second, or so many, per process."""

    def __init__(self, load: Callable[[list[str]], Awaitable[dict[str, V]]], *, life_s: float = LIFE_S) -> None:
        self._load = load
        self._life_s = life_s
        self._kept: dict[str, tuple[float, V]] = {}
        on_forget(self._kept.clear)

    async def get(self, keys: Iterable[str]) -> dict[str, V]:
        """The answers, whatever is forgotten meanwhile; a key for which `load` has none is missing."""
        wanted, now = set(keys), time.monotonic()
        found = {key: kept[1] for key in wanted if (kept := self._kept.get(key)) is not None and kept[0] > now}
        if missing := sorted(wanted - found.keys()):
            loaded = await self._load(missing)
            self._keep(loaded)
            found |= loaded
        return found

    def _keep(self, loaded: dict[str, V]) -> None:
        if len(self._kept) + len(loaded) > MAX_ENTRIES:
            self._kept.clear()
        until = time.monotonic() + self._life_s
        self._kept.update((key, (until, value)) for key, value in loaded.items())

    def forget(self, key: str) -> None:
        """Ask anew for this one."""
        self._kept.pop(key, None)


class Recent(Generic[V]):
    """The same for what is asked one key at a time."""

    def __init__(self, load: Callable[[str], Awaitable[V]], *, life_s: float = LIFE_S) -> None:
        async def load_each(keys: list[str]) -> dict[str, V]:
            return {key: await load(key) for key in keys}

        self._many = RecentMany(load_each, life_s=life_s)
        self.forget = self._many.forget

    async def get(self, key: str) -> V:
        return (await self._many.get((key,)))[key]


def forget_all() -> None:
    """After a change in this process; other processes follow within a second."""
    for clear in _forget:
        clear()
