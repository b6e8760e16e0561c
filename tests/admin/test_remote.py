"""Visits by video or telephone at the counter: entering, calling, and how it ended."""

from datetime import timedelta

import pytest

from app import clock
from app.booking.contact import Contact
from app.booking.models import Booking
from app.halls.models import CounterGroup
from app.recent import forget_all
from app.staff.models import AuditRow
from tests.admin.console import Browser
from tests.admin.test_bookings import make_named


async def make_remote(kind: str) -> Booking:
    await CounterGroup.filter(key="HALL-SZ.HZ").update(kind=kind)
    forget_all()
    return await make_named()


async def test_a_video_visit_is_marked_and_entered_from_the_list(clerk: Browser) -> None:
    booking = await make_remote("video")
    assert "视频，点开进入" in (await clerk.get("/admin/bookings")).words
    page = await clerk.get(f"/admin/bookings/{booking.number}")
    assert ("进入视频" in page.words, "签到取号" in page.words) == (True, False)
    url = f"{clerk.url}/admin/bookings/{booking.number}/enter"
    async with clerk.http.get(url, allow_redirects=False) as answer:
        assert (answer.status, answer.headers["location"][:22]) == (303, "https://video.example/")
    assert await AuditRow.filter(action="booking.enter_room").count() == 1
    await Booking.all().update(starts_at=clock.now() + timedelta(hours=3), ends_at=clock.now() + timedelta(hours=4))
    early = await clerk.get(f"/admin/bookings/{booking.number}/enter")
    assert (early.status, "现在进不去" in early.words) == (409, True)


async def test_calling_shows_the_number_once_and_leaves_a_row(clerk: Browser) -> None:
    booking = await make_remote("phone")
    await Booking.filter(id=booking.id).update(**Contact(name="王芳", mobile="13812341234").sealed_for(booking.number))
    page = await clerk.get(f"/admin/bookings/{booking.number}")
    assert ("呼叫" in page.words, "13812341234" in page.text) == (True, False)
    called = await clerk.post(f"/admin/bookings/{booking.number}/call")
    assert 'href="tel:13812341234"' in called.text
    assert await AuditRow.filter(action="booking.call").count() == 1


@pytest.mark.parametrize(
    ("outcome", "state", "words"),
    [("done", "done", "已记为办结"), ("not_reached", "no_show", "已记为未接通，计一次未到")],
)
async def test_how_it_ended_is_marked(clerk: Browser, outcome: str, state: str, words: str) -> None:
    booking = await make_remote("phone")
    page = await clerk.post(f"/admin/bookings/{booking.number}/finish", outcome=outcome)
    assert words in page.words
    assert (await Booking.get(id=booking.id)).state == state
    again = await clerk.post(f"/admin/bookings/{booking.number}/finish", outcome=outcome)
    assert again.status == 409
