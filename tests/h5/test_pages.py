"""The citizens' pages without script: each does its whole job by links and forms."""

import asyncio

import aiohttp
import pytest

from app import clock
from app.booking.models import Booking
from app.halls.models import Hall
from app.matters.models import Matter
from app.pickup.actions import mark_ready
from app.pickup.models import Pickup
from tests.city import Doors
from tests.h5.visitor import Page, Visitor, visiting
from tests.pickup.shelf import CARD
from tests.queue.day import CLERK

CHOICE = "/h5/booking?matter=HN-GA-002"
ZHANG = {"name": "张三", "mobile": "13800000001"}


async def days_of(visitor: Visitor) -> list[str]:
    """Addresses of the days with free places, from tomorrow on."""
    page = await visitor.get(CHOICE)
    return [link for link in page.links("/h5/booking?matter") if not link.endswith(str(clock.now().date()))][:9]


async def book(visitor: Visitor) -> tuple[Page, str]:
    """Book the first slot of the second free day. Returns the page and the slot."""
    page = await visitor.get((await days_of(visitor))[1])
    slot = page.field("slot")
    form = {"slot": slot, "matter": page.field("matter"), "hall": page.field("hall")}
    done = await visitor.post("/h5/booking", page, **form, **ZHANG)
    return done, slot


async def choose(visitor: Visitor, day: str, matter: str) -> Page:
    """Book the first slot of this day for this matter."""
    page = await visitor.get(day.replace("HN-GA-002", matter))
    form = {"slot": page.field("slot"), "matter": page.field("matter"), "hall": page.field("hall")}
    return await visitor.post("/h5/booking", page, **form, **ZHANG)


def number_of(page: Page) -> str:
    return page.address.removeprefix("/h5/bookings/").partition("?")[0]


async def test_booking_moving_and_cancelling(doors: Doors) -> None:
    async with visiting(doors) as visitor:
        await visitor.sign_in("zhang")
        page, first = await book(visitor)
        assert "预约成功" in page.words
        assert "可改期 1 次；改期和取消请提前 2 小时" in page.words
        path = f"/h5/bookings/{number_of(page)}"
        other = await visitor.get((await visitor.get(f"{path}/move")).links(f"{path}/move?hall")[-1])
        assert "选好新时间后才会放弃它" in other.words
        moved = await visitor.post(f"{path}/move", other, slot=other.field("slot"))
        assert ("已改到新时间" in moved.words, "改期次数已用完" in moved.words) == (True, True)
        assert moved.links(f"{path}/move") == []
        again = await visitor.post(f"{path}/move", other, slot=first)
        assert (again.status, "每个预约可改期 1 次，您已用完" in again.words) == (409, True)
        asked = await visitor.get(f"{path}/cancel")
        assert "确定取消这次预约吗" in asked.words
        gone = await visitor.post(f"{path}/cancel", asked)
        assert ("已取消，名额将让给其他人" in gone.words, "重新预约" in gone.words) == (True, True)
    assert (await Booking.get()).state == "cancelled"


async def test_a_form_sent_twice_books_once_and_shows_the_booking(doors: Doors) -> None:
    async with visiting(doors) as visitor:
        await visitor.sign_in("zhang")
        page = await visitor.get((await days_of(visitor))[0])
        form = {"slot": page.field("slot"), "matter": page.field("matter"), "hall": page.field("hall")}
        one, two = await asyncio.gather(*(visitor.post("/h5/booking", page, **form, **ZHANG) for _ in range(2)))
        three = await visitor.post("/h5/booking", page, **form, **ZHANG)
    assert [p.status for p in (one, two, three)] == [200, 200, 200]
    assert {number_of(p) for p in (one, two, three)} == {number_of(one)}


async def test_a_wrong_name_for_the_family_is_named_beside_its_field_and_nothing_is_lost(doors: Doors) -> None:
    async with visiting(doors) as visitor:
        await visitor.sign_in("zhang")
        page = await visitor.get((await days_of(visitor))[0])
        form = {"slot": page.field("slot"), "matter": page.field("matter"), "hall": page.field("hall")}
        wrong = await visitor.post("/h5/booking", page, **form, name="李奶奶", mobile="123")
        assert wrong.status == 422
        assert 'id="e-mobile">请输入 11 位手机号码' in wrong.text
        kept = ['value="李奶奶"', f'value="{form["slot"]}" required checked']
        assert [text in wrong.text for text in kept] == [True, True]
        good = await visitor.post("/h5/booking", page, **form, name="李奶奶", mobile="13900000009")
    assert "预约成功" in good.words


