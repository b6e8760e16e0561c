"""What streams show, read once for all who watch the same thing in this process.

A feed looks when its topic rings, at most four times a second, and every few seconds in any case. Each look tells its
streams: what is new, or that nothing is. So a page that hears nothing for longer knows that it may be out of date,
whatever the reason: the network, this process, or a database that does not answer.
"""

import asyncio
import hashlib
import logging
from collections.abc import Awaitable, Callable
from contextvars import Context
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Generic, TypeVar

from app import clock, live

log = logging.getLogger(__name__)
T = TypeVar("T")

GAP_S = 0.25  # between two looks, however often it rings
AT_A_TIME = 50  # streams that are told in one turn of the loop


@dataclass(frozen=True)
class Source(Generic[T]):
    """What is read for a stream.

    Args:
        name: the same for whoever is to share what was read.
        topic: of `app.live`, rings when it may have changed.
        load: reads it; compared by `==`, so it holds nothing that differs at every look.
        looks_every_s: without a ring; None takes the setting. At most 15, or the stream counts as dead.
    """

    name: str
    topic: str
    load: Callable[[datetime], Awaitable[T]]
    looks_every_s: float | None = None


@dataclass(frozen=True)
class Show(Generic[T]):
    """A source in one form. `draw` makes the text that is sent; `view` is the same for whoever is sent the same."""

    source: Source[T]
    view: str
    draw: Callable[[T], str]


@dataclass(frozen=True, slots=True)
class Drawn:
    """A text, the event that carries it, and its hash, by which a stream knows what it has sent already."""

    id: str
    text: str
    event: bytes


class Feed:
    """One source, followed while somebody watches."""

    def __init__(self, source: Source[Any], *, looks_every_s: float) -> None:
        self._source = source
        self._looks_every_s = source.looks_every_s or looks_every_s
        self._rung = asyncio.Event()
        self._data: Any = None
        self._drawn: dict[str, Drawn] = {}
        self.bells: set[asyncio.Event] = set()
        self.alive = b""

    def event(self, show: Show[Any]) -> Drawn:
        """The newest, drawn once for each view."""
        drawn = self._drawn.get(show.view)
        if drawn is None:
            drawn = self._drawn[show.view] = _drawn(show.draw(self._data))
        return drawn

    def look_again(self) -> None:
        self._rung.set()

    async def follow(self) -> None:
        """Look until nobody watches any more."""
        live.add_bell(self._source.topic, self.look_again)
        try:
            while self.bells:
                self._rung.clear()  # before the look: what is written meanwhile rings again
                await self._look()
                await asyncio.sleep(GAP_S)
                await _wait(self._rung, self._looks_every_s - GAP_S)
        finally:
            live.remove_bell(self._source.topic, self.look_again)

    async def _look(self) -> None:
        now = clock.now()
        try:
            data = await self._source.load(now)
        except Exception as exc:
            # No text: MariaDB puts values into its messages. The streams hear nothing, and the pages say so.
            log.warning(
                "a live page could not be read", extra={"source": self._source.name, "kind": type(exc).__name__}
            )
            return
        if not self.alive or data != self._data:
            self._data = data
            self._drawn.clear()
        self.alive = f"event: alive\ndata: {now.astimezone(clock.CHINA).isoformat(timespec='seconds')}\n\n".encode()
        for n, bell in enumerate(tuple(self.bells), start=1):
            bell.set()
            if n % AT_A_TIME == 0:
                await asyncio.sleep(0)  # let others in: a thousand streams are a tenth of a second


class Feeds:
    """The feeds of this process; one begins with its first stream and ends after its last."""

    def __init__(self, *, looks_every_s: float) -> None:
        self._looks_every_s = looks_every_s
        self._feeds: dict[str, Feed] = {}
        self._tasks: set[asyncio.Task[None]] = set()

    def join(self, source: Source[Any], bell: asyncio.Event) -> Feed:
        """Ring this bell at each look from now on; at once when there is something to show."""
        feed = self._feeds.get(source.name)
        if feed is None:
            feed = self._begin(source)
        feed.bells.add(bell)
        if feed.alive:
            bell.set()
        return feed

    def leave(self, feed: Feed, bell: asyncio.Event) -> None:
        feed.bells.discard(bell)
        if not feed.bells:
            feed.look_again()

    def _begin(self, source: Source[Any]) -> Feed:
        feed = self._feeds[source.name] = Feed(source, looks_every_s=self._looks_every_s)
        # Never cancelled: that would cut a query off. It ends by itself.
        task = asyncio.create_task(self._follow(source.name, feed), name=f"feed {source.name}", context=Context())
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)
        return feed

    async def _follow(self, name: str, feed: Feed) -> None:
        try:
            await feed.follow()
        finally:
            del self._feeds[name]  # in the same step as its end: who comes now begins a new one

    async def empty(self, timeout_s: float) -> None:
        """Wait for what is being read, at a stop, when no stream is left."""
        if self._tasks:
            await asyncio.wait(self._tasks, timeout=timeout_s)


def _drawn(text: str) -> Drawn:
    content = text.encode()
    tag = hashlib.sha256(content).hexdigest()[:16]
    lines = b"".join(b"data: " + line + b"\n" for line in content.splitlines())
    return Drawn(tag, text, f"id: {tag}\n".encode() + lines + b"\n")


async def _wait(rung: asyncio.Event, seconds: float) -> None:
    """Until it rings, or the time is over."""
    try:
        async with asyncio.timeout(seconds):
            await rung.wait()
    except TimeoutError:
        return
