"""The shelf and the hand-over in the console."""

import base64
import io

from PIL import Image

from app import clock
from app.pickup.models import Pickup
from app.staff.models import AuditRow
from tests.admin.console import Browser, Page
from tests.pickup.shelf import code_text, make_ready, make_visit


def drawn() -> str:
    """A signature as the browser sends it."""
    picture = io.BytesIO()
    Image.new("RGBA", (100, 40)).save(picture, "PNG")
    return "data:image/png;base64," + base64.b64encode(picture.getvalue()).decode()


async def scan(clerk: Browser, pickup: Pickup) -> None:
    await clerk.post("/admin/scan", text=await code_text(pickup, now=clock.now()))


async def hand_over(clerk: Browser, pickup: Pickup, **fields: str) -> Page:
    form = {"counted": "3", "receiver": "张小明", "signature": drawn(), **fields}
    return await clerk.post(f"/admin/pickups/{pickup.code}/hand-over", form)


async def test_a_result_is_marked_ready_and_appears_on_the_shelf(clerk: Browser) -> None:
    booking = await make_visit()
    form = {
        "booking": f"{booking.number[:8]} {booking.number[8:]}".lower(), "shelf": "A-03",
        "name1": "居民身份证", "count1": "2", "name2": "", "count2": "1", "name3": "户口簿", "count3": "1",
    }  # fmt: skip
    page = await clerk.post("/admin/pickups/ready", form)
    assert page.path == "/admin/pickups"
    assert ("已登记，将通知群众来取" in page.words, "货架 A-03" in page.words) == (True, True)
    assert (await Pickup.get()).items == [{"name": "居民身份证", "count": 2}, {"name": "户口簿", "count": 1}]


async def test_a_wrong_form_keeps_what_was_typed(clerk: Browser) -> None:
    form = {"booking": "0123456789ABCDEF", "name1": "户口簿", "count1": "1", "shelf": "B-1"}
    page = await clerk.post("/admin/pickups/ready", form)
    assert (page.status, "没有这个预约号" in page.words) == (422, True)
    assert 'value="户口簿"' in page.text
    assert await Pickup.all().count() == 0


async def test_scan_count_and_hand_over(clerk: Browser) -> None:
    pickup = await make_ready(now=clock.now())
    await scan(clerk, pickup)
    page = await hand_over(clerk, pickup)
    assert (page.status, "已交付" in page.words, "由 胡敏 交付，清点 3 件" in page.words) == (200, True, True)
    assert ("窗口 B01，领取人 张**" in page.words, "张小明" in page.text) == (True, False)
    assert (await Pickup.get()).counter_code == "HALL-SZ-B01"


async def test_a_wrong_count_is_refused_and_the_name_kept(clerk: Browser) -> None:
    pickup = await make_ready(now=clock.now())
    await scan(clerk, pickup)
    page = await hand_over(clerk, pickup, counted="2")
    assert (page.status, "登记 3 件，实点 2 件" in page.words) == (409, True)
    assert 'value="张小明"' in page.text


async def test_a_second_hand_over_says_when_and_by_whom(clerk: Browser) -> None:
    pickup = await make_ready(now=clock.now())
    await scan(clerk, pickup)
    for _ in range(2):
        page = await hand_over(clerk, pickup)
    assert (page.status, "由 胡敏 交付，不能重复领取" in page.words) == (409, True)


async def test_without_a_presented_code_there_is_no_form(clerk: Browser) -> None:
    pickup = await make_ready(now=clock.now())
    page = await clerk.get(f"/admin/pickups/{pickup.code}")
    assert ("等待出示取件码" in page.words, 'name="receiver"' in page.text) == (True, False)
    page = await hand_over(clerk, pickup)
    assert (page.status, "请先扫描取件码" in page.words) == (409, True)


async def test_looking_at_a_result_is_written_down(clerk: Browser) -> None:
    pickup = await make_ready(now=clock.now())
    await clerk.get(f"/admin/pickups/{pickup.code}")
    row = await AuditRow.get(action="pickup.view")
    assert (row.subject, row.staff_name, row.hall_code) == (f"pickup:{pickup.code}", "胡敏", "HALL-SZ")
