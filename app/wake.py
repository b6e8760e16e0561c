"""Tell the worker that there is something to do. Only to be early: without it the worker looks every second."""

from collections.abc import Callable

_bells: set[Callable[[], None]] = set()


def add_bell(ring: Callable[[], None]) -> None:
    """Ring this when something was written: an asyncio.Event of a worker in this process, or a Redis message."""
    _bells.add(ring)


def remove_bell(ring: Callable[[], None]) -> None:
    _bells.discard(ring)


def worker() -> None:
    for ring in tuple(_bells):
        ring()
