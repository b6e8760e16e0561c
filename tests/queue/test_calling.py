"""Who is called when, by whom, and what may follow."""

import asyncio
from collections import Counter
from datetime import timedelta

import pytest

from app.booking.models import Booking
from app.outbox import RecordedEvent
from app.queue import actions, estimates, queries, returning
from app.queue.errors import NobodyAtCounter, NobodyWaiting, NotNow
from app.queue.models import Ticket
from app.queue.states import NAMES, TRANSITIONS, State, after
from app.staff.errors import HallNotYours
from app.staff.models import AuditRow
from tests.factories import NOW
from tests.marks import on_both
from tests.queue.day import CLERK, ELSEWHERE, make_hall, make_ticket

FIRST, SECOND = "HALL-SZ-B01", "HALL-SZ-B02"


async def call(counter: str = FIRST, now=NOW) -> Ticket:
    return await actions.call_next(counter_code=counter, by=CLERK, now=now)


async def act(name: str, ticket: Ticket, counter: str = FIRST, now=NOW, **more) -> Ticket:
    step = getattr(actions, name)
    return await step(ticket_code=ticket.code, counter_code=counter, by=CLERK, now=now, **more)


async def events() -> list[str]:
    names = await RecordedEvent.all().order_by("id").values_list("name", flat=True)
    return [name for name in names if name != "queue.checked_in"]


async def test_people_are_called_by_booked_time_then_by_arrival(db: str) -> None:
    await make_hall()
    minutes = timedelta(minutes=1)
    nine_thirty = await make_ticket(starts_at=NOW + 30 * minutes, now=NOW)
    late = await make_ticket(starts_at=NOW - 60 * minutes, now=NOW + 5 * minutes)
    second = await make_ticket(starts_at=NOW, now=NOW + 2 * minutes)
    first = await make_ticket(starts_at=NOW, now=NOW + minutes)
    called = []
    for _ in range(4):
        ticket = await call()
        called.append(ticket.id)
        await act("finish", ticket, result="on_spot")
    assert called == [first.id, second.id, late.id, nine_thirty.id]


async def test_pressing_next_again_calls_nobody_else(db: str) -> None:
    await make_hall()
    ticket = await make_ticket()
    await make_ticket()
    assert [(await call()).id, (await call()).id] == [ticket.id, ticket.id]
    assert await events() == ["queue.ticket_called"]


@on_both
async def test_three_counters_and_twelve_presses_at_once_call_three_people(db: str) -> None:
    await make_hall()
    for n in range(5):
        await make_ticket(citizen_id=n)
    counters = [f"HALL-SZ-B0{n}" for n in (1, 2, 3)] * 4
    called = await asyncio.gather(*(call(counter) for counter in counters))
    pairs = Counter((ticket.counter_code, ticket.number) for ticket in called)
    assert len(pairs) == 3
    assert set(pairs.values()) == {4}
    assert {number for _, number in pairs} == {"HZ001", "HZ002", "HZ003"}
    assert await events() == ["queue.ticket_called"] * 3


@on_both
async def test_two_counters_and_one_person(db: str) -> None:
    await make_hall()
    await make_ticket()
    answers = await asyncio.gather(call(FIRST), call(SECOND), return_exceptions=True)
    assert sorted(type(answer).__name__ for answer in answers) == ["NobodyWaiting", "Ticket"]


async def test_nobody_waiting_is_said(db: str) -> None:
    await make_hall()
    with pytest.raises(NobodyWaiting):
        await call()


async def test_yesterdays_and_other_groups_tickets_are_not_called(db: str) -> None:
    await make_hall()
    ticket = await make_ticket()
    await Ticket.filter(id=ticket.id).update(on_day=ticket.on_day - timedelta(days=1))
    await make_ticket()
    await Ticket.exclude(id=ticket.id).update(group_code="CRJ")
    with pytest.raises(NobodyWaiting):
        await call()


async def test_recall_counts_and_tells_again(db: str) -> None:
    await make_hall()
    await make_ticket()
    ticket = await act("recall", await call(), now=NOW + timedelta(minutes=1))
    assert (ticket.state, ticket.calls, ticket.called_at) == ("called", 2, NOW + timedelta(minutes=1))
    assert await events() == ["queue.ticket_called"] * 2


async def test_a_person_who_does_not_come_frees_the_counter_and_may_come_back_behind_the_others(db: str) -> None:
    await make_hall()
    missed = await make_ticket()
    ticket = await act("recall", await call(), now=NOW + timedelta(minutes=1))
    await act("no_show", ticket)
    waiting = await make_ticket()
    later = NOW + timedelta(minutes=9)
    await returning.requeue(ticket_code=missed.code, by=CLERK, now=later)
    assert (await call(now=later)).id == waiting.id
    assert (await call(SECOND, now=later)).id == missed.id
    assert await events() == ["queue.ticket_called"] * 2 + ["queue.ticket_missed"] + ["queue.ticket_called"] * 2


