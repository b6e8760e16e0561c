"""Booking over HTTP, signed in and with an Idempotency-Key, against hand-written SQL and against FastAPI."""

import asyncio
import json
import subprocess
import sys
from collections.abc import Callable
from contextlib import ExitStack
from itertools import count

from app.booking.models import Booking, Claim
from app.http.idempotency import IdempotentAnswer
from app.outbox import RecordedEvent
from bench.figures import Figure, compare, ratio
from bench.site import OTHER_CORES, Site, Stock, opened, product, rival

CONNECTIONS = 16
WARM_UP = 300  # bookings before the first round, so that everybody has connections, caches and texts
TARGETS = {"handwritten": ("hand-written SQL", 0.6), "fastapi_app": ("FastAPI + SQLAlchemy", 2.5)}


def rivals_of(site: Site) -> list[str]:
    """The FastAPI rival is written for aiomysql."""
    return list(TARGETS) if site.kind == "MariaDB" else ["handwritten"]


def citizens_for(site: Site, *, rounds: int, each: int) -> int:
    """How many citizens the stock must have: each books once, at one server."""
    return (1 + len(rivals_of(site))) * (WARM_UP + rounds * each)


def measure(site: Site, stock: Stock, *, rounds: int, each: int) -> list[Figure]:
    """Each round books `each` times at each server in turn; every answer must be 201, and every row be there."""
    rivals, other = rivals_of(site), site.rival()
    share = WARM_UP + rounds * each
    with ExitStack() as stack:
        ports = [stack.enter_context(product(site))]
        ports += [stack.enter_context(rival(name, other, other.database_url)) for name in rivals]
        bookers = [_booker(site, stock, port, first=n * share, each=each) for n, port in enumerate(ports)]
        ours, *theirs = compare(*bookers, rounds=rounds)
    if other is site:
        _ensure_written(site, share * len(ports))
    else:
        _ensure_written(site, share)
        _ensure_written(other, share)
    return [
        ratio(f"booking : {TARGETS[name][0]}, {site.kind}", ours, figure, TARGETS[name][1])
        for name, figure in zip(rivals, theirs, strict=True)
    ]


def _booker(site: Site, stock: Stock, port: int, *, first: int, each: int) -> Callable[[], float]:
    """Warms the server up; then books with the next citizens each time it is called. Returns bookings a second."""
    place, parts = site.folder / f"requests-{port}", count()

    def book(begin: int, many: int) -> float:
        lines = [json.dumps(text) for text in stock.bookings(begin, many, port)]
        place.write_text("\n".join(lines), encoding="utf-8")
        return _send(port, str(place), many)

    book(first, WARM_UP)
    return lambda: book(first + WARM_UP + next(parts) * each, each)


def _send(port: int, file: str, many: int) -> float:
    done = subprocess.run(
        ["taskset", "-c", OTHER_CORES, sys.executable, "-m", "bench.load", str(port), file, str(CONNECTIONS)],
        capture_output=True, text=True, check=True, timeout=120,
    )  # fmt: skip
    told = json.loads(done.stdout)
    if told["statuses"] != {"201": many}:
        raise RuntimeError(f"not every booking was made: {told['statuses']}")
    return float(told["per_second"])


def _ensure_written(site: Site, bookings: int) -> None:
    """Raises when a booking was answered and not written, with its claims, its event and its kept answer."""

    async def rows() -> list[int]:
        async with opened(site):
            events = await RecordedEvent.filter(name="booking.slot_booked").count()
            answers = await IdempotentAnswer.all().count()
            return [await Booking.all().count(), await Claim.all().count() // 2, events, answers]

    if (found := asyncio.run(rows())) != [bookings] * 4:
        raise RuntimeError(f"{bookings} bookings answered, written: {found}")
