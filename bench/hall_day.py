"""A hall's day in fast motion: 5,000 tickets over 40 counters, and 40 counters that press 下一位 at the same moment."""

import asyncio
import heapq
import random
import statistics
import time
from dataclasses import dataclass
from datetime import date, datetime, timedelta

import uvloop

from app import clock
from app.booking.models import Booking
from app.db import transactional
from app.halls.models import Counter, CounterGroup, Hall
from app.ids import new_code
from app.queue import actions
from app.queue.arrivals import Arriving, enqueue
from app.queue.check_in import arrive
from app.queue.desks import open_desk
from app.queue.errors import NobodyWaiting
from app.queue.history import CITIZEN
from app.queue.line import Group
from app.queue.models import Step, Ticket
from app.staff.by import By
from app.staff.rules import Role
from bench.figures import Figure
from bench.site import Site, on_server_core, opened

HALL, GROUPS, EACH = "HALL-BENCH", ("A", "B", "C", "D"), 10
WARM_UP, ROUNDS = 2, 25  # rounds of presses
LINE = 70  # people who wait in each group: the average over the day replayed here
MATTER = "HN-GA-001"
OPENS, CLOSES = timedelta(hours=8, minutes=30), timedelta(hours=17, minutes=30)


def clerk_at(counter: str) -> By:
    """Whoever sits at this counter; a counter has one member of staff."""
    staff_id = 1 + GROUPS.index(counter[-3]) * EACH + int(counter[-2:])
    return By(staff_id=staff_id, name="压测", roles=frozenset({Role.CLERK}), hall_codes=frozenset({HALL}))


@dataclass(frozen=True, order=True)
class Coming:
    """Somebody who will arrive; every other one has booked."""

    at: datetime
    group: str
    number: str | None


async def make_hall() -> None:
    await Hall.create(
        code=HALL, name="压测大厅", region_code="340400", level="市级", kind="comprehensive", hours_text="",
        has_booking=True, has_tickets=True,
    )  # fmt: skip
    for group in GROUPS:
        await CounterGroup.create(key=f"{HALL}.{group}", hall_code=HALL, group_code=group, name=group)
    await Counter.bulk_create(
        Counter(code=f"{HALL}-{group}{n:02}", hall_code=HALL, no=f"{group}{n:02}", group_code=group, name="", floor=1,
                zone=group)
        for group in GROUPS for n in range(EACH)
    )  # fmt: skip


async def open_counters(day: datetime) -> None:
    for code in await Counter.filter(hall_code=HALL).values_list("code", flat=True):
        await open_desk(counter_code=str(code), by=clerk_at(str(code)), now=day + OPENS)


async def people(count: int, day: datetime, chance: random.Random) -> list[Coming]:
    """Arrivals over the day, every other with a booking at the next quarter of an hour."""
    coming = []
    for n in range(count):
        at = day + OPENS + (CLOSES - OPENS) * 0.95 * chance.random()
        coming.append(Coming(at, chance.choice(GROUPS), new_code() if n % 2 else None))
    await Booking.bulk_create([_booking(one) for one in coming if one.number], batch_size=500)
    return sorted(coming, key=lambda one: one.at)


