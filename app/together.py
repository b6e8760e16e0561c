"""Those who ask the same at the same moment share one answer."""

import asyncio
from collections.abc import Awaitable, Callable, Hashable
from typing import Generic, TypeVar
from weakref import WeakValueDictionary

from app.db import forbid_in_transaction

K = TypeVar("K", bound=Hashable)
V = TypeVar("V")


class Together(Generic[K, V]):
    """Reads for a key one after the other; whoever asks while one is under way shares the next with the others.

    So an answer is never older than the question: its read began afterwards. Per process, and never inside a
    transaction, whose own changes the others' read would not see.
    """

    def __init__(self, read: Callable[[K], Awaitable[V]]) -> None:
        self._read = read
        self._coming: dict[K, asyncio.Task[V]] = {}
        self._locks: WeakValueDictionary[K, asyncio.Lock] = WeakValueDictionary()

    async def get(self, key: K) -> V:
        """Raises what the read raises."""
        forbid_in_transaction("a shared read")
        if key not in self._coming:
            self._coming[key] = asyncio.create_task(self._next(key), name=f"shared read {key}")
        return await asyncio.shield(self._coming[key])  # one who goes away leaves the others their answer

    async def _next(self, key: K) -> V:
        async with self._locks.setdefault(key, asyncio.Lock()):
            del self._coming[key]  # who asks from now on asks for a newer answer
            return await self._read(key)
