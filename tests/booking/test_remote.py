"""Visits by video or telephone (C21): no hall, no check-in, a room for the time of the visit, or a call."""

import asyncio
from datetime import datetime, timedelta

import pytest

from app.booking import actions, conduct, kinds, openings, queries, remote, waiting_list
from app.booking.contact import Contact
from app.booking.errors import IsMissed, IsUsed, NoCheckIn, NotRemote, NoVideo, RoomClosed, TooSoonToEnd
from app.booking.models import Booking, NoShow
from app.booking.titles import titles_of
from app.booking.waiting_list import Wish
from app.citizens.actions import sign_in_mobile
from app.citizens.models import Citizen
from app.errors import InvalidInput, NotFound
from app.halls.models import CounterGroup
from app.recent import forget_all
from app.server import make_outbox
from app.staff.errors import HallNotYours
from app.staff.models import AuditRow
from notify.models import Dispatch, Notice
from tests.booking.town import BY, HALL, NOW, TODAY, TOMORROW, at, book, events, make_hall, make_matter, slot

VIDEO_AT, PHONE_AT = (f"HALL-YC.{group}.202611250900" for group in ("SP", "DH"))
MINUTE, BEGINS = timedelta(minutes=1), at("09:00")
ELSEWHERE = BY.__class__(2, "钱", BY.roles, frozenset({HALL}))
HERE = BY.__class__(3, "孙", BY.roles, frozenset({"HALL-YC"}))


@pytest.fixture
async def yc(town: str) -> None:
    await make_hall("HALL-YC", groups={"SP": 2, "DH": 2}, kind="virtual", name="远程帮办")
    for group, kind in (("SP", "video"), ("DH", "phone")):
        await CounterGroup.filter(key=f"HALL-YC.{group}").update(kind=kind)
    await make_matter("SEE", ("HALL-YC", "SP"))
    await make_matter("CALL", ("HALL-YC", "DH"))
    await openings.open_days(first=TODAY, last=TOMORROW)


async def by_video(citizen_id: int = 1) -> Booking:
    return await book(citizen_id, VIDEO_AT, "SEE")


async def by_phone(citizen_id: int = 1) -> Booking:
    return await book(citizen_id, PHONE_AT, "CALL", contact=Contact(name="王芳", mobile="13900001234"))


async def room(booking: Booking, now: datetime = BEGINS) -> str:
    return await remote.enter(number=booking.number, citizen_id=1, now=now)


@pytest.mark.usefixtures("yc")
async def test_names_and_kinds_are_right_while_others_let_them_be_forgotten():
    afar, here = await by_video(), await book(2, slot("09:00"))

    async def forgetting() -> None:
        for _ in range(200):
            forget_all()
            await asyncio.sleep(0)

    await titles_of([afar])
    titles, _ = await asyncio.gather(titles_of([afar, here]), forgetting())
    assert (titles.remote(afar), titles.place(afar), titles.summary(afar)) == ("video", "视频办理", "事项SEE")
    assert (titles.remote(here), titles.place(here)) == ("", "淮南市政务服务中心")
    assert titles.halls["HALL-YC"] == "远程帮办"


@pytest.mark.usefixtures("yc")
async def test_the_room_is_open_around_the_time_only_and_its_name_cannot_be_guessed():
    booking, other = await by_video(), await by_video(2)
    address = await room(booking)
    name = address.removeprefix("https://video.example/")
    assert len(name) == 32 and booking.number not in name and booking.nonce not in name
    assert [await room(booking, now) for now in (at("08:50"), at("09:45"))] == [address] * 2
    for now in (at("08:50") - MINUTE, at("09:45") + MINUTE):
        with pytest.raises(RoomClosed):
            await room(booking, now)
    with pytest.raises(NotFound):
        await room(other)
    theirs = await remote.enter(number=other.number, citizen_id=2, now=at("09:00"))
    assert theirs != address
    kinds.use_rooms("")
    with pytest.raises(RoomClosed):
        await room(booking)


@pytest.mark.usefixtures("yc")
async def test_a_moved_visit_has_another_room_and_a_cancelled_one_none():
    booking = await by_video()
    before = await room(booking)
    later = "HALL-YC.SP.202611250915"
    await actions.reschedule_for(by=HERE, number=booking.number, slot_id=later, why="改期", now=NOW)
    assert await room(booking, at("09:10")) != before
    await actions.cancel_for(by=HERE, number=booking.number, why="取消", now=NOW)
    with pytest.raises(Exception, match=r"booking\.cancelled"):
        await room(booking)


@pytest.mark.usefixtures("yc")
async def test_staff_enter_the_same_room_and_leave_a_row():
    booking = await by_video()
    address = await remote.enter_for(by=HERE, number=booking.number, now=at("09:00"))
    assert address == await room(booking)
    row = await AuditRow.get()
    assert (row.action, row.subject) == ("booking.enter_room", f"booking:{booking.number}")
    with pytest.raises(HallNotYours):
        await remote.enter_for(by=ELSEWHERE, number=booking.number, now=at("09:00"))