async def test_a_booking_shows_who_comes_and_where_and_then_the_result(doors: Doors) -> None:
    async with visiting(doors) as visitor:
        await visitor.sign_in("zhang")
        page, _ = await book(visitor)
        path, booking = f"/h5/bookings/{number_of(page)}", await Booking.get()
        assert "办理人 张* 138****0001" in page.words
        assert "地址 淮南市山南新区(待核) 电话 0554-12345" in page.words
        await Booking.all().update(state="done")
        pickup = await mark_ready(booking_number=booking.number, items=CARD, shelf="A-03", by=CLERK, now=clock.now())
        await Pickup.all().update(state="expected")
        assert "结果正在制作，办好后会通知您来取" in (await visitor.get(path)).words
        assert (await visitor.get("/h5/")).links("/h5/pickups/") == []
        await Pickup.all().update(state="ready")
        assert "结果已办好，可以领取了" in (await visitor.get(path)).words
        home = await visitor.get("/h5/")
        assert home.links("/h5/pickups/") == [f"/h5/pickups/{pickup.code}"]
        assert "可以领取了 居民身份证换领的办理结果" in home.words
        await Pickup.all().update(state="handed_over")
        assert "结果已领取" in (await visitor.get(path)).words
        assert (await visitor.get("/h5/")).links("/h5/pickups/") == []


async def test_my_bookings_begin_with_the_nearest_and_count_only_those_to_come(doors: Doors) -> None:
    async with visiting(doors) as visitor:
        await visitor.sign_in("zhang")
        page, _ = await book(visitor)
        first = number_of(page)
        await visitor.post(f"/h5/bookings/{first}/cancel", await visitor.get(f"/h5/bookings/{first}/cancel"))
        assert "我的预约 消息" in (await visitor.get("/h5/me")).words
        days = await days_of(visitor)
        late = number_of(await choose(visitor, days[3], "HN-GA-002"))
        near = number_of(await choose(visitor, days[2], "HN-GA-001"))
        mine = await visitor.get("/h5/bookings")
        shown = [link.rpartition("/")[2] for link in mine.links("/h5/bookings/")]
        assert shown == [near, late, first]
        assert "我的预约 2 个待办" in (await visitor.get("/h5/me")).words


async def test_every_theme_for_people_and_businesses_and_every_event_has_a_door(doors: Doors) -> None:
    async with visiting(doors) as visitor:
        assert "/h5/themes" in (await visitor.get("/h5/")).links("/h5/themes")
        page = await visitor.get("/h5/themes")
        codes = [link.partition("theme=")[2] for link in page.links("/h5/search?theme=")]
        assert (len(codes), {"P-SY", "L-ZY"} <= set(codes), codes.index("L-ZY") > codes.index("P-SY")) == (
            31, True, True,
        )  # fmt: skip
        assert [words in page.words for words in ("企业和组织办事", "新生儿出生")] == [True, True]
        assert "/h5/matters/HN-WJ-001" in page.links("/h5/matters/")


async def test_a_guide_says_how_the_result_comes_where_to_complain_and_from_when_it_holds(doors: Doors) -> None:
    row = await Matter.get(code="HN-GA-002")
    await Matter.filter(code=row.code).update(guide={**row.guide, "effective_from": "2099-12-01"})
    async with visiting(doors) as visitor:
        page = await visitor.get("/h5/matters/HN-GA-002")
        for words in (
            "可网办", "送达方式 大厅窗口领取、邮寄送达", "监督投诉 12345",
            "本指南自 2099年12月1日起实施，在此之前办理请先拨打",
        ):  # fmt: skip
            assert words in page.words
        hall = await Hall.get(code="HALL-SZ")
        assert hall.hours_text in page.words
        await Matter.filter(code=row.code).update(guide={**row.guide, "effective_from": "2020-12-01"})
        assert "起实施" not in (await visitor.get("/h5/matters/HN-GA-002")).words


async def test_a_guide_shows_its_notes(doors: Doors) -> None:
    row = await Matter.get(code="HN-GA-002")
    await Matter.filter(code=row.code).update(guide={**row.guide, "notes": "周六上午户政窗口加班办理"})
    async with visiting(doors) as visitor:
        assert "备注 周六上午户政窗口加班办理" in (await visitor.get("/h5/matters/HN-GA-002")).words


