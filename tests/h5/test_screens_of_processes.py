"""A call at one server process is on the screens of another within a second, with Redis; within the looks without."""

import asyncio
import re
import time
from collections.abc import AsyncIterator, Iterator
from contextlib import AsyncExitStack, asynccontextmanager
from pathlib import Path

import aiohttp
import pytest
from redis.asyncio import Redis

from app import clock, wake
from tests import running
from tests.admin.console import Browser, browsing
from tests.databases import Databases
from tests.faults.served import process
from tests.listening import Reader, listening
from tests.marks import on_both, on_mariadb
from tests.queue.day import make_hall, make_ticket
from tests.running import until
from tests.staff.people import make_staff

STREAM = "/h5/screen/HALL-SZ/stream"


@asynccontextmanager
async def clerk_at(url: str) -> AsyncIterator[Browser]:
    """胡敏, signed in at this process, at counter B01."""
    async with browsing(url) as browser:
        await browser.sign_in()
        await browser.sit_down()
        yield browser


async def waiting(count: int) -> None:
    await make_hall(opened_by=None)
    await make_staff()
    for _ in range(count):
        await make_ticket(starts_at=clock.now(), now=clock.now())


async def call_and_see(clerk: Browser, reader: Reader, number: str, *, within: float) -> None:
    """The clerk presses 下一位; from then on the screen shows the number at the counter within so many seconds."""
    page = await clerk.post("/admin/today/next")
    assert f"{number} 已叫 1 次" in page.words
    began = time.monotonic()
    while f'data-say="请 {number} 号到 B01 窗口"' not in await reader.message(within=within):
        pass
    assert time.monotonic() - began < within
    ticket = re.search(r'name="ticket" value="([^"]+)"', page.text.partition('class="card now"')[2])
    assert ticket
    await clerk.post("/admin/today/finish", ticket=ticket[1], result="on_spot")


async def connected(redis: running.RedisServer, processes: int) -> None:
    async def heard() -> bool:
        async with Redis.from_url(redis.url) as client:
            return (await client.pubsub_numsub(wake.CHANNEL))[0][1] == processes

    await until(heard, seconds=20)


@pytest.fixture
def own_redis(tmp_path: Path) -> Iterator[running.RedisServer]:
    server = running.RedisServer(tmp_path)
    server.start()
    yield server
    server.kill()


@on_mariadb
async def test_a_call_at_one_process_is_on_the_screens_of_another_within_a_second_and_redis_may_die(
    db: str, keys_file: Path, own_redis: running.RedisServer
) -> None:
    await waiting(9)
    settings = {"REDIS_URL": own_redis.url, "HTTP__STREAMS_LOOK_EVERY_S": "6"}  # no look of its own helps here
    async with AsyncExitStack() as stack:
        one, other = [await stack.enter_async_context(process(db, keys_file, **settings)) for _ in range(2)]
        await connected(own_redis, 2)
        clerk = await stack.enter_async_context(clerk_at(one))
        reader = await stack.enter_async_context(listening(other + STREAM))
        await reader.message()
        for n in range(1, 4):
            await call_and_see(clerk, reader, f"HZ00{n}", within=1)
        own_redis.kill()
        await asyncio.sleep(0.5)
        await call_and_see(clerk, reader, "HZ004", within=7)
        own_redis.start()
        await connected(own_redis, 2)
        await asyncio.sleep(0.5)
        for n in range(5, 7):
            await call_and_see(clerk, reader, f"HZ00{n}", within=1)


@on_mariadb
async def test_without_redis_another_process_looks_every_two_seconds(db: str, keys_file: Path) -> None:
    await waiting(3)
    async with AsyncExitStack() as stack:
        one, other = [await stack.enter_async_context(process(db, keys_file)) for _ in range(2)]
        clerk = await stack.enter_async_context(clerk_at(one))
        reader = await stack.enter_async_context(listening(other + STREAM))
        await reader.message()
        for n in range(1, 4):
            await call_and_see(clerk, reader, f"HZ00{n}", within=3)


@on_both
async def test_in_one_process_without_redis_it_takes_no_second(db: str, databases: Databases, keys_file: Path) -> None:
    await waiting(3)
    await databases.close()
    try:
        async with AsyncExitStack() as stack:
            url = await stack.enter_async_context(process(db, keys_file, HTTP__STREAMS_LOOK_EVERY_S="10"))
            clerk = await stack.enter_async_context(clerk_at(url))
            reader = await stack.enter_async_context(listening(url + STREAM))
            await reader.message()
            for n in range(1, 4):
                await call_and_see(clerk, reader, f"HZ00{n}", within=1)
    finally:
        await databases.use(db)


@on_mariadb
async def test_a_process_with_300_open_streams_stops_within_three_seconds(db: str, keys_file: Path) -> None:
    await make_hall()
    async with AsyncExitStack() as readers:
        async with process(db, keys_file) as url:
            streams = [await readers.enter_async_context(listening(url + STREAM)) for _ in range(300)]
            for reader in streams:
                await reader.message()
            began = time.monotonic()
        assert time.monotonic() - began < 3
        assert [await reader.end(within=1) for reader in streams[::50]] != []


@on_mariadb
async def test_the_feed_of_a_screen_names_nobody_and_no_matter(db: str, keys_file: Path) -> None:
    await waiting(2)
    async with process(db, keys_file) as url, aiohttp.ClientSession() as http:
        async with listening(url + STREAM) as reader:
            sent = await reader.message()
        async with http.get(f"{url}/h5/screen/HALL-SZ") as answer:
            page = await answer.text()
    for told in (sent, page):
        assert "HZ001" in told
        for kept in ("HN-GA-001", "citizen", "booking", "ticket"):
            assert kept not in told
