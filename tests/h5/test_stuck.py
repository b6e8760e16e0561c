"""办不成事: from a guide or a booking that came to nothing to a person at once, who sees what it is about."""

from datetime import timedelta

import pytest

from admin.chats import stuck_at
from app import clock
from app.booking.models import Booking
from chatbot import conversations, duty, peers, queries
from chatbot.models import Conversation, Message
from tests.chatbot.desk import HU
from tests.city import Calendar, Doors
from tests.h5.test_chat import TUESDAY
from tests.h5.test_pages import book, number_of
from tests.h5.visitor import visiting
from tests.h5.waiting import signed_in


@pytest.fixture
def day(monkeypatch: pytest.MonkeyPatch) -> Calendar:
    """It is Tuesday, ten o'clock."""
    calendar = Calendar()
    monkeypatch.setattr(clock, "now", calendar.now)
    calendar.jump_to(TUESDAY)
    return calendar


async def test_from_a_guide_a_guest_stands_in_the_line_with_the_matter(day: Calendar, doors: Doors) -> None:
    async with visiting(doors) as visitor:
        guide = await visitor.get("/h5/matters/HN-GA-002")
        assert "办不成事？直接找人工" in guide.words
        page = await visitor.post("/h5/chat/stuck", guide, matter=guide.field("matter"), hall="", booking="")
        assert ("您排在第 1 位" in page.words, "办不成事：" in page.words) == (True, True)
    row = await Conversation.get()
    assert (row.state, row.why, row.is_urgent, row.about) == ("waiting", "办不成事", True, {"matter": "HN-GA-002"})
    assert await Message.filter(author="bot").count() == 0  # the bot says nothing in between


async def test_a_cancelled_booking_goes_along_and_only_ones_own(day: Calendar, doors: Doors) -> None:
    async with visiting(doors) as visitor:
        await visitor.sign_in("zhang")
        booked, _ = await book(visitor)
        assert "办不成事" not in booked.words
        number = number_of(booked)
        path = f"/h5/bookings/{number}"
        gone = await visitor.post(f"{path}/cancel", await visitor.get(f"{path}/cancel"))
        fields = {name: gone.field(name) for name in ("matter", "hall", "booking")}
        assert fields == {"matter": "HN-GA-002", "hall": "HALL-SZ", "booking": number}
        await visitor.post("/h5/chat/stuck", gone, **fields)
        assert (await Conversation.get()).about == fields
        stuck = await stuck_at(fields, HU)
        assert stuck is not None and (stuck.hall, stuck.booking) == ("淮南市政务服务中心", number)
        assert f"预约号 {number}" in (await Message.get(author="citizen")).text
        await conversations.close(peer=peers.citizen(await signed_in()), now=clock.now())
        await Booking.all().update(citizen_id=999)
        await visitor.post(
            "/h5/chat/stuck",
            gone,
            **fields,
        )
    row = await Conversation.get(state="waiting")
    assert row.about == {"matter": "HN-GA-002", "hall": "HALL-SZ"}
    assert row.is_urgent is False  # once a day


async def test_a_refused_booking_offers_it(day: Calendar, doors: Doors) -> None:
    async with visiting(doors) as visitor:
        await visitor.sign_in("zhang")
        page = await visitor.get("/h5/booking?matter=HN-GA-002")
        assert "办不成事" not in page.words
        refused = await visitor.post(
            "/h5/booking", page, slot="HALL-SZ.HZ.200001010900", matter="HN-GA-002", hall="HALL-SZ", answers="",
        )  # fmt: skip
    assert (refused.status >= 400, "办不成事？直接找人工" in refused.words) == (True, True)


async def test_who_waits_reads_how_long_it_will_take(day: Calendar, doors: Doors) -> None:
    now = clock.now()
    began = now - timedelta(minutes=24)
    for n in range(6):
        await Conversation.create(
            code=f"t{n}", peer=f"x{n}", channel="h5", state="closed", opened_at=began, last_at=now, staff_id=7,
            due_at=began, taken_at=began + (n + 1) * timedelta(minutes=4) - timedelta(minutes=1),
        )  # fmt: skip
    await duty.begin(by=HU, now=now)
    async with visiting(doors) as visitor:
        start = await visitor.get("/h5/chat")
        page = await visitor.post("/h5/chat/person", start)
        assert "您排在第 1 位，预计还要等 4–5 分钟（10:0" in page.words
        await duty.pause(by=HU, opens=now, now=now)
        assert (await queries.transcript((await Conversation.get(state="waiting")).id, now=now)).place == 1
