"""An event wakes the worker of another process through Redis at once; without Redis it is found by looking."""

import asyncio
import os
import signal
import subprocess
import sys
import time
from collections.abc import AsyncIterator, Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from redis.asyncio import Redis

from app import clock, wake
from app.db import transactional
from app.outbox import Delivery, record
from app.queue.events import TicketFinished
from app.worker import Heartbeat, health
from tests import running
from tests.marks import on_mariadb
from tests.running import until

SELDOM, OFTEN = "30", "0.3"  # seconds between the looks of the worker; nothing here waits 30


@contextmanager
def worker(db: str, keys_file: Path, redis: str, *, looks_every: str) -> Iterator[None]:
    """`python -m app worker` as a process of its own."""
    settings = {"DATABASE_URL": db, "KEYS_FILE": keys_file, "REDIS_URL": redis, "WORKER_LOOKS_EVERY_S": looks_every}
    process = subprocess.Popen(
        [sys.executable, "-m", "app", "worker"],
        env={"PATH": os.environ["PATH"], **{f"ZHANGBAN_{name}": str(value) for name, value in settings.items()}},
        stderr=subprocess.DEVNULL,
    )
    try:
        yield
    finally:
        process.send_signal(signal.SIGTERM)
        assert process.wait(timeout=20) == 0


@pytest.fixture
async def own_redis(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[running.RedisServer]:
    """A Redis that may be killed and frozen."""
    server = running.RedisServer(tmp_path_factory.mktemp("redis"))
    server.start()
    yield server
    server.kill()


@pytest.fixture
async def connected(own_redis: running.RedisServer) -> AsyncIterator[running.RedisServer]:
    """This process rings through that Redis."""
    wake.connect(own_redis.url)
    await until(lambda: wake.state() == "connected")
    yield own_redis
    await wake.disconnect()


@transactional
async def finish_a_ticket() -> None:
    """Something that a subscriber hears of, as an action records it."""
    await record(
        TicketFinished(
            occurred_at=clock.now(), ticket_code="T", ticket_number="A1", citizen_id=None, hall_code="HALL-SZ",
            group_code="HZ", matter_code="ID", booking_number=None, counter_code="W1", result="on_spot",
        )
    )  # fmt: skip


async def delivered(count: int) -> bool:
    """So many have been heard by a subscriber."""
    return await Delivery.filter(state="done", subscriber="pickup:queue.ticket_finished").count() == count


async def listening(redis: running.RedisServer, processes: int) -> None:
    """Wait until so many processes hear the bell."""

    async def heard() -> bool:
        async with Redis.from_url(redis.url) as client:
            return (await client.pubsub_numsub(wake.CHANNEL))[0][1] == processes

    await until(heard, seconds=20)
    await until(lambda: Heartbeat.all().count(), seconds=20)
    await asyncio.sleep(0.5)  # its first look is over


@on_mariadb
async def test_an_event_wakes_the_worker_of_another_process_long_before_it_looks(
    db: str, keys_file: Path, connected: running.RedisServer
) -> None:
    with worker(db, keys_file, connected.url, looks_every=SELDOM):
        await listening(connected, 2)
        for count in range(1, 4):
            await finish_a_ticket()
            await until(lambda so_many=count: delivered(so_many), seconds=5)
        assert (await health(clock.now()))["redis"] == "connected"


@on_mariadb
async def test_without_the_bell_such_a_worker_would_have_slept(
    db: str, keys_file: Path, own_redis: running.RedisServer
) -> None:
    with worker(db, keys_file, own_redis.url, looks_every=SELDOM):
        await listening(own_redis, 1)
        await finish_a_ticket()  # this process has no Redis
        with pytest.raises(AssertionError):
            await until(lambda: delivered(1), seconds=3)
        assert (await health(clock.now()))["redis"] == "off"


@on_mariadb
async def test_when_redis_dies_or_freezes_bookings_go_on_and_the_worker_looks(
    db: str, keys_file: Path, connected: running.RedisServer
) -> None:
    with worker(db, keys_file, connected.url, looks_every=OFTEN):
        await listening(connected, 2)
        connected.freeze()
        await _delivered_without_waiting(1)
        await until(lambda: wake.state() == "lost")
        connected.kill()
        await _delivered_without_waiting(2)
        facts = await health(clock.now())
        assert (facts["redis"], facts["ok"]) == ("lost", True)


@on_mariadb
async def test_when_redis_is_back_the_bell_rings_again(
    db: str, keys_file: Path, connected: running.RedisServer
) -> None:
    with worker(db, keys_file, connected.url, looks_every=SELDOM):
        await listening(connected, 2)
        connected.kill()
        await until(lambda: wake.state() == "lost")
        connected.start()
        await until(lambda: wake.state() == "connected", seconds=15)
        await listening(connected, 2)
        await finish_a_ticket()
        await until(lambda: delivered(1), seconds=5)


async def test_a_redis_that_never_was_harms_nobody(db: str) -> None:
    wake.connect(f"redis://127.0.0.1:{running.free_port()}/0")
    try:
        await finish_a_ticket()
        assert wake.state() == "lost"
    finally:
        await wake.disconnect()


async def _delivered_without_waiting(count: int) -> None:
    began = time.monotonic()
    await finish_a_ticket()
    assert time.monotonic() - began < wake.TIMEOUT_S  # the transaction never waits for Redis
    await until(lambda: delivered(count), seconds=10)