async def test_a_guide_asks_for_no_copies_where_none_are_needed(doors: Doors) -> None:
    row = await Matter.get(code="HN-GA-002")
    one = {**row.guide["materials"][0], "original_count": 1, "copy_count": 0, "remark": "原件核对后退还"}
    two = {**one, "name": "户口簿", "copy_count": 2, "remark": None}
    await Matter.filter(code=row.code).update(guide={**row.guide, "materials": [one, two]})
    async with visiting(doors) as visitor:
        words = (await visitor.get("/h5/matters/HN-GA-002")).words
    assert ("原件 1 份 · 原件核对后退还" in words, "原件 1 份，复印件 2 份" in words, "0 份" in words) == (
        True, True, False,
    )  # fmt: skip


async def test_a_guide_says_nothing_where_the_department_has_said_nothing(doors: Doors) -> None:
    row = await Matter.get(code="HN-GA-002")
    bare = {"result": {}, "complaint": {"phones": []}, "conditions": [], "process": [], "materials": [], "notes": None}
    await Matter.filter(code=row.code).update(guide={**row.guide, **bare})
    async with visiting(doors) as visitor:
        words = (await visitor.get("/h5/matters/HN-GA-002")).words
    for absent in ("None", "办理结果", "监督投诉", "谁能办", "怎么办", "备注", "无需携带材料"):
        assert absent not in words
    assert "带什么 请先拨打 12345 确认需要哪些材料。" in words


async def test_me_shows_what_is_mine_masked(doors: Doors) -> None:
    async with visiting(doors) as visitor:
        before = await visitor.get("/h5/me")
        assert "登录后，这里有您的" in before.words
        me = await visitor.sign_in("li")
        assert ("没有待领取的结果" in me.words, "未绑定手机号" in me.words) == (True, True)
        wrong = await visitor.post("/h5/me/name", me, name="<b>")
        assert (wrong.status, "格式不正确" in wrong.words) == (422, True)
        saved = await visitor.post("/h5/me/name", me, name="欧阳秀英")
        assert ("已保存" in saved.words, "欧阳**" in saved.words, "秀英" in saved.words) == (True, True, False)
        gone = await visitor.post("/h5/sign-out", saved)
        assert gone.address == "/h5/"
        assert "登录后，这里有您的" in (await visitor.get("/h5/me")).words


async def test_who_has_not_agreed_is_asked_before_booking_and_comes_back_to_the_choice(doors: Doors) -> None:
    async with visiting(doors) as visitor:
        await visitor.sign_in("wang")
        page = await visitor.get((await days_of(visitor))[0])
        form = {"slot": page.field("slot"), "matter": page.field("matter"), "hall": page.field("hall")}
        mine = await visitor.get("/h5/me")
        assert "撤回后，您的姓名和手机号会从资料中删除，不能再预约" in mine.words
        gone = await visitor.post("/h5/consent/withdraw", mine)
        assert "同意后才能预约和绑定手机号" in gone.words
        late = await visitor.post("/h5/booking", page, **form, **ZHANG)
        assert (await Booking.all().count(), "继续前，请先同意隐私政策" in late.words) == (0, True)
        asked = await visitor.get(page.address)
        assert asked.address.startswith("/h5/consent?next=/h5/booking?matter%3D")
        back = await visitor.post("/h5/consent", asked, version=asked.field("version"), next=asked.field("next"))
        assert (back.address, back.field("slot")) == (page.address, form["slot"])
        done = await visitor.post("/h5/booking", back, **form, **ZHANG)
        assert "预约成功" in done.words


async def test_whoever_has_no_name_and_mobile_is_asked_for_both_beside_the_fields(doors: Doors) -> None:
    async with visiting(doors) as visitor:
        me = await visitor.sign_in("wang")
        await visitor.post("/h5/me/name", me, name="王强")
        page = await visitor.get((await days_of(visitor))[0])
        assert [text in page.text for text in ('value="王强" required', 'name="mobile" type="tel"')] == [True, True]
        form = {"slot": page.field("slot"), "matter": page.field("matter"), "hall": page.field("hall")}
        refused = await visitor.post("/h5/booking", page, **form)
        assert (refused.status, 'id="e-mobile">请填写办理人的手机号码' in refused.text) == (422, True)
        assert ('id="e-name"' in refused.text, await Booking.all().count()) == (False, 0)


