"""A booking becomes a ticket once; whatever is wrong with a code is said, logged, and changes nothing."""

import asyncio
from collections import Counter
from datetime import timedelta

import pytest

from app import codes
from app.booking.models import Booking
from app.codes import Code, ExpiredCode, ForgedCode, Purpose, WrongPurpose
from app.errors import AppError
from app.outbox import RecordedEvent
from app.queue import rules
from app.queue.check_in import check_in
from app.queue.models import Scan, Ticket
from app.queue.rules import MESSAGES, Arrival, QueuePolicy
from app.staff.errors import HallNotYours
from app.staff.models import AuditRow
from tests.factories import NOW
from tests.marks import on_both, on_mariadb
from tests.queue.day import CLERK, ELSEWHERE, code_of, make_booking, make_hall


async def scan(text: str, *, by=CLERK, hall: str = "HALL-SZ", now=NOW):
    return await check_in(text=text, hall_code=hall, by=by, now=now)


async def refusal_of(text: str, **change) -> AppError:
    with pytest.raises(AppError) as caught:
        await scan(text, **change)
    return caught.value


async def test_a_scan_gives_the_first_number_and_marks_the_booking(db: str) -> None:
    await make_hall()
    booking = await make_booking()
    seen = await scan(code_of(booking))
    assert (seen.ticket.number, seen.ticket.state, seen.is_repeat, seen.ahead) == ("HZ001", "waiting", False, 0)
    assert (await Booking.get(id=booking.id)).state == "checked_in"
    assert await RecordedEvent.all().values_list("name", flat=True) == ["queue.checked_in"]
    rows = await AuditRow.all().values_list("action", "subject", "citizen_id", "staff_id", "hall_code")
    assert rows == [("queue.arrive", f"ticket:{seen.ticket.code}", 1, 7, "HALL-SZ")]


async def test_a_second_scan_says_by_whom_and_when_and_makes_no_second_ticket(db: str) -> None:
    await make_hall()
    booking = await make_booking()
    await scan(code_of(booking))
    again = await scan(code_of(booking), now=NOW + timedelta(minutes=3))
    assert (again.is_repeat, again.ticket.checked_in_by, again.ticket.arrived_at) == (True, 7, NOW)
    assert (await Ticket.all().count(), await RecordedEvent.all().count()) == (1, 1)
    assert await Scan.all().order_by("id").values_list("outcome", flat=True) == ["ok", "repeat"]


@on_both
async def test_twenty_scans_at_once_make_one_ticket(db: str) -> None:
    await make_hall()
    booking = await make_booking()
    seen = await asyncio.gather(*(scan(code_of(booking)) for _ in range(20)))
    assert Counter(s.is_repeat for s in seen) == {False: 1, True: 19}
    assert {s.ticket.number for s in seen} == {"HZ001"}
    assert await Ticket.all().count() == 1
    assert await Scan.filter(outcome="repeat").count() == 19


@on_mariadb
async def test_twenty_people_at_once_get_twenty_numbers_without_a_gap(db: str) -> None:
    await make_hall()
    bookings = [await make_booking(citizen_id=n) for n in range(20)]
    seen = await asyncio.gather(*(scan(booking.number) for booking in bookings))
    assert sorted(s.ticket.number for s in seen) == [f"HZ{n:03d}" for n in range(1, 21)]


async def test_the_number_can_be_typed_in_any_spelling(db: str) -> None:
    await make_hall()
    booking = await make_booking()
    spelled = f" {booking.number[:8].lower()}-{booking.number[8:]} "
    assert (await scan(spelled)).ticket.booking_number == booking.number


@pytest.mark.parametrize(
    ("minutes", "arrival"),
    [(-16, "early"), (-15, "on_time"), (0, "on_time"), (30, "on_time"), (31, "late")],
)
async def test_early_waits_for_the_booked_time_and_late_queues_like_a_walk_in(
    db: str, minutes: int, arrival: str
) -> None:
    await make_hall()
    booked_at, now = NOW + timedelta(hours=1), NOW + timedelta(hours=1, minutes=minutes)
    ticket = (await scan((await make_booking(starts_at=booked_at)).number, now=now)).ticket
    assert (ticket.arrival, ticket.order_at) == (arrival, now if arrival == "late" else booked_at)


