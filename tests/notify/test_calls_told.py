"""Whoever is called is told each time, at whichever counter, and the family with them."""

from datetime import timedelta

from app.outbox import RecordedEvent
from app.queue import actions, returning
from app.queue.models import Ticket
from app.queue.policy import set_policy
from app.server import make_outbox
from notify.models import Notice
from tests.factories import NOW
from tests.queue.day import CLERK, make_hall, make_ticket

FIRST, SECOND = "HALL-SZ-B01", "HALL-SZ-B02"
MINUTE = timedelta(minutes=1)


async def call(counter: str, minute: int) -> Ticket:
    return await actions.call_next(counter_code=counter, by=CLERK, now=NOW + minute * MINUTE)


async def told(kind: str) -> list[str]:
    """The words of these notices, after everything recorded so far was heard, twice over."""
    for _ in range(2):
        await make_outbox().relay(NOW + 60 * MINUTE)
    return list(map(str, await Notice.filter(kind=kind).order_by("id").values_list("body", flat=True)))


async def test_somebody_sent_to_another_counter_is_told_of_the_second_call(db: str) -> None:
    await make_hall()
    ticket = await make_ticket(citizen_id=1)
    await call(FIRST, 0)
    await actions.transfer(
        ticket_code=ticket.code, counter_code=FIRST, to_group="HZ", to_counter=SECOND, by=CLERK, now=NOW + MINUTE
    )
    await call(SECOND, 2)
    assert await RecordedEvent.filter(name="queue.ticket_called").count() == 2
    first, second = await told("called")
    assert ("B01" in first, "B02" in second) == (True, True)


async def test_whoever_was_passed_over_twice_is_told_twice(db: str) -> None:
    await make_hall()
    await set_policy(hall_code="HALL-SZ", calls_before_miss=1)
    ticket = await make_ticket(citizen_id=1)
    for minute in (0, 10):
        await call(FIRST, minute)
        await actions.no_show(ticket_code=ticket.code, counter_code=FIRST, by=CLERK, now=NOW + (minute + 1) * MINUTE)
        await returning.requeue(ticket_code=ticket.code, by=CLERK, now=NOW + (minute + 2) * MINUTE)
    assert len(await told("missed")) == 2
