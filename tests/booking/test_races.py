"""Many at once, on both databases: nobody gets what is not there, nobody is answered with a crash."""

import asyncio
import contextlib
from collections import Counter

import pymysql
import pytest
from tortoise.expressions import F

from app.booking import actions
from app.booking.errors import AlreadyBooked, DayLimit, IsCancelled, IsUsed, SlotFull
from app.booking.models import Booking, Claim, Slot
from app.booking.policy import set_policy
from app.db import transactional
from app.errors import AppError
from tests.booking.town import BY, HALL, NINE, NOW, at, book, events, left, returning, slot
from tests.marks import on_both, on_mariadb

pytestmark = pytest.mark.usefixtures("town")


async def outcomes(*acts) -> Counter:
    """How the parallel acts ended: the state of the booking, or the refusal."""

    async def one(act) -> str:
        try:
            return (await act).state
        except AppError as refusal:
            return refusal.code

    return Counter(await asyncio.gather(*map(one, acts)))


@on_both
async def test_200_at_once_for_5_places_give_5_bookings_and_195_refusals():
    await Slot.filter(id=NINE).update(capacity=5, left=5)
    assert await outcomes(*(book(n) for n in range(1, 201))) == {"booked": 5, SlotFull.code: 195}
    assert (await left(), await Booking.all().count(), await Claim.all().count()) == (0, 5, 10)
    assert await events() == ["booking.slot_booked"] * 5


@on_both
async def test_one_citizen_20_times_at_once_gets_one_booking():
    texts = ["08:30", "08:45", "09:00", "09:15", "09:30"]
    found = await outcomes(*(book(1, slot(text)) for text in texts * 4))
    assert found == {"booked": 1, AlreadyBooked.code: 19}
    assert sum(3 - n for n in await Slot.filter(group_code="HZ").values_list("left", flat=True)) == 1


@on_both
async def test_the_limit_of_a_day_holds_in_parallel():
    codes = ["ID", "PASS", "PENSION"] * 4
    acts = (book(1, slot("09:00", group="SB" if code == "PENSION" else "HZ"), code) for code in codes)
    found = await outcomes(*acts)
    assert found["booked"] == 2
    assert found[DayLimit.code] + found[AlreadyBooked.code] == 10


@on_both
async def test_rows_of_slots_from_both_ends_neither_oversell_nor_hang():
    texts = ["09:00", "09:15", "09:30", "09:45", "10:00"]
    acts = (book(n, slot(texts[n % 5]), "ID", "PASS") for n in range(40))
    found = await outcomes(*acts)
    assert found["booked"] + found[SlotFull.code] == 40
    rows = await Slot.filter(group_code="HZ", on=at("09:00").date()).values_list("id", "left", "capacity")
    taken = Counter(key for ids in await Booking.all().values_list("slot_ids", flat=True) for key in ids)
    assert all(0 <= left == capacity - taken[key] for key, left, capacity in rows)


@on_both
async def test_cancelled_twice_at_once_the_place_comes_back_once():
    number = (await book()).number
    acts = (actions.cancel(number=number, citizen_id=1, now=NOW) for _ in range(8))
    assert await outcomes(*acts) == {"cancelled": 1, IsCancelled.code: 7}
    assert (await left(), await returning()) == (2, 1)


@on_both
async def test_citizens_who_give_up_the_same_slot_at_once_each_free_one_place_and_others_take_no_more():
    await set_policy(hall_code=HALL, return_delay_minutes=0, return_jitter_minutes=0)
    held = [await book(n) for n in (1, 2, 3)]
    acts = (actions.cancel(number=row.number, citizen_id=row.citizen_id or 0, now=NOW) for row in held)
    found = await outcomes(*acts, *(book(n) for n in range(10, 20)))
    assert found["cancelled"] == 3
    assert found["booked"] + found[SlotFull.code] == 10
    assert (await left(), await returning()) == (3 - found["booked"], 0)
    assert await Booking.filter(state="booked").count() == found["booked"]


