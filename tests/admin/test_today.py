"""The day at a counter, as the clerk sees it."""

import re
from datetime import timedelta

from app import clock, codes
from app.booking.contact import Contact
from app.booking.models import Booking
from app.codes import Code, Purpose
from app.pickup.models import Pickup
from app.queue import actions, alarms
from app.queue.check_in import check_in
from app.queue.models import Alarm, Step, Ticket
from app.queue.policy import set_policy
from app.staff.by import By
from app.staff.models import Staff
from tests.admin.console import Browser, browsing
from tests.pickup.shelf import code_text, make_ready
from tests.queue.day import CLERK, make_booking, open_desks
from tests.staff.people import by_of, make_staff


async def book(minutes: int = 0):
    return await make_booking(starts_at=clock.now() + timedelta(minutes=minutes))


def code_of(booking) -> str:
    return codes.issue(Code(Purpose.CHECK_IN, booking.number, booking.nonce, clock.now() + timedelta(minutes=1)))


async def arrive() -> Ticket:
    booking = await book()
    return (await check_in(text=booking.number, hall_code="HALL-SZ", by=CLERK, now=clock.now())).ticket


async def test_scan_call_serve_and_finish(clerk: Browser) -> None:
    await set_policy(hall_code="HALL-SZ", recall_after_s=0)
    page = await clerk.post("/admin/scan", text=code_of(await book()))
    assert (page.status, "签到成功 HZ001 · HN-GA-001" in page.words) == (200, True)
    page = await clerk.post("/admin/today/next")
    assert (page.path, "HZ001 已叫 1 次" in page.words) == ("/admin/today", True)
    ticket = await Ticket.get()
    page = await clerk.post("/admin/today/recall", ticket=ticket.code)
    assert "HZ001 已叫 2 次" in page.words
    page = await clerk.post("/admin/today/serve", ticket=ticket.code)
    assert "HZ001 办理中" in page.words
    page = await clerk.post("/admin/today/finish", ticket=ticket.code, result="later")
    assert (page.path, page.field("pickup")) == ("/admin/pickups/ready", (await Pickup.get()).code)
    spaced = re.sub(r"(.{4})(?=.)", r"\1 ", ticket.booking_number or "")
    assert f"事项 HN-GA-001 预约号 {spaced}" in page.words
    assert "HZ001 已完成 撤销" in (await clerk.get("/admin/today")).words
    assert (await Ticket.get()).state == "done"


async def test_somebody_who_stepped_aside_and_does_not_come_back_is_passed_over_from_the_list(clerk: Browser) -> None:
    ticket = await arrive()
    await clerk.post("/admin/today/next")
    for step in ("serve", "hold"):
        page = await clerk.post(f"/admin/today/{step}", ticket=ticket.code)
    aside = page.words[page.words.index("暂离与挂起") :]
    assert aside.startswith("暂离与挂起 HZ001 暂离窗口 HN-GA-001 过号 继续办理")
    for _ in range(2):
        page = await clerk.post("/admin/today/no-show", ticket=ticket.code)
        assert (page.status, "暂离与挂起" in page.words, "HZ001 已过号 撤销" in page.words) == (200, False, True)


async def test_a_second_scan_is_amber_and_says_by_whom_and_when(clerk: Browser) -> None:
    booking = await book()
    await clerk.post("/admin/scan", text=booking.number)
    page = await clerk.post("/admin/scan", text=booking.number)
    assert (page.status, 'class="note warn"' in page.text) == (200, True)
    assert "已由 胡敏 签到，没有重复取号。当前：等候中" in page.words


async def test_a_refused_scan_is_red_and_says_why(clerk: Browser) -> None:
    page = await clerk.post("/admin/scan", text="https://example.com/q")
    assert (page.status, 'class="note bad"' in page.text) == (422, True)
    assert "无法识别该二维码，请出示掌办预约码或取件码" in page.words


async def test_early_is_amber_and_told_to_wait(clerk: Browser) -> None:
    now = clock.now()
    minutes = 16 if (now + timedelta(minutes=16)).date() == now.date() else 0
    page = await clerk.post("/admin/scan", text=(await book(minutes)).number)
    assert ("已签到，来早了" in page.words) is (minutes == 16)


async def test_a_pickup_code_in_the_same_field_leads_to_the_hand_over(clerk: Browser) -> None:
    pickup = await make_ready(now=clock.now())
    page = await clerk.post("/admin/scan", text=await code_text(pickup, now=clock.now()))
    assert page.path == f"/admin/pickups/{pickup.code}"


async def test_eight_digits_ask_for_the_tail(clerk: Browser) -> None:
    page = await clerk.post("/admin/scan", text="1234 5678")
    assert (page.status, "请核对尾号" in page.words, 'name="tail"' in page.text) == (422, True, True)


async def test_pressing_next_with_nobody_waiting_says_so(clerk: Browser) -> None:
    page = await clerk.post("/admin/today/next")
    assert (page.status, "现在没有等候的群众" in page.words) == (409, True)


