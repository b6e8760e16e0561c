"""The citizens' pages without script: each does its whole job by links and forms."""

import asyncio

import aiohttp
import pytest

from app import clock
from app.booking.models import Booking
from tests.city import Doors
from tests.h5.visitor import Page, Visitor, visiting

CHOICE = "/h5/booking?matter=HN-GA-002"


async def days_of(visitor: Visitor) -> list[str]:
    """Addresses of the days with free places, from tomorrow on."""
    page = await visitor.get(CHOICE)
    return [link for link in page.links("/h5/booking?matter") if not link.endswith(str(clock.now().date()))][:9]


async def book(visitor: Visitor) -> tuple[Page, str]:
    """Book the first slot of the second free day. Returns the page and the slot."""
    page = await visitor.get((await days_of(visitor))[1])
    slot = page.field("slot")
    done = await visitor.post("/h5/booking", page, slot=slot, matter=page.field("matter"), hall=page.field("hall"))
    return done, slot


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
        one, two = await asyncio.gather(*(visitor.post("/h5/booking", page, **form) for _ in range(2)))
        three = await visitor.post("/h5/booking", page, **form)
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


async def test_consent_can_be_taken_back_and_given_again(doors: Doors) -> None:
    async with visiting(doors) as visitor:
        page = await visitor.sign_in("wang")
        for word, other in (("agree", "withdraw"), ("withdraw", "agree"), ("agree", "withdraw")):
            page = await visitor.post(f"/h5/me/consent/{word}", page)
            assert f"/h5/me/consent/{other}" in page.text


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
