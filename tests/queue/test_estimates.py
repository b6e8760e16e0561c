"""How long a ticket says one will wait (features.md D8)."""

from datetime import datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.booking.models import Booking
from app.matters.models import Matter
from app.queue import actions, estimates, estimating, measuring
from app.queue.estimates import Outlook
from app.queue.estimating import Shift, Wait
from app.queue.line import Group
from app.queue.measuring import Call, Pace
from app.queue.models import Ticket
from app.queue.order import Lane, Place
from app.queue.wording import across
from app.recent import forget_all
from tests.factories import NOW
from tests.queue.day import CLERK, make_booking, make_hall, make_ticket, open_desks

MINUTE = timedelta(minutes=1)
PACE = Pace(mean=10.0, deviation=6.0, count=30)
SPANS = [
    (NOW.replace(hour=8, minute=30), NOW.replace(hour=12)),
    (NOW.replace(hour=14), NOW.replace(hour=17, minute=30)),
]


def walk_ins(count: int) -> list[Place]:
    return [Place(n, Lane.WALK_IN) for n in range(count)]


def wait(ticket_id: int, *, now: datetime = NOW, booked_at: datetime | None = None, **shift) -> Wait | None:
    given_shift = Shift(**{"counters": 3, "busy": 3, "pace": PACE, **shift})
    return estimating.wait_of(ticket_id, shift=given_shift, booked_at=booked_at, now=now)


def span(ticket_id: int, **shift) -> tuple[int, int]:
    found = wait(ticket_id, **shift)
    assert found is not None
    return found.low, found.high


paces = st.builds(Pace, mean=st.floats(2, 40), deviation=st.floats(0, 30), count=st.integers(1, 40))


@given(pace=paces, ahead=st.integers(0, 60), counters=st.integers(1, 20))
def test_more_people_ahead_never_shorten_it_and_more_counters_never_lengthen_it(
    pace: Pace, ahead: int, counters: int
) -> None:
    here, behind = (estimating.span_of(n, counters=counters, pace=pace) for n in (ahead + 1.0, ahead + 2.0))
    assert here[0] <= here[1]
    assert here[0] <= behind[0] + 1e-9
    assert here[1] <= behind[1] + 1e-9
    assert estimating.span_of(ahead + 1.0, counters=counters + 1, pace=pace)[1] <= here[1] + 1e-9


@given(
    pace=paces, people=st.integers(1, 40), counters=st.integers(1, 12), busy=st.integers(0, 12),
    booked=st.lists(st.integers(-30, 180), max_size=20), minute=st.integers(0, 600),
    usual=st.just([]) | st.lists(st.floats(0, 9), min_size=48, max_size=48),
)  # fmt: skip
def test_whatever_the_day_is_like_the_range_is_one_and_never_nothing(
    pace: Pace, people: int, counters: int, busy: int, booked: list[int], minute: int, usual: list[float]
) -> None:
    now = NOW.replace(hour=8) + minute * MINUTE
    expected = sorted(now + n * MINUTE for n in booked)
    shift = {"line": walk_ins(people), "counters": counters, "busy": min(busy, counters), "pace": pace}
    found = [span(n, now=now, booked=expected, usual=usual, spans=SPANS, **shift) for n in range(people)]
    assert all(0 <= low < high and high >= 2 for low, high in found)
    assert [low for low, _ in found] == sorted(low for low, _ in found)
    assert [high for _, high in found] == sorted(high for _, high in found)


def test_a_usual_wait_in_figures() -> None:
    """Eight ahead, three counters, ten minutes each: thirty minutes, give or take."""
    assert span(8, line=walk_ins(9)) == (15, 45)
    assert span(8, line=walk_ins(9), counters=6, busy=6) == (9, 25)
    assert span(0, line=walk_ins(1), counters=1, busy=1) == (0, 25)


def test_with_a_free_counter_the_next_one_is_called_at_once() -> None:
    assert span(0, line=walk_ins(1), busy=2) == (0, 4)


def test_no_open_counter_no_estimate() -> None:
    assert wait(0, line=walk_ins(1), counters=0, busy=0) is None
    assert wait(99, line=walk_ins(1)) is None


def test_booked_people_on_their_way_come_before_a_walk_in_as_far_as_the_rule_lets_them() -> None:
    booked = [NOW + 15 * MINUTE] * 12
    alone, with_them = span(2, line=walk_ins(3)), span(2, line=walk_ins(3), booked=booked)
    assert with_them[0] == alone[0]
    assert with_them[1] > alone[1]
    assert span(2, line=walk_ins(3), booked=booked, walk_in_after=1)[1] < with_them[1]
    assert span(0, line=[Place(0, Lane.PRIORITY)], booked=booked) == span(0, line=walk_ins(1))


