"""Bookings of the day, one booking, and booking for somebody else."""

from datetime import timedelta
from typing import Any

import pytest

from app import clock
from app.booking.contact import Contact, contact_of
from app.booking.models import Booking, Claim, Slot
from app.clock import CHINA
from app.matters.models import Matter
from app.outbox import RecordedEvent
from app.queue.models import Ticket
from app.staff.models import AuditRow
from tests.admin.console import Browser
from tests.queue.day import make_booking


async def make_named(name: str = "欧阳修文", mobile: str = "13812341234") -> Booking:
    booking = await make_booking(starts_at=clock.now(), citizen_id=None)
    await Booking.filter(id=booking.id).update(**Contact(name=name, mobile=mobile).sealed_for(booking.number))
    return booking


async def make_slot(staff_left: int = 1) -> Slot:
    await Matter.create(
        code="HN-GA-001", name="居民身份证首次申领", short_name="办身份证", dept_code="HN-GA", dept_name="公安局",
        level_code="4", type_code="07", project_type="承诺件", bookable=True, booking_required=False, payable=False,
        couriable=False, online=False, natural=True, legal=False, visits=1, guide={}, updated_at=clock.now(),
        windows=[{"hall_code": "HALL-SZ", "group": "HZ"}],
    )  # fmt: skip
    starts_at = (clock.now() + timedelta(days=1)).astimezone(CHINA).replace(hour=9, minute=0, second=0, microsecond=0)
    return await Slot.create(
        id=f"HALL-SZ.HZ.{starts_at:%Y%m%d%H%M}", hall_code="HALL-SZ", group_code="HZ", on=starts_at.date(),
        starts_at=starts_at, minutes=15, capacity=0, left=0, staff_capacity=1, staff_left=staff_left,
    )  # fmt: skip


async def test_the_list_is_masked_and_the_read_is_written_down_with_its_filter(clerk: Browser) -> None:
    await make_named()
    page = await clerk.get("/admin/bookings?state=booked")
    assert "欧阳** 138****1234" in page.words
    assert ("欧阳修文" in page.text, "13812341234" in page.text) == (False, False)
    row = await AuditRow.get(action="booking.list")
    assert (row.hall_code, row.details["state"], row.details["count"]) == ("HALL-SZ", "booked", 1)


async def test_the_clear_text_needs_a_reason_and_leaves_one_row(clerk: Browser) -> None:
    booking = await make_named()
    without = await clerk.post(f"/admin/bookings/{booking.number}/reveal", why=" ")
    assert (without.status, "13812341234" in without.text) == (422, False)
    assert await AuditRow.filter(action="booking.reveal").count() == 0
    page = await clerk.post(f"/admin/bookings/{booking.number}/reveal", why="电话核对到场时间")
    assert ("欧阳修文" in page.words, "13812341234" in page.words) == (True, True)
    row = await AuditRow.get(action="booking.reveal")
    assert (row.why, row.subject, row.staff_name) == ("电话核对到场时间", f"booking:{booking.number}", "胡敏")


async def test_each_look_at_one_booking_is_written_down(clerk: Browser) -> None:
    booking = await make_named()
    await clerk.get(f"/admin/bookings/{booking.number}")
    assert await AuditRow.filter(action="booking.view", subject=f"booking:{booking.number}").count() == 1


async def test_somebody_without_a_phone_is_checked_in_from_the_list(clerk: Browser) -> None:
    booking = await make_named()
    page = await clerk.post(f"/admin/bookings/{booking.number}/check-in")
    assert ("已签到取号" in page.words, "HZ001" in page.words) == (True, True)
    assert (await Ticket.get()).booking_number == booking.number


async def test_a_cancellation_keeps_its_reason(clerk: Browser) -> None:
    booking = await make_named()
    page = await clerk.post(f"/admin/bookings/{booking.number}/cancel", why="群众来电取消")
    assert "已取消，号源稍后放回" in page.words
    assert await Booking.filter(state="cancelled", ended_why="群众来电取消").count() == 1


async def test_staff_book_by_telephone_with_the_places_kept_for_them(clerk: Browser) -> None:
    slot = await make_slot()
    page = await clerk.get(f"/admin/bookings/new?matter=HN-GA-001&on={slot.on}")
    assert "09:00 余 1，窗口预留 1" in page.words
    form = {"matter": "HN-GA-001", "slot": slot.id, "name": "张三", "mobile": "138 1234 1234", "channel": "phone"}
    page = await clerk.post("/admin/bookings/new", form)
    booking = await Booking.get()
    assert (page.path, "电话代约，经办 胡敏" in page.words) == (f"/admin/bookings/{booking.number}", True)
    assert (booking.channel, contact_of(booking).mobile) == ("phone", "13812341234")
    assert (await Slot.get()).staff_left == 0


async def test_faults_of_a_booking_stand_beside_their_fields(clerk: Browser) -> None:
    slot = await make_slot()
    form = {"matter": "HN-GA-001", "slot": slot.id, "name": "张三", "mobile": "1381234", "channel": "phone"}
    page = await clerk.post(f"/admin/bookings/new?matter=HN-GA-001&on={slot.on}", form)
    assert (page.status, "请输入 11 位手机号码" in page.words) == (422, True)
    assert 'value="张三"' in page.text
    assert await Booking.all().count() == 0


@pytest.mark.parametrize("query", ["on=never", "hall=", "group=%3Cscript%3E", "state=nonsense", "on=0001-01-01"])
async def test_odd_filters_are_no_error(clerk: Browser, query: str) -> None:
    assert (await clerk.get(f"/admin/bookings?{query}")).status == 200


