"""Runs periodic jobs in turn, each by itself: one that fails waits and tries again, the others go on.

Any number of workers may run, on any number of machines: every job claims what it works on by a conditional update.
"""

import asyncio
import logging
import os
import random
import socket
from collections.abc import AsyncIterator, Awaitable, Callable, Iterable
from contextvars import Context
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Generic, TypeVar

from tortoise import fields
from tortoise.exceptions import IntegrityError
from tortoise.models import Model

from app import clock, wake
from app.db import forbid_in_transaction, transactional
from app.outbox import Delivery, RecordedEvent

log = logging.getLogger(__name__)
T = TypeVar("T")

MAX_PAUSE = timedelta(minutes=5)
SEEN_WITHIN = timedelta(seconds=30)
LATE_AFTER = timedelta(minutes=5)


@dataclass(frozen=True)
class Job:
    """What to do from time to time. `run` returns how much it did; while it finds work it runs again at once.

    `is_woken`: the bell shortens the wait, because what a person has just done is what it waits for.
    """

    name: str
    every: timedelta
    run: Callable[[datetime], Awaitable[int]]
    is_woken: bool = False


class Heartbeat(Model):
    """One row for each worker process, so that readiness sees whether one lives."""

    process = fields.CharField(max_length=96, primary_key=True)
    seen_at = fields.DatetimeField()

    class Meta:
        table = "worker_heartbeat"


class Worker:
    def __init__(self, jobs: Iterable[Job]) -> None:
        self._jobs = [*jobs, Job("heartbeat", timedelta(seconds=5), beat)]
        # One for each job: a bell that one job takes down must still ring for the others.
        self._bells = {job.name: asyncio.Event() for job in self._jobs}
        self._stop = asyncio.Event()
        self._task: asyncio.Task[None] | None = None

    def start(self) -> None:
        """Run beside a web app in the same process."""
        self._task = asyncio.create_task(self.run(self._stop), name="worker", context=Context())

    async def stop(self) -> None:
        """End what `start` began, once what is under way is done."""
        self._stop.set()
        if self._task is not None:
            await self._task

    async def run(self, stop: asyncio.Event) -> None:
        """Run all jobs until `stop` is set; what is under way then ends first (15 s at most)."""
        wake.add_bell(wake.WORKER, self._ring)
        # Fresh contexts: a job inherits neither a request nor a transaction.
        tasks = [asyncio.create_task(self._loop(job, stop), name=job.name, context=Context()) for job in self._jobs]
        try:
            await stop.wait()
            for bell in self._bells.values():
                bell.set()
            await asyncio.wait(tasks, timeout=15)
        finally:
            wake.remove_bell(wake.WORKER, self._ring)
            for task in tasks:
                task.cancel()

    def _ring(self) -> None:
        for job in self._jobs:
            if job.is_woken:
                self._bells[job.name].set()

    async def _loop(self, job: Job, stop: asyncio.Event) -> None:
        failures, bell = 0, self._bells[job.name]
        while not stop.is_set():
            bell.clear()  # before the work: what is written while it runs rings again
            try:
                found = await job.run(clock.now())
                failures = 0
            except Exception:
                found, failures = 0, failures + 1
                log.exception("job failed", extra={"job": job.name, "failures": failures})
            if failures:
                # Not even the bell shortens this: what is broken is asked less and less often.
                await _wait(pause_of(job, failures), stop)
            elif not found:
                await _wait(pause_of(job, failures), bell)


async def _wait(pause: timedelta, until: asyncio.Event) -> None:
    """Until the pause is over, or somebody rings."""
    try:
        async with asyncio.timeout(pause.total_seconds()):
            await until.wait()
    except TimeoutError:
        return


def pause_of(job: Job, failures: int) -> timedelta:
    """The job's interval; after failures longer each time, up to five minutes, and never all at once."""
    if not failures:
        return job.every
    longer: timedelta = max(job.every, timedelta(seconds=1)) * 1024 if failures > 10 else job.every * 2**failures
    return min(max(longer, timedelta(seconds=1)), MAX_PAUSE) * random.uniform(0.7, 1.3)