def test_before_a_booked_person_come_those_with_an_earlier_time_only() -> None:
    mine, at = [Place(0, Lane.BOOKED)], NOW + 10 * MINUTE
    earlier = span(0, line=mine, booked_at=at, booked=[NOW + 5 * MINUTE] * 4)
    later = span(0, line=mine, booked_at=at, booked=[NOW + 15 * MINUTE] * 4)
    assert earlier[1] > later[1]
    assert later == span(0, line=mine, booked_at=at)


def test_who_came_early_waits_for_the_time_unless_nobody_else_is_there() -> None:
    early = Place(99, Lane.BOOKED, due_at=NOW + 60 * MINUTE)
    assert span(99, line=[*walk_ins(30), early]) == (60, 80)
    assert span(99, line=[early], busy=2) == (0, 4)


def test_a_person_sent_to_one_counter_waits_for_that_one() -> None:
    line = [Place(n, Lane.WALK_IN, wanted_counter="B01") for n in range(3)]
    assert span(2, line=line, counters=9, busy=9) == span(2, line=walk_ins(3), counters=1, busy=1)


def test_the_noon_break_lies_between() -> None:
    noon = NOW.replace(hour=11, minute=55)
    assert span(8, line=walk_ins(9), now=noon, spans=SPANS) == (130, 170)
    assert span(8, line=walk_ins(9), now=noon) == (15, 45)
    half_past_twelve = NOW.replace(hour=12, minute=30)
    assert span(0, line=walk_ins(1), now=half_past_twelve, spans=SPANS)[0] == 90


def test_a_wait_across_the_break_is_told_by_the_clock() -> None:
    noon = NOW.replace(hour=11, minute=55)
    before = wait(3, line=walk_ins(4), counters=1, busy=1, now=noon, spans=SPANS)
    assert before is not None
    assert (before.pause, across(before)) == ((SPANS[0][1], SPANS[1][0]), "14:15 至 14:55 之间（12:00–14:00 休息）")
    soon = wait(0, line=walk_ins(1), now=noon, spans=SPANS)
    assert soon is not None
    assert across(soon) == "11:55 至 14:05 之间（12:00–14:00 休息）"
    inside = wait(0, line=walk_ins(1), now=NOW.replace(hour=12, minute=30), spans=SPANS)
    assert inside is not None
    assert across(inside) == "14:00 至 14:10 之间（14:00 前休息）"
    morning = wait(8, line=walk_ins(9), spans=SPANS)
    assert morning is not None
    assert (morning.pause, across(morning)) == (None, "")


def test_a_break_in_which_people_are_called_is_none() -> None:
    noon, now = SPANS[0][1], SPANS[0][1] + 30 * MINUTE
    straggler, real = Call("B01", noon + 2 * MINUTE, None, True), Call("B01", noon + 12 * MINUTE, None, True)
    assert measuring.spans_kept(SPANS, [straggler], now) == SPANS
    assert measuring.spans_kept(SPANS, [straggler, real], now) == ()
    assert measuring.spans_kept(SPANS, [real], noon - MINUTE) == SPANS
    working_through = [0.0] * 17 + [6.0] * 18 + [0.0] * 13
    assert span(8, line=walk_ins(9), now=noon - 5 * MINUTE, spans=SPANS, usual=working_through) == (15, 45)


def test_which_counters_worked_at_which_half_hour() -> None:
    at_nine = measuring.half_hour(NOW)
    calls = [called("B01", 5, 20), called("B02", 10, 75), called("B03", -1440, -1430)]
    # B02 began in the first, worked all through the second, and only finished in the third; two days
    assert measuring.usual_counters(calls)[at_nine : at_nine + 3] == [1.5, 0.5, 0.0]
    assert measuring.usual_counters([]) == []


def test_fewer_counters_at_noon_are_known_from_the_last_weeks() -> None:
    usual = [0.0] * 17 + [6.0] * 7 + [2.0] * 4 + [6.0] * 8 + [0.0] * 12
    assert span(8, line=walk_ins(9), now=NOW.replace(hour=12), usual=usual) == (15, 45)
    assert span(8, line=walk_ins(9), now=NOW.replace(hour=11, minute=55), usual=usual) == (45, 120)


def called(counter: str, at: int, until: int | None, *, is_there: bool = False) -> Call:
    return Call(counter, NOW + at * MINUTE, None if until is None else NOW + until * MINUTE, is_there)


def test_a_persons_time_is_until_the_counter_was_ready_for_the_next() -> None:
    calls = [
        called("B01", 0, 9), called("B01", 10, 20), called("B01", 40, None, is_there=True),
        called("B02", 0, 90), called("B02", 12, None),
    ]  # fmt: skip
    # with the clerk's pause; until the end when nobody followed; until the next one for somebody set aside
    assert measuring.minutes_taken(calls) == [10.0, 12.0, 10.0]


def test_a_counter_is_open_while_it_has_somebody_and_ten_minutes_after() -> None:
    calls = [called("B01", 0, None, is_there=True), called("B02", 0, 25), called("B03", 0, 19)]
    assert measuring.counters_open(calls, NOW + 30 * MINUTE) == 2


