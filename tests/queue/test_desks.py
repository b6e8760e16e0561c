"""Sitting at a counter: one member of staff each, pauses, closing, and what a counter that is not open refuses."""

import asyncio
from contextlib import suppress
from datetime import timedelta

import pytest

from app.errors import AppError
from app.queue import actions, desks, jobs, undoing
from app.queue.errors import CounterInUse
from app.queue.line import Group
from app.queue.models import Desk, Ticket
from app.queue.policy import set_policy
from app.staff.models import AuditRow
from tests.factories import NOW
from tests.marks import on_both
from tests.queue.day import CLERK, ELSEWHERE, make_hall, make_ticket
from tests.staff.people import by_of, make_staff

FIRST, SECOND = "HALL-SZ-B01", "HALL-SZ-B02"
GROUP = Group("HALL-SZ", "HZ", NOW.date())
MINUTE = timedelta(minutes=1)


async def people(*names: str):
    await make_hall(opened_by=None)
    return [by_of(await make_staff(name)) for name in names]


async def call(by, counter: str = FIRST, now=NOW) -> Ticket:
    return await actions.call_next(counter_code=counter, by=by, now=now)


async def refused(doing) -> tuple[str, str]:
    with pytest.raises(AppError) as caught:
        await doing
    return caught.value.code, caught.value.text


async def sit(by, counter: str = FIRST, now=NOW, **more) -> Desk:
    return await desks.open_desk(counter_code=counter, by=by, now=now, **more)


async def test_a_counter_nobody_opened_calls_nobody(db: str) -> None:
    (one,) = await people("wang.fang")
    await make_ticket()
    assert await refused(call(one)) == ("queue.counter_closed", "本窗口还没有开窗，请先开窗再叫号")
    await sit(one)
    assert (await call(one)).number == "HZ001"


async def test_a_paused_counter_calls_nobody_but_finishes_whoever_is_there(db: str) -> None:
    (one,) = await people("wang.fang")
    await sit(one)
    await make_ticket()
    await make_ticket()
    ticket = await call(one)
    await desks.pause(counter_code=FIRST, why="午餐", by=one, now=NOW)
    await actions.finish(ticket_code=ticket.code, counter_code=FIRST, result="on_spot", by=one, now=NOW)
    assert await refused(call(one)) == ("queue.counter_paused", "本窗口已暂停（午餐），请先按“继续受理”")
    assert await desks.open_counters(GROUP) == 0
    await desks.go_on(counter_code=FIRST, by=one, now=NOW)
    assert ((await call(one)).number, await desks.open_counters(GROUP)) == ("HZ002", 1)


async def test_an_occupied_counter_says_who_is_there_and_is_taken_over_when_confirmed(db: str) -> None:
    one, other = await people("wang.fang", "li.na")
    seat = (await sit(one)).seat
    with pytest.raises(AppError) as caught:
        await sit(other, now=NOW + MINUTE)
    assert caught.value.text == "B01 窗口现在由 胡敏 值守（09:00 起），接替后对方将离开本窗口"
    assert caught.value.data["seat"] == seat
    await sit(other, now=NOW + MINUTE, instead_of=seat)
    code, text = await refused(call(one))
    assert (code, text) == ("queue.not_your_counter", "本窗口已由 胡敏 值守（09:01 起），请重新选择窗口")
    told = await AuditRow.filter(action__startswith="desk.").order_by("id").values_list("action", "staff_id")
    assert told == [("desk.open", one.staff_id), ("desk.take_over", other.staff_id)]


async def test_the_former_one_cannot_finish_whom_the_new_one_serves(db: str) -> None:
    one, other = await people("wang.fang", "li.na")
    seat = (await sit(one)).seat
    await make_ticket()
    ticket = await call(one)
    await sit(other, instead_of=seat)
    finishing = actions.finish(ticket_code=ticket.code, counter_code=FIRST, result="on_spot", by=one, now=NOW)
    assert (await refused(finishing))[0] == "queue.not_your_counter"
    assert (await call(other)).id == ticket.id


@on_both
async def test_of_three_who_take_over_at_once_one_sits_there(db: str) -> None:
    one, *others = await people("wang.fang", "li.na", "zhao.lei", "sun.hao")
    seat = (await sit(one)).seat
    answers = await asyncio.gather(*(sit(by, instead_of=seat) for by in others), return_exceptions=True)
    assert sorted(type(answer).__name__ for answer in answers) == ["CounterTaken", "CounterTaken", "Desk"]
    (won,) = (answer for answer in answers if isinstance(answer, Desk))
    assert (await Desk.get(counter_code=FIRST)).staff_id == won.staff_id


@on_both
async def test_of_three_who_open_a_free_counter_at_once_one_sits_there(db: str) -> None:
    all_three = await people("li.na", "zhao.lei", "sun.hao")
    answers = await asyncio.gather(*(sit(by) for by in all_three), return_exceptions=True)
    assert sorted(type(answer).__name__ for answer in answers) == ["CounterTaken", "CounterTaken", "Desk"]


@on_both
async def test_closing_and_calling_at_once_never_leave_somebody_at_a_closed_counter(db: str) -> None:
    (one,) = await people("li.na")
    for n in range(6):
        await sit(one)
        await make_ticket(citizen_id=n)
        await asyncio.gather(call(one), desks.close_desk(counter_code=FIRST, by=one, now=NOW), return_exceptions=True)
        is_open = await desks.desk_at(FIRST) is not None
        assert await Ticket.filter(holder=FIRST).exists() is is_open
        await Ticket.all().update(holder=None, state="done")


