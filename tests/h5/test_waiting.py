"""有号提醒我 without script: from a day that is full into the line, and the two answers when a place is kept."""

from app import clock
from app.booking import jobs
from app.booking.models import Booking, ReturningPlace, Slot, Waiting
from tests.city import Doors
from tests.h5.test_pages import days_of
from tests.h5.visitor import Page, Visitor, visiting


async def join(visitor: Visitor, name: str) -> Page:
    """As `name`: from a morning that is full into the line for it."""
    await visitor.sign_in(name)
    day = (await days_of(visitor))[3]
    page = await visitor.get(day)
    on = day.rpartition("=")[2].replace("-", "")
    await Slot.filter(id__startswith=f"{page.field('hall')}.HZ.{on}", id__lt=f"{page.field('hall')}.HZ.{on}12").update(
        left=0
    )
    page = await visitor.get(day)
    assert "上午已满，有号提醒我" in page.words and "下午已满" not in page.words
    asked = await visitor.get(page.links("/h5/waiting?")[0])
    assert "留号 15 分钟" in asked.words
    hidden = {field: asked.field(field) for field in ("matter", "hall", "date", "part", "answers")}
    return await visitor.post("/h5/waiting", asked, **hidden, people="1")


async def free_a_place() -> None:
    first, _ = (await Waiting.all().order_by("id").first()).line.rsplit(".", 1)
    await ReturningPlace.create(slot_id=f"{first}0900", due_at=clock.now())
    assert await jobs.return_places(clock.now()) == 1


async def test_in_line_offered_refused_by_one_and_accepted_by_the_next(doors: Doors) -> None:
    async with visiting(doors) as zhang, visiting(doors) as li:
        first, second = await join(zhang, "zhang"), await join(li, "li")
        assert ("第 1 位" in first.words, "第 2 位" in second.words) == (True, True)
        assert "前面还有 1 人" in second.words
        again = await join(zhang, "zhang")
        assert (again.status, "您已在该时段的候补名单中" in again.words) == (409, True)
        await free_a_place()
        assert "已为您留号，请确认" in (await zhang.get("/h5/bookings")).words
        offered = await zhang.get(first.address)
        refused = await zhang.post(f"{first.address.partition('?')[0]}/refuse", offered)
        assert "已放弃" in refused.words
        assert (await zhang.get(second.address)).status == 404
        await jobs.return_places(clock.now())
        offered = await li.get(second.address)
        assert "为您留了" in offered.words and "09:00 的号" in offered.words
        accept = f"{second.address.partition('?')[0]}/accept"
        nameless = await li.post(accept, offered, name="李秀英")
        assert (nameless.status, "请填写办理人的手机号码" in nameless.words) == (422, True)
        booked = await li.post(accept, nameless, name="李秀英", mobile="13800000002")
        assert "预约成功" in booked.words
    assert await Booking.filter(state="booked").values_list("channel", flat=True) == ["waiting"]


async def test_leaving_the_line(doors: Doors) -> None:
    async with visiting(doors) as visitor:
        page = await join(visitor, "zhang")
        assert "候补第 1 位" in (await visitor.get("/h5/bookings")).words
        left = await visitor.post(f"{page.address.partition('?')[0]}/leave", page)
        assert ("已退出" in left.words, left.links("/h5/booking?matter") != []) == (True, True)
        assert "候补第" not in (await visitor.get("/h5/bookings")).words
