"""What the hall's office sees: statistics and their file, the digest, the rules of the queue."""

import csv
import io
import json
import re
import time
from collections.abc import Callable
from datetime import datetime, timedelta

import pytest

from app import clock
from app.booking import kinds
from app.booking.contact import Contact
from app.booking.models import Booking
from app.citizens.models import Citizen
from app.halls.models import CounterGroup, Hall
from app.outbox import Delivery, RecordedEvent
from app.pickup.models import Pickup
from app.queue import alarms
from app.queue.models import HallQueuePolicy, Step, Ticket
from app.queue.policy import FIGURES, set_policy
from app.queue.rules import QueuePolicy
from app.staff.models import AuditRow, Staff
from app.staff.rules import Role
from notify.models import Dispatch, Notice
from tests.admin.console import Browser
from tests.admin.test_today import arrive
from tests.factories import make_citizen
from tests.pickup.shelf import make_ready
from tests.queue.day import CLERK, make_booking, make_hall, open_desks
from tests.staff.people import make_staff


@pytest.fixture
async def manager(browser: Browser) -> Browser:
    await make_hall(opened_by=None)
    await make_staff(roles=(Role.MANAGER,))
    await browser.sign_in()
    await browser.get("/admin/password")
    return browser


async def make_steps(count: int, *, group: str = "HZ", days_ago: int = 0) -> None:
    """People who wait 5 minutes and are served for 10, one a second."""
    day = clock.now().replace(hour=9, minute=0, second=0, microsecond=0) - timedelta(days=days_ago)
    story = (
        ("arrive", "", "waiting", 0),
        ("call", "waiting", "called", 5),
        ("serve", "called", "serving", 6),
        ("finish", "serving", "done", 16),
    )
    rows = [
        Step(
            at=day + timedelta(seconds=n % 25_000, minutes=minutes), ticket_id=n + 1, hall_code="HALL-SZ",
            group_code=group, on_day=day.date(), step=step, source=source, target=target, who="staff",
        )
        for n in range(count)
        for step, source, target, minutes in story
    ]  # fmt: skip
    await Step.bulk_create(rows, batch_size=2000)


async def test_the_page_shows_the_figures_and_says_what_they_mean(manager: Browser) -> None:
    await make_steps(4)
    page = await manager.get("/admin/statistics")
    assert "4 到场 4 办结 0.0% 过号率 5.0 等候中位，分钟 5.0 等候九成以内，分钟 10.0 办理中位，分钟" in page.words
    assert "09:00 4 4 0 0.0% 0 5.0 5.0 5.0 10.0 10.0 10.0" in page.words
    assert "户政 4 4 0 0.0% 0 5.0 5.0 5.0 10.0 10.0 10.0" in page.words
    assert "过号 ÷（过号 + 办结）" in page.words


async def test_only_the_chosen_days_and_group_are_counted(manager: Browser) -> None:
    await make_steps(2, days_ago=8)
    assert "0 到场" in (await manager.get("/admin/statistics")).words
    first = (clock.now() - timedelta(days=9)).date()
    assert "2 到场" in (await manager.get(f"/admin/statistics?first={first}")).words
    page = await manager.get(f"/admin/statistics?first={first}&group=HZ&hall=HALL-SZ")
    assert ("2 到场" in page.words, 'value="HZ" selected' in page.text) == (True, True)


async def test_days_the_wrong_way_round_are_said(manager: Browser) -> None:
    page = await manager.get("/admin/statistics?first=2026-11-24&last=2026-11-20")
    assert (page.status, "结束日期不早于开始日期，且最多 92 天" in page.words) == (422, True)


async def test_the_file_says_the_same_opens_in_excel_and_is_written_down(manager: Browser) -> None:
    await make_steps(3)
    async with manager.http.get(f"{manager.url}/admin/statistics/export?hall=HALL-SZ") as answer:
        content = await answer.read()
        assert answer.headers["content-type"] == "text/csv; charset=utf-8"
    assert content.startswith(b"\xef\xbb\xbf")
    head, *lines = csv.reader(io.StringIO(content.decode("utf-8-sig")))
    assert head[:4] == ["分组", "名称", "到场", "办结"]
    assert ["合计", "合计", "3", "3", "0", "0.0%", "0", *["5.0"] * 3, *["10.0"] * 3] in lines
    row = await AuditRow.get(action="statistics.export")
    today = str(clock.now().date())
    assert (row.hall_code, row.details["last"], row.details["hall"]) == ("HALL-SZ", today, "HALL-SZ")


