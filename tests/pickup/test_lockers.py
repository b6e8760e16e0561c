"""A locker gives a result out once, to whoever holds its code, at its own site; a jammed door loses nothing."""

import asyncio
from datetime import timedelta

import pytest

from app.citizens.models import Citizen
from app.errors import InvalidInput, NotFound
from app.outbox import RecordedEvent
from app.pickup import digits, lockers, machines, proxies, queries
from app.pickup.errors import (
    AlreadyHandedOver,
    BeingOpened,
    CompartmentTaken,
    InLocker,
    NotInThisLocker,
    ProxyNeedsCounter,
    ReservationOver,
)
from app.pickup.lockers import Reserved
from app.pickup.models import Machine, Pickup, Stay
from app.queue.models import Scan
from app.staff.errors import HallNotYours, TooManyTries
from tests.factories import NOW
from tests.marks import on_both
from tests.pickup.shelf import make_hall, make_ready
from tests.pickup.test_hand_over import show
from tests.queue.day import CLERK, ELSEWHERE

OWNER = 5


async def make_machine(name: str = "1 号自助柜") -> Machine:
    machine, _ = await machines.add_machine(
        name=name, hall_code="HALL-SZ", site="一楼东门内", compartments=12, by=CLERK, now=NOW
    )
    return machine


async def stored(machine: Machine, no: int = 7, citizen_id: int = OWNER) -> Pickup:
    pickup = await make_ready(citizen_id=citizen_id)
    return await lockers.store(pickup_code=pickup.code, machine_code=machine.code, no=no, by=CLERK, now=NOW)


async def code_of(pickup: Pickup, *, now=NOW) -> str:
    return (await queries.show_code(code=pickup.code, citizen_id=pickup.citizen_id or 0, now=now)).text


async def reserve(machine: Machine, text: str, tail: str = "", *, now=NOW) -> Reserved:
    return await lockers.reserve(machine_id=machine.id, text=text, tail=tail, now=now)


async def confirm(machine: Machine, reserved: Reserved, *, now=NOW) -> Pickup:
    return await lockers.confirm(machine_id=machine.id, reservation=reserved.reservation, now=now)


async def test_the_code_names_the_compartment_and_the_opened_door_hands_over_once(db: str) -> None:
    await make_hall()
    pickup = await stored(machine := await make_machine())
    reserved = await reserve(machine, await code_of(pickup))
    assert (reserved.no, reserved.until) == (7, NOW + timedelta(seconds=90))
    assert (await Pickup.get()).state == "in_locker"
    done = [await confirm(machine, reserved, now=NOW + timedelta(seconds=n)) for n in (10, 20)]
    assert {(row.state, row.handed_at, row.items_counted) for row in done} == {
        ("handed_over", NOW + timedelta(seconds=10), 3)
    }
    assert await RecordedEvent.filter(name="pickup.result_handed_over").count() == 1
    with pytest.raises(AlreadyHandedOver) as refusal:
        await code_of(pickup)
    assert refusal.value.text == "该结果已于 11月24日 09:00 由自助柜交付，不能重复领取；如有疑问请拨打 12345"
    await stored(machine, citizen_id=6)  # the compartment is free again


@on_both
async def test_two_people_with_one_code_open_one_door(db: str) -> None:
    await make_hall()
    text = await code_of(await stored(machine := await make_machine()))
    answers = await asyncio.gather(*(reserve(machine, text) for _ in range(5)), return_exceptions=True)
    assert sorted(type(answer).__name__ for answer in answers) == ["BeingOpened"] * 4 + ["Reserved"]
    (reserved,) = [answer for answer in answers if isinstance(answer, Reserved)]
    await asyncio.gather(*(confirm(machine, reserved) for _ in range(5)))
    assert await RecordedEvent.filter(name="pickup.result_handed_over").count() == 1


async def test_a_jammed_door_gives_it_back_at_once_and_silence_after_a_while(db: str) -> None:
    await make_hall()
    pickup = await stored(machine := await make_machine())
    jammed = await reserve(machine, await code_of(pickup))
    await lockers.give_back(machine_id=machine.id, reservation=jammed.reservation, now=NOW)
    with pytest.raises(ReservationOver):
        await confirm(machine, jammed)
    silent = await reserve(machine, await code_of(pickup))
    with pytest.raises(BeingOpened):
        await reserve(machine, await code_of(pickup), now=NOW + timedelta(seconds=60))
    later = NOW + timedelta(seconds=91)
    again = await reserve(machine, await code_of(pickup, now=later), now=later)
    with pytest.raises(ReservationOver):
        await confirm(machine, silent, now=later)
    assert (await confirm(machine, again, now=later)).state == "handed_over"


