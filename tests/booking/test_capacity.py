"""Whatever people do, in any order: in every slot what is left, booked and on its way back add up to what there is."""

import asyncio
from collections import Counter
from contextlib import suppress
from datetime import date, timedelta

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from tortoise.expressions import Q

from app.booking import actions, conduct, hours, jobs, tuning, waiting_list
from app.booking.change import Change
from app.booking.contact import Contact
from app.booking.models import (
    Booking,
    Claim,
    Closure,
    HoursChange,
    NoShow,
    OpeningPattern,
    Restriction,
    ReturningPlace,
    Slot,
    Waiting,
)
from app.errors import AppError, NotFound
from app.outbox import RecordedEvent
from app.staff.models import AuditRow
from tests.booking.town import BY, HALL, NOW, TODAY, TOMORROW, ZHANG, at, slot
from tests.factories import agree

TEXTS = ["11:00", "11:15", "11:30", "14:00"]
slots = st.builds(slot, st.sampled_from(TEXTS), st.sampled_from([TODAY, TOMORROW]))
matters = st.sampled_from([("ID",), ("PASS",), ("ID", "PASS")])
people = st.integers(1, 9)
arriving = st.tuples(st.sampled_from(["book", "hold", "book_for"]), people, slots, matters)
steps = st.one_of(
    st.tuples(st.just("confirm"), people),
    st.tuples(st.just("cancel"), people),
    st.tuples(st.just("reschedule"), people, slots),
    st.tuples(st.just("check_in"), people),
    st.tuples(st.just("no_show"), people),
    st.tuples(st.just("close"), st.sampled_from(TEXTS)),
    st.tuples(st.just("undo")),
    st.tuples(st.just("resize"), st.integers(1, 3), st.integers(1, 3)),
    st.tuples(st.just("wait"), st.integers(1, 15)),
)
parts = st.sampled_from(["am", "pm"])
joining = st.tuples(st.just("join"), st.integers(10, 19), st.just(TOMORROW), parts, matters)
freeing = st.tuples(st.sampled_from(["cancel", "cancel", "refuse", "leave"]), people)
answering = st.tuples(st.sampled_from(["accept", "accept", "refuse"]), people)
passing = st.one_of(
    st.tuples(st.just("wait"), st.integers(5, 30)),
    st.tuples(st.just("book"), people, st.builds(slot, st.sampled_from(TEXTS)), matters),
    st.tuples(st.just("resize"), st.integers(1, 2), st.just(1)),
)
waiting = st.tuples(st.just("wait"), st.integers(12, 30))
round_of_a_line = st.tuples(joining, joining, freeing, waiting, answering, passing).map(list)


class Town:
    """Plays steps; what is refused is refused, everything else must keep the books."""

    def __init__(self) -> None:
        self.now = NOW

    async def play(self, step: tuple) -> None:
        name, *rest = step
        owed = await owed_by_slot()
        with suppress(AppError):
            await getattr(self, name)(*rest)
        if name != "resize":
            assert all(debt <= owed.get(slot_id, 0) for slot_id, debt in (await owed_by_slot()).items()), step

    async def book(self, who: int, slot_id: str, codes: tuple) -> None:
        await agree(who)
        await actions.book(citizen_id=who, slot_id=slot_id, matter_codes=codes, contact=ZHANG, now=self.now)

    async def hold(self, who: int, slot_id: str, codes: tuple) -> None:
        await agree(who)
        await actions.hold(citizen_id=who, slot_id=slot_id, matter_codes=codes, now=self.now)

    async def book_for(self, who: int, slot_id: str, codes: tuple) -> None:
        contact = Contact(name="王", mobile=f"1390000000{who}")
        await actions.book_for(
            by=BY, slot_id=slot_id, matter_codes=codes, contact=contact, channel="phone", now=self.now
        )

    async def confirm(self, n: int) -> None:
        row = await self.nth(n, "held")
        await actions.confirm(number=row.number, citizen_id=row.citizen_id, contact=ZHANG, now=self.now)

    async def cancel(self, n: int) -> None:
        row = await self.nth(n, "held", "booked")
        await actions.cancel(number=row.number, citizen_id=row.citizen_id, now=self.now)

    async def reschedule(self, n: int, slot_id: str) -> None:
        row = await self.nth(n, "booked")
        await actions.reschedule_for(by=BY, number=row.number, slot_id=slot_id, why="改期", now=self.now)

    async def check_in(self, n: int) -> None:
        await actions.mark_checked_in(number=(await self.nth(n, "booked")).number, now=self.now)

    async def no_show(self, n: int) -> None:
        await conduct.mark_no_show(number=(await self.nth(n, "booked")).number, now=self.now)

    async def close(self, text: str) -> None:
        change = Change(hall_code=HALL, reason="检修", starts_at=at(text), ends_at=at(text) + timedelta(minutes=30))
        await hours.apply_hours_change(by=BY, change=change, now=self.now)

    async def undo(self) -> None:
        row = await HoursChange.filter(undone_at=None).first()
        await hours.undo_hours_change(by=BY, code=row.code if row else "", now=self.now)

    async def resize(self, public: int, staff: int) -> None:
        total = public + staff
        await tuning.set_group(
            hall_code=HALL, group_code="HZ", public_counters=public, total_counters=total, now=self.now
        )

    async def join(self, who: int, on: date, part: str, codes: tuple) -> None:
        await agree(who)
        wish = waiting_list.Wish(hall_code=HALL, on=on, part=part, matter_codes=codes)
        await waiting_list.join(citizen_id=who, wish=wish, now=self.now)

    async def leave(self, n: int) -> None:
        entry = await self.nth_waiting(n)
        await waiting_list.leave(code=entry.code, citizen_id=entry.citizen_id, now=self.now)

    async def accept(self, n: int) -> None:
        entry = await self.nth_waiting(n)
        await waiting_list.accept(code=entry.code, citizen_id=entry.citizen_id, contact=ZHANG, now=self.now)

    async def refuse(self, n: int) -> None:
        entry = await self.nth_waiting(n)
        await waiting_list.refuse(code=entry.code, citizen_id=entry.citizen_id, now=self.now)

    async def nth_waiting(self, n: int) -> Waiting:
        rows = await Waiting.filter(state__in=("waiting", "offered")).order_by("-state", "id")
        if not rows:
            raise NotFound()
        return rows[n % len(rows)]

    async def wait(self, minutes: int) -> None:
        self.now += timedelta(minutes=minutes)
        await jobs.release_holds(self.now)
        await jobs.return_places(self.now)
        await jobs.offer_places(self.now)

    async def nth(self, n: int, *states: str) -> Booking:
        rows = await Booking.filter(state__in=states).order_by("id")
        if not rows:
            raise NotFound()
        return rows[n % len(rows)]


