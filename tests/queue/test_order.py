"""The order of calling: the rule as a citizen would state it, over any line."""

from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.queue.order import Lane, Place, explain, for_counter, ranked
from app.queue.rules import QueuePolicy
from tests.factories import NOW

ANY_TURN = QueuePolicy(walk_in_after=0)
PRIORITY, BOOKED, WALK_IN = Lane.PRIORITY, Lane.BOOKED, Lane.WALK_IN


def line(*lanes: Lane) -> list[Place]:
    return [Place(n, lane) for n, lane in enumerate(lanes)]


def called(places, policy=ANY_TURN, before=()) -> list[int]:
    return [place.ticket_id for place in ranked(places, now=NOW, policy=policy, called_before=before)]


def test_priority_then_booked_then_walk_in_each_by_its_own_time() -> None:
    assert called(line(WALK_IN, BOOKED, PRIORITY, BOOKED, WALK_IN, PRIORITY)) == [2, 5, 1, 3, 0, 4]


def test_whoever_came_before_the_booked_time_waits_for_it_unless_nobody_else_is_there() -> None:
    early = Place(0, BOOKED, due_at=NOW + timedelta(minutes=1))
    assert called([early, Place(1, WALK_IN)]) == [1, 0]
    assert called([Place(0, BOOKED, due_at=NOW), Place(1, WALK_IN)]) == [0, 1]


@pytest.mark.parametrize(
    ("before", "expected"),
    [
        ((), [0, 1, 4, 2, 3, 5]),
        ((BOOKED,), [0, 4, 1, 2, 5, 3]),
        ((BOOKED, PRIORITY), [4, 0, 1, 5, 2, 3]),
        ((WALK_IN, BOOKED, BOOKED), [0, 1, 4, 2, 3, 5]),
    ],
)
def test_after_two_others_in_a_row_it_is_a_walk_ins_turn(before, expected) -> None:
    policy = QueuePolicy(walk_in_after=2)
    assert called(line(BOOKED, BOOKED, BOOKED, BOOKED, WALK_IN, WALK_IN), policy, before) == expected


def test_a_person_sent_to_one_counter_is_first_there_and_nobodys_elsewhere() -> None:
    places = [Place(0, WALK_IN), Place(1, WALK_IN, wanted_counter="B02"), Place(2, WALK_IN)]
    assert [place.ticket_id for place in for_counter(places, "B02")] == [1, 0, 2]
    assert [place.ticket_id for place in for_counter(places, "B01")] == [0, 2]


def test_the_rule_is_said_in_words() -> None:
    assert "每连续叫 3 位优先或预约群众后，叫 1 位现场取号群众" in explain(QueuePolicy())
    assert "每连续叫" not in explain(ANY_TURN)


due_times = st.none() | st.integers(-30, 30).map(lambda minutes: NOW + timedelta(minutes=minutes))
places_of_any_kind = st.lists(st.tuples(st.sampled_from(Lane), due_times), max_size=30).map(
    lambda rows: [Place(n, lane, due) for n, (lane, due) in enumerate(rows)]
)
turns = st.integers(0, 4)
history = st.lists(st.sampled_from(Lane), max_size=5)


@given(places_of_any_kind, turns, history)
def test_everybody_is_called_once_and_nobody_overtakes_in_the_same_lane(places, after, before) -> None:
    order = ranked(places, now=NOW, policy=QueuePolicy(walk_in_after=after), called_before=before)
    assert sorted(place.ticket_id for place in order) == [place.ticket_id for place in places]
    due = [place for place in order if place.due_at is None or place.due_at <= NOW]
    assert order[: len(due)] == due
    for lane in Lane:
        ids = [place.ticket_id for place in due if place.lane is lane]
        assert ids == sorted(ids)


@given(places_of_any_kind, st.integers(1, 4), history)
def test_no_walk_in_sees_more_than_so_many_others_called_in_a_row(places, after, before) -> None:
    order = ranked(places, now=NOW, policy=QueuePolicy(walk_in_after=after), called_before=before)
    due = [place for place in order if place.due_at is None or place.due_at <= NOW]
    last_walk_in = max((n for n, place in enumerate(due) if place.lane is WALK_IN), default=-1)
    run = next((n for n, lane in enumerate(before) if lane is WALK_IN), len(before))
    for place in due[: last_walk_in + 1]:
        assert run < after or place.lane is WALK_IN
        run = 0 if place.lane is WALK_IN else run + 1


@given(st.lists(st.sampled_from(Lane), max_size=30), turns)
def test_the_first_is_called_and_the_rest_stays_in_order(lanes, after) -> None:
    """Calling one and asking again gives the same as asking once."""
    policy = QueuePolicy(walk_in_after=after)
    whole, left, before = called(line(*lanes), policy), line(*lanes), []
    stepwise = []
    while left:
        first = ranked(left, now=NOW, policy=policy, called_before=before)[0]
        stepwise.append(first.ticket_id)
        left.remove(first)
        before.insert(0, first.lane)
    assert stepwise == whole
