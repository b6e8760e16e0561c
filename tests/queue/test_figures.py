"""The figures of past days equal a recount, step by step, of a day made at random by the real actions."""

import random
from collections import defaultdict
from datetime import datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.db import transactional
from app.errors import AppError
from app.queue import actions, figures, jobs, priority, returning, undoing
from app.queue.arrivals import Arriving, enqueue
from app.queue.errors import TooManyVisits
from app.queue.figures import Asked, Figures, Spread
from app.queue.history import staff
from app.queue.line import Group
from app.queue.models import Step, Ticket
from app.queue.policy import set_policy
from app.queue.viewing import Viewer
from tests.factories import NOW
from tests.queue.day import CLERK, make_hall

COUNTERS = ("HALL-SZ-B01", "HALL-SZ-B02", "HALL-SZ-B03")
DAY = NOW.date()
ALL = Asked(("HALL-SZ",), DAY, DAY)
arrive = transactional(enqueue)
PRESSES = (
    "call", "call", "call", "call", "serve", "serve", "finish", "finish", "finish", "no_show", "hold", "park", "skip",
    "transfer", "resume", "resume", "requeue", "give_up", "confirm",
)  # fmt: skip


async def make_day(seed: int, *, presses: int = 400) -> None:
    """People come, and clerks press whatever comes to their mind; what is refused is refused."""
    chance, now = random.Random(seed), NOW
    await make_hall()
    await set_policy(hall_code="HALL-SZ", recall_after_s=0, calls_before_miss=1)
    for _ in range(presses):
        now += timedelta(seconds=chance.randint(5, 120))
        group = Group("HALL-SZ", chance.choice(("HZ", "HZ", "CRJ")), DAY)
        if chance.random() < 0.3:
            coming = Arriving(
                group=group, matter_code="HN-GA-001", who=staff(CLERK), citizen_id=chance.randint(1, 999),
                priority=chance.choice(("", "", "military")),
            )  # fmt: skip
            await arrive(coming, now=now)
        else:
            await press(chance, chance.choice(COUNTERS), now)
    await jobs.close_days(NOW + timedelta(days=1))


async def press(chance: random.Random, counter: str, now: datetime) -> None:
    step = chance.choice(PRESSES)
    here = {"counter_code": counter, "by": CLERK, "now": now}
    ticket = await suited(step, counter)
    try:
        if step == "call":
            await actions.call_next(**here)
        elif ticket is None:
            return
        elif step == "requeue":
            await returning.requeue(ticket_code=ticket.code, by=CLERK, now=now)
        elif step == "confirm":
            await priority.confirm(ticket_code=ticket.code, by=CLERK, now=now)
        elif step == "give_up":
            viewer = Viewer(citizen_id=ticket.citizen_id)
            await returning.give_up(ticket_code=ticket.code, viewer=viewer, now=now)
        else:
            more = {"finish": {"result": "on_spot"}, "transfer": {"to_group": "HZ"}}.get(step, {})
            await getattr(actions, step)(ticket_code=ticket.code, **here, **more)
            if step in ("finish", "no_show") and chance.random() < 0.5:
                undone_at = now + timedelta(seconds=3)
                await undoing.undo(ticket_code=ticket.code, counter_code=counter, by=CLERK, now=undone_at)
    except AppError:
        return


async def suited(step: str, counter: str) -> Ticket | None:
    states = {"resume": ["held", "parked"], "requeue": ["missed"], "give_up": ["waiting"]}
    if step in states:
        return await Ticket.filter(state__in=states[step]).order_by("-ended_at", "-id").first()
    return await Ticket.get_or_none(holder=counter)


async def recount() -> list[tuple]:
    """Each ticket walked through by its steps: (group, hour, state, minutes waited, minutes served)."""
    stories = defaultdict(list)
    for step in await Step.all().order_by("id"):
        stories[step.ticket_id].append(step)
    return [walked(story) for story in stories.values()]


def walked(story: list[Step]) -> tuple:
    came = story[0].at
    waited = next((step.at - came for step in story if step.step == "call"), None)
    served, since, is_finished = timedelta(), None, False
    for step in story:
        if step.step == "prio_checked":
            continue
        if step.source == "serving" or (step.source == "called" and step.step == "finish"):
            served += step.at - since
        if step.target in ("serving", "called"):
            since = step.at
        is_finished = step.step == "finish"
    service = served if is_finished else None
    return (story[0].group_code, came.astimezone(NOW.tzinfo).hour, story[-1].target, waited, service)


@pytest.mark.parametrize(("db", "seed"), [("sqlite", 3), ("mariadb", 2)], indirect=["db"])
async def test_figures_equal_an_independent_recount(db: str, seed: int) -> None:
    await make_day(seed)
    expected = await recount()
    seen = await figures.visits(ALL)
    counted = [
        (
            visit.group_code,
            visit.hour,
            "done" if visit.is_done else "missed" if visit.is_missed else "given_up",
            visit.wait,
            visit.service,
        )
        for visit in seen
    ]
    assert sorted(map(repr, counted)) == sorted(map(repr, expected))
    assert len(expected) > 50
    kinds = {step for step in await Step.all().distinct().values_list("step", flat=True)}
    assert kinds >= {
        "hold", "park", "resume", "transfer", "miss", "requeue", "reopen", "restore", "skip", "give_up", "prio_checked",
    }  # fmt: skip


