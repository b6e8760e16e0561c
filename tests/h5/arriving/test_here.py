"""Arriving with a phone (D1, D2, D5): scan the tablet, check in or take a number, and be told why when it cannot be."""

import re
from urllib.parse import quote

import pytest

from app.booking import openings
from app.halls.models import Hall
from app.queue import walk_in
from app.queue.models import Scan, Ticket
from app.queue.policy import set_policy
from tests.booking.town import TODAY, TOMORROW
from tests.h5.arriving.site import HALL, MATTER, Site
from tests.h5.visitor import Page
from tests.queue.day import make_hall

WALK_IN = "/h5/here/walk-in"
POSTER = f"/h5/here?hall={HALL}&counter={HALL}-B01"


def card_of(page: Page, number: str) -> str:
    """What the page says about one booking that one can check in with."""
    found = re.search(rf'<section class="card">(?:(?!</section>).)*value="{number}".*?</section>', page.text, re.S)
    return found[0] if found else ""


async def test_a_photo_older_than_a_minute_is_refused_with_its_reason(site: Site) -> None:
    photo = await site.on_the_wall()
    async with site.visiting() as phone:
        site.later(seconds=55)
        assert (await phone.get(photo)).status == 200
        site.later(seconds=6)
        late = await phone.get(photo)
        assert (late.status, late.address.startswith("/h5/here?c=")) == (409, True)
        assert "二维码已过期（照片、截图无效），请扫大厅屏幕上的最新二维码" in late.words
    assert await Scan.all().values_list("outcome", flat=True) == ["queue.hall_code_expired"]


async def test_what_is_no_address_is_no_code_of_the_hall(site: Site) -> None:
    async with site.visiting() as phone:
        for text in ("http://[?c=1", "http://[::1?c=ZB1.a.b", "签到?c=签到"):
            page = await phone.get(f"/h5/here?c={quote(text)}")
            assert (page.status, "请扫大厅" in page.words) == (422, True), page.words


async def test_a_form_that_came_from_no_address_is_answered_with_a_page(site: Site) -> None:
    async with site.visiting() as phone:
        headers = {"referer": "http://["}
        async with phone.http.post(f"{site.url}/h5/here/place", data={}, headers=headers) as answer:
            assert (answer.status, "页面已过期" in await answer.text()) == (403, True)


async def test_without_a_scan_nobody_is_here_and_ten_minutes_later_neither(site: Site) -> None:
    async with site.visiting() as phone, site.visiting() as home:
        for path in ("/h5/here", f"{WALK_IN}?group=HZ"):
            away = await home.get(path)
            assert (away.status, "请扫大厅屏幕上的二维码，确认您在大厅" in away.words) == (409, True)
        await site.scan(phone)
        form = await phone.get(f"{WALK_IN}?group=HZ")
        site.later(minutes=10, seconds=1)
        late = await phone.post(WALK_IN, form, group="HZ")
        assert (late.status, "每次扫码后 10 分钟内有效" in late.words) == (409, True)
    assert await Ticket.all().count() == 0


async def test_signing_in_does_not_lose_the_scan_and_checking_in_leads_to_the_ticket(site: Site) -> None:
    booking = await site.book(10)
    async with site.visiting() as phone:
        assert (await site.scan(phone)).links("/h5/sign-in") == ["/h5/sign-in?next=/h5/here"]
        await site.sign_in(phone, 1)
        site.later(minutes=2)
        page = await phone.get("/h5/here")
        assert "可以签到" in card_of(page, booking.number)
        done = await phone.post("/h5/here/check-in", page, number=booking.number)
        ticket = await Ticket.get()
        assert done.address == f"/h5/tickets/{ticket.code}?new=1"
        assert (ticket.number, ticket.channel, ticket.booking_number) == ("HZ001", "wall", booking.number)
        again = await phone.get("/h5/here")
        assert ("已签到" in again.words, again.links("/h5/tickets")) == (True, [f"/h5/tickets/{ticket.code}"])
        assert (await phone.post("/h5/here/check-in", page, number=booking.number)).address == done.address