def test_each_kind_of_arrival_has_its_own_sentence() -> None:
    assert len(set(MESSAGES.values())) == len(Arrival) == 4


def test_the_window_is_a_policy() -> None:
    strict = QueuePolicy(early_minutes=5, late_minutes=10)
    assert rules.arrival(strict, booked_at=NOW, now=NOW - timedelta(minutes=6)) is Arrival.EARLY
    assert rules.arrival(strict, booked_at=NOW, now=NOW + timedelta(minutes=11)) is Arrival.LATE


async def test_wrong_day(db: str) -> None:
    await make_hall()
    refusal = await refusal_of((await make_booking(starts_at=NOW + timedelta(days=1))).number)
    assert (refusal.code, refusal.status) == ("queue.wrong_day", 409)
    assert refusal.text == "该预约的日期是11月25日，今天不能签到"


async def test_wrong_hall(db: str) -> None:
    await make_hall()
    await make_hall("HALL-TJA", "田家庵区政务服务中心")
    refusal = await refusal_of(code_of(await make_booking(hall_code="HALL-TJA")))
    assert (refusal.code, refusal.status) == ("queue.wrong_hall", 409)
    assert refusal.text == "该预约在田家庵区政务服务中心，不在本大厅，请前往该大厅办理"


@pytest.mark.parametrize(
    ("state", "code"),
    [
        ("held", "queue.booking_not_confirmed"),
        ("cancelled", "queue.booking_cancelled"),
        ("expired", "queue.booking_cancelled"),
        ("done", "queue.booking_over"),
        ("no_show", "queue.booking_over"),
    ],
)
async def test_a_booking_that_is_not_booked_is_refused(db: str, state: str, code: str) -> None:
    await make_hall()
    booking = await make_booking(state=state)
    refusal = await refusal_of(booking.number)
    assert (refusal.code, refusal.status) == (code, 409)
    assert await Scan.all().values_list("subject", "outcome") == [(booking.number, code)]
    assert await Ticket.all().count() == 0


async def test_a_code_the_booking_has_replaced_is_refused(db: str) -> None:
    await make_hall()
    refusal = await refusal_of(code_of(await make_booking(), nonce="ANOTHER-NONCE"))
    assert (refusal.code, refusal.status) == ("queue.code_replaced", 409)


async def test_a_number_that_does_not_exist_is_refused(db: str) -> None:
    await make_hall()
    refusal = await refusal_of("0123456789ABCDEF")
    assert (refusal.code, refusal.status) == ("queue.no_such_booking", 422)


async def test_forged_expired_and_foreign_codes_are_refused_and_logged(db: str) -> None:
    await make_hall()
    good = code_of(await make_booking())
    old = code_of(await make_booking(), expires_at=NOW - timedelta(seconds=1))
    bodies = [good[:-4] + "AAAA", "https://example.com", "", "x" * 5000, old]
    kinds = [type(await refusal_of(text)) for text in bodies]
    assert kinds == [ForgedCode] * 4 + [ExpiredCode]
    assert await Scan.filter(outcome="code.not_ours").count() == 4
    assert await Ticket.all().count() == 0


async def test_a_pickup_code_says_that_it_is_one(db: str) -> None:
    text = codes.issue(Code(Purpose.PICKUP, "X", "N", NOW + timedelta(minutes=1)))
    assert type(await refusal_of(text)) is WrongPurpose


async def test_staff_of_another_hall_cannot_check_in_here(db: str) -> None:
    await make_hall()
    booking = await make_booking()
    with pytest.raises(HallNotYours):
        await scan(booking.number, by=ELSEWHERE)
    assert (await Booking.get(id=booking.id)).state == "booked"