def _booking(one: Coming) -> Booking:
    booked_at = one.at.replace(minute=one.at.minute // 15 * 15, second=0, microsecond=0) + timedelta(minutes=15)
    return Booking(
        number=one.number, person="m:bench", hall_code=HALL, group_code=one.group, matter_codes=[MATTER], slot_ids=[],
        pools="", starts_at=booked_at, ends_at=booked_at, state="booked", channel="h5", nonce=new_code(),
        made_at=one.at,
    )  # fmt: skip


@transactional
async def come(one: Coming) -> None:
    if one.number:
        await arrive(await Booking.get(number=one.number), who=CITIZEN, channel="wall", now=one.at)
    else:
        group = Group(HALL, one.group, one.at.date())
        await enqueue(Arriving(group=group, matter_code=MATTER, who=CITIZEN, channel="wall"), now=one.at)


async def replay(coming: list[Coming], chance: random.Random) -> int:
    """Play the day: people come, a free counter calls, serves and finishes. Returns how many were served."""
    events: list[tuple[datetime, int, str]] = [(one.at, n, "") for n, one in enumerate(coming)]
    idle = {group: [f"{HALL}-{group}{n:02}" for n in range(EACH)] for group in GROUPS}
    heapq.heapify(events)
    served = 0
    while events:
        now, n, counter = heapq.heappop(events)
        if counter:
            ticket = await Ticket.get(holder=counter)
            await actions.finish(
                ticket_code=ticket.code, counter_code=counter, result="on_spot", by=clerk_at(counter), now=now
            )
            served += 1
            idle[ticket.group_code].append(counter)
            group = ticket.group_code
        else:
            await come(coming[n])
            group = coming[n].group
        if idle[group] and await _begin(idle[group][-1], now):
            ends = now + timedelta(minutes=chance.lognormvariate(1.4, 0.5))
            heapq.heappush(events, (ends, n, idle[group].pop()))
    return served


async def _begin(counter: str, now: datetime) -> bool:
    try:
        ticket = await actions.call_next(counter_code=counter, by=clerk_at(counter), now=now)
    except NobodyWaiting:
        return False
    await actions.serve(ticket_code=ticket.code, counter_code=counter, by=clerk_at(counter), now=now)
    return True


async def press_at_once(rounds: int, day: datetime) -> list[float]:
    """Seconds of each press, with all 40 counters pressing at the same moment, and lines as long as they are on the
    replayed day. The first rounds are not counted: they open the pool's connections, which are there on a running day.
    """
    now, took = day + OPENS, list[float]()
    counters = [str(code) for code in await Counter.filter(hall_code=HALL).values_list("code", flat=True)]

    async def press(code: str) -> None:
        started = time.perf_counter()
        await actions.call_next(counter_code=code, by=clerk_at(code), now=now)
        took.append(time.perf_counter() - started)

    for _ in range(WARM_UP + rounds):
        for group in GROUPS:
            await _come_many(EACH, group, now)
        await asyncio.gather(*(press(code) for code in counters))
        await Ticket.filter(hall_code=HALL, holder__isnull=False).update(holder=None, state="done")
    return took[WARM_UP * len(counters) :]


async def _come_many(count: int, group: str, now: datetime) -> None:
    for _ in range(count):
        await come(Coming(now, group, None))


def measure(site: Site, *, tickets: int, runs: int) -> list[Figure]:
    day = datetime.combine(date(2026, 11, 24), datetime.min.time(), clock.CHINA)
    with on_server_core():
        return uvloop.run(_measured(site, day, tickets, runs))


async def _measured(site: Site, day: datetime, tickets: int, runs: int) -> list[Figure]:
    async with opened(site):
        await make_hall()
        await open_counters(day)
        if site.kind == "SQLite":
            return [await _day(day, tickets)]
        for group in GROUPS:
            await _come_many(LINE, group, day + OPENS)
        return [_presses([await press_at_once(ROUNDS, day) for _ in range(runs)])]


async def _day(day: datetime, tickets: int) -> Figure:
    chance = random.Random(2026)
    coming = await people(tickets, day, chance)
    started = time.perf_counter()
    served = await replay(coming, chance)
    seconds = time.perf_counter() - started
    steps = await Step.filter(hall_code=HALL).count()
    if (served, steps) != (tickets, tickets * 4):
        raise RuntimeError(f"{tickets} came, {served} were served in {steps} steps")
    detail = f"{served:,} served at 40 counters in {steps:,} steps, {steps / seconds:,.0f} a second"
    return Figure("a hall's day, SQLite", round(seconds * 5000 / tickets, 1), 60, "s for 5,000 tickets", detail)


def _presses(runs: list[list[float]]) -> Figure:
    """The median of the runs' p99: one that the machine disturbed says nothing about us."""
    each = sorted(statistics.quantiles(took, n=100)[98] * 1000 for took in runs)
    p99, took = statistics.median(each), [seconds for run in runs for seconds in run]
    shown = f"{each[0]:.0f} to {each[-1]:.0f} ms in {len(runs)} runs of {len(runs[0])} presses, 40 at a time"
    detail = f"median {statistics.median(took) * 1000:.1f} ms, p99 {shown}"
    return Figure("下一位 at 40 counters at once, MariaDB, p99", round(p99, 1), 50, "ms", detail)
