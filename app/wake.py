"""Tell whoever looks that there is something to see. Only to be early: without it they look by themselves.

A bell hangs at a name: `WORKER`, or a topic of `app.live`. Inside a process bells are called; between processes a
Redis message with the name travels, when there is a Redis. Nothing waits for it: a publisher of its own sends what was
asked for, many rings at a time as one message, and while Redis is absent, dead or frozen the rings are dropped and the
looking is what remains.
"""

import asyncio
import contextlib
import logging
import random
from collections.abc import Callable
from contextvars import Context

from redis.asyncio import Redis
from redis.asyncio.client import PubSub
from redis.asyncio.retry import Retry
from redis.backoff import NoBackoff
from redis.exceptions import RedisError

log = logging.getLogger(__name__)

CHANNEL = "zhangban:wake"
TIMEOUT_S = 1.0  # for Redis to answer anything
QUIET_S = 3.0  # of silence, then Redis is asked whether it still lives
MAX_PAUSE_S = 5.0  # between tries to reach it again

WORKER = "worker"

Ring = Callable[[], None]
_bells: dict[str, set[Ring]] = {}


def add_bell(name: str, ring: Ring) -> None:
    """Ring this when something of that name was written: by this process at once, by others through `RedisBell`."""
    _bells.setdefault(name, set()).add(ring)


def remove_bell(name: str, ring: Ring) -> None:
    rings = _bells.get(name, set())
    rings.discard(ring)
    if not rings:
        _bells.pop(name, None)


def worker() -> None:
    """The worker has something to do."""
    everywhere(WORKER)


def everywhere(name: str) -> None:
    """Ring in this process, and in the others when there is a Redis. Never waits, never fails."""
    here(name)
    if _redis is not None:
        _redis.ring(name)


def here(name: str) -> None:
    for ring in tuple(_bells.get(name, ())):
        ring()


def all_here() -> None:
    """Everybody looks: what was written meanwhile, nobody could tell."""
    for name in tuple(_bells):
        here(name)


class RedisBell:
    """Rings in every process that listens on the same Redis."""

    def __init__(self, url: str) -> None:
        # No retries of its own: a dead Redis must cost one short wait, not many.
        self._redis = Redis.from_url(
            url,
            socket_timeout=TIMEOUT_S,
            socket_connect_timeout=TIMEOUT_S,
            retry=Retry(NoBackoff(), 0),
            decode_responses=True,
            encoding_errors="replace",  # whatever somebody else may say there
        )
        self._rung: set[str] = set()
        self._is_rung = asyncio.Event()
        self._tasks: list[asyncio.Task[None]] = []
        self.is_connected = False

    def start(self) -> None:
        """Listen and publish in tasks of their own, with clean contexts, until `stop`."""
        for run in (self._listen, self._publish):
            self._tasks.append(asyncio.create_task(run(), name=f"wake {run.__name__}", context=Context()))

    async def stop(self) -> None:
        for task in self._tasks:
            task.cancel()
        await asyncio.wait(self._tasks)
        await self._redis.aclose()

    def ring(self, name: str) -> None:
        """Ask the publisher for a message. While Redis is not reached, nothing is kept for later."""
        if self.is_connected:
            self._rung.add(name)
            self._is_rung.set()

    async def _publish(self) -> None:
        while True:
            await self._is_rung.wait()
            self._is_rung.clear()
            names, self._rung = self._rung, set()
            for _ in range(2):  # a connection from before a restart of Redis fails once
                with contextlib.suppress(RedisError, OSError, TimeoutError):  # the listener notices, and says so
                    await self._redis.publish(CHANNEL, "\n".join(names))
                    break

    async def _listen(self) -> None:
        failures = 0
        while True:
            try:
                async with self._redis.pubsub() as channel:
                    await channel.subscribe(CHANNEL)
                    await self._expect(channel)
                    failures = 0
                    self._note(True)
                    while True:
                        await self._hear(channel)
            except (RedisError, OSError, TimeoutError):
                self._note(False)
                failures += 1
            await asyncio.sleep(min(MAX_PAUSE_S, 0.25 * 2**failures) * random.uniform(0.7, 1.0))

    async def _hear(self, channel: PubSub) -> None:
        """Wait for rings; after some silence ask whether Redis still lives. Raises when it does not."""
        message = await channel.get_message(timeout=QUIET_S)
        if message is None:
            await channel.ping()
            message = await self._expect(channel)
        if message["type"] == "message":
            for name in str(message["data"]).split("\n"):
                here(name)

    async def _expect(self, channel: PubSub) -> dict[str, object]:
        message: dict[str, object] | None = await channel.get_message(timeout=TIMEOUT_S)
        if message is None:
            raise TimeoutError("Redis is silent")
        return message

    def _note(self, is_connected: bool) -> None:
        if is_connected != self.is_connected:
            log.warning("wake-ups through Redis", extra={"connected": is_connected})
            self.is_connected = is_connected
            all_here()  # who relied on being told looks now, and again by itself from here on


_redis: RedisBell | None = None


def connect(url: str | None) -> None:
    """Let rings travel between processes through this Redis; without one they stay here."""
    global _redis
    if url is not None:
        _redis = RedisBell(url)
        _redis.start()


async def disconnect() -> None:
    global _redis
    bell, _redis = _redis, None
    if bell is not None:
        await bell.stop()


def state() -> str:
    """For readiness, which does not depend on it: "off", "connected", or "lost" (the worker looks by itself)."""
    if _redis is None:
        return "off"
    return "connected" if _redis.is_connected else "lost"