@pytest.mark.usefixtures("yc")
async def test_nobody_is_booked_for_a_call_without_a_number():
    citizen = await Citizen.create(code="C1", created_at=NOW)
    with pytest.raises(InvalidInput) as refusal:
        await book(citizen.id, PHONE_AT, "CALL", contact=Contact(name="王芳"))
    assert refusal.value.data["fields"] == {"contactMobile": "请填写办理人的手机号码"}
    known = await sign_in_mobile(mobile="13900001234", now=NOW)
    assert (await book(known, PHONE_AT, "CALL", contact=Contact(name="王芳"))).state == "booked"
    assert (await by_phone(citizen.id)).state == "booked"


@pytest.mark.usefixtures("yc")
async def test_there_is_no_code_and_no_check_in():
    for booking in (await by_video(), await by_phone(2)):
        with pytest.raises(NoCheckIn):
            await queries.check_in_code(number=booking.number, citizen_id=booking.citizen_id or 0, now=at("08:55"))
        with pytest.raises(NoCheckIn) as refusal:
            await actions.mark_checked_in(number=booking.number, now=at("08:55"))
        assert "不用到大厅" in refusal.value.text


@pytest.mark.usefixtures("yc")
async def test_a_clerk_marks_it_done_or_not_reached():
    done, missed = await by_video(), await by_phone(2)
    for reached in (True, False):
        with pytest.raises(TooSoonToEnd):
            await remote.finish(by=HERE, number=done.number, reached=reached, now=at("08:49"))
    await remote.finish(by=HERE, number=done.number, reached=True, now=at("09:10"))
    await remote.finish(by=HERE, number=missed.number, reached=False, now=at("09:10"))
    assert [(await Booking.get(id=row.id)).state for row in (done, missed)] == ["done", "no_show"]
    assert await NoShow.all().values_list("booking_number", flat=True) == [missed.number]
    assert await AuditRow.filter(action="booking.finish_remote").count() == 2
    for number, refusal in ((done.number, IsUsed), (missed.number, IsMissed)):
        with pytest.raises(refusal):
            await remote.finish(by=HERE, number=number, reached=True, now=at("09:11"))


@pytest.mark.usefixtures("yc")
async def test_a_visit_to_a_hall_is_not_ended_or_called_from_afar():
    booking = await book()
    for act in (
        remote.finish(by=BY, number=booking.number, reached=True, now=at("09:10")),
        remote.call(by=BY, number=booking.number, now=at("09:10")),
        remote.enter(number=booking.number, citizen_id=1, now=at("09:00")),
        remote.call(by=HERE, number=(await by_video(3)).number, now=at("09:00")),
    ):
        with pytest.raises(NotRemote):
            await act


@pytest.mark.usefixtures("yc")
async def test_what_staff_forgot_to_mark_is_not_held_against_the_citizen():
    afar, here = await by_video(), await book(2, slot("09:00"))
    assert await conduct.close_days(now=at("01:00", TOMORROW + timedelta(days=1))) == 2
    assert [(await Booking.get(id=row.id)).state for row in (afar, here)] == ["done", "no_show"]


@pytest.mark.usefixtures("yc")
async def test_the_notices_say_how_and_keep_the_kind_that_was_allowed():
    await by_video(1)
    await by_phone(2)
    await make_outbox().relay(NOW)
    rows = {row.citizen_id: row for row in await Notice.all()}
    assert {row.kind for row in rows.values()} == {"booked"}
    assert rows[1].body == "2026年11月25日 09:00 视频办理事项SEE，不用到大厅。开始前 10 分钟起在预约页点“进入视频”。"
    assert "工作人员会打您预约时留的手机号" in rows[2].body and "13900001234" not in rows[2].body
    assert {row.data["thing3"] for row in await Dispatch.all()} == {"视频办理，不用到大厅", "电话办理，不用到大厅"}
    assert await events() == ["booking.slot_booked"] * 2


def test_the_hours_of_a_room():
    booking = Booking(starts_at=at("09:00"), ends_at=at("09:15"))
    assert kinds.opening_hours(booking) == (at("08:50"), at("09:45"))


@pytest.mark.usefixtures("yc")
async def test_without_rooms_nobody_books_by_video_but_by_telephone_and_at_a_counter():
    await make_matter("BOTH", ("HALL-YC", "SP"), (HALL, "HZ"))
    kinds.use_rooms("")
    with pytest.raises(NoVideo) as refusal:
        await by_video()
    assert refusal.value.text == "本大厅暂未开通视频办理，请选择到大厅办理"
    with pytest.raises(NoVideo):
        await book(1, VIDEO_AT, "BOTH")
    wish = Wish(hall_code="HALL-YC", on=TOMORROW, part="am", matter_codes=["BOTH"])
    with pytest.raises(NoVideo):
        await waiting_list.join(citizen_id=1, wish=wish, now=NOW)
    assert (await book(1, slot("09:00"), "BOTH")).hall_code == HALL
    assert (await by_phone(2)).state == "booked"