async def owed_by_slot() -> dict[str, int]:
    """How many more are booked than there are places since counters were taken away; nothing else may raise it."""
    rows = await Slot.filter(Q(left__lt=0) | Q(staff_left__lt=0)).values_list("id", "left", "staff_left")
    return {slot_id: -min(left, 0) - min(staff_left, 0) for slot_id, left, staff_left in rows}


async def check_the_books() -> None:
    taken: dict[str, Counter] = {"p": Counter(), "s": Counter()}
    # a place is given back by cancelling and expiring only; those who came, or should have, had theirs
    for row in await Booking.exclude(state__in=("cancelled", "expired")):
        for slot_id, pool in zip(row.slot_ids, row.pools, strict=True):
            taken[pool][slot_id] += 1
    for slot_id in await ReturningPlace.all().values_list("slot_id", flat=True):
        taken["p"][slot_id] += 1
    for row in await Slot.all():
        assert row.left + taken["p"][row.id] == row.capacity, row.id
        assert row.staff_left + taken["s"][row.id] == row.staff_capacity, row.id


async def check_the_claims() -> None:
    occupying = await Booking.filter(state__in=("held", "booked", "checked_in"))
    expected = Counter(f"m:{row.person}:{code}" for row in occupying for code in row.matter_codes)
    found = await Claim.filter(key__startswith="m:").values_list("key", flat=True)
    assert Counter(found) == expected and all(count == 1 for count in expected.values())
    await check_the_lines()
    days = await Claim.filter(key__startswith="d:").values_list("booking_number", flat=True)
    assert sorted(days) == sorted(row.number for row in occupying)


async def check_the_lines() -> None:
    """Who stands in line has claimed it, once; whoever is offered something has just that hold."""
    standing = await Waiting.filter(state__in=("waiting", "offered")).values_list("code", "person", "line")
    expected = sorted((f"w:{person}:{line}", code) for code, person, line in standing)
    assert await Claim.filter(key__startswith="w:").order_by("key").values_list("key", "booking_number") == expected
    offered = await Waiting.filter(state="offered").values_list("booking_number", flat=True)
    held = await Booking.filter(state="held", channel="waiting").values_list("number", flat=True)
    assert sorted(offered) == sorted(held)


WRITTEN = (
    Booking, Claim, Closure, HoursChange, OpeningPattern, NoShow, Restriction, ReturningPlace, Waiting, RecordedEvent,
    AuditRow,
)  # fmt: skip


async def fresh() -> None:
    for model in WRITTEN:
        await model.all().delete()
    await Slot.filter(group_code="HZ").update(capacity=0, left=0, staff_capacity=1, staff_left=1, is_closed=False)
    scarce = [slot(text, on) for text in TEXTS for on in (TODAY, TOMORROW)]
    await Slot.filter(id__in=scarce).update(capacity=2, left=2, staff_capacity=1, staff_left=1, is_closed=False)


async def run(sequence: list[tuple]) -> None:
    await fresh()
    town = Town()
    for step in sequence:
        await town.play(step)
    await check_the_books()
    await check_the_claims()


exhaustively = settings(max_examples=60, deadline=None, suppress_health_check=list(HealthCheck), database=None)


@pytest.mark.usefixtures("town")
async def test_the_books_balance_after_any_sequence_of_steps():
    loop = asyncio.get_running_loop()

    @exhaustively
    @given(st.lists(arriving, min_size=5, max_size=10), st.lists(st.one_of(steps, arriving), min_size=5, max_size=15))
    def play(crowd: list[tuple], sequence: list[tuple]) -> None:
        asyncio.run_coroutine_threadsafe(run(crowd + sequence), loop).result(60)

    await loop.run_in_executor(None, play)


@pytest.mark.usefixtures("town")
async def test_the_books_balance_whatever_those_in_line_do():
    """Every place of tomorrow is taken at first, two to each slot."""
    loop = asyncio.get_running_loop()
    taken = [("book", who, slot(TEXTS[who % 4]), ("ID",)) for who in range(1, 9)]
    reached: Counter[str] = Counter()

    @exhaustively
    @given(st.lists(round_of_a_line, min_size=3, max_size=6))
    def play(rounds: list[list[tuple]]) -> None:
        asyncio.run_coroutine_threadsafe(observed([step for steps in rounds for step in steps]), loop).result(60)

    async def observed(sequence: list[tuple]) -> None:
        await run(taken + sequence)
        reached.update(map(str, await Waiting.all().values_list("state", flat=True)))

    await loop.run_in_executor(None, play)
    assert {"waiting", "offered", "accepted", "refused", "left"} <= reached.keys()  # or it would say nothing