async def test_a_missed_person_comes_back_into_the_queue(clerk: Browser) -> None:
    await set_policy(hall_code="HALL-SZ", calls_before_miss=1)
    ticket = await arrive()
    await clerk.post("/admin/today/next")
    page = await clerk.post("/admin/today/no-show", ticket=ticket.code)
    assert "叫过 1 次" in page.words
    await clerk.post("/admin/today/requeue", ticket=ticket.code)
    assert (await Ticket.get()).state == "waiting"


async def call() -> Ticket:
    return await actions.call_next(counter_code="HALL-SZ-B01", by=await by(), now=clock.now())


async def by(username: str = "hu.min") -> By:
    return by_of(await Staff.get(username=username))


async def test_hold_park_and_take_up_again(clerk: Browser) -> None:
    for n in range(2):
        await arrive()
        ticket = await call()
        await clerk.post("/admin/today/serve", ticket=ticket.code)
        step = ("hold", "park")[n]
        page = await clerk.post(f"/admin/today/{step}", ticket=ticket.code)
        assert "窗口空闲" in page.words
    assert "HZ001 暂离窗口" in page.words
    assert "HZ002 挂起" in page.words
    page = await clerk.post("/admin/today/resume", ticket=(await Ticket.get(number="HZ001")).code)
    assert "HZ001 办理中" in page.words
    page = await clerk.post("/admin/today/resume", ticket=(await Ticket.get(number="HZ002")).code)
    assert (page.status, "本窗口正在为 HZ001 号办理，请先完成、暂离或挂起" in page.words) == (409, True)


async def test_sent_on_to_another_open_counter(clerk: Browser) -> None:
    await arrive()
    ticket = await call()
    await open_desks("HALL-SZ-B02")
    page = await clerk.get("/admin/today")
    choices = page.text.partition('name="to"')[2].partition("</select>")[0]
    assert re.findall(r'<option value="([^"]+)">', choices) == ["HZ", "HZ|HALL-SZ-B02"]
    page = await clerk.post("/admin/today/transfer", ticket=ticket.code, to="HZ|HALL-SZ-B02")
    assert "HZ001 转到其他窗口" in page.words
    assert (await Ticket.get()).wanted_counter == "HALL-SZ-B02"


async def test_why_somebody_waits_where_they_wait_is_said(clerk: Browser) -> None:
    await arrive()
    booking = await book()
    await check_in(text=booking.number, hall_code="HALL-SZ", by=CLERK, now=clock.now(), priority="elder")
    words = (await clerk.get("/admin/today")).words
    assert "1 HZ002 老年人" in words
    assert f"2 HZ001 预约 {booking.starts_at.astimezone(clock.CHINA):%H:%M}" in words
    assert "每连续叫 3 位优先或预约群众后，叫 1 位现场取号群众" in words


async def test_a_paused_counter_says_why_and_does_not_call(clerk: Browser) -> None:
    await arrive()
    page = await clerk.post("/admin/desk/pause", why="午餐")
    assert "已暂停：午餐" in page.words
    page = await clerk.post("/admin/today/next")
    assert (page.status, "本窗口已暂停（午餐），请先按“继续受理”" in page.words) == (409, True)
    await clerk.post("/admin/desk/go-on")
    assert "HZ001 已叫 1 次" in (await clerk.post("/admin/today/next")).words


async def test_a_closed_counter_is_opened_again_from_the_page(clerk: Browser) -> None:
    assert "本窗口未开窗" in (await clerk.post("/admin/desk/close")).words
    assert "窗口空闲" in (await clerk.post("/admin/desk", counter="HALL-SZ-B01")).words


async def test_taking_over_is_confirmed_and_the_former_one_is_told(clerk: Browser) -> None:
    await make_staff("wang.fang")
    async with browsing(clerk.url) as other:
        await other.sign_in("wang.fang")
        await other.get("/admin/desk")
        page = await other.post("/admin/desk", counter="HALL-SZ-B01")
        assert (page.status, "B01 窗口现在由 胡敏 值守" in page.words) == (409, True)
        (seat,) = re.findall(r'name="instead_of" value="([^"]+)"', page.text)
        page = await other.post("/admin/desk", counter="HALL-SZ-B01", instead_of=seat)
        assert (page.path, "窗口空闲" in page.words) == ("/admin/today", True)
    page = await clerk.post("/admin/today/next")
    assert (page.status, "请重新选择窗口" in page.words) == (409, True)


async def test_a_press_repeated_because_its_answer_was_lost_changes_nothing(clerk: Browser) -> None:
    await arrive()
    await arrive()
    ticket = await call()
    again = await clerk.post("/admin/today/next")
    assert (again.status, "HZ001 已叫 1 次" in again.words) == (200, True)
    for step, more in (("serve", {}), ("finish", {"result": "on_spot"})):
        first = await clerk.post(f"/admin/today/{step}", ticket=ticket.code, **more)
        again = await clerk.post(f"/admin/today/{step}", ticket=ticket.code, **more)
        assert (first.status, again.status, again.path) == (200, 200, "/admin/today")
    assert await Step.filter(ticket_id=ticket.id).order_by("id").values_list("step", flat=True) == [
        "arrive", "call", "serve", "finish",
    ]  # fmt: skip


