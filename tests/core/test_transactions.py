"""Transactions end, whoever goes away; conflicts are retried whole; nothing leaks."""

import asyncio
import contextlib

import pytest
from tortoise import connections

from app.booking import pressure
from app.booking.pressure import Signal
from app.db import after_commit, forbid_in_transaction, transactional
from app.http.session import Session
from app.outbox import RecordedEvent
from app.settings import PressureSettings
from app.worker import Heartbeat, beat
from tests.factories import NOW
from tests.marks import on_both, on_mariadb
from tests.running import until


@transactional
async def write(name: str, *, pause: float = 0, fail: bool = False) -> None:
    await RecordedEvent.create(name=name, payload="{}", recorded_at=NOW)
    await asyncio.sleep(pause)
    if fail:
        raise LookupError(name)


@on_both
async def test_a_failed_transaction_leaves_no_trace(db: str) -> None:
    with pytest.raises(LookupError):
        await write("x", fail=True)
    assert await RecordedEvent.all().count() == 0


@on_both
async def test_an_inner_failure_undoes_only_the_inner_part(db: str) -> None:
    @transactional
    async def outer() -> None:
        await write("outer")
        with contextlib.suppress(LookupError):
            await write("inner", fail=True)

    await outer()
    assert await RecordedEvent.all().values_list("name", flat=True) == ["outer"]


@on_both
async def test_three_hundred_waiters_that_go_away_lock_nothing(db: str) -> None:
    async def gone_soon(i: int) -> None:
        with contextlib.suppress(asyncio.TimeoutError):
            await asyncio.wait_for(write(f"n{i}", pause=0.002), 0.0001 * (i % 40))

    await asyncio.gather(*(gone_soon(i) for i in range(300)))
    await asyncio.wait_for(write("afterwards"), 5)
    names = await RecordedEvent.all().values_list("name", flat=True)
    assert "afterwards" in names
    assert len(names) == len(set(names))


@on_mariadb
async def test_after_waiters_went_away_no_connection_is_in_use(db: str) -> None:
    async def gone_soon(i: int) -> None:
        with contextlib.suppress(asyncio.TimeoutError):
            await asyncio.wait_for(write(f"n{i}", pause=0.002), 0.0001 * (i % 40))

    await asyncio.gather(*(gone_soon(i) for i in range(300)))
    await write("afterwards")
    pool = connections.get("default")._pool
    await until(lambda: not pool._used, seconds=5)


@transactional
async def append(first: int, second: int, text: str) -> None:
    for row in (first, second):
        (payload,) = await RecordedEvent.filter(id=row).select_for_update().values_list("payload", flat=True)
        await asyncio.sleep(0.05)
        await RecordedEvent.filter(id=row).update(payload=payload + text)


@on_both
async def test_beats_and_marks_that_are_cut_off_hold_nothing(db: str) -> None:
    """Tortoise's own get-or-create would keep the connection, or SQLite's lock, of whoever is cancelled in BEGIN."""
    settings = PressureSettings()

    async def mark(i: int) -> None:
        await pressure.note([Signal("book", f"a{i}", 1, 600)], settings=settings, now=NOW)

    async def gone_soon(i: int) -> None:
        with contextlib.suppress(asyncio.TimeoutError):
            await asyncio.wait_for(beat(NOW) if i % 2 else mark(i), 0.0001 * (i % 40))

    async with asyncio.timeout(20):
        await asyncio.gather(*(gone_soon(i) for i in range(300)))
        await beat(NOW)
        await mark(300)
    assert await pressure.is_on([Signal("book", "a300", 1, 600)], now=NOW)
    if db.startswith("mysql"):
        await until(lambda: not connections.get("default")._pool._used, seconds=5)


@on_both
async def test_two_beats_in_one_moment_are_one_row(db: str) -> None:
    await asyncio.gather(*(beat(NOW) for _ in range(8)))
    assert await Heartbeat.all().values_list("seen_at", flat=True) == [NOW]


@on_mariadb
async def test_a_deadlock_is_retried_whole_and_never_shown(db: str) -> None:
    await RecordedEvent.create(id=1, name="a", payload="", recorded_at=NOW)
    await RecordedEvent.create(id=2, name="b", payload="", recorded_at=NOW)

    await asyncio.gather(append(1, 2, "x"), append(2, 1, "y"))
    payloads = await RecordedEvent.all().order_by("id").values_list("payload", flat=True)
    assert [sorted(p) for p in payloads] == [["x", "y"], ["x", "y"]]


@on_mariadb
async def test_a_deadlock_inside_a_savepoint_is_retried_whole_and_never_shown(db: str) -> None:
    """MariaDB has undone the savepoint with everything else: asking for it would end in an error of its own."""
    await RecordedEvent.create(id=1, name="a", payload="", recorded_at=NOW)
    await RecordedEvent.create(id=2, name="b", payload="", recorded_at=NOW)

    @transactional
    async def outer(first: int, second: int, text: str) -> None:
        await write(text)
        await append(first, second, text)

    await asyncio.gather(outer(1, 2, "x"), outer(2, 1, "y"))
    payloads = await RecordedEvent.filter(id__lte=2).order_by("id").values_list("payload", flat=True)
    assert [sorted(p) for p in payloads] == [["x", "y"], ["x", "y"]]
    assert sorted(await RecordedEvent.filter(id__gt=2).values_list("name", flat=True)) == ["x", "y"]


@on_both
async def test_a_network_call_inside_a_transaction_is_a_bug(db: str) -> None:
    @transactional
    async def calls_out() -> None:
        forbid_in_transaction("call to api.weixin.qq.com")

    with pytest.raises(RuntimeError, match="inside a transaction"):
        await calls_out()
    forbid_in_transaction("call to api.weixin.qq.com")


@on_both
async def test_bells_ring_after_commit_only(db: str) -> None:
    rung: list[str] = []

    @transactional
    async def act(*, fail: bool) -> None:
        after_commit(lambda: rung.append("failed" if fail else "done"))
        assert rung == []
        if fail:
            raise LookupError

    with pytest.raises(LookupError):
        await act(fail=True)
    assert rung == []
    await act(fail=False)
    assert rung == ["done"]


@on_mariadb
async def test_tokens_that_differ_only_in_case_are_two(db: str) -> None:
    for token in ("oABC", "oabc"):
        await Session.create(
            token_hash=token, kind="citizen", subject_id=1, channel="wechat", opened_at=NOW, seen_at=NOW
        )
    assert await Session.filter(token_hash="oabc").count() == 1


@on_mariadb
async def test_every_connection_speaks_chinese_time_and_waits_three_seconds_for_a_lock(db: str) -> None:
    async def ask() -> tuple[str, int]:
        client = connections.get("default")
        rows = await client.execute_query_dict("SELECT @@time_zone z, @@innodb_lock_wait_timeout w, SLEEP(0.05)")
        return rows[0]["z"], rows[0]["w"]

    assert set(await asyncio.gather(*(ask() for _ in range(12)))) == {("+08:00", 3)}
