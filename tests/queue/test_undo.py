"""Taking back a wrong press within a minute."""

from datetime import timedelta

import pytest

from app.errors import AppError
from app.pickup.models import Pickup
from app.queue import actions, undoing
from app.queue.line import Group
from app.queue.models import Step, Ticket
from app.queue.policy import set_policy
from app.server import make_outbox
from app.staff.by import By
from tests.factories import NOW
from tests.queue.day import CLERK, make_hall, make_ticket

FIRST, SECOND = "HALL-SZ-B01", "HALL-SZ-B02"
SECOND_LATER = timedelta(seconds=1)
GROUP = Group("HALL-SZ", "HZ", NOW.date())
OTHER = By(staff_id=9, name="王芳", roles=CLERK.roles, hall_codes=CLERK.hall_codes)


async def call(counter: str = FIRST, now=NOW) -> Ticket:
    return await actions.call_next(counter_code=counter, by=CLERK, now=now)


async def undo(ticket: Ticket, *, now=NOW + 60 * SECOND_LATER, counter: str = FIRST, by: By = CLERK) -> Ticket:
    return await undoing.undo(ticket_code=ticket.code, counter_code=counter, by=by, now=now)


async def missed() -> Ticket:
    await set_policy(hall_code="HALL-SZ", calls_before_miss=1)
    ticket = await call()
    return await actions.no_show(ticket_code=ticket.code, counter_code=FIRST, by=CLERK, now=NOW)


async def finished(result: str = "on_spot") -> Ticket:
    ticket = await call()
    return await actions.finish(ticket_code=ticket.code, counter_code=FIRST, result=result, by=CLERK, now=NOW)


async def code_of(doing) -> str:
    with pytest.raises(AppError) as caught:
        await doing
    return caught.value.code


async def test_who_was_passed_over_by_mistake_is_the_next_one_called(db: str) -> None:
    await make_hall()
    first = await make_ticket(starts_at=NOW)
    ticket = await missed()
    await make_ticket(starts_at=NOW - timedelta(minutes=10))  # came since, with an earlier time
    back = await undo(ticket)
    assert (back.state, back.ended_at, back.calls) == ("waiting", None, 0)
    assert (await call(now=NOW + 61 * SECOND_LATER)).id == first.id
    steps = await Step.filter(ticket_id=first.id).order_by("id").values_list("step", flat=True)
    assert steps == ["arrive", "call", "miss", "restore", "call"]


async def test_who_was_finished_by_mistake_is_at_the_counter_again(db: str) -> None:
    await make_hall()
    await make_ticket()
    ticket = await finished()
    back = await undo(ticket)
    assert (back.state, back.holder, back.result, back.ended_at) == ("serving", FIRST, "", None)
    done = await actions.finish(ticket_code=ticket.code, counter_code=FIRST, result="later", by=CLERK, now=NOW)
    assert (done.state, done.result) == ("done", "later")


async def test_the_result_that_was_expected_by_mistake_is_expected_no_more(db: str) -> None:
    await make_hall()
    await make_ticket()
    ticket = await finished("later")
    outbox = make_outbox()
    while await outbox.relay(NOW + timedelta(hours=1)):
        pass
    assert await Pickup.all().count() == 1
    await undo(ticket)
    while await outbox.relay(NOW + timedelta(hours=1)):
        pass
    assert await Pickup.all().count() == 0


async def test_after_a_minute_or_for_somebody_else_it_is_too_late(db: str) -> None:
    await make_hall()
    await make_ticket()
    ticket = await finished()
    assert await code_of(undo(ticket, now=NOW + 61 * SECOND_LATER)) == "queue.too_late_to_undo"
    assert await code_of(undo(ticket, counter=SECOND)) == "queue.too_late_to_undo"
    assert await code_of(undo(ticket, by=OTHER)) == "queue.not_your_counter"
    assert (await Ticket.get()).state == "done"


async def test_nobody_is_brought_back_to_a_busy_counter(db: str) -> None:
    await make_hall()
    await make_ticket()
    await make_ticket()
    ticket = await finished()
    await call()
    assert await code_of(undo(ticket)) == "queue.counter_busy"


async def test_what_may_be_taken_back_is_offered_with_the_time_left(db: str) -> None:
    await make_hall()
    await make_ticket()
    ticket = await finished()

    async def offered(by: By, seconds: int):
        now = NOW + seconds * SECOND_LATER
        found = await undoing.last_ended(counter_code=FIRST, group=GROUP, by=by, now=now)
        return found and (found[0].id, int(found[1].total_seconds()))

    assert await offered(CLERK, 20) == (ticket.id, 40)
    assert await offered(OTHER, 20) is None
    assert await offered(CLERK, 61) is None
