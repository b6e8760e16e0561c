"""Numbers without a booking (D5): as many a day as the hall gives out, one for each person, and a way on when gone."""

import asyncio
from collections import Counter
from datetime import timedelta

import pytest

from app.booking import openings
from app.booking.models import Closure, OpeningPattern, Slot
from app.errors import AppError
from app.halls.models import Counter as HallCounter
from app.halls.models import CounterGroup, Hall
from app.queue import offers, returning, walk_in
from app.queue.arrivals import Arrived
from app.queue.models import Scan, Step, Ticket
from app.queue.policy import set_policy
from app.queue.viewing import Viewer
from app.queue.walk_in import Asking
from app.staff.errors import HallNotYours
from app.staff.models import AuditRow
from tests.booking.town import TODAY, TOMORROW, at, make_matter
from tests.factories import NOW
from tests.marks import on_both, on_mariadb
from tests.queue.day import CLERK, ELSEWHERE, make_hall, make_ticket

LUNCH = at("12:30", TODAY)
EVENING = at("18:00", TODAY)


async def take(who: int = 1, now=NOW, **more) -> Arrived:
    asking = {
        "hall_code": "HALL-SZ",
        "group_code": "HZ",
        "channel": "wall",
        "guest_hash": f"{who:064}",
        "origin": str(who),
    } | more
    return await walk_in.take_number(Asking(**asking), now=now)


async def refusal(**change) -> AppError:
    with pytest.raises(AppError) as caught:
        await take(**change)
    return caught.value


async def test_a_guest_gets_a_number_bound_to_the_secret_of_the_phone(db: str) -> None:
    await make_hall()
    arrived = await take()
    ticket = arrived.ticket
    assert (ticket.number, ticket.lane, ticket.arrival, ticket.channel) == ("HZ001", "walk_in", "walk_in", "wall")
    assert (ticket.guest_hash, ticket.citizen_id, ticket.matter_code, arrived.ahead) == (f"{1:064}", None, "", 0)
    assert await Step.all().values_list("step", "who") == [("arrive", "citizen")]
    assert await Scan.all().values_list("purpose", "subject", "outcome") == [("walk_in", "HZ", "ok")]


@on_mariadb
async def test_fifty_at_once_get_exactly_as_many_as_there_are(db: str) -> None:
    await make_hall()
    await set_policy(hall_code="HALL-SZ", walk_in_limit=20)
    got = await asyncio.gather(*(take(n) for n in range(50)), return_exceptions=True)
    assert Counter(type(g).__name__ for g in got) == {"Arrived": 20, "WalkInsFull": 30}
    assert sorted(g.ticket.number for g in got if isinstance(g, Arrived)) == [f"HZ{n:03d}" for n in range(1, 21)]
    assert await Ticket.all().count() == 20


@on_both
async def test_ten_taps_of_one_person_are_one_number(db: str) -> None:
    await make_hall()
    got = await asyncio.gather(*(take(citizen_id=7, guest_hash=None) for _ in range(10)), return_exceptions=True)
    assert Counter(type(g).__name__ for g in got) == {"Arrived": 1, "AlreadyWaiting": 9}
    mine = await Ticket.get()
    assert {(g.data["number"], g.data["ticket"]) for g in got if isinstance(g, AppError)} == {("HZ001", mine.code)}
    assert (await offers.offers("HALL-SZ", now=NOW))[0].waiting == 1


async def test_the_number_one_has_is_told_even_when_all_are_gone(db: str) -> None:
    await make_hall()
    await set_policy(hall_code="HALL-SZ", walk_in_limit=1)
    await take(1)
    assert (await refusal(who=1)).text == "您在这里已有 HZ001 号，请等候叫号，不用重复取号"
    assert (await refusal(who=2)).code == "queue.walk_ins_full"


async def test_who_gave_up_may_take_another_and_who_checked_in_may_not(db: str) -> None:
    await make_hall()
    ticket = (await take()).ticket
    await returning.give_up(ticket_code=ticket.code, viewer=Viewer(guest_hash=ticket.guest_hash), now=NOW)
    assert (await take()).ticket.number == "HZ002"
    await make_ticket(citizen_id=5)
    assert (await refusal(citizen_id=5, guest_hash=None)).data["number"] == "HZ003"


async def test_when_all_are_gone_the_next_free_booking_is_named(db: str) -> None:
    await make_hall()
    await set_policy(hall_code="HALL-SZ", walk_in_limit=0)
    none = await refusal()
    assert none.text == "今天的现场号已发完。近期也没有可预约的时间，请到咨询导办台询问"
    await openings.open_days(first=TODAY, last=TOMORROW)
    assert (await refusal()).text == "今天的现场号已发完。最近可预约的时间：11月24日 09:30，请在手机上预约"
    await Slot.filter(on=TODAY).update(left=0)
    assert (await refusal()).text == "今天的现场号已发完。最近可预约的时间：11月25日 08:30，请在手机上预约"
    assert await Ticket.all().count() == 0
    assert await Scan.all().values_list("outcome", flat=True) == ["queue.walk_ins_full"] * 3