async def test_opening_a_message_reads_it_and_nobody_elses_can_be_opened(doors: Doors) -> None:
    async with visiting(doors) as zhang, visiting(doors) as li:
        await zhang.sign_in("zhang")
        await li.sign_in("li")
        await book(zhang)
        await until_told(zhang)
        inbox = await zhang.get("/h5/messages")
        assert "未读" in inbox.words
        (link, *_) = inbox.links("/h5/messages/")
        message = await zhang.get(link)
        assert ("预约成功" in message.words, message.links("/h5/bookings/") != []) == (True, True)
        assert "未读" not in (await zhang.get("/h5/messages")).words
        foreign, missing = await li.get(link), await li.get("/h5/messages/AAAAAAAAAAAAAAAA")
        assert (foreign.status, missing.status) == (404, 404)
        assert "还没有消息" in (await li.get("/h5/messages")).words


async def until_told(visitor: Visitor) -> None:
    for _ in range(200):
        if "预约成功" in (await visitor.get("/h5/messages")).words:
            return
        await asyncio.sleep(0.05)
    raise AssertionError("no message came")


@pytest.mark.parametrize(
    ("query", "shows"),
    [
        ("elder=1", 'class="elder"'),
        ("size=huge", 'class="huge"'),
        ("tone=dark", 'class="dark"'),
        ("tone=usual", '<html lang="zh-CN">'),
        ("size=nonsense", '<html lang="zh-CN">'),
    ],
)
async def test_a_look_is_chosen_by_a_link_and_stays(doors: Doors, query: str, shows: str) -> None:
    async with visiting(doors) as visitor:
        page = await visitor.get(f"/h5/look?{query}&next=/h5/search?q=sbk")
        assert (page.address, shows in page.text) == ("/h5/search?q=sbk", True)
        assert shows in (await visitor.get("/h5/")).text
        assert (await visitor.get(f"/h5/look?{query}&next=//elsewhere.example")).address == "/h5/"


async def test_what_is_not_there_is_a_page_with_a_way_on(doors: Doors) -> None:
    async with visiting(doors) as visitor:
        for path in ("/h5/nowhere", "/h5/matters/NONE", "/h5/a/b/c", "/admin/nowhere"):
            page = await visitor.get(path)
            assert (path, page.status, "<h1" in page.text) == (path, 404, True)
        async with visitor.http.delete(f"{doors.product}/h5/me") as response:
            assert (response.status, response.content_type) == (405, "text/html")
        async with visitor.http.get(f"{doors.product}/api/v1/nowhere") as response:
            assert (response.status, response.content_type) == (404, "application/json")


async def test_who_asks_for_the_head_gets_what_a_get_would_say_without_the_body(doors: Doors) -> None:
    async with visiting(doors) as visitor:
        for path, status in (("/h5/", 200), ("/api/v1/halls", 200), ("/h5/nowhere", 404), ("/health/live", 200)):
            async with visitor.http.head(doors.product + path) as response:
                assert (path, response.status, await response.read()) == (path, status, b"")
        for path in ("/h5/me/name", "/api/v1/sessions"):
            async with visitor.http.head(doors.product + path) as response:
                assert (path, response.status) == (path, 405)
        async with visitor.http.head(doors.product + "/h5/bookings", allow_redirects=False) as response:
            assert (response.status, response.headers["location"]) == (303, "/h5/sign-in?next=%2Fh5%2Fbookings")


async def test_after_a_stale_form_one_gets_back_to_the_page_with_the_form(doors: Doors) -> None:
    async with visiting(doors) as visitor:
        page = await visitor.sign_in("zhang")
        old = Page(page.status, "/h5/me", page.text.replace(page.field("csrf"), "0" * 64))
        refused = await visitor.post("/h5/me/name", old, name="张三")
        assert (refused.status, '<a class="button" href="/h5/me">重试</a>' in refused.text) == (403, True)


async def test_the_open_page_gets_a_fresh_code_and_then_the_ticket(doors: Doors) -> None:
    async with visiting(doors) as visitor:
        await visitor.sign_in("zhang")
        page, _ = await book(visitor)
        path = f"/h5/bookings/{number_of(page)}/now"
        one = await visitor.get(path)
        await asyncio.sleep(1.1)
        two = await visitor.get(path)
        assert ("<svg" in one.text, "<html" in one.text, one.text == two.text) == (True, False, False)
    async with aiohttp.ClientSession() as stranger, stranger.get(doors.product + path) as response:
        assert "/h5/sign-in" in str(response.url)
