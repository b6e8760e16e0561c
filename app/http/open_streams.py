"""How many streams a process holds open, for whom, and that they end when it stops."""

import asyncio
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress

from app.errors import AppError, Busy
from app.http.feeds import Feeds


class TooManyStreams(AppError):
    code = "streams.too_many"
    status = 429
    message = "同时打开的实时页面过多，请关闭一些后再试；页面上的“刷新”仍可使用"
    retry_after_s = 30


class OpenStreams:
    """The streams of one process. They take no turn of `Admission`: most of the time they do nothing.

    Args:
        at_most: open at the same time in this process; one more is refused with `Busy`.
        per_source: from one address. Everybody in a hall may share one, its screens included.
        per_person: of one signed-in person.
        looks_every_s: how often a feed looks when nobody tells it of a change.
    """

    def __init__(
        self, *, at_most: int = 2000, per_source: int = 300, per_person: int = 3, looks_every_s: float = 2.0
    ) -> None:
        self.feeds = Feeds(looks_every_s=looks_every_s)
        self.is_stopping = False
        self._at_most = at_most
        self._limits = {"source": per_source, "person": per_person}
        self._open: Counter[tuple[str, str]] = Counter()
        self._bells: dict[asyncio.Event, Callable[[], None]] = {}
        self._none_left = asyncio.Event()

    @property
    def count(self) -> int:
        return len(self._bells)

    @contextmanager
    def entered(self, holders: dict[str, str], *, drop: Callable[[], None]) -> Iterator[asyncio.Event]:
        """Count one more while it is open. Yields its bell, which also rings when the process stops.

        Args:
            holders: `source` and, for a personal stream, `person`.
            drop: cuts its connection.

        Raises:
            Busy, TooManyStreams: it would be one too many.
        """
        if self.is_stopping or len(self._bells) >= self._at_most:
            raise Busy()
        keys = list(holders.items())
        if any(self._open[key] >= self._limits[key[0]] for key in keys):
            raise TooManyStreams()
        bell = asyncio.Event()
        self._bells[bell] = drop
        self._open.update(keys)
        try:
            yield bell
        finally:
            del self._bells[bell]
            self._open.subtract(keys)
            for key in keys:
                if not self._open[key]:
                    del self._open[key]
            if not self._bells:
                self._none_left.set()

    async def stop(self, timeout_s: float = 1.0) -> None:
        """Tell all to end, wait for them, and drop who is too slow: an open stream would hold up a stop for seconds."""
        self.is_stopping = True
        self._none_left.clear()
        for bell in self._bells:
            bell.set()
        if self._bells:
            with suppress(TimeoutError):
                await asyncio.wait_for(self._none_left.wait(), timeout_s)
        for drop in tuple(self._bells.values()):
            drop()
        await self.feeds.empty(timeout_s)