async def test_bookings_do_not_use_up_the_walk_ins(db: str) -> None:
    await make_hall()
    await set_policy(hall_code="HALL-SZ", walk_in_limit=1)
    await make_ticket()
    assert (await take(2)).ticket.number == "HZ002"


@pytest.mark.parametrize(
    ("now", "code", "opens"),
    [
        (LUNCH, "queue.hall_closed", "今天 14:00 开始取号"),
        (EVENING, "queue.hall_closed", "今天不再取号，请改天再来，或在手机上预约"),
        (NOW + timedelta(days=4), "queue.hall_closed", "今天不再取号，请改天再来，或在手机上预约"),
    ],
    ids=["lunch", "evening", "saturday"],
)
async def test_a_closed_hall_says_when_it_opens(db: str, now, code: str, opens: str) -> None:
    await make_hall()
    refused = await refusal(now=now)
    assert (refused.code, refused.text) == (code, f"大厅现在不办公，不能取号。{opens}")


async def test_a_closed_group_of_an_open_hall_says_so(db: str) -> None:
    await make_hall()
    closed = {"hall_code": "HALL-SZ", "group_code": "HZ", "starts_at": NOW, "ends_at": at("10:30", TODAY)}
    await Closure.create(**closed, reason="系统维护", change_code="C1")
    assert (await refusal()).text == "这项业务现在不办理，不能取号。今天 10:30 开始取号"
    (offer,) = await offers.offers("HALL-SZ", now=NOW)
    assert (offer.state, offer.opens) == ("closed", "今天 10:30 开始取号")
    assert (await take(now=at("10:30", TODAY))).ticket.number == "HZ001"


async def test_a_break_of_the_group_is_no_time_for_numbers(db: str) -> None:
    await make_hall()
    await OpeningPattern.create(
        hall_code="HALL-SZ", group_code="HZ", kind="break", weekdays="1234567", starts="08:50", ends="09:20",
        valid_from=TODAY,
    )  # fmt: skip
    assert (await refusal()).text == "这项业务现在不办理，不能取号。今天 09:20 开始取号"


async def test_what_is_not_there_is_refused(db: str) -> None:
    await make_hall()
    await make_matter("PENSION", ("HALL-SZ", "SB"))
    assert (await refusal(group_code="SB")).code == "queue.no_such_group"
    assert (await refusal(matter_code="PENSION")).code == "queue.no_such_group"
    assert (await refusal(matter_code="NONE")).code == "not_found"
    await Hall.all().update(has_tickets=False)
    assert (await refusal()).code == "queue.no_tickets_here"


async def test_staff_take_a_number_for_somebody_without_a_phone(db: str) -> None:
    await make_hall()
    ticket = (await take(by=CLERK, channel="counter", guest_hash=None)).ticket
    assert (ticket.checked_in_by, ticket.channel) == (7, "counter")
    assert await AuditRow.all().values_list("action", flat=True) == ["queue.arrive"]
    assert (await take(by=CLERK, channel="counter", guest_hash=None)).ticket.number == "HZ002"  # another person
    with pytest.raises(HallNotYours):
        await take(by=ELSEWHERE)


async def test_what_can_be_chosen_says_how_many_wait_and_what_is_gone(db: str) -> None:
    await make_hall()
    for n in range(3):
        await take(n)
    (offer,) = await offers.offers("HALL-SZ", now=NOW)
    assert (offer.group_code, offer.name, offer.waiting, offer.state, offer.opens) == ("HZ", "户政", 3, "open", "")
    await set_policy(hall_code="HALL-SZ", walk_in_limit=3)
    (offer,) = await offers.offers("HALL-SZ", now=NOW)
    assert offer.state == "full"


async def test_where_only_machines_stand_there_are_no_numbers(db: str) -> None:
    await make_hall()
    await CounterGroup.create(key="HALL-SZ.ZZ", hall_code="HALL-SZ", group_code="ZZ", name="自助服务区", kind="machine")
    await HallCounter.create(
        code="HALL-SZ-A18", hall_code="HALL-SZ", no="A18", group_code="ZZ", name="自助服务区", floor=1, zone="A"
    )
    assert [offer.group_code for offer in await offers.offers("HALL-SZ", now=NOW)] == ["HZ"]
    refused = await refusal(group_code="ZZ")
    assert (refused.code, "请直接到自助机上办理" in refused.text) == ("queue.machines_only", True)