async def test_a_late_word_of_an_opened_door_counts_while_nobody_came_since(db: str) -> None:
    await make_hall()
    reserved = await reserve(machine := await make_machine(), await code_of(await stored(machine)))
    assert (await confirm(machine, reserved, now=NOW + timedelta(hours=1))).state == "handed_over"


async def test_a_machine_opens_only_what_lies_in_it(db: str) -> None:
    await make_hall()
    here, there = await make_machine(), await make_machine("2 号自助柜")
    pickup = await stored(here)
    on_shelf = await make_ready(citizen_id=OWNER)
    for foreign in (pickup, on_shelf):
        with pytest.raises(NotInThisLocker):
            await reserve(there, await code_of(foreign))
    reserved = await reserve(here, await code_of(pickup))
    with pytest.raises(ReservationOver):
        await confirm(there, reserved)
    with pytest.raises(ReservationOver):
        await lockers.give_back(machine_id=there.id, reservation=reserved.reservation, now=NOW)
    outcomes = await Scan.filter(purpose="locker").order_by("id").values_list("outcome", "subject")
    assert outcomes == [
        ("pickup.not_in_this_locker", pickup.code), ("pickup.not_in_this_locker", on_shelf.code), ("ok", pickup.code),
    ]  # fmt: skip


async def test_digits_ask_for_the_tail_and_guesses_end(db: str) -> None:
    await make_hall()
    citizen = await Citizen.create(code="C1", created_at=NOW)
    pickup = await stored(machine := await make_machine(), citizen_id=citizen.id)
    number = digits.of(pickup)
    assert (await reserve(machine, number, "1234")).no == 7
    for _ in range(30):
        with pytest.raises(Exception, match="digits_wrong"):
            await reserve(machine, "00000000", "1234")
    with pytest.raises(TooManyTries):
        await reserve(machine, number, "1234")


async def test_a_proxys_document_is_looked_at_so_no_locker_opens_for_one(db: str) -> None:
    await make_hall()
    machine, pickup = await make_machine(), await make_ready(citizen_id=OWNER)
    named = await proxies.name_proxy(pickup_code=pickup.code, citizen_id=OWNER, name="王小红", tail="1234", now=NOW)
    shown = await proxies.show_code(secret=named.secret, now=NOW)
    await lockers.store(pickup_code=pickup.code, machine_code=machine.code, no=1, by=CLERK, now=NOW)
    with pytest.raises(ProxyNeedsCounter):
        await reserve(machine, shown.text)


async def test_a_compartment_holds_one_and_the_counter_says_where_it_lies(db: str) -> None:
    await make_hall()
    pickup = await stored(machine := await make_machine())
    with pytest.raises(CompartmentTaken):
        await stored(machine, citizen_id=6)
    with pytest.raises(InvalidInput):
        await stored(machine, no=13, citizen_id=6)
    with pytest.raises(InLocker) as refusal:
        await show(await code_of(pickup))
    assert refusal.value.text == "该结果存放在自助柜“1 号自助柜”7 号格，请到自助柜领取，或由工作人员取出后办理"
    event = await RecordedEvent.get(name="pickup.result_in_locker")
    assert "一楼东门内" in event.payload


async def test_staff_take_it_out_but_not_while_the_door_opens(db: str) -> None:
    await make_hall()
    pickup = await stored(machine := await make_machine())
    reserved = await reserve(machine, await code_of(pickup))
    with pytest.raises(BeingOpened):
        await lockers.take_out(pickup_code=pickup.code, shelf="B-1", by=CLERK, now=NOW)
    with pytest.raises(HallNotYours):
        await lockers.take_out(pickup_code=pickup.code, shelf="B-1", by=ELSEWHERE, now=NOW)
    later = NOW + timedelta(seconds=91)
    back = await lockers.take_out(pickup_code=pickup.code, shelf="B-1", by=CLERK, now=later)
    assert (back.state, back.shelf, (await Stay.get()).key) == ("ready", "B-1", None)
    with pytest.raises(ReservationOver):
        await confirm(machine, reserved, now=later)
    assert (await show(await code_of(pickup, now=later), now=later)).presented_by == 7


async def test_a_revoked_machine_opens_nothing_and_staff_of_another_hall_pair_none(db: str) -> None:
    await make_hall()
    pickup = await stored(machine := await make_machine())
    await machines.revoke_machine(code=machine.code, by=CLERK, now=NOW)
    with pytest.raises(NotFound):
        await reserve(machine, await code_of(pickup))
    with pytest.raises(HallNotYours):
        await machines.add_machine(name="x", hall_code="HALL-SZ", site="x", compartments=1, by=ELSEWHERE, now=NOW)
    assert (await lockers.take_out(pickup_code=pickup.code, shelf="A", by=CLERK, now=NOW)).state == "ready"