async def is_stranded() -> bool:
    """Whether somebody stands at a closed counter, or waits for one alone."""
    opened = list(await desks.desks_of("HALL-SZ"))
    held = Ticket.filter(holder__isnull=False).exclude(holder__in=opened)
    sent = Ticket.filter(state="waiting", wanted_counter__isnull=False).exclude(wanted_counter__in=opened)
    return await held.exists() or await sent.exists()


async def sent_to_second(one) -> Ticket:
    return await actions.transfer(
        ticket_code=(await call(one)).code, counter_code=FIRST, to_group="HZ", to_counter=SECOND, by=one, now=NOW
    )


async def resumed_at_second(other) -> Ticket:
    held = await call(other, SECOND)
    await actions.serve(ticket_code=held.code, counter_code=SECOND, by=other, now=NOW)
    await actions.hold(ticket_code=held.code, counter_code=SECOND, by=other, now=NOW)
    return await actions.resume(ticket_code=held.code, counter_code=SECOND, by=other, now=NOW)


async def taken_back_at_second(other) -> Ticket:
    done = await call(other, SECOND)
    await actions.finish(ticket_code=done.code, counter_code=SECOND, result="on_spot", by=other, now=NOW)
    return await undoing.undo(ticket_code=done.code, counter_code=SECOND, by=other, now=NOW)


async def passed_over_and_taken_back_at_second(other) -> Ticket:
    missed = await call(other, SECOND)
    await actions.no_show(ticket_code=missed.code, counter_code=SECOND, by=other, now=NOW)
    return await undoing.undo(ticket_code=missed.code, counter_code=SECOND, by=other, now=NOW)


@on_both
@pytest.mark.parametrize(
    "act", [sent_to_second, resumed_at_second, taken_back_at_second, passed_over_and_taken_back_at_second]
)
async def test_closing_at_once_with_anything_that_brings_somebody_to_the_counter_strands_nobody(db: str, act) -> None:
    one, other = await people("li.na", "sun.hao")
    await set_policy(hall_code="HALL-SZ", calls_before_miss=1)
    await sit(one)

    async def leave(moments: int) -> None:
        """Again and again, as long as somebody is at the counter."""
        await asyncio.sleep(moments / 1000)
        for _ in range(50):
            with suppress(CounterInUse):
                await desks.close_desk(counter_code=SECOND, by=other, now=NOW)
                return
            await asyncio.sleep(0)

    for n in range(15):
        await sit(other, SECOND)
        await make_ticket(citizen_id=n)
        await asyncio.gather(act(one if act is sent_to_second else other), leave(n), return_exceptions=True)
        assert not await is_stranded()
        await Ticket.all().update(holder=None, state="done")


async def test_closing_with_somebody_at_the_counter_is_refused_with_the_number(db: str) -> None:
    (one,) = await people("li.na")
    await sit(one)
    await make_ticket()
    await call(one)
    closing = desks.close_desk(counter_code=FIRST, by=one, now=NOW)
    assert await refused(closing) == ("queue.counter_in_use", "本窗口正在为 HZ001 号办理，请先完成或过号")
    assert (await Desk.get(counter_code=FIRST)).closed_at is None
    assert (await refused(sit(one, SECOND)))[0] == "queue.counter_in_use"


async def test_whoever_opens_another_counter_leaves_the_first(db: str) -> None:
    (one,) = await people("li.na")
    await sit(one)
    await sit(one, SECOND)
    assert sorted(await desks.desks_of("HALL-SZ")) == [SECOND]


async def test_whoever_was_sent_to_a_counter_that_closes_is_anybodys(db: str) -> None:
    one, other = await people("li.na", "sun.hao")
    await sit(one)
    await sit(other, SECOND)
    ticket = await make_ticket()
    await call(one)
    to_closed = actions.transfer(
        ticket_code=ticket.code, counter_code=FIRST, to_group="HZ", to_counter="HALL-SZ-B03", by=one, now=NOW
    )
    assert (await refused(to_closed))[0] == "queue.counter_not_open"
    await actions.transfer(
        ticket_code=ticket.code, counter_code=FIRST, to_group="HZ", to_counter=SECOND, by=one, now=NOW
    )
    assert (await refused(call(one)))[0] == "queue.nobody_waiting"
    await desks.close_desk(counter_code=SECOND, by=other, now=NOW)
    assert (await call(one)).id == ticket.id


async def test_staff_of_another_hall_cannot_sit_down(db: str) -> None:
    await people()
    assert (await refused(sit(ELSEWHERE)))[0] == "staff.hall_not_yours"


async def test_a_paused_counter_is_not_given_the_next_one_when_somebody_is_passed_over(db: str) -> None:
    await make_hall()
    absent, following = await make_ticket(), await make_ticket()
    await call(CLERK)
    await desks.pause(counter_code=FIRST, why="会议", by=CLERK, now=NOW)
    assert await jobs.pass_over(NOW + 5 * MINUTE) == 1
    states = [(await Ticket.get(id=ticket.id)).state for ticket in (absent, following)]
    assert states == ["missed", "waiting"]


async def test_counters_left_open_are_closed_at_night(db: str) -> None:
    (one,) = await people("li.na")
    await sit(one)
    assert await desks.close_left_open(NOW + timedelta(hours=14, minutes=59)) == 0
    assert await desks.close_left_open(NOW + timedelta(hours=15)) == 1
    assert await desks.open_counters(GROUP) == 0