@on_both
async def test_checked_in_twice_at_once_one_wins():
    number = (await book()).number
    acts = (actions.mark_checked_in(number=number, now=at("08:50")) for _ in range(8))
    assert await outcomes(*acts) == {"checked_in": 1, IsUsed.code: 7}


@on_both
async def test_two_who_swap_slots_both_get_theirs_or_are_refused_and_nothing_is_lost():
    await Slot.filter(id__in=[NINE, slot("10:00")]).update(capacity=2, left=2)
    first, second = await book(1), await book(2, slot("10:00"))
    found = await outcomes(
        actions.reschedule(number=first.number, citizen_id=1, slot_id=slot("10:00"), now=NOW),
        actions.reschedule(number=second.number, citizen_id=2, slot_id=NINE, now=NOW),
    )
    assert found == {"booked": 2}
    assert [(await left(each), await returning(each)) for each in (NINE, slot("10:00"))] == [(0, 1), (0, 1)]


@transactional
async def take_both(first: str, second: str, met: asyncio.Barrier) -> None:
    await Slot.filter(id=first).update(left=F("left") - 1)
    with contextlib.suppress(TimeoutError):  # the second try, after the deadlock, finds nobody to meet
        await asyncio.wait_for(met.wait(), 0.3)
    await Slot.filter(id=second).update(left=F("left") - 1)


@on_mariadb
async def test_a_forced_deadlock_is_retried_and_both_succeed(caplog: pytest.LogCaptureFixture):
    met, ten = asyncio.Barrier(2), slot("10:00")
    await asyncio.gather(take_both(NINE, ten, met), take_both(ten, NINE, met))
    assert (await left(), await left(ten)) == (1, 1)
    assert [record.errno for record in caplog.records if record.message == "transaction conflict"] == [1213]


@on_mariadb
@pytest.mark.parametrize("act", [book, transactional(book)], ids=["transaction", "savepoint"])
async def test_a_booking_that_meets_a_deadlock_is_made_all_the_same(db: str, act, caplog: pytest.LogCaptureFixture):
    """A stranger locks two slots the wrong way round; having changed more rows, it is the booking that is undone."""
    stranger = await asyncio.to_thread(connect, db)
    many = "UPDATE booking_slot SET staff_left = 7 WHERE id > 'HALL-SZ.S'"
    await asyncio.to_thread(run, stranger, "BEGIN", many, lock(slot("09:30")))
    booking = asyncio.ensure_future(act(1, NINE, "ID", "PASS"))
    await asyncio.sleep(0.3)
    await asyncio.to_thread(run, stranger, lock(NINE), "COMMIT")
    assert (await booking).state == "booked"
    assert [await left(slot(text)) for text in ("09:00", "09:15", "09:30")] == [2, 2, 2]
    assert [record.errno for record in caplog.records if record.message == "transaction conflict"] == [1213]
    assert await events() == ["booking.slot_booked"]
    stranger.close()


def connect(url: str) -> pymysql.Connection:
    port, name = url.rpartition(":")[2].split("/")
    return pymysql.connect(host="127.0.0.1", port=int(port), user="root", database=name.partition("?")[0])


def lock(slot_id: str) -> str:
    return f"UPDATE booking_slot SET staff_left = 7 WHERE id = '{slot_id}'"


def run(connection: pymysql.Connection, *statements: str) -> None:
    with connection.cursor() as cursor:
        for statement in statements:
            cursor.execute(statement)


@on_both
async def test_staff_and_public_race_for_their_own_pools():
    await Slot.filter(id=NINE).update(capacity=2, left=2, staff_capacity=1, staff_left=1)

    def staff(n: int):
        contact = actions.Contact(name="王老", mobile=f"1390000{n:04d}")
        return actions.book_for(by=BY, slot_id=NINE, matter_codes=["ID"], contact=contact, channel="phone", now=NOW)

    found = await outcomes(*(book(n) for n in range(1, 11)), *(staff(n) for n in range(10)))
    assert found == {"booked": 3, SlotFull.code: 17}
    row = await Slot.get(id=NINE)
    assert (row.left, row.staff_left) == (0, 0)
