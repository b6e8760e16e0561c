"""Those who ask the same at the same moment share one answer, never one older than their question."""

import asyncio

import pytest

from app.db import transactional
from app.together import Together


class Line:
    """A reading that takes a moment, and counts."""

    def __init__(self) -> None:
        self.people, self.reads = 0, 0

    async def read(self, _: str) -> int:
        self.reads += 1
        seen = self.people
        await asyncio.sleep(0.01)
        return seen


async def test_ten_at_once_cost_two_reads() -> None:
    line = Line()
    shared = Together(line.read)
    first = asyncio.create_task(shared.get("HZ"))
    await asyncio.sleep(0.001)  # its read is under way
    others = await asyncio.gather(*(shared.get("HZ") for _ in range(9)))
    assert (await first, others, line.reads) == (0, [0] * 9, 2)


async def test_who_asks_after_somebody_came_is_told_of_them() -> None:
    line = Line()
    shared = Together(line.read)
    first = asyncio.create_task(shared.get("HZ"))
    await asyncio.sleep(0.001)
    line.people = 1
    assert (await shared.get("HZ"), await first) == (1, 0)


async def test_other_keys_do_not_wait() -> None:
    line = Line()
    shared = Together(line.read)
    await asyncio.gather(shared.get("HZ"), shared.get("SB"))
    assert line.reads == 2


async def test_a_failed_read_fails_for_those_who_asked_and_for_nobody_after() -> None:
    async def read(_: str) -> int:
        if failures:
            raise failures.pop()
        return 1

    failures = [OSError("gone")]
    shared = Together(read)
    answers = await asyncio.gather(shared.get("HZ"), shared.get("HZ"), return_exceptions=True)
    assert [type(answer) for answer in answers] == [OSError, OSError]
    assert await shared.get("HZ") == 1


async def test_one_who_goes_away_leaves_the_others_their_answer() -> None:
    shared = Together(Line().read)
    gone, stays = (asyncio.create_task(shared.get("HZ")) for _ in range(2))
    await asyncio.sleep(0.001)
    gone.cancel()
    assert await stays == 0


async def test_a_transaction_does_not_share(db: str) -> None:
    shared = Together(Line().read)

    @transactional
    async def ask() -> int:
        return await shared.get("HZ")

    with pytest.raises(RuntimeError, match="inside a transaction"):
        await ask()
