"""A result comes onto the shelf once, and the citizen is told once."""

import asyncio
import json
from datetime import date, timedelta

import pytest

from app.booking.models import Booking
from app.citizens.models import Citizen
from app.errors import InvalidInput, NotFound
from app.outbox import RecordedEvent
from app.pickup import actions, digits, queries, slips
from app.pickup.errors import AlreadyReady, BookingNotFound, NotReady, SlipNotNeeded
from app.pickup.models import Pickup
from app.pickup.present import present
from app.pickup.rules import Item
from app.pickup.states import State
from app.pickup.subscribers import expect_result
from app.queue.events import TicketFinished
from app.sealing import seal
from app.staff.errors import HallNotYours
from app.staff.models import AuditRow
from tests.factories import NOW
from tests.marks import on_both
from tests.pickup.shelf import CARD, make_calendar, make_ready, make_visit
from tests.queue.day import CLERK, ELSEWHERE


def finished(booking_number: str, result: str) -> TicketFinished:
    return TicketFinished(
        occurred_at=NOW, ticket_code="T1", ticket_number="HZ001", citizen_id=5, hall_code="HALL-SZ", group_code="HZ",
        matter_code="HN-GA-001", booking_number=booking_number, counter_code="HALL-SZ-B01", result=result,
    )  # fmt: skip


async def mark(number: str, items=CARD, by=CLERK) -> Pickup:
    return await actions.mark_ready(booking_number=number, items=items, shelf="A-03", by=by, now=NOW)


async def test_a_visit_whose_result_comes_later_is_expected_on_the_shelf_once(db: str) -> None:
    booking = await make_visit()
    for _ in range(2):
        await expect_result(finished(booking.number, "later"))
    await expect_result(finished("ANOTHER", "on_spot"))
    rows, total = await queries.shelf("HALL-SZ", state=State.EXPECTED)
    assert ([(row.booking_number, row.citizen_id) for row in rows], total) == ([(booking.number, 5)], 1)


async def test_ready_names_the_last_day_by_working_days_and_tells_without_the_shelf(db: str) -> None:
    await make_calendar()
    pickup = await make_ready()
    assert (pickup.state, pickup.shelf, pickup.until_on) == ("ready", "A-03", date(2026, 12, 15))
    event = await RecordedEvent.get(name="pickup.result_ready")
    payload = json.loads(event.payload)
    assert (payload["until_on"], payload["until_is_provisional"], payload["items_total"]) == ("2026-12-15", False, 3)
    assert "A-03" not in event.payload


async def test_a_date_beyond_the_official_calendar_says_so(db: str) -> None:
    assert (await make_ready()).until_is_provisional is True


async def test_an_expected_result_becomes_ready_in_the_same_row(db: str) -> None:
    booking = await make_visit()
    await expect_result(finished(booking.number, "later"))
    await mark(booking.number)
    await expect_result(finished(booking.number, "later"))
    assert await Pickup.all().values_list("state", flat=True) == ["ready"]


@on_both
async def test_marking_ready_again_and_at_once_tells_once(db: str) -> None:
    booking = await make_visit()
    answers = await asyncio.gather(*(mark(booking.number) for _ in range(5)), return_exceptions=True)
    assert sorted(type(answer).__name__ for answer in answers) == ["AlreadyReady"] * 4 + ["Pickup"]
    assert await RecordedEvent.filter(name="pickup.result_ready").count() == 1
    with pytest.raises(AlreadyReady) as refusal:
        await mark(booking.number)
    assert refusal.value.text == "该结果已登记待领，存放在 A-03，无需重复登记"


@pytest.mark.parametrize("items", [(), (Item("证", 0),), (Item("证", 100),), (Item("", 1),), (Item("证", 1),) * 21])
async def test_impossible_items_are_refused_and_leave_nothing(db: str, items: tuple[Item, ...]) -> None:
    with pytest.raises(InvalidInput):
        await mark((await make_visit()).number, items)
    assert await Pickup.all().count() == 0


async def test_an_unknown_booking_and_another_halls_are_refused(db: str) -> None:
    with pytest.raises(BookingNotFound):
        await mark("0123456789ABCDEF")
    with pytest.raises(HallNotYours):
        await mark((await make_visit()).number, by=ELSEWHERE)
    assert (await Pickup.all().count(), await RecordedEvent.all().count()) == (0, 0)


async def test_marking_ready_writes_an_audit_row(db: str) -> None:
    pickup = await make_ready()
    rows = await AuditRow.all().values_list("action", "subject", "staff_id", "hall_code")
    assert rows == [("pickup.mark_ready", f"pickup:{pickup.code}", 7, "HALL-SZ")]


async def test_the_citizen_sees_a_code_for_sixty_seconds_and_eight_digits(db: str) -> None:
    pickup = await make_ready(citizen_id=5)
    shown = await queries.show_code(code=pickup.code, citizen_id=5, now=NOW)
    assert shown.expires_at == NOW + timedelta(seconds=60)
    assert (len(shown.digits), shown.digits.isdigit()) == (8, True)
    assert shown.digits not in (pickup.digits_sealed or "")
    assert digits.index_of(shown.digits) == pickup.digits_index
    assert shown.asks == "手机号后四位"


async def test_digits_are_shown_only_to_whom_a_tail_can_be_asked_of(db: str) -> None:
    unknown = await Citizen.create(code="C1", created_at=NOW)
    sealed = seal("34040319000101001X", "citizens_citizen:id_no:C2")
    known = await Citizen.create(code="C2", id_no_sealed=sealed, created_at=NOW)
    bare, named = [await make_ready(citizen_id=citizen.id) for citizen in (unknown, known)]
    await Booking.all().update(contact_mobile_sealed=None)
    shown = await queries.show_code(code=bare.code, citizen_id=unknown.id, now=NOW)
    assert (shown.digits, shown.asks, shown.text.startswith("ZB1.")) == ("", "", True)
    shown = await queries.show_code(code=named.code, citizen_id=known.id, now=NOW)
    assert (len(shown.digits), shown.asks) == (8, "身份证号后四位")
    slip = await slips.give(pickup_code=bare.code, tail="4321", by=CLERK, now=NOW)  # the clerk has seen the document
    assert (await present(text=slip, tail="4321", hall_code="HALL-SZ", by=CLERK, now=NOW)).code == bare.code
    with pytest.raises(SlipNotNeeded):
        await slips.give(pickup_code=named.code, tail="4321", by=CLERK, now=NOW)


async def test_somebody_elses_result_answers_like_none_at_all(db: str) -> None:
    pickup = await make_ready(citizen_id=5)
    for code in (pickup.code, "NOSUCHCODE"):
        with pytest.raises(NotFound):
            await queries.show_code(code=code, citizen_id=6, now=NOW)


async def test_an_expected_result_has_no_code_yet(db: str) -> None:
    await expect_result(finished("B1", "later"))
    with pytest.raises(NotReady):
        await queries.show_code(code=(await Pickup.get()).code, citizen_id=5, now=NOW)