async def test_what_each_booking_leads_to_is_said_before_and_after_the_tap(site: Site) -> None:
    early, late = await site.book(60), await site.book(-31)
    async with site.visiting(1) as phone:
        page = await site.scan(phone)
        assert "来早了，可以先签到，按预约时间叫号" in card_of(page, early.number)
        assert "已过预约时间，签到后按现场取号的先后排队" in card_of(page, late.number)
        await set_policy(hall_code=HALL, late_is_refused=1)
        page = await phone.get("/h5/here")
        sentence = "已超过预约时间 30 分钟，本大厅不再受理迟到预约"
        assert (sentence in page.words, card_of(page, late.number)) == (True, "")
        refused = await phone.post("/h5/here/check-in", page, number=late.number)
        assert (refused.status, sentence in refused.words) == (409, True)
    assert await Ticket.all().count() == 0


async def test_other_days_and_other_halls_say_when_and_where(site: Site) -> None:
    await make_hall("HALL-TJA", "田家庵区政务服务中心")
    await site.book(24 * 60)
    await site.book(0, hall_code="HALL-TJA")
    async with site.visiting(1) as phone:
        page = await site.scan(phone)
    assert "该预约的日期是11月25日，今天不能签到" in page.words
    assert "该预约在田家庵区政务服务中心，不在本大厅，请前往该大厅办理" in page.words
    assert 'action="/h5/here/check-in"' not in page.text


async def test_a_guest_takes_a_number_with_nothing_but_the_browser(site: Site) -> None:
    async with site.visiting() as phone:
        assert "户政 等候 0 人" in (await site.scan(phone)).words
        form = await phone.get(f"{WALK_IN}?group=HZ")
        assert f'<option value="{MATTER}"' in form.text
        done = await phone.post(WALK_IN, form, group="HZ", matter=MATTER, priority="disabled")
        ticket = await Ticket.get()
        assert done.address == f"/h5/tickets/{ticket.code}?new=1"
        assert (ticket.citizen_id, ticket.matter_code, ticket.priority_state) == (None, MATTER, "claimed")
        (cookie,) = [c for c in phone.http.cookie_jar if c.key == "zb_guest"]
        assert (len(ticket.guest_hash), cookie["httponly"], cookie.value in ticket.guest_hash) == (64, True, False)
        again = await phone.post(WALK_IN, form, group="HZ")
        assert (again.status, "您在这里已有 HZ001 号，请等候叫号" in again.words) == (409, True)
        assert again.links("/h5/tickets") == [f"/h5/tickets/{ticket.code}"]


async def test_one_code_of_the_tablet_serves_twenty_guests_and_the_next_one_serves_again(site: Site) -> None:
    photo = await site.on_the_wall()
    answers = []
    for _ in range(walk_in.GUESTS_PER_CODE + 1):
        async with site.visiting() as phone:  # no cookies: somebody new, as a script is each time
            await phone.get(photo)
            answers.append(await phone.post(WALK_IN, await phone.get(f"{WALK_IN}?group=HZ"), group="HZ"))
    assert [answer.status for answer in answers] == [200] * 20 + [429]
    assert "用这个二维码取号的人太多，请重新扫大厅屏幕上的二维码，或登录后取号" in answers[-1].words
    site.later(seconds=30)
    async with site.visiting() as phone:
        await site.scan(phone)
        done = await phone.post(WALK_IN, await phone.get(f"{WALK_IN}?group=HZ"), group="HZ")
        assert (done.status, await Ticket.all().count()) == (200, 21)


async def test_whoever_is_signed_in_has_the_number_under_their_name(site: Site) -> None:
    async with site.visiting(1) as phone:
        await site.scan(phone)
        await phone.post(WALK_IN, await phone.get(f"{WALK_IN}?group=HZ"), group="HZ")
    assert await Ticket.all().values_list("citizen_id", "guest_hash", "matter_code") == [(1, None, "")]


async def test_when_todays_numbers_are_gone_the_next_booking_is_offered(site: Site) -> None:
    await openings.open_days(first=TODAY, last=TOMORROW)
    async with site.visiting() as phone:
        await site.scan(phone)
        form = await phone.get(f"{WALK_IN}?group=HZ")
        await set_policy(hall_code=HALL, walk_in_limit=0)
        full = await phone.post(WALK_IN, form, group="HZ", matter=MATTER)
        assert full.status == 409
        assert "今天的现场号已发完。最近可预约的时间：11月24日 10:15，请在手机上预约" in full.words
        assert full.links("/h5/booking") == [f"/h5/booking?matter={MATTER}&hall={HALL}"]
        assert f'value="{MATTER}" selected' in full.text
        plain = await phone.post(WALK_IN, form, group="HZ")
        assert plain.links("/h5/search?bookable") == ["/h5/search?bookable=1"]
        assert "户政 今天已发完" in (await phone.get("/h5/here")).words


