"""How many handlers run at a time, and that none of them is cut in half.

Sanic cancels a handler when its client hangs up. A request that is still waiting for its turn is simply dropped
then: nothing of it has begun. One that has begun runs to its end in a task of its own, whoever has gone away.
"""

import asyncio
from collections.abc import Callable, Coroutine
from typing import Any, TypeVar

from app.errors import Busy

R = TypeVar("R")


class Admission:
    """The door of one process.

    Args:
        at_once: handlers that run at the same time.
        waiting: requests that may wait for a turn; one more is refused with `Busy` at once.
        deadline_s: seconds after which a running request is answered `Busy`; its work still ends by itself.
    """

    def __init__(self, *, at_once: int, waiting: int, deadline_s: float) -> None:
        self._turns = asyncio.Semaphore(at_once)
        self._at_once = at_once
        self._room = at_once + waiting
        self._inside = 0
        self._deadline_s = deadline_s
        self._running: set[asyncio.Task[Any]] = set()

    async def run(self, handle: Callable[[], Coroutine[Any, Any, R]]) -> R:
        """Wait for a turn, then run `handle` to its end. Raises `Busy` when full or after the deadline."""
        if self._inside >= self._room:
            raise Busy()
        self._inside += 1
        try:
            await self._turns.acquire()
        except BaseException:
            self._inside -= 1
            raise
        task = asyncio.create_task(handle())
        self._running.add(task)
        task.add_done_callback(self._leave)
        try:
            return await asyncio.wait_for(asyncio.shield(task), self._deadline_s)
        except TimeoutError:
            raise Busy() from None

    def _leave(self, task: asyncio.Task[Any]) -> None:
        self._running.discard(task)
        self._inside -= 1
        self._turns.release()
        if not task.cancelled():
            task.exception()  # seen: the client may have gone away before it

    async def empty(self, timeout_s: float) -> None:
        """Wait for what is running, at a stop."""
        if self._running:
            await asyncio.wait(self._running, timeout=timeout_s)