async def test_a_group_named_like_a_formula_does_not_run_in_excel(manager: Browser, sql: Callable) -> None:
    await make_steps(1)
    await sql("UPDATE halls_group SET name = '=HYPERLINK(1)'")
    async with manager.http.get(f"{manager.url}/admin/statistics/export?hall=HALL-SZ") as answer:
        assert "\n按业务,'=HYPERLINK(1)," in (await answer.text()).replace("\r", "")


async def test_five_thousand_visits_are_shown_within_a_second(manager: Browser) -> None:
    await make_steps(5000)
    times = []
    for _ in range(3):
        began = time.perf_counter()
        page = await manager.get("/admin/statistics")
        times.append(time.perf_counter() - began)
    assert "5000 到场" in page.words
    assert min(times) < 1, times


async def test_other_halls_are_neither_counted_nor_exported(manager: Browser) -> None:
    await make_steps(1)
    await Step.all().update(hall_code="HALL-TJA")
    assert "0 到场" in (await manager.get("/admin/statistics")).words
    assert (await manager.get("/admin/statistics/export?hall=HALL-TJA")).status == 403


async def make_unsent(key: str, page: str, *, final_at: datetime, citizen_id: int = 1) -> None:
    """A notice that WeChat did not take."""
    notice = await Notice.create(
        code=key, key=key, citizen_id=citizen_id, kind="moved", title=f"预约时间有调整 {key}", body="",
        created_at=final_at, page=page,
    )  # fmt: skip
    await Dispatch.create(
        notice_id=notice.id, channel="wechat", citizen_id=citizen_id, kind="booked", data={}, state="failed",
        reason="47003 argument", next_try_at=final_at, final_at=final_at,
    )  # fmt: skip


async def test_a_manager_sees_the_unsent_notices_of_their_hall_and_whom_to_telephone(manager: Browser) -> None:
    now, citizen = clock.now(), await make_citizen("C1")
    await make_hall("HALL-TJA", "田家庵", opened_by=None)
    here, there = await make_booking(), await make_booking(hall_code="HALL-TJA")
    for key, booking in (("HERE", here), ("THERE", there)):
        await make_unsent(key, f"/h5/bookings/{booking.number}", final_at=now, citizen_id=citizen.id)
    pickup = await make_ready(citizen_id=citizen.id)
    await make_unsent("RESULT", f"/h5/pickups/{pickup.code}", final_at=now, citizen_id=citizen.id)
    digest = await manager.get("/admin/digest")
    assert ("今天有 2 条通知没有送达" in digest.words, 'href="/admin/deliveries"' in digest.text) == (True, True)
    page = await manager.get("/admin/deliveries")
    assert (page.status, "失败与未送达" in page.words, "后台任务" in page.words) == (200, True, False)
    assert ("预约时间有调整 HERE 张* 138****0001 微信订阅消息 47003 argument" in page.words, "THERE" in page.words) == (
        True, False,
    )  # fmt: skip
    paths = [f'href="/admin/bookings/{here.number}"', f'href="/admin/pickups/{pickup.code}"']
    assert [path in page.text for path in paths] == [True, True]
    assert (await manager.get(f"/admin/bookings/{here.number}")).status == 200
    assert (await AuditRow.get(action="notify.unreached")).details == {"count": 2}
    assert (await manager.post("/admin/deliveries/1/retry")).status == 403


async def test_whom_to_telephone_is_who_comes_else_who_has_the_account(manager: Browser) -> None:
    now, unnamed = clock.now(), await Citizen.create(code="C1", created_at=clock.now())
    mother, plain = await make_booking(citizen_id=unnamed.id), await make_booking(citizen_id=unnamed.id)
    left = Contact(name="欧阳修文", mobile="13812341234")
    await Booking.filter(id=mother.id).update(**left.sealed_for(mother.number))
    result = await make_ready(citizen_id=unnamed.id)
    await Pickup.filter(id=result.id).update(booking_number=mother.number)
    for key, about in (("MOTHER", f"bookings/{mother.number}"), ("PLAIN", f"bookings/{plain.number}")):
        await make_unsent(key, f"/h5/{about}", final_at=now, citizen_id=unnamed.id)
    await make_unsent("CARD", f"/h5/pickups/{result.code}", final_at=now, citizen_id=unnamed.id)
    page = await manager.get("/admin/deliveries")
    told = [f"预约时间有调整 {key} 欧阳** 138****1234 微信订阅消息" in page.words for key in ("MOTHER", "CARD")]
    assert (told, "预约时间有调整 PLAIN 未留姓名 微信订阅消息" in page.words) == ([True, True], True)
    assert ("欧阳修文" in page.text, "13812341234" in page.text) == (False, False)