async def beat(now: datetime) -> int:
    """Say that this process lives, and forget those long gone."""
    process = f"{socket.gethostname()}:{os.getpid()}"
    await _note_seen(process, now)
    await Heartbeat.filter(seen_at__lt=now - timedelta(days=1)).delete()
    return 0


@transactional
async def _note_seen(process: str, now: datetime) -> None:
    if await Heartbeat.filter(process=process).update(seen_at=now):
        return
    try:
        await _first_beat(process, now)
    except IntegrityError:
        return  # MariaDB counts a row that holds this very moment already as unchanged


@transactional
async def _first_beat(process: str, now: datetime) -> None:
    await Heartbeat.create(process=process, seen_at=now)


async def health(now: datetime) -> dict[str, Any]:
    """Figures for readiness: is a worker alive, and how old is the oldest event that is still to be delivered."""
    seen = await Heartbeat.filter(seen_at__gte=now - SEEN_WITHIN).count()
    late_s = max(_age_s(await _oldest_event(), now), _age_s(await _oldest_delivery(), now))
    is_fine = seen > 0 and late_s < LATE_AFTER.total_seconds()
    return {"ok": is_fine, "workers": seen, "outbox_late_s": late_s, "redis": wake.state()}


async def _oldest_event() -> Any:
    rows = await RecordedEvent.filter(spread=False).order_by("id").limit(1).values_list("recorded_at", flat=True)
    return rows[0] if rows else None


async def _oldest_delivery() -> Any:
    rows = await Delivery.filter(state="due").order_by("next_try_at").limit(1).values_list("next_try_at", flat=True)
    return rows[0] if rows else None


def _age_s(since: datetime | None, now: datetime) -> int:
    return max(0, int((now - since).total_seconds())) if since else 0


async def each_at_once(items: Iterable[T], act: Callable[[T], Awaitable[object]], *, limit: int) -> None:
    """Act on every item, at most `limit` at a time. One that raises is logged; the others go on.

    Never call it inside a transaction: each item's task would write to this one's connection.
    """
    forbid_in_transaction("acting on many at once")
    waiting = iter(items)

    async def take_one_after_the_other() -> None:
        for item in waiting:
            try:
                await act(item)
            except Exception:
                log.exception("one of many failed")

    async with asyncio.TaskGroup() as group:
        for _ in range(limit):
            group.create_task(take_one_after_the_other(), context=Context())


async def each_of_batches(
    batches: AsyncIterator[Iterable[T]], act: Callable[[T], Awaitable[object]], *, limit: int
) -> None:
    """The same for what comes in batches: the next one is fetched while the last is acted on.

    Raises what the fetching raises, once everything fetched before has been acted on.
    """
    forbid_in_transaction("acting on many at once")
    feed = _Feed(batches, limit)
    async with asyncio.TaskGroup() as group:
        group.create_task(feed.fetch(limit), context=Context())
        for _ in range(limit):
            group.create_task(feed.act_on_each(act), context=Context())
    if feed.fault is not None:
        raise feed.fault


class _Feed(Generic[T]):
    def __init__(self, batches: AsyncIterator[Iterable[T]], size: int) -> None:
        self._batches = batches
        self._waiting: asyncio.Queue[T | None] = asyncio.Queue(size)
        self.fault: Exception | None = None

    async def fetch(self, takers: int) -> None:
        try:
            async for batch in self._batches:
                for item in batch:
                    await self._waiting.put(item)
        except Exception as exc:
            self.fault = exc
        for _ in range(takers):  # each takes one end
            await self._waiting.put(None)

    async def act_on_each(self, act: Callable[[T], Awaitable[object]]) -> None:
        while (item := await self._waiting.get()) is not None:
            try:
                await act(item)
            except Exception:
                log.exception("one of many failed")
