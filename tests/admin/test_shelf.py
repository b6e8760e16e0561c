"""The shelf and the hand-over in the console."""

import base64
import io
import re
from datetime import timedelta

import pytest
from PIL import Image

from app import clock
from app.clock import CHINA
from app.db import transactional
from app.pickup.models import Pickup
from app.queue.arrivals import Arriving, enqueue
from app.queue.history import CITIZEN
from app.queue.line import Group
from app.queue.models import Ticket
from app.staff.models import AuditRow
from tests.admin.console import Browser, Page
from tests.factories import make_citizen
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
    booking = await make_visit(citizen_id=5)
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


async def finish_walk_in(clerk: Browser, **who) -> Page:
    """A visit without a booking; the hall is open at any hour."""
    ticket = await arrive_without_booking(**who)
    await clerk.post("/admin/today/next")
    return await clerk.post("/admin/today/finish", ticket=ticket.code, result="later")


async def arrive_without_booking(**who) -> Ticket:
    now = clock.now()
    coming = Arriving(Group("HALL-SZ", "HZ", now.astimezone(CHINA).date()), "HN-GA-001", CITIZEN, **who)
    return (await transactional(enqueue)(coming, now=now)).ticket


READY = {"name1": "居民身份证", "count1": "3", "shelf": "A-03"}


async def test_a_guests_result_goes_from_the_counter_over_a_slip_to_the_hand_over(clerk: Browser) -> None:
    page = await finish_walk_in(clerk, guest_hash="g" * 64)
    pickup = await Pickup.get()
    today = clock.now().astimezone(CHINA)
    visit = f"{today.month}月{today.day}日 HZ001 号"
    assert (page.path, f"排队号 {visit}" in page.words) == (f"/admin/pickups/{pickup.code}", True)
    wrong = await clerk.post(f"/admin/pickups/{pickup.code}/slip", tail="12")
    assert (wrong.status, "请输入证件号码的后四位" in wrong.words) == (422, True)
    page = await clerk.post(f"/admin/pickups/{pickup.code}/slip", tail="123x")
    slip = re.search(r"[0-9]{4} [0-9]{4}", page.words[page.words.index("取件凭条") :])
    assert slip
    assert slip[0] not in (await clerk.get(f"/admin/pickups/{pickup.code}")).words
    page = await clerk.get("/admin/pickups?tab=expected&q=hz001")
    assert ("共 1 件" in page.words, visit in page.words) == (True, True)
    page = await clerk.get(f"/admin/pickups/ready?pickup={pickup.code}")
    assert (visit in page.words, "登记并通知群众" in page.words) == (True, False)
    page = await clerk.post("/admin/pickups/ready", {**READY, "pickup": pickup.code})
    assert [text in page.words for text in ("收不到通知", "货架 A-03", visit)] == [True] * 3
    assert "请等群众凭取件凭条来取" in (await clerk.get(f"/admin/pickups/{pickup.code}")).words
    assert "请核对尾号" in (await clerk.post("/admin/scan", text=slip[0])).words
    wrong = await clerk.post("/admin/scan", text=slip[0], tail="9999")
    assert (wrong.status, "取件数字或尾号不正确" in wrong.words, 'value="9999"' in wrong.text) == (422, True, False)
    page = await clerk.post("/admin/scan", text=wrong.field("text"), tail="123X")  # only the tail is typed again
    assert (page.path, "开凭条" in page.words) == (f"/admin/pickups/{pickup.code}", False)
    counting = {"counted": "9", "receiver": "王小红"}
    page = await clerk.post(f"/admin/pickups/{pickup.code}/hand-over", counting)
    assert ("没有交付" in page.words, 'value="9"' in page.text, 'value="王小红"' in page.text) == (True, True, True)
    assert "已交付" in (await hand_over(clerk, pickup)).words


async def test_a_walk_in_with_an_account_is_marked_ready_from_the_counter(clerk: Browser) -> None:
    citizen = await make_citizen("C1")
    page = await finish_walk_in(clerk, citizen_id=citizen.id)
    assert (page.path, "排队号" in page.words) == ("/admin/pickups/ready", True)
    page = await clerk.post("/admin/pickups/ready", {**READY, "count1": "0", "pickup": page.field("pickup")})
    assert (page.status, 'value="居民身份证"' in page.text) == (422, True)
    page = await clerk.post("/admin/pickups/ready", {**READY, "pickup": page.field("pickup")})
    assert (page.path, "已登记，将通知群众来取" in page.words) == ("/admin/pickups", True)
    assert ((await Pickup.get()).state, (await Pickup.get()).citizen_id) == ("ready", citizen.id)
    assert "取件凭条" not in (await clerk.get(f"/admin/pickups/{(await Pickup.get()).code}")).words.replace(
        "（在取件凭条上）", ""
    )


async def test_a_screenshot_is_refused_at_the_counter_after_a_minute(
    clerk: Browser, monkeypatch: pytest.MonkeyPatch
) -> None:
    shown_at = clock.now()
    text = await code_text(await make_ready(now=shown_at), now=shown_at)
    monkeypatch.setattr(clock, "now", lambda: shown_at + timedelta(seconds=61))
    page = await clerk.post("/admin/scan", text=text)
    assert (page.path, "不能办理" in page.words, "已过期" in page.words) == ("/admin/scan", True, True)
    monkeypatch.setattr(clock, "now", lambda: shown_at + timedelta(seconds=59))
    assert (await clerk.post("/admin/scan", text=text)).path.startswith("/admin/pickups/")


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
