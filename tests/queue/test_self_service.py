"""Checking in by oneself (D1, D2): every case has its own sentence, each try is logged, one booking is one ticket."""

import asyncio
from datetime import timedelta

import pytest

from app.errors import AppError
from app.queue import devices, self_service
from app.queue.models import Device, Scan, Ticket
from app.queue.policy import set_policy
from app.queue.presence import Presence
from app.queue.rules import MESSAGES, Arrival
from app.staff.models import AuditRow
from tests.factories import NOW
from tests.marks import on_both
from tests.queue.day import CLERK, code_of, make_booking, make_hall

HERE = Presence("HALL-SZ", "wall", NOW + timedelta(minutes=10))
MINUTE, DAY = timedelta(minutes=1), timedelta(days=1)


async def arrive(booking, *, citizen_id: int = 1, now=NOW, **more):
    return await self_service.check_in_here(
        number=booking.number, citizen_id=citizen_id, presence=HERE, now=now, **more
    )


async def said(booking, now=NOW) -> str:
    """What the person reads."""
    try:
        return MESSAGES[Arrival((await arrive(booking, now=now)).ticket.arrival)]
    except AppError as refusal:
        return refusal.text


async def kiosk() -> Device:
    return (await devices.add(hall_code="HALL-SZ", kind="kiosk", name="东", by=CLERK, now=NOW))[0]


async def test_each_case_has_its_own_sentence(db: str) -> None:
    await make_hall()
    await make_hall("HALL-TJA", "田家庵区政务服务中心")
    seen = {
        "early": await said(await make_booking(starts_at=NOW + 16 * MINUTE)),
        "on time": await said(await make_booking(starts_at=NOW + 15 * MINUTE)),
        "late": await said(await make_booking(starts_at=NOW - 31 * MINUTE)),
        "wrong day": await said(await make_booking(starts_at=NOW + DAY)),
        "wrong hall": await said(await make_booking(hall_code="HALL-TJA")),
        "cancelled": await said(await make_booking(state="cancelled")),
        "not confirmed": await said(await make_booking(state="held")),
        "over": await said(await make_booking(state="no_show")),
    }
    assert seen == {
        "early": "签到成功。来早了，按预约时间排队，请在等候区稍候",
        "on time": "签到成功，请在等候区等候叫号",
        "late": "签到成功。已过预约时间，按现场取号的先后排队",
        "wrong day": "该预约的日期是11月25日，今天不能签到",
        "wrong hall": "该预约在田家庵区政务服务中心，不在本大厅，请前往该大厅办理",
        "cancelled": "该预约已取消，请重新预约，或现场取号",
        "not confirmed": "该预约尚未确认，请先在手机上确认预约",
        "over": "该预约已过期或已办结，不能再次签到",
    }
    outcomes = await Scan.all().order_by("id").values_list("outcome", "channel", "staff_id")
    assert outcomes == [
        ("ok", "wall", 0), ("ok", "wall", 0), ("ok", "wall", 0), ("queue.wrong_day", "wall", 0),
        ("queue.wrong_hall", "wall", 0), ("queue.booking_cancelled", "wall", 0),
        ("queue.booking_not_confirmed", "wall", 0), ("queue.booking_over", "wall", 0),
    ]  # fmt: skip
    assert await AuditRow.all().count() == 0  # nobody of the staff did anything


async def test_a_hall_may_refuse_who_is_late(db: str) -> None:
    await make_hall()
    await set_policy(hall_code="HALL-SZ", late_is_refused=1)
    late = await said(await make_booking(starts_at=NOW - 31 * MINUTE))
    assert late == "已超过预约时间 30 分钟，本大厅不再受理迟到预约，请到咨询导办台处理或重新预约"
    assert await Ticket.all().count() == 0


@on_both
async def test_ten_taps_at_once_are_one_ticket(db: str) -> None:
    await make_hall()
    booking = await make_booking()
    seen = await asyncio.gather(*(arrive(booking) for _ in range(10)))
    assert {s.ticket.number for s in seen} == {"HZ001"}
    assert sorted(s.is_repeat for s in seen) == [False] + [True] * 9
    assert (await Ticket.get()).channel == "wall"
    assert sorted(await Scan.all().values_list("outcome", flat=True)) == ["ok"] + ["repeat"] * 9


async def test_nobody_checks_in_with_anothers_booking(db: str) -> None:
    await make_hall()
    with pytest.raises(AppError, match="not_found"):
        await arrive(await make_booking(citizen_id=2))
    assert await Ticket.all().count() == 0


async def test_a_kiosk_takes_the_code_and_the_number_and_gives_a_ticket_to_take_along(db: str) -> None:
    await make_hall()
    device, one, two = await kiosk(), await make_booking(), await make_booking(citizen_id=None)
    tickets = [
        (await self_service.check_in_at_kiosk(text=text, device=device, guest_hash=secret, now=NOW)).ticket
        for text, secret in ((code_of(one), "a" * 64), (f"{two.number[:8].lower()} {two.number[8:]}", "b" * 64))
    ]
    assert [(t.booking_number, t.channel, t.guest_hash) for t in tickets] == [
        (one.number, "kiosk", "a" * 64), (two.number, "kiosk", "b" * 64),
    ]  # fmt: skip


async def test_what_a_kiosk_cannot_read_is_refused_and_logged(db: str) -> None:
    await make_hall()
    device, old = await kiosk(), code_of(await make_booking(), expires_at=NOW - MINUTE)
    for text in ("nonsense", old):
        with pytest.raises(AppError):
            await self_service.check_in_at_kiosk(text=text, device=device, guest_hash="a", now=NOW)
    rows = await Scan.all().order_by("id").values_list("channel", "outcome", "subject")
    assert rows == [("kiosk", "code.not_ours", ""), ("kiosk", "code.expired", "")]


async def test_the_page_knows_beforehand_what_each_booking_leads_to(db: str) -> None:
    await make_hall()
    await make_hall("HALL-TJA", "田家庵区政务服务中心")
    here, done = await make_booking(starts_at=NOW + MINUTE), await make_booking()
    await make_booking(starts_at=NOW + DAY)
    await make_booking(citizen_id=2)
    await arrive(done)
    found = await self_service.prospects(citizen_id=1, hall_code="HALL-SZ", now=NOW)
    assert [(p.booking.number, p.arrival, bool(p.ticket)) for p in found] == [
        (done.number, None, True), (here.number, "on_time", False),
    ]  # fmt: skip
    elsewhere = await self_service.prospects(citizen_id=1, hall_code="HALL-TJA", now=NOW)
    assert [p.refusal.code for p in elsewhere if p.refusal] == ["queue.wrong_hall", "queue.wrong_hall"]
