"""What a counter can do with the person it has called, and what people can do themselves."""

import asyncio
from datetime import timedelta

import pytest

from app.errors import AppError
from app.halls.models import Counter, CounterGroup
from app.outbox import RecordedEvent
from app.queue import actions, desks, jobs, queries, returning, undoing
from app.queue.models import Step, Ticket
from app.queue.policy import set_policy
from app.queue.viewing import Viewer
from tests.factories import NOW
from tests.marks import on_both
from tests.queue.day import CLERK, make_hall, make_ticket

FIRST, SECOND = "HALL-SZ-B01", "HALL-SZ-B02"
MINUTE = timedelta(minutes=1)
HER = Viewer(citizen_id=1)


async def call(counter: str = FIRST, now=NOW) -> Ticket:
    return await actions.call_next(counter_code=counter, by=CLERK, now=now)


async def act(name: str, ticket: Ticket, counter: str = FIRST, now=NOW, **more) -> Ticket:
    return await getattr(actions, name)(ticket_code=ticket.code, counter_code=counter, by=CLERK, now=now, **more)


async def refusal(name: str, ticket: Ticket, **more) -> AppError:
    with pytest.raises(AppError) as caught:
        await act(name, ticket, **more)
    return caught.value


async def waiting() -> list[str]:
    line = await queries.at_counter(
        counter_code=FIRST, group=queries.group_of(await Ticket.all().first()), now=NOW + 5 * MINUTE
    )
    return [ticket.number for ticket in line.waiting]


async def served(counter: str = FIRST) -> Ticket:
    return await act("serve", await call(counter), counter)


async def test_recalling_at_once_is_refused_with_the_seconds_left(db: str) -> None:
    await make_hall()
    ticket = await make_ticket()
    await call()
    too_soon = await refusal("recall", ticket, now=NOW + timedelta(seconds=4))
    assert (too_soon.code, too_soon.text) == ("queue.recall_too_soon", "刚刚叫过，请 11 秒后再重呼")
    assert (await act("recall", ticket, now=NOW + timedelta(seconds=15))).calls == 2


async def test_nobody_is_passed_over_before_the_second_call(db: str) -> None:
    await make_hall()
    ticket = await make_ticket()
    await call()
    assert (await refusal("no_show", ticket)).code == "queue.call_again_first"
    await act("recall", ticket, now=NOW + MINUTE)
    assert (await act("no_show", ticket, now=NOW + 2 * MINUTE)).state == "missed"


async def test_a_skipped_person_comes_behind_the_next_three_and_only_twice(db: str) -> None:
    await make_hall()
    for n in range(5):
        await make_ticket(starts_at=NOW - (10 - n) * MINUTE)
    for _ in range(2):
        skipped = await call()
        assert skipped.number == "HZ001"
        await act("skip", skipped)
        assert await waiting() == ["HZ002", "HZ003", "HZ004", "HZ001", "HZ005"]
        await Ticket.filter(number="HZ001").update(order_at=NOW - 20 * MINUTE)
    assert (await refusal("skip", await call())).code == "queue.skipped_before"


async def test_a_person_held_comes_back_to_the_same_counter_only(db: str) -> None:
    await make_hall()
    held = await served_of(await make_ticket())
    await act("hold", held)
    await make_ticket()
    assert (await call()).number == "HZ002"
    assert (await refusal("resume", held)).text == "本窗口正在为 HZ002 号办理，请先完成、暂离或挂起"
    assert (await refusal("resume", held, counter=SECOND)).code == "queue.nobody_at_counter"
    await act("finish", await Ticket.get(number="HZ002"), result="on_spot")
    assert ((await act("resume", held)).state, (await act("finish", held, result="later")).state) == ("serving", "done")


async def served_of(ticket: Ticket) -> Ticket:
    called = await call()
    assert called.id == ticket.id
    return await act("serve", called)


async def test_a_parked_person_is_called_again_by_any_counter_of_the_group(db: str) -> None:
    await make_hall()
    parked = await served_of(await make_ticket())
    await act("park", parked, why="等省系统")
    again = await act("resume", parked, counter=SECOND, now=NOW + MINUTE)
    assert (again.state, again.holder, again.calls) == ("called", SECOND, 2)
    names = await RecordedEvent.filter(name="queue.ticket_called").count()
    assert names == 2