@pytest.mark.parametrize(
    ("low", "high", "shown"),
    [(0, 0, (0, 2)), (3.9, 4.1, (3, 5)), (9.9, 10.1, (9, 15)), (12, 22, (10, 25)), (58, 61, (55, 70)), (3, 3, (2, 3))],
)
def test_a_range_is_rounded_outwards(low: float, high: float, shown: tuple[int, int]) -> None:
    assert estimating.rounded(low, high) == shown


async def serve_one(counter: str, at: datetime, minutes: int) -> None:
    ticket = await actions.call_next(counter_code=counter, by=CLERK, now=at)
    await actions.serve(ticket_code=ticket.code, counter_code=counter, by=CLERK, now=at + MINUTE)
    await actions.finish(
        ticket_code=ticket.code, counter_code=counter, result="on_spot", by=CLERK, now=at + minutes * MINUTE
    )


async def outlook(number: str, now: datetime) -> Outlook:
    return await estimates.outlook(await Ticket.get(number=number, on_day=NOW.date()), now=now)


async def test_the_days_own_pace_and_counters_make_the_estimate(db: str) -> None:
    await make_hall(opened_by=None)
    for n in range(14):
        await make_ticket(starts_at=NOW, citizen_id=n + 1, now=NOW)
    assert await outlook("HZ014", NOW) == Outlook(ahead=13, wait=None)
    await open_desks("HALL-SZ-B01", "HALL-SZ-B02")
    for n in range(3):
        for counter in ("HALL-SZ-B01", "HALL-SZ-B02"):
            await serve_one(counter, NOW + 5 * n * MINUTE, 5)
    now = NOW + 15 * MINUTE
    found = await outlook("HZ014", now)
    # five minutes each, two counters, both free: seven ahead, six of them and oneself take 15 minutes
    assert found == Outlook(ahead=7, wait=Wait(low=10, high=20, computed_at=now))
    assert await estimates.open_counters(Group("HALL-SZ", "HZ", NOW.date()), now) == 2
    assert await outlook("HZ001", now) == Outlook()


async def test_early_in_the_day_the_last_weeks_speak_then_the_guide(db: str) -> None:
    await make_hall(opened_by=None)
    await open_desks("HALL-SZ-B01")
    await make_matter(duration_min=40)
    for citizen_id in (1, 2, 3):
        await make_ticket(citizen_id=citizen_id)
    await actions.call_next(counter_code="HALL-SZ-B01", by=CLERK, now=NOW)
    by_guide = (await outlook("HZ003", NOW + MINUTE)).wait
    assert by_guide and (by_guide.low, by_guide.high) == (10, 150)
    await make_past(minutes=6)
    forget_all()
    by_past = (await outlook("HZ003", NOW + MINUTE)).wait
    assert by_past and (by_past.low, by_past.high) == (5, 20)


async def make_matter(*, duration_min: int) -> None:
    await Matter.create(
        code="HN-GA-001", name="身份证换领", short_name="身份证", dept_code="GA", dept_name="公安局", level_code="4",
        type_code="1", project_type="即办", bookable=True, booking_required=False, payable=False, couriable=False,
        online=False, natural=True, legal=False, visits=1, duration_min=duration_min, guide={}, updated_at=NOW,
    )  # fmt: skip


async def make_past(*, minutes: int) -> None:
    """Twelve people of the day before, at one counter without a pause."""
    for n in range(12):
        at = NOW - timedelta(days=1) + n * minutes * MINUTE
        await Ticket.create(
            code=f"PAST{n}", number=f"HZ{n:03}", on_day=at.date(), hall_code="HALL-SZ", group_code="HZ", state="done",
            matter_code="HN-GA-001", arrival="walk_in", arrived_at=at, order_at=at, first_called_at=at,
            ended_at=at + minutes * MINUTE, counter_code="HALL-SZ-B01",
        )  # fmt: skip


async def test_bookings_that_may_still_come_are_counted(db: str) -> None:
    await make_hall()
    await make_past(minutes=6)
    for citizen_id in (1, 2):
        await make_ticket(citizen_id=citizen_id)
    await Ticket.filter(number="HZ002", on_day=NOW.date()).update(lane="walk_in")
    await actions.call_next(counter_code="HALL-SZ-B01", by=CLERK, now=NOW)
    alone = (await outlook("HZ002", NOW)).wait
    for _ in range(4):
        await make_booking(starts_at=NOW + 5 * MINUTE)
    await make_booking(starts_at=NOW + 5 * MINUTE, hall_code="HALL-TJA")
    await Booking.filter(hall_code="HALL-TJA").update(group_code="HZ")
    crowded = (await outlook("HZ002", NOW)).wait
    assert alone and crowded and (crowded.low, crowded.high > alone.high) == (alone.low, True)