async def test_who_was_called_before_the_booked_time_and_missed_keeps_the_booked_turn(db: str) -> None:
    await make_hall()
    booked_at = NOW + timedelta(minutes=40)
    early = await make_ticket(starts_at=booked_at)
    called = await act("recall", await call(), now=NOW + timedelta(minutes=1))  # nobody else was there
    assert called.id == early.id
    await act("no_show", called, now=NOW + timedelta(minutes=2))
    walk_in = await make_ticket(starts_at=NOW - timedelta(hours=1), citizen_id=2)  # too late: like a walk-in
    back = await returning.requeue(ticket_code=early.code, by=CLERK, now=NOW + timedelta(minutes=30))
    assert (back.lane, back.order_at, back.due_at) == ("booked", booked_at, booked_at - timedelta(minutes=15))
    assert (await call(now=NOW + timedelta(minutes=31))).id == early.id
    assert (await call(SECOND, now=NOW + timedelta(minutes=31))).id == walk_in.id


@pytest.mark.parametrize("result", ["on_spot", "later"])
async def test_finishing_ends_the_booking_and_says_whether_a_result_follows(db: str, result: str) -> None:
    await make_hall()
    await make_ticket()
    ticket = await act("finish", await act("serve", await call()), result=result)
    assert (ticket.state, ticket.holder, ticket.counter_code, ticket.result) == ("done", None, FIRST, result)
    assert (await Booking.get(number=ticket.booking_number)).state == "done"
    payload = (await RecordedEvent.get(name="queue.ticket_finished")).payload
    assert f'"result":"{result}"' in payload


async def test_a_page_left_open_does_not_finish_the_next_person(db: str) -> None:
    await make_hall()
    await make_ticket()
    await make_ticket()
    first = await call()
    await act("finish", first, result="on_spot")
    second = await call()
    with pytest.raises(NotNow) as refusal:
        await act("finish", first, result="on_spot")
    assert refusal.value.text == "该号码当前是“已办结”，不能这样操作，请刷新页面"
    assert (await Ticket.get(id=second.id)).state == "called"


async def test_another_counters_person_is_left_alone(db: str) -> None:
    await make_hall()
    await make_ticket()
    ticket = await call(FIRST)
    with pytest.raises(NobodyAtCounter):
        await act("no_show", ticket, SECOND)
    assert (await Ticket.get(id=ticket.id)).state == "called"


@on_both
async def test_finish_and_no_show_at_once_end_in_one_of_them(db: str) -> None:
    await make_hall()
    await make_ticket()
    ticket = await act("recall", await call(), now=NOW + timedelta(minutes=1))
    answers = await asyncio.gather(
        act("finish", ticket, result="on_spot"), act("no_show", ticket), return_exceptions=True
    )
    assert sorted(type(answer).__name__ for answer in answers) == ["NotNow", "Ticket"]


async def test_staff_of_another_hall_cannot_call(db: str) -> None:
    await make_hall()
    await make_ticket()
    with pytest.raises(HallNotYours):
        await actions.call_next(counter_code=FIRST, by=ELSEWHERE, now=NOW)
    assert await queries.is_busy([FIRST]) == set()


async def test_every_step_writes_its_audit_row(db: str) -> None:
    await make_hall()
    await make_ticket()
    ticket = await call()
    for name, more in (("recall", {}), ("serve", {}), ("finish", {"result": "later"})):
        await act(name, ticket, now=NOW + timedelta(minutes=1), **more)
    actions_done = await AuditRow.all().order_by("id").values_list("action", flat=True)
    assert actions_done == ["queue.arrive", "queue.call", "queue.recall", "queue.serve", "queue.finish"]


STEPS = sorted({step for _, step in TRANSITIONS})


@pytest.mark.parametrize("state", list(State))
@pytest.mark.parametrize("step", STEPS)
def test_a_step_outside_the_table_is_refused_with_the_state_and_what_is_allowed(state: State, step: str) -> None:
    if (state, step) in TRANSITIONS:
        assert after(state, step) is TRANSITIONS[state, step]
        return
    with pytest.raises(NotNow) as refusal:
        after(state, step)
    allowed = [name for source, name in TRANSITIONS if source is state]
    assert refusal.value.data == {"state": NAMES[state], "allowed": allowed}


async def test_a_citizen_sees_how_many_wait_in_front_of_each_ticket(db: str) -> None:
    await make_hall()
    for _ in range(3):
        await make_ticket(citizen_id=5)
    tickets = await queries.tickets_of(citizen_id=5, on=NOW.date())
    seen = await estimates.outlooks(tickets, now=NOW)
    assert [(ticket.number, seen[ticket.id].ahead) for ticket in tickets] == [("HZ003", 2), ("HZ002", 1), ("HZ001", 0)]