def minutes(n: float) -> datetime:
    """So many minutes into the day."""
    return NOW + timedelta(minutes=n)


async def test_figures_of_a_small_day_by_hand(db: str) -> None:
    """Two are served (waits 10 and 20 minutes, 4 and 6 minutes of service, the second after a pause), one is missed."""
    await make_hall()
    await set_policy(hall_code="HALL-SZ", recall_after_s=0, calls_before_miss=1)
    for _ in range(3):
        await arrive(
            Arriving(group=Group("HALL-SZ", "HZ", DAY), matter_code="HN-GA-001", who=staff(CLERK)), now=minutes(0)
        )

    async def act(step: str, at: int, **more) -> None:
        ticket = await Ticket.get_or_none(holder=COUNTERS[0]) or await Ticket.get(state="held")
        await getattr(actions, step)(
            ticket_code=ticket.code, counter_code=COUNTERS[0], by=CLERK, now=minutes(at), **more
        )

    async def call(at: int) -> None:
        await actions.call_next(counter_code=COUNTERS[0], by=CLERK, now=minutes(at))

    await call(10)
    await act("serve", 11)
    await act("finish", 15, result="on_spot")
    await call(20)
    await act("serve", 21)
    await act("hold", 23)
    await act("resume", 40)
    await act("finish", 44, result="later")
    await call(50)
    await act("no_show", 51)
    total = Figures.of(await figures.visits(ALL))
    assert (total.arrived, total.done, total.missed, total.given_up) == (3, 2, 1, 0)
    assert round(total.missed_share, 4) == 0.3333
    assert (total.wait.count, round(total.wait.mean, 4), total.wait.median, total.wait.p90) == (3, 26.6667, 20, 50)
    assert total.service == Spread(count=2, mean=5, median=5, p90=6)


async def test_who_was_finished_by_a_wrong_press_without_a_press_before_was_served_since_the_call(db: str) -> None:
    """Called at 0, finished at 8 without 已到窗口, taken back at once, finished at 10: ten minutes, not two."""
    await make_hall()
    ticket = (
        await arrive(Arriving(group=Group("HALL-SZ", "HZ", DAY), matter_code="m", who=staff(CLERK)), now=NOW)
    ).ticket
    here = {"ticket_code": ticket.code, "counter_code": COUNTERS[0], "by": CLERK}
    await actions.call_next(counter_code=COUNTERS[0], by=CLERK, now=NOW)
    await actions.finish(**here, result="on_spot", now=minutes(8))
    await undoing.undo(**here, now=minutes(8))
    await actions.finish(**here, result="on_spot", now=minutes(10))
    (visit,) = await figures.visits(ALL)
    assert visit.service == timedelta(minutes=10)


async def test_a_paper_looked_at_while_somebody_is_served_is_no_interruption(db: str) -> None:
    await make_hall()
    coming = Arriving(group=Group("HALL-SZ", "HZ", DAY), matter_code="m", who=staff(CLERK), priority="military")
    ticket = (await arrive(coming, now=NOW)).ticket
    here = {"ticket_code": ticket.code, "counter_code": COUNTERS[0], "by": CLERK}
    await actions.call_next(counter_code=COUNTERS[0], by=CLERK, now=NOW)
    await actions.serve(**here, now=minutes(1))
    await priority.confirm(ticket_code=ticket.code, by=CLERK, now=minutes(3))
    await actions.finish(**here, result="on_spot", now=minutes(10))
    (visit,) = await figures.visits(ALL)
    assert visit.service == timedelta(minutes=9)


@given(st.lists(st.integers(0, 10_000), min_size=1))
def test_nine_of_ten_do_not_exceed_the_p90_and_a_smaller_value_would_not_do(seconds: list[int]) -> None:
    spread = Spread.of([timedelta(seconds=n) for n in seconds])
    values = sorted(n / 60 for n in seconds)
    assert sum(value <= spread.p90 for value in values) >= 0.9 * len(values)
    smaller = [value for value in values if value < spread.p90]
    assert not smaller or len(smaller) < 0.9 * len(values)


async def test_another_group_other_days_and_other_halls_are_left_out(db: str) -> None:
    await make_hall()
    for group in ("HZ", "HZ", "CRJ"):
        await arrive(Arriving(group=Group("HALL-SZ", group, DAY), matter_code="m", who=staff(CLERK)), now=NOW)
    elsewhere = Group("HALL-TJA", "HZ", DAY)
    await arrive(Arriving(group=elsewhere, matter_code="m", who=staff(CLERK)), now=NOW)
    yesterday = DAY - timedelta(days=1)
    assert len(await figures.visits(ALL)) == 3
    assert len(await figures.visits(Asked(("HALL-SZ",), DAY, DAY, "CRJ"))) == 1
    assert await figures.visits(Asked(("HALL-SZ",), yesterday, yesterday)) == []
    assert await figures.visits(Asked((), DAY, DAY)) == []


async def test_more_than_can_be_counted_while_somebody_waits_is_refused(db: str) -> None:
    await make_hall()
    await arrive(Arriving(group=Group("HALL-SZ", "HZ", DAY), matter_code="m", who=staff(CLERK)), now=NOW)
    assert len(await figures.visits(ALL, most_steps=1)) == 1
    with pytest.raises(TooManyVisits):
        await figures.visits(ALL, most_steps=0)
