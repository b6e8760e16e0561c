"""Who is nearly up is told so once, whatever happens at the same moment (features.md D9)."""

import asyncio
from datetime import datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.outbox import Outbox, RecordedEvent
from app.queue import actions, returning, rules, subscribers
from app.queue.models import Ticket
from app.queue.policy import set_policy
from app.queue.rules import QueuePolicy
from app.queue.viewing import Viewer
from app.server import make_outbox
from notify.models import Notice
from tests.factories import NOW
from tests.marks import on_both
from tests.queue.day import CLERK, make_hall, make_ticket

COUNTERS = ("HALL-SZ-B01", "HALL-SZ-B02", "HALL-SZ-B03")
MINUTE = timedelta(minutes=1)


async def line_of_people(count: int) -> list[Ticket]:
    await make_hall()
    return [await make_ticket(starts_at=NOW + n * MINUTE, citizen_id=n + 1) for n in range(count)]


async def call(counter: str = COUNTERS[0], now: datetime = NOW) -> Ticket:
    return await actions.call_next(counter_code=counter, by=CLERK, now=now)


async def told() -> list[tuple[int, str]]:
    """Whom, and what they read."""
    rows = await Notice.filter(kind="turn_near").order_by("citizen_id", "id")
    return [(row.citizen_id, row.body.partition("，")[0]) for row in rows]


async def relayed(times: int = 3) -> None:
    """Events, the events they lead to, and the notices of those."""
    outbox = make_outbox()
    for _ in range(times):
        await outbox.relay(NOW)


async def test_with_three_ahead_there_is_one_push_and_only_one(db: str) -> None:
    await line_of_people(7)
    await call(COUNTERS[0])
    await relayed()
    near = [(2, "HZ002 号下一位就到您"), (3, "HZ003 号前面还有 1 人"), (4, "HZ004 号前面还有 2 人")]
    near.append((5, "HZ005 号前面还有 3 人"))
    assert await told() == near
    await call(COUNTERS[1])
    await relayed()
    assert await told() == [*near, (6, "HZ006 号前面还有 3 人")]


async def test_a_hall_that_tells_twice_tells_the_second_time_with_one_ahead(db: str) -> None:
    await line_of_people(5)
    await set_policy(hall_code="HALL-SZ", near_pushes=2, near_ahead=2)
    for counter in COUNTERS:
        await call(counter)
        await relayed()
    assert [body for citizen, body in await told() if citizen == 4] == [
        "HZ004 号前面还有 2 人",
        "HZ004 号前面还有 1 人",
    ]
    assert [body for citizen, body in await told() if citizen == 5] == [
        "HZ005 号前面还有 2 人",
        "HZ005 号前面还有 1 人",
    ]
    assert len([body for citizen, body in await told() if citizen == 2]) == 1  # never had two ahead


async def test_somebody_who_goes_lets_the_others_move_up(db: str) -> None:
    people = await line_of_people(5)
    await returning.give_up(ticket_code=people[0].code, viewer=Viewer(citizen_id=1), now=NOW)
    await relayed()
    assert (5, "HZ005 号前面还有 3 人") in await told()


async def test_who_has_left_is_not_told_to_come_near(db: str) -> None:
    people = await line_of_people(3)
    await returning.leave(ticket_code=people[1].code, viewer=Viewer(citizen_id=2), now=NOW)
    await call()
    await relayed()
    assert [citizen for citizen, _ in await told()] == [3]


async def test_a_hall_may_switch_it_off(db: str) -> None:
    await line_of_people(4)
    await set_policy(hall_code="HALL-SZ", near_pushes=0)
    await call()
    await relayed()
    assert await told() == []


@on_both
async def test_two_relays_at_once_tell_once(db: str) -> None:
    """Two calls in one moment are two events; two workers hear them at once."""
    await line_of_people(8)
    for counter in COUNTERS:
        await call(counter)
    await asyncio.gather(*(make_outbox().relay(NOW) for _ in range(2)))
    await relayed()
    assert [citizen for citizen, _ in await told()] == [4, 5, 6, 7]
    assert await RecordedEvent.filter(name="queue.turn_near").count() == 4


@on_both
async def test_the_claim_itself_holds_when_handlers_run_side_by_side(db: str) -> None:
    await line_of_people(5)
    await call()
    event = await RecordedEvent.filter(name="queue.ticket_called").get()
    boxes = [Outbox() for _ in range(4)]
    for box in boxes:
        subscribers.subscribe(box)
    heard = subscribers.TicketCalled.model_validate_json(event.payload)
    await asyncio.gather(*(subscribers.tell_who_is_near(heard) for _ in boxes))
    assert await RecordedEvent.filter(name="queue.turn_near").count() == 4


@pytest.mark.parametrize(
    ("pushes", "ahead", "wanted"), [(1, 4, 0), (1, 3, 1), (1, 0, 1), (2, 3, 1), (2, 1, 2), (2, 0, 2), (0, 0, 0)]
)
def test_how_often_somebody_should_have_been_told(pushes: int, ahead: int, wanted: int) -> None:
    assert rules.near_wanted(QueuePolicy(near_pushes=pushes), ahead=ahead) == wanted


@given(near=st.integers(0, 20), pushes=st.integers(0, 2), ahead=st.integers(0, 40))
def test_nobody_is_told_more_often_than_allowed_nor_less_when_nearer(near: int, pushes: int, ahead: int) -> None:
    policy = QueuePolicy(near_ahead=near, near_pushes=pushes)
    wanted = rules.near_wanted(policy, ahead=ahead)
    assert 0 <= wanted <= pushes
    assert wanted >= rules.near_wanted(policy, ahead=ahead + 1)
