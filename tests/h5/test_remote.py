"""A visit by video or telephone on the citizens' pages: no hall, no code; the room, or the number to be called."""

from datetime import timedelta

from app import clock
from app.booking.models import Booking
from tests.city import Doors
from tests.h5.test_pages import number_of
from tests.h5.visitor import Page, Visitor, visiting


async def book(visitor: Visitor, matter: str, **fields: str) -> Page:
    page = await visitor.get(f"/h5/booking?matter={matter}&hall=HALL-YC")
    assert "不用到大厅" in page.words
    day = await visitor.get([link for link in page.links("/h5/booking?matter") if "HALL-YC&date" in link][-1])
    hidden = {name: day.field(name) for name in ("slot", "matter", "hall", "answers")}
    return await visitor.post("/h5/booking", day, **hidden, **fields)


async def test_a_video_visit_shows_its_room_when_the_time_has_come(doors: Doors) -> None:
    async with visiting(doors) as visitor:
        await visitor.sign_in("zhang")
        page = await book(visitor, "HN-RS-005", name="张三", mobile="13800000001")
        assert ("预约成功，不用到大厅" in page.words, "签到" in page.words) == (True, False)
        assert "视频在开始前 10 分钟开放" in page.words
        path = f"/h5/bookings/{number_of(page)}"
        early = await visitor.get(f"{path}/enter")
        assert (early.status, "现在进不去" in early.words) == (409, True)
        ics = await visitor.get(f"{path}/calendar.ics")
        assert "LOCATION:视频办理" in ics.text and path in ics.text.replace("\r\n ", "")
        now = clock.now()
        await Booking.all().update(starts_at=now, ends_at=now + timedelta(minutes=15))
        assert f"{path}/enter" in (await visitor.get(path)).links(path)
        async with visitor.http.get(f"{visitor.url}{path}/enter", allow_redirects=False) as answer:
            assert answer.status == 303
            assert answer.headers["location"].startswith("https://video.example/")


async def test_a_telephone_visit_shows_the_number_that_will_be_called(doors: Doors) -> None:
    async with visiting(doors) as visitor:
        await visitor.sign_in("zhang")
        refused = await book(visitor, "HN-SF-001")
        assert (refused.status, "手机号：请填写办理人的手机号码" in refused.words) == (422, True)
        page = await book(visitor, "HN-SF-001", name="李奶奶", mobile="13900000009")
        assert "工作人员将在约定时间拨打 139****0009" in page.words
        assert 'aria-label="签到二维码"' not in page.text
