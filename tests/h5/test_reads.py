"""Pages that everybody opens ask once for what they show many times; one unknown hall spoils no guide."""

import logging
from collections.abc import Callable

import pytest

from app.matters.models import Matter
from app.outbox import Delivery, RecordedEvent
from app.recent import forget_all
from tests.city import Doors
from tests.h5.test_pages import book, choose, days_of
from tests.h5.visitor import visiting
from tests.running import until


async def all_told() -> bool:
    """Whether the worker has nothing more to do for what was booked."""
    return not (await RecordedEvent.filter(spread=False).exists() or await Delivery.filter(state="due").exists())


@pytest.fixture
def asked(caplog: pytest.LogCaptureFixture) -> Callable[[str], int]:
    """How many statements since the last look read from a table so."""
    caplog.set_level(logging.DEBUG, "tortoise.db_client")

    def count(what: str) -> int:
        return sum(f"FROM {what}" in record.getMessage() for record in caplog.records)

    return count


async def test_a_list_of_bookings_asks_once_for_their_halls_and_matters(
    doors: Doors, asked: Callable[[str], int], caplog: pytest.LogCaptureFixture
) -> None:
    async with visiting(doors) as visitor:
        await visitor.sign_in("zhang")
        await book(visitor)
        page = await choose(visitor, (await days_of(visitor))[2], "HN-GA-001")
        assert "预约成功" in page.words
        await until(all_told)  # the worker reads names too
        forget_all()
        caplog.clear()
        shown = await visitor.get("/h5/bookings")
        assert shown.words.count("淮南市政务服务中心") == 2
        assert [asked('"halls_hall" WHERE "code"'), asked('"matters_matter"')] == [1, 1]


async def test_a_guide_reads_its_matter_and_halls_once(
    doors: Doors, asked: Callable[[str], int], caplog: pytest.LogCaptureFixture
) -> None:
    async with visiting(doors) as visitor:
        caplog.clear()
        await visitor.get("/h5/matters/HN-GA-002")
        assert [asked(f'"{table}" WHERE') for table in ("matters_matter", "halls_group")] == [1, 1]
        assert asked('"halls_hall" WHERE "code"') == 1


async def test_a_window_in_a_hall_that_nobody_knows_is_left_out_of_the_guide(doors: Doors) -> None:
    matter = await Matter.get(code="HN-GA-002")
    windows = [{"hall_code": "HALL-XX", "group": "HZ"}, {"hall_code": "HALL-SZ", "group": "HZ"}]
    await Matter.filter(code=matter.code).update(windows=windows)
    async with visiting(doors) as visitor:
        page = await visitor.get("/h5/matters/HN-GA-002")
        assert (page.status, page.words.count("户政窗口")) == (200, 1)
        await Matter.filter(code=matter.code).update(windows=windows[:1])
        assert "请先拨打 12345 确认办理地点" in (await visitor.get("/h5/matters/HN-GA-002")).words
