"""The day at a counter, as the clerk sees it."""

from datetime import timedelta

from app import clock, codes
from app.booking.contact import Contact
from app.booking.models import Booking
from app.codes import Code, Purpose
from app.queue.check_in import check_in
from app.queue.models import Ticket
from app.queue.policy import set_policy
from tests.admin.console import Browser
from tests.pickup.shelf import code_text, make_ready
from tests.queue.day import CLERK, make_booking


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
    assert "窗口空闲" in page.words
    assert (await Ticket.get()).state == "done"


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