async def test_who_does_not_come_back_is_passed_over_where_they_may_be_taken_up(db: str) -> None:
    """Held: at their own counter alone. Parked: at any of the group, and taken back there."""
    await make_hall()
    held = await served_of(await make_ticket())
    await act("hold", held)
    parked = await served_of(await make_ticket())
    await act("park", parked)
    assert (await refusal("no_show", held, counter=SECOND)).code == "queue.nobody_at_counter"
    at_counter = await served_of(await make_ticket())
    assert (await act("no_show", held)).state == "missed"
    missed = await act("no_show", parked, counter=SECOND)
    assert (missed.state, missed.holder, missed.ended_at) == ("missed", None, NOW)
    assert await RecordedEvent.filter(name="queue.ticket_missed").count() == 2
    assert (await Ticket.get(holder=FIRST)).id == at_counter.id
    back = await undoing.undo(ticket_code=parked.code, counter_code=SECOND, by=CLERK, now=NOW)
    assert (back.state, back.wanted_counter) == ("waiting", SECOND)


async def test_a_transfer_keeps_the_time_already_waited(db: str) -> None:
    await make_hall()
    moved = await make_ticket(starts_at=NOW - 10 * MINUTE)
    await make_ticket(starts_at=NOW - 5 * MINUTE)
    await Ticket.filter(number="HZ002").update(group_code="CRJ")
    await call()
    assert (await refusal("transfer", moved, to_group="XX")).code == "queue.no_such_group"
    await CounterGroup.create(key="HALL-SZ.ZZ", hall_code="HALL-SZ", group_code="ZZ", name="自助服务区", kind="machine")
    await Counter.create(
        code="HALL-SZ-A18", hall_code="HALL-SZ", no="A18", group_code="ZZ", name="自助机", floor=1, zone="A"
    )
    assert (await refusal("transfer", moved, to_group="ZZ")).code == "queue.machines_only"
    back = await act("transfer", moved, to_group="HZ", to_counter=SECOND)
    assert (back.state, back.holder, back.order_at) == ("waiting", None, NOW - 10 * MINUTE)
    with pytest.raises(AppError, match="nobody_waiting"):
        await call(FIRST)
    assert (await call(SECOND)).id == moved.id


@on_both
async def test_two_counters_that_resume_one_parked_person_at_once(db: str) -> None:
    await make_hall()
    parked = await served_of(await make_ticket())
    await act("park", parked)
    answers = await asyncio.gather(act("resume", parked, FIRST), act("resume", parked, SECOND), return_exceptions=True)
    assert sorted(type(answer).__name__ for answer in answers) == ["NotNow", "Ticket"]


async def test_leaving_once_keeps_the_turn_for_fifteen_minutes(db: str) -> None:
    await make_hall()
    gone, other = await make_ticket(), await make_ticket()
    await returning.leave(ticket_code=gone.code, viewer=HER, now=NOW)
    assert (await call()).id == other.id
    back = await returning.rejoin(ticket_code=gone.code, viewer=HER, now=NOW + 15 * MINUTE)
    assert (back.state, back.order_at, back.lane) == ("waiting", NOW, "booked")
    with pytest.raises(AppError) as again:
        await returning.leave(ticket_code=gone.code, viewer=HER, now=NOW + 16 * MINUTE)
    assert again.value.code == "queue.left_before"


async def test_coming_back_too_late_means_the_end_of_the_walk_ins(db: str) -> None:
    await make_hall()
    gone = await make_ticket()
    await returning.leave(ticket_code=gone.code, viewer=HER, now=NOW)
    late = NOW + 15 * MINUTE + timedelta(seconds=1)
    back = await returning.rejoin(ticket_code=gone.code, viewer=HER, now=late)
    assert (back.order_at, back.lane) == (late, "walk_in")


