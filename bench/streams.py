"""A thousand open event streams on one process: how soon a call is on all of them, what others feel, how soon it stops.

A clerk presses 下一位 and 办结 in the console; the readers are a process of their own. Time runs from the press, so the
action itself is in it.
"""

import asyncio
import json
import re
import subprocess
import sys
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from statistics import quantiles
from typing import Any

from app import clock
from app.db import transactional
from app.queue import arrivals
from app.queue.arrivals import Arriving
from app.queue.history import THE_SYSTEM
from app.queue.line import Group
from app.queue.policy import set_policy
from bench.figures import Figure
from bench.site import OTHER_CORES, Site, opened, product
from tests.admin.console import Browser, browsing
from tests.staff.people import make_staff

STREAMS = 1000
HALL, GROUP, COUNTER = "HALL-SZ", "HZ", "HALL-SZ-B01"
PATH = f"/h5/halls/{HALL}/live/stream"
PAGES = 300


def measure(site: Site, *, rounds: int) -> list[Figure]:
    asyncio.run(_fill(site, 4 * rounds))
    reached, page_ms, stopped_s = asyncio.run(_watch(site, rounds))
    reached.sort()
    middle, late = quantiles(reached, n=100)[49], quantiles(reached, n=100)[98]
    detail = f"p50 {middle:.2f} s, p99 {late:.2f} s; {2 * rounds} changes to {STREAMS:,} streams"
    return [
        Figure(f"a call on all of {STREAMS:,} streams, {site.kind}", round(reached[-1], 2), 1.0, "s", detail),
        Figure(f"a page meanwhile, p99, {site.kind}", round(page_ms, 1), 200, "ms", f"{PAGES} visits of the home page"),
        Figure(f"stop with {STREAMS:,} open streams, {site.kind}", round(stopped_s, 2), 3.0, "s"),
    ]


async def _fill(site: Site, people: int) -> None:
    """People who wait, and a clerk."""
    async with opened(site):
        await make_staff(username="bench.clerk", halls=(HALL,))
        await set_policy(hall_code=HALL, missed_after_minutes=0)
        for _ in range(people):
            await _arrive()


@transactional
async def _arrive() -> None:
    now = clock.now()
    group = Group(HALL, GROUP, now.astimezone(clock.CHINA).date())
    await arrivals.enqueue(Arriving(group=group, matter_code="HN-GA-002", who=THE_SYSTEM), now=now)


async def _watch(site: Site, rounds: int) -> tuple[list[float], float, float]:
    """Seconds until each reader had each change, the p99 of a page in ms, and the seconds of the stop."""
    reached: list[float] = []
    async with _readers() as open_streams:
        with product(site, HTTP__STREAMS_PER_SOURCE=str(STREAMS), HTTP__STREAMS_LOOK_EVERY_S="2") as port:
            heard = await open_streams(port)
            await _next(heard)  # what was there at once
            async with browsing(f"http://127.0.0.1:{port}") as clerk:
                await clerk.sign_in("bench.clerk")
                await clerk.sit_down(COUNTER)
                for _ in range(rounds):
                    reached += await _day_of_one(clerk, heard)
                page_ms = await _page_p99(clerk)
            began = time.monotonic()
        stopped_s = time.monotonic() - began
    return reached, page_ms, stopped_s


@asynccontextmanager
async def _readers() -> AsyncIterator[Any]:
    """A starter of the readers' process; the process ends with the block."""
    started: list[asyncio.subprocess.Process] = []

    async def start(port: int) -> asyncio.StreamReader:
        command = ["taskset", "-c", OTHER_CORES, sys.executable, "-m", "bench.readers", str(port), PATH, str(STREAMS)]
        process = await asyncio.create_subprocess_exec(*command, stdout=subprocess.PIPE, limit=2**20)
        started.append(process)
        assert process.stdout is not None
        return process.stdout

    try:
        yield start
    finally:
        for process in started:
            process.kill()
            await process.wait()


async def _day_of_one(clerk: Browser, heard: asyncio.StreamReader) -> list[float]:
    """One person is called and done: two changes."""
    called = time.monotonic()
    page = await clerk.post("/admin/today/next")
    seconds = [at - called for at in (await _next(heard))["times"]]
    found = re.search(r'action="/admin/today/finish".*?name="ticket" value="([^"]+)"', page.text, re.S)
    assert found, page.words
    done = time.monotonic()
    await clerk.post("/admin/today/finish", ticket=found[1], result="on_spot")
    return seconds + [at - done for at in (await _next(heard))["times"]]


async def _next(heard: asyncio.StreamReader) -> dict[str, Any]:
    async with asyncio.timeout(30):
        line: dict[str, Any] = json.loads(await heard.readline())
    return line


async def _page_p99(browser: Browser) -> float:
    times = []
    for _ in range(PAGES):
        began = time.perf_counter()
        await browser.get("/h5/")
        times.append((time.perf_counter() - began) * 1000)
        await asyncio.sleep(0.01)
    return quantiles(times, n=100)[98]