async def test_a_closed_hall_gives_no_numbers_and_says_when_it_opens(site: Site) -> None:
    site.calendar.jump_to(site.now.replace(hour=11, minute=59, second=0))
    async with site.visiting() as phone:
        await site.scan(phone)
        form = await phone.get(f"{WALK_IN}?group=HZ")
        site.later(minutes=2)
        closed = await phone.post(WALK_IN, form, group="HZ")
        assert (closed.status, "大厅现在不办公，不能取号。今天 14:00 开始取号" in closed.words) == (409, True)
        assert "户政 现在不办理" in (await phone.get("/h5/here")).words


async def test_forms_that_nobody_could_have_sent_from_our_page_are_refused_in_words(site: Site) -> None:
    async with site.visiting(1) as phone:
        await site.scan(phone)
        form = await phone.get(f"{WALK_IN}?group=HZ")
        for fields in ({"group": "HZ", "priority": "king"}, {"group": "HZ", "matter": "x" * 65}):
            page = await phone.post(WALK_IN, form, **fields)
            assert (page.status, "提交的内容有误" in page.words) == (422, True)
        assert (await phone.post(WALK_IN, form, group="NONE")).status == 404
        assert (await phone.post("/h5/here/check-in", form, number="0" * 16)).status == 404


async def test_a_poster_alone_is_not_enough_where_the_hall_says_so(site: Site) -> None:
    await set_policy(hall_code=HALL, printed_qr=0)
    async with site.visiting() as phone:
        page = await phone.get(POSTER)
        assert (page.status, "本大厅的印刷二维码不用于签到取号" in page.words) == (409, True)


async def test_a_poster_with_the_phone_near_the_hall_counts_and_no_place_is_kept(
    site: Site, caplog: pytest.LogCaptureFixture
) -> None:
    await Hall.filter(code=HALL).update(latitude=32.6252, longitude=116.9991)
    async with site.visiting() as phone:
        ask = await phone.get(POSTER)
        assert (ask.status, "位置只用来判断这一次，不保存" in ask.words) == (409, True)
        fields = {"hall": HALL, "counter": f"{HALL}-B01"}
        far = await phone.post("/h5/here/place", ask, **fields, lat="32.7", lon="117.1")
        assert (far.status, "您的手机不在大厅附近" in far.words) == (409, True)
        assert (await phone.post("/h5/here/place", ask, **fields, lat="north", lon="")).status == 422
        here = await phone.post("/h5/here/place", ask, **fields, lat="32.6250", lon="116.9990")
        assert (here.status, here.address) == (200, f"/h5/here?counter={HALL}-B01")
        assert "您所扫的窗口" in here.words
        form = await phone.get(f"{WALK_IN}?group=HZ")
        guest = await phone.post(WALK_IN, form, group="HZ")
        assert (guest.status, "用海报上的二维码取号请先登录" in guest.words) == (403, True)
        assert guest.links("/h5/sign-in") == ["/h5/sign-in?next=/h5/here"]
        await site.sign_in(phone, 1)
        await phone.post(WALK_IN, await phone.get(f"{WALK_IN}?group=HZ"), group="HZ")
    assert (await Ticket.get()).channel == "printed"
    assert [line for line in caplog.text.splitlines() if "32.62" in line or "116.99" in line] == []


async def test_a_hall_without_a_place_on_the_map_falls_back_to_the_tablet(site: Site) -> None:
    async with site.visiting() as phone:
        page = await phone.get(f"/h5/here?hall={HALL}")
        assert (page.status, "本大厅尚未登记位置" in page.words) == (409, True)
        await site.scan(phone)
        assert (await phone.get(POSTER)).address == f"/h5/here?counter={HALL}-B01"
        assert (await phone.get("/h5/here?hall=NONE")).status == 404


async def test_a_poster_is_enough_where_the_hall_says_so(site: Site) -> None:
    await set_policy(hall_code=HALL, printed_qr=2)
    async with site.visiting() as phone:
        page = await phone.get(f"/h5/here?hall={HALL}")
        assert (page.status, page.address) == (200, "/h5/here")