async def test_who_does_not_come_in_five_minutes_is_passed_over_and_the_next_is_called(db: str) -> None:
    await make_hall()
    absent, following = await make_ticket(), await make_ticket()
    await call()
    assert await jobs.pass_over(NOW + 5 * MINUTE - timedelta(seconds=1)) == 0
    assert await jobs.pass_over(NOW + 5 * MINUTE) == 1
    absent, following = await Ticket.get(id=absent.id), await Ticket.get(id=following.id)
    assert (absent.state, following.state, following.holder) == ("missed", "called", FIRST)
    assert (await Step.filter(step="miss").values_list("who", "why")) == [("system", "叫号 5 分钟未到")]


async def test_a_hall_may_leave_that_to_its_clerks(db: str) -> None:
    await make_hall()
    await set_policy(hall_code="HALL-SZ", missed_after_minutes=0)
    await make_ticket()
    await call()
    assert await jobs.pass_over(NOW + timedelta(hours=3)) == 0


async def test_many_who_are_left_to_their_clerks_hide_nobody_of_another_hall(db: str) -> None:
    await make_hall()
    await set_policy(hall_code="HALL-TJA", missed_after_minutes=0)
    await Ticket.bulk_create(
        Ticket(
            code=f"OLD{n}", number=f"HZ{n:03}", on_day=NOW.date(), hall_code="HALL-TJA", group_code="HZ",
            matter_code="m", state="called", arrival="walk_in", arrived_at=NOW, order_at=NOW,
            called_at=NOW - timedelta(hours=1),
        )
        for n in range(jobs.AT_ONCE)
    )  # fmt: skip
    absent = await make_ticket()
    await call()
    assert await jobs.pass_over(NOW + 5 * MINUTE) == 1
    assert (await Ticket.get(id=absent.id)).state == "missed"


@on_both
async def test_a_clerk_who_leaves_at_that_very_moment_stops_nothing(db: str) -> None:
    """The other counter's person, called a moment later, is passed over in the same round."""
    await make_hall()
    await set_policy(hall_code="HALL-SZ", recall_after_s=0)
    for round_no in range(12):
        for citizen_id in range(1, 5):
            await make_ticket(citizen_id=citizen_id)
        await call(FIRST)
        await call(SECOND, now=NOW + timedelta(seconds=1))

        async def leave(moments: int = round_no) -> None:
            for _ in range(moments):
                await asyncio.sleep(0.001)
            await desks.pause(counter_code=FIRST, why="午餐", by=CLERK, now=NOW)

        passed, _ = await asyncio.gather(jobs.pass_over(NOW + 6 * MINUTE), leave())
        assert passed == 2
        await desks.go_on(counter_code=FIRST, by=CLERK, now=NOW)
        await Ticket.all().update(holder=None, state="done")


async def test_what_is_open_at_midnight_is_closed_by_what_it_was(db: str) -> None:
    await make_hall()
    done = await served_of(await make_ticket())
    await make_ticket()
    assert await jobs.close_days(NOW + timedelta(days=1)) == 2
    assert await Ticket.all().order_by("id").values_list("state", "holder") == [("done", None), ("missed", None)]
    assert (await Step.filter(ticket_id=done.id).order_by("-id").first()).step == "close"


async def test_the_history_tells_every_step_with_who_and_when(db: str) -> None:
    await make_hall()
    ticket = await served_of(await make_ticket())
    await act("hold", ticket, now=NOW + MINUTE)
    await act("resume", ticket, now=NOW + 2 * MINUTE)
    await act("finish", ticket, now=NOW + 3 * MINUTE, result="on_spot")
    rows = await Step.all().order_by("id").values_list("step", "source", "target", "who", "staff_id", "at")
    assert rows == [
        ("arrive", "", "waiting", "staff", 7, NOW),
        ("call", "waiting", "called", "staff", 7, NOW),
        ("serve", "called", "serving", "staff", 7, NOW),
        ("hold", "serving", "held", "staff", 7, NOW + MINUTE),
        ("resume", "held", "serving", "staff", 7, NOW + 2 * MINUTE),
        ("finish", "serving", "done", "staff", 7, NOW + 3 * MINUTE),
    ]