async def test_a_wrong_press_is_taken_back(clerk: Browser) -> None:
    await arrive()
    ticket = await call()
    page = await clerk.post("/admin/today/finish", ticket=ticket.code, result="on_spot")
    assert "HZ001 已完成 撤销" in page.words
    page = await clerk.post("/admin/today/undo", ticket=ticket.code)
    assert ("HZ001 办理中" in page.words, "撤销" in page.words) == (True, False)


async def test_an_alarm_is_on_a_colleagues_pages_and_ends_with_a_word_from_anybody(clerk: Browser) -> None:
    await make_staff("wang.fang")
    async with browsing(clerk.url) as other:
        await other.sign_in("wang.fang")
        await other.get("/admin/password")
        page = await clerk.post("/admin/alarms", note="有人争吵")
        assert "B01 窗口告警：胡敏" in page.words
        (alarm,) = await Alarm.all()
        assert "有人争吵" in (await other.get("/admin/alarms/open")).words
        await other.post(f"/admin/alarms/{alarm.code}/take")
        assert (await clerk.post(f"/admin/alarms/{alarm.code}/take")).status == 409
        await clerk.post(f"/admin/alarms/{alarm.code}/end")
        assert (await other.post(f"/admin/alarms/{alarm.code}/end")).status == 409
        assert "data-alarm" not in (await other.get("/admin/alarms/open")).text


async def test_only_managers_see_past_alarms(clerk: Browser) -> None:
    await clerk.post("/admin/alarms")
    assert "告警记录" not in (await clerk.get("/admin/alarms")).words
    await Staff.filter(username="hu.min").update(roles=["manager"])
    assert "未解除" in (await clerk.get("/admin/alarms")).words


async def test_whoever_leaves_a_counter_first_ends_with_the_person_there(clerk: Browser) -> None:
    await arrive()
    await clerk.post("/admin/today/next")
    page = await clerk.post("/admin/desk", counter="HALL-SZ-B02")
    assert (page.status, "本窗口正在为 HZ001 号办理，请先完成或过号" in page.words) == (409, True)


async def test_the_name_is_masked_on_the_counter(clerk: Browser) -> None:
    booking = await book()
    contact = Contact(name="欧阳修文", mobile="13812341234").sealed_for(booking.number)
    await Booking.filter(id=booking.id).update(**contact)
    await clerk.post("/admin/scan", text=booking.number)
    page = await clerk.post("/admin/today/next")
    assert "欧阳** 138****1234" in page.words
    assert "欧阳修文" not in page.text
    assert "13812341234" not in page.text


async def test_a_colleague_of_the_same_name_hears_the_alarm(clerk: Browser) -> None:
    namesake = await make_staff("hu.min2")
    await open_desks("HALL-SZ-B02", by=by_of(namesake))
    await alarms.raise_alarm(counter_code="HALL-SZ-B02", by=by_of(namesake), now=clock.now())
    assert "B02 窗口告警：胡敏" in (page := await clerk.get("/admin/alarms/open")).words
    assert "data-mine" not in page.text
    await alarms.raise_alarm(counter_code="HALL-SZ-B01", by=await by(), now=clock.now())
    assert (await clerk.get("/admin/alarms/open")).text.count("data-mine") == 1


async def test_finishing_without_a_counter_says_that_nothing_was_done(clerk: Browser) -> None:
    await arrive()
    ticket = await call()
    await clerk.post("/admin/today/serve", ticket=ticket.code)
    clerk.http.cookie_jar.clear(lambda cookie: cookie.key == "zb_desk")
    page = await clerk.post("/admin/today/finish", ticket=ticket.code, result="later")
    assert (page.status, "请先选择今天所在的窗口，再继续 选择窗口" in page.words) == (409, True)
    assert (await Ticket.get()).state == "serving"
    assert (await clerk.get("/admin/today")).path == "/admin/desk"


async def test_the_counter_used_last_is_first_and_others_are_found_by_number_or_business(clerk: Browser) -> None:
    page = await clerk.get("/admin/desk?hall=HALL-SZ")
    assert page.words.index("上次使用 B01") < page.words.index("查找窗口") < page.words.index("户政 B01")
    found = await clerk.get("/admin/desk?hall=HALL-SZ&q=b03")
    assert ("B03" in found.words, "B02" in found.words, "上次使用" in found.words) == (True, False, False)
    assert "B02" in (await clerk.get("/admin/desk?hall=HALL-SZ&q=户政")).words
    nothing = await clerk.get("/admin/desk?hall=HALL-SZ&q=税务")
    assert "没有找到“税务”，请换个窗口号或业务名称。" in nothing.words
