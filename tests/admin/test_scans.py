"""扫码记录: the manager sees every scan of the hall's day, with its reason, and whose number it was only by its end."""

from datetime import timedelta

import pytest

from admin.pages.scans import OUTCOMES
from app import clock
from app.clock import CHINA
from app.errors import AppError
from app.queue import scans
from app.queue.errors import NoSuchBooking
from app.queue.models import Scan
from app.staff.models import AuditRow
from app.staff.rules import Role
from tests.admin.console import Browser
from tests.admin.test_today import book, code_of
from tests.pickup.test_lockers import make_machine, reserve
from tests.queue.day import make_hall
from tests.staff.people import make_staff


@pytest.fixture
async def manager(browser: Browser) -> Browser:
    await make_hall(opened_by=None)
    await make_staff(roles=(Role.MANAGER, Role.CLERK))
    await browser.sign_in()
    await browser.sit_down()
    return browser


async def test_every_scan_stands_there_with_who_and_what_came_of_it(manager: Browser) -> None:
    booking = await book()
    for text in (code_of(booking), code_of(booking), "hello"):
        await manager.post("/admin/scan", text=text)
    with pytest.raises(AppError):
        await reserve(await make_machine(), "00000000", "1234", now=clock.now())
    await scans.note(
        purpose="walk_in", hall_code="HALL-SZ", subject="HZ", outcome=scans.OK, now=clock.now(), channel="kiosk"
    )
    page = await manager.get("/admin/scans")
    told = page.words[page.words.index("共 5 次") :]
    end = booking.number[-4:]
    for row in (
        "现场取号 自助（自助机） 成功 HZ",
        "自助柜取件 自助柜 取件数字或尾号不对",
        "签到 胡敏 不是本平台的码",
        f"签到 胡敏 重复，没有再取号 …{end}",
        f"签到 胡敏 成功 …{end}",
    ):
        assert row in told
        told = told[told.index(row) :]  # the newest first
    assert booking.number not in page.text
    refused = await manager.get("/admin/scans?only=refused")
    assert ("共 2 次" in refused.words, "不是本平台的码" in refused.words, "成功 HZ" in refused.words) == (
        True,
        True,
        False,
    )


async def test_other_days_and_other_halls_are_not_shown_and_each_look_is_written_down(manager: Browser) -> None:
    now = clock.now()
    for hall, at in (("HALL-SZ", now - timedelta(days=1)), ("HALL-TJA", now), ("HALL-SZ", now)):
        await scans.note(purpose="check_in", hall_code=hall, subject="", outcome=NoSuchBooking.code, now=at)
    yesterday = (now - timedelta(days=1)).astimezone(CHINA).date()
    assert "共 1 次" in (await manager.get("/admin/scans")).words
    assert "共 1 次" in (await manager.get(f"/admin/scans?on={yesterday}&only=refused")).words
    assert (await manager.get("/admin/scans?hall=HALL-TJA")).status == 403
    rows = await AuditRow.filter(action="scans.list").order_by("id").values_list("hall_code", "details")
    assert rows == [
        ("HALL-SZ", {"on": str(now.astimezone(CHINA).date()), "only_refused": False, "page": 1}),
        ("HALL-SZ", {"on": str(yesterday), "only_refused": True, "page": 1}),
    ]


async def test_more_than_a_page_is_turned(manager: Browser) -> None:
    rows = [Scan(at=clock.now(), purpose="check_in", hall_code="HALL-SZ", staff_id=0, outcome="ok") for _ in range(51)]
    await Scan.bulk_create(rows)
    page = await manager.get("/admin/scans?page=2")
    assert (page.text.count('data-name="时间"'), "共 51 次" in page.words) == (1, True)


def test_what_has_words_is_the_code_of_a_refusal() -> None:
    known = {kind.code for kind in kinds_of(AppError) if hasattr(kind, "code")}
    assert OUTCOMES.keys() - known == {scans.OK, scans.REPEAT}


def kinds_of(kind: type) -> list[type]:
    return [found for child in kind.__subclasses__() for found in (child, *kinds_of(child))]