async def test_an_administrator_has_a_digest_of_what_only_they_can_mend(browser: Browser) -> None:
    now = clock.now()
    await make_hall(opened_by=None)
    booking = await make_booking()
    await make_staff(roles=(Role.ADMIN,), halls=())
    event = await RecordedEvent.create(name="x", payload="{}", recorded_at=now)
    await Delivery.create(event_id=event.id, subscriber="s", state="dead", next_try_at=now)
    await make_unsent("HERE", f"/h5/bookings/{booking.number}", final_at=now)
    page = await browser.sign_in()
    assert page.path == "/admin/digest"
    assert ("1 个后台任务多次重试仍失败 去处理" in page.words, "今天有 1 条通知没有送达" in page.words) == (True, True)
    assert ("各业务排队" in page.words, "请联系系统管理员" in page.words) == (False, False)
    page = await browser.get("/admin/deliveries")
    assert ("预约时间有调整 HERE" in page.words, "重试" in page.words) == (True, True)
    assert f"/admin/bookings/{booking.number}" not in page.text  # which they may not open


async def test_every_seeded_fault_is_listed(manager: Browser) -> None:
    now = clock.now()
    assert "没有登记位置" in (await manager.get("/admin/digest")).words
    await Hall.all().update(latitude=32.6, longitude=117.0)
    assert "没有需要处理的事项" in (await manager.get("/admin/digest")).words
    await set_policy(hall_code="HALL-SZ", wait_target_minutes=10)
    for minutes in (25, 12, 3):
        ticket = await arrive()
        await Ticket.filter(id=ticket.id).update(
            arrived_at=now - timedelta(minutes=minutes, seconds=1), on_day=now.date()
        )
    await alarms.raise_alarm(counter_code="HALL-SZ-B02", by=CLERK, now=now)
    event = await RecordedEvent.create(name="x", payload="{}", recorded_at=now)
    await Delivery.create(event_id=event.id, subscriber="s", state="dead", next_try_at=now)
    for n, final_at in enumerate((now, now - timedelta(days=2))):
        await make_unsent(f"n{n}", "/h5/", final_at=final_at)
    await make_ready(now=now)
    await Pickup.all().update(until_on=now.date() - timedelta(days=1))
    words = (await manager.get("/admin/digest")).words
    for text in (
        "B02 窗口告警未解除",
        "户政有 2 人等候超过 10 分钟，最长 25 分钟，没有开着的窗口",
        "1 个后台任务多次重试仍失败，请联系系统管理员处理",
        "今天有 1 条通知没有送达",
        "1 件办理结果超过领取期限",
        "户政 3 人 25 分钟 2 人超时 10 分钟以内 没有开窗",
    ):
        assert text in words, (text, words)


async def test_a_clerk_is_told_of_the_hall_but_not_of_the_system(clerk: Browser) -> None:
    now = clock.now()
    event = await RecordedEvent.create(name="x", payload="{}", recorded_at=now)
    await Delivery.create(event_id=event.id, subscriber="s", state="dead", next_try_at=now)
    await alarms.raise_alarm(counter_code="HALL-SZ-B02", by=CLERK, now=now)
    words = (await clerk.get("/admin/digest")).words
    assert ("B02 窗口告警未解除" in words, "后台任务" in words) == (True, False)


async def test_what_lies_in_a_locker_too_long_is_overdue_in_the_digest_and_in_its_list(clerk: Browser) -> None:
    long_ago = clock.now() - timedelta(days=60)
    on_shelf, in_locker = await make_ready(now=long_ago), await make_ready(now=long_ago)
    await Pickup.filter(id=in_locker.id).update(state="in_locker")
    await Pickup.filter(id=on_shelf.id).update(until_on=long_ago.date())
    await Pickup.filter(id=in_locker.id).update(until_on=long_ago.date())
    page = await clerk.get("/admin/digest")
    assert "2 件办理结果超过领取期限" in page.words
    assert 'href="/admin/pickups?tab=overdue"' in page.text
    assert "2" in (await clerk.get("/admin/pickups?tab=overdue")).words


