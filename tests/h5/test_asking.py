"""Questions before a booking, answered by links: to the right matter, away from a wasted way, or to the slots."""

from app.booking.models import Booking
from tests.city import Doors
from tests.h5.visitor import visiting

PASSPORT = "/h5/booking?matter=HN-GA-012"


async def test_the_answers_lead_to_another_matter_or_to_the_slots(doors: Doors) -> None:
    async with visiting(doors) as visitor:
        await visitor.sign_in("zhang")
        page = await visitor.get(PASSPORT)
        assert ("是不是只去香港、澳门？" in page.words, "选时间" in page.words) == (True, False)
        yes, no = page.links(PASSPORT)
        wrong = await visitor.get(yes)
        assert "您要办的是“往来港澳通行证及签注签发”" in wrong.words
        assert "/h5/booking?matter=HN-GA-013" in wrong.links("/h5/booking?matter=HN-GA-013")
        second = await visitor.get(no)
        slots = await visitor.get(second.links(PASSPORT)[1])
        assert "选时间" in slots.words
        day = await visitor.get(slots.links(PASSPORT)[-1])
        fields = {name: day.field(name) for name in ("slot", "matter", "hall", "answers")}
        assert fields["answers"] == "only_hongkong_macao.n,only_taiwan.n"
        booked = await visitor.post("/h5/booking", day, **fields, name="张三", mobile="13800000001")
        assert "预约成功" in booked.words
    assert (await Booking.get()).matter_codes == ["HN-GA-012"]


async def test_answers_that_were_changed_on_the_way_are_refused_by_the_server(doors: Doors) -> None:
    async with visiting(doors) as visitor:
        await visitor.sign_in("zhang")
        page = await visitor.get("/h5/booking?matter=HN-MZ-002&answers=lost_divorce_certificate.n,both_agree.n")
        assert ("不用预约这个事项" in page.words, "人民法院" in page.words) == (True, True)
        page = await visitor.get("/h5/booking?matter=HN-MZ-002&answers=lost_divorce_certificate.n,both_agree.y")
        page = await visitor.get(page.links("/h5/booking?matter=HN-MZ-002")[-1])
        fields = {name: page.field(name) for name in ("slot", "matter", "hall")} | {
            "name": "张三",
            "mobile": "13800000001",
        }
        forged = await visitor.post("/h5/booking", page, **fields, answers="both_agree.n")
        assert (forged.status, "按您的回答，不用预约这个事项" in forged.words) == (409, True)
        missing = await visitor.post("/h5/booking", page, **fields, answers="")
        assert (missing.status, "请先回答几个问题" in missing.words) == (409, True)
    assert await Booking.all().count() == 0
