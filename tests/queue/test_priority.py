"""Who may go first (D11): said by the person, known from the identity number, looked at by the clerk."""

import asyncio
from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.booking.contact import Contact
from app.booking.models import Booking
from app.citizens.models import Citizen
from app.citizens.rules import age_on
from app.queue import actions, priority, queries, returning
from app.queue.check_in import check_in
from app.queue.errors import PriorityChecked
from app.queue.models import Step, Ticket
from app.queue.rules import priority_for
from app.sealing import seal
from app.staff.errors import HallNotYours
from app.staff.models import AuditRow
from tests.factories import NOW
from tests.marks import on_both
from tests.queue.day import CLERK, ELSEWHERE, make_booking, make_hall
from tests.queue.test_walk_in import take

BORN_1901 = "340402190102280035"
ON = NOW.date()


def id_no(born: date) -> str:
    return f"340402{born:%Y%m%d}0035"


async def make_citizen(number: str) -> int:
    code = "AAAABBBBCCCCDDDD"
    sealed = seal(number, f"citizens_citizen:id_no:{code}")
    return (await Citizen.create(code=code, id_no_sealed=sealed, created_at=NOW)).id


async def come(citizen_id: int | None = 1, claim: str = "", now=NOW, starts_at=NOW) -> Ticket:
    booking = await make_booking(citizen_id=citizen_id, starts_at=starts_at)
    return (await check_in(text=booking.number, hall_code="HALL-SZ", by=CLERK, now=now, priority=claim)).ticket


async def line() -> list[str]:
    ticket = await Ticket.all().first()
    seen = await queries.at_counter(counter_code="HALL-SZ-B01", group=queries.group_of(ticket), now=NOW)
    return [ticket.number for ticket in seen.waiting]


@given(st.dates(date(1900, 1, 1), ON))
def test_a_year_is_counted_on_the_birthday(born: date) -> None:
    age = age_on(id_no(born), ON)
    assert age == ON.year - born.year - ((born.month, born.day) > (ON.month, ON.day))


@pytest.mark.parametrize(("born", "known"), [(date(1966, 11, 24), ("elder", "known")), (date(1966, 11, 25), ("", ""))])
def test_sixty_is_old_from_the_birthday_on(born: date, known: tuple[str, str]) -> None:
    assert priority_for("", id_no=id_no(born), on=ON) == known
    assert priority_for("", id_no=None, on=ON) == ("", "")
    assert priority_for("disabled", id_no=None, on=ON) == ("disabled", "claimed")


async def test_who_says_so_goes_first_and_waits_to_be_looked_at(db: str) -> None:
    await make_hall()
    await come(2)
    said = await come(3, claim="military", now=NOW + timedelta(minutes=1))
    assert (said.lane, said.priority, said.priority_state) == ("priority", "military", "claimed")
    assert await line() == ["HZ002", "HZ001"]


async def test_elders_are_known_by_their_identity_number(db: str) -> None:
    await make_hall()
    elder = await come(await make_citizen(BORN_1901))
    assert (elder.lane, elder.priority, elder.priority_state) == ("priority", "elder", "known")


async def test_a_booking_for_somebody_else_does_not_make_them_old(db: str) -> None:
    await make_hall()
    booking = await make_booking(citizen_id=await make_citizen(BORN_1901))
    await Booking.filter(id=booking.id).update(**Contact(name="李小明").sealed_for(booking.number))
    ticket = (await check_in(text=booking.number, hall_code="HALL-SZ", by=CLERK, now=NOW)).ticket
    assert (ticket.lane, ticket.priority, ticket.shown_name) == ("booked", "", "李**")


async def test_a_checked_claim_stays_in_front(db: str) -> None:
    await make_hall()
    ticket = (await take(priority="disabled")).ticket
    checked = await priority.confirm(ticket_code=ticket.code, by=CLERK, now=NOW)
    assert (checked.lane, checked.priority_state, checked.priority_checked_by) == ("priority", "checked", 7)
    assert await AuditRow.filter(action="queue.prio_checked").count() == 1


@pytest.mark.parametrize(("booked", "lane"), [(True, "booked"), (False, "walk_in")])
async def test_a_false_claim_goes_back_to_its_own_place(db: str, booked: bool, lane: str) -> None:
    await make_hall()
    for n in (2, 3):
        await come(n, starts_at=NOW - timedelta(minutes=5))
    said = await come(4, claim="elder") if booked else (await take(priority="elder")).ticket
    assert (await line())[0] == said.number
    refused = await priority.refuse(ticket_code=said.code, by=CLERK, now=NOW)
    assert (refused.lane, refused.priority, refused.priority_state) == (lane, "", "refused")
    assert refused.order_at == said.order_at
    assert await line() == ["HZ001", "HZ002", said.number]
    (step,) = await Step.filter(step="prio_refused")
    assert (step.source, step.target, step.staff_id, step.why) == ("waiting", "waiting", 7, "老年人")


async def test_a_false_claim_of_somebody_who_came_back_late_moves_nobody_forward(db: str) -> None:
    """Passed over and back again, they stand behind the walk-ins; the booking does not count any more."""
    await make_hall()
    said = await come(4, claim="elder")
    await actions.call_next(counter_code="HALL-SZ-B01", by=CLERK, now=NOW)
    await Ticket.filter(id=said.id).update(calls=2)
    await actions.no_show(ticket_code=said.code, counter_code="HALL-SZ-B01", by=CLERK, now=NOW)
    await take(citizen_id=5)
    await returning.requeue(ticket_code=said.code, by=CLERK, now=NOW + timedelta(minutes=1))
    await priority.refuse(ticket_code=said.code, by=CLERK, now=NOW + timedelta(minutes=1))
    assert await line() == ["HZ002", "HZ001"]


async def test_it_can_be_looked_at_once_the_person_stands_at_the_counter(db: str) -> None:
    await make_hall()
    ticket = (await take(priority="elder")).ticket
    await actions.call_next(counter_code="HALL-SZ-B01", by=CLERK, now=NOW)
    refused = await priority.refuse(ticket_code=ticket.code, by=CLERK, now=NOW)
    assert (refused.state, refused.holder, refused.lane) == ("called", "HALL-SZ-B01", "walk_in")


@on_both
async def test_of_two_answers_at_once_one_counts(db: str) -> None:
    await make_hall()
    ticket = (await take(priority="elder")).ticket
    acts = [act(ticket_code=ticket.code, by=CLERK, now=NOW) for act in (priority.confirm, priority.refuse)]
    answers = await asyncio.gather(*acts, return_exceptions=True)
    assert sorted(type(answer).__name__ for answer in answers) == ["PriorityChecked", "Ticket"]
    assert await Step.exclude(step="arrive").count() == 1


async def test_nothing_to_look_at(db: str) -> None:
    await make_hall()
    plain, elder = await come(2), await come(await make_citizen(BORN_1901))
    for ticket in (plain, elder):
        with pytest.raises(PriorityChecked):
            await priority.refuse(ticket_code=ticket.code, by=CLERK, now=NOW)
    with pytest.raises(HallNotYours):
        await priority.confirm(ticket_code=plain.code, by=ELSEWHERE, now=NOW)