async def test_who_came_early_has_waited_since_their_time(clerk: Browser) -> None:
    await set_policy(hall_code="HALL-SZ", wait_target_minutes=10)
    ticket, now = await arrive(), clock.now()
    moments = {"arrived_at": now - timedelta(minutes=50), "due_at": now - timedelta(minutes=4), "on_day": now.date()}
    await Ticket.filter(id=ticket.id).update(**moments)
    await open_desks("HALL-SZ-B02")
    assert "户政 1 人 4 分钟 10 分钟以内 2 个开着" in (await clerk.get("/admin/digest")).words


def rules_form(**changed: int) -> dict[str, object]:
    figures = {name: getattr(QueuePolicy(), name) for name in QueuePolicy.__dataclass_fields__}
    return {"hall": "HALL-SZ"} | {f"figure.{name}": number for name, number in (figures | changed).items()}


async def test_the_rules_are_tried_in_words_and_then_saved_for_one_hall(manager: Browser) -> None:
    page = await manager.post("/admin/queue-rules", rules_form(walk_in_after=2), do="preview")
    assert "改动后的规则（尚未保存）" in page.words
    assert "每连续叫 2 位优先或预约群众后，叫 1 位现场取号群众。 有改动" in page.words
    assert await HallQueuePolicy.all().count() == 0
    page = await manager.post("/admin/queue-rules", rules_form(walk_in_after=2), do="save")
    assert ("已保存" in page.words, "有改动" in page.words) == (True, False)
    assert (await HallQueuePolicy.get(hall_code="HALL-SZ")).overrides == {"walk_in_after": 2}
    row = await AuditRow.get(action="queue.set_policy")
    assert (row.hall_code, row.details) == ("HALL-SZ", {"连叫几位后轮到现场": "3 位 → 2 位"})


async def test_every_fault_of_the_rules_is_said_beside_its_field(manager: Browser) -> None:
    page = await manager.post("/admin/queue-rules", rules_form(near_pushes=3, skips=-1, printed_qr=3), do="save")
    faults = re.findall(r'class="fault" id="e-figure.(\w+)">([^<]+)<', page.text)
    assert (page.status, sorted(faults)) == (422, [
        ("near_pushes", "“最多提醒”应为 0 到 2 的整数"), ("printed_qr", "请选择“海报上的二维码”"),
        ("skips", "“最多顺延”应为 0 到 10 的整数"),
    ])  # fmt: skip
    assert await HallQueuePolicy.all().count() == 0


async def test_every_figure_of_the_rules_can_be_set(manager: Browser) -> None:
    page = await manager.get("/admin/queue-rules")
    asked = set(re.findall(r'id="f-figure.(\w+)" name', page.text))
    assert asked == set(QueuePolicy.__dataclass_fields__) == set(FIGURES)


async def test_another_halls_rules_are_not_theirs(manager: Browser) -> None:
    await make_hall("HALL-TJA", "田家庵", opened_by=None)
    page = await manager.post("/admin/queue-rules", rules_form() | {"hall": "HALL-TJA"}, do="save")
    assert page.status == 403
    assert json.dumps(await HallQueuePolicy.all().values()) == "[]"


async def test_the_menu_is_in_groups(manager: Browser) -> None:
    words = (await manager.get("/admin/digest")).words
    counters = "窗口 今日工作 待办汇总 告警 在线咨询 现场取号 取件登记 预约管理 离线登记"
    assert f"{counters} 大厅 统计 群众评价 扫码记录 排队规则 开放时间" in words
    await Staff.all().update(roles=["auditor"])
    assert "待办汇总" not in (await manager.get("/admin/audit")).words


async def test_managers_are_told_of_a_video_counter_without_rooms(manager: Browser) -> None:
    await CounterGroup.filter(key="HALL-SZ.HZ").update(kind="video")
    told = "淮南市政务服务中心设有视频办理窗口，但没有设置视频房间地址"
    assert told not in (await manager.get("/admin/digest")).words
    kinds.use_rooms("")
    assert told in (await manager.get("/admin/digest")).words