async def make_later(slot: Slot, text: str = "10:00", **values: Any) -> Slot:
    """Another slot of the same day and group."""
    starts_at = slot.starts_at.astimezone(CHINA).replace(hour=int(text[:2]), minute=int(text[3:]))
    plain = {"capacity": 1, "left": 1, "staff_capacity": 0, "staff_left": 0}
    return await Slot.create(
        id=f"HALL-SZ.HZ.{starts_at:%Y%m%d%H%M}", hall_code="HALL-SZ", group_code="HZ", on=slot.on,
        starts_at=starts_at, minutes=15, **plain | values,
    )  # fmt: skip


async def booked_by_phone(clerk: Browser, slot: Slot) -> Booking:
    form = {"matter": "HN-GA-001", "slot": slot.id, "name": "张三", "mobile": "13812341234", "channel": "phone"}
    await clerk.post("/admin/bookings/new", form)
    return await Booking.get()


async def test_a_clerk_moves_a_booking_to_another_day_and_time(clerk: Browser) -> None:
    slot = await make_slot()
    booking, later = await booked_by_phone(clerk, slot), await make_later(slot)
    assert "改期" in (await clerk.get(f"/admin/bookings/{booking.number}")).words
    ask = await clerk.get(f"/admin/bookings/{booking.number}/move")
    assert ("10:00 余 1" in ask.words, slot.id in ask.text) == (True, False)
    page = await clerk.post(f"/admin/bookings/{booking.number}/move", slot=later.id, why="群众来电改期")
    assert (page.path, "已改期" in page.words) == (f"/admin/bookings/{booking.number}", True)
    moved = await Booking.get()
    assert (moved.starts_at, moved.state) == (later.starts_at, "booked")
    row = await AuditRow.get(action="booking.reschedule_for")
    assert (row.why, row.subject) == ("群众来电改期", f"booking:{booking.number}")
    assert await RecordedEvent.filter(name="booking.rescheduled").count() == 1


async def test_moving_needs_a_reason_and_a_free_place_and_else_changes_nothing(clerk: Browser) -> None:
    slot = await make_slot()
    booking, full = await booked_by_phone(clerk, slot), await make_later(slot, left=0)
    path = f"/admin/bookings/{booking.number}/move?on={slot.on}"
    without = await clerk.post(path, slot=full.id, why="")
    assert (without.status, "没有改期" in without.words) == (422, True)
    refused = await clerk.post(path, slot=full.id, why="群众来电改期")
    assert (refused.status, "该时段已约满" in refused.words) == (409, True)
    assert (await Booking.get()).starts_at == slot.starts_at


async def test_what_is_over_is_not_moved(clerk: Browser) -> None:
    booking = await make_named()
    await clerk.post(f"/admin/bookings/{booking.number}/cancel", why="群众来电取消")
    page = await clerk.get(f"/admin/bookings/{booking.number}/move")
    assert (page.status, "该预约已取消" in page.words, "确认改期" in page.words) == (409, True, False)


async def test_a_second_booking_of_the_same_matter_is_refused_in_words_for_staff(clerk: Browser) -> None:
    slot = await make_slot()
    booking, later = await booked_by_phone(clerk, slot), await make_later(slot)
    form = {"matter": "HN-GA-001", "slot": later.id, "name": "张三", "mobile": "13812341234", "channel": "walk_in"}
    page = await clerk.post("/admin/bookings/new", form)
    assert (page.status, "此人已有该事项的预约，可为其改期或取消" in page.words, "您已" in page.words) == (
        409,
        True,
        False,
    )
    assert f'href="/admin/bookings/{booking.number}/move"' in page.text
    assert "09:00，淮南市政务服务中心" in page.words
    await Booking.all().update(hall_code="HALL-TJA")  # of another hall: said, not shown
    elsewhere = await clerk.post("/admin/bookings/new", form)
    assert ("此人已有该事项的预约" in elsewhere.words, booking.number in elsewhere.text) == (True, False)


async def test_who_has_booked_by_an_account_without_a_mobile_is_not_booked_for_again(clerk: Browser) -> None:
    later, booking = await make_later(await make_slot()), await make_named()
    form = {"matter": "HN-GA-001", "slot": later.id, "name": "欧阳修文", "mobile": "13812341234", "channel": "phone"}
    await Booking.filter(id=booking.id).update(citizen_id=7, person="c7")
    page = await clerk.post("/admin/bookings/new", form)
    assert (page.status, "此人已有该事项的预约，可为其改期或取消" in page.words) == (409, True)
    assert f'href="/admin/bookings/{booking.number}/move"' in page.text
    assert await Booking.all().count() == 1


async def test_staff_do_not_read_what_is_said_to_the_citizen(clerk: Browser) -> None:
    slot = await make_slot()
    booking = await booked_by_phone(clerk, slot)
    page = await clerk.post(f"/admin/bookings/{booking.number}/move?on={slot.on}", slot=slot.id, why="群众来电改期")
    assert (page.status, "该预约现在就是这个时段" in page.words) == (409, True)
    await Claim.create(key=f"r:{booking.person}", until=clock.now() + timedelta(days=20))
    later = await make_later(slot)
    form = {"matter": "HN-GA-001", "slot": later.id, "name": "张三", "mobile": "13812341234", "channel": "phone"}
    restricted = await clerk.post("/admin/bookings/new", form)
    assert ("此人因多次预约未到" in restricted.words, "爽约与申诉" in restricted.words) == (True, True)


async def test_cancelled_bookings_are_listed_but_not_counted(clerk: Browser) -> None:
    for _ in range(2):
        await make_named()
    gone = await make_named()
    await clerk.post(f"/admin/bookings/{gone.number}/cancel", why="群众来电取消")
    assert "2 个预约，另有 1 个已取消" in (await clerk.get("/admin/bookings")).words
    assert "1 个，只看已取消" in (await clerk.get("/admin/bookings?state=cancelled")).words
