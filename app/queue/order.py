"""Who is called first: pure functions over the places of one line.

Three lanes. Priority people go first; then those whose booked time has come, by that time; then walk-ins and late
bookings, by arrival. Whoever came before the booked time waits for it, unless nobody else is there. So that a full
calendar does not keep walk-ins for ever, after a number of others in a row it is a walk-in's turn.
"""

from collections import deque
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from app.queue.rules import QueuePolicy


class Lane(StrEnum):
    PRIORITY = "priority"
    BOOKED = "booked"
    WALK_IN = "walk_in"


@dataclass(frozen=True, slots=True)
class Place:
    """One waiting ticket. `due_at` is set for those who came before their time."""

    ticket_id: int
    lane: Lane
    due_at: datetime | None = None
    wanted_counter: str | None = None


def explain(policy: QueuePolicy) -> str:
    """The rule in words, for screens and for whoever asks."""
    text = "叫号顺序：老年人、残疾人、军人等优先，其次按预约时间，再按取号先后；早到的等到预约时间，迟到的按取号先后。"
    if policy.walk_in_after:
        text += f"每连续叫 {policy.walk_in_after} 位优先或预约群众后，叫 1 位现场取号群众。"
    return text


def ranked(
    places: Iterable[Place], *, now: datetime, policy: QueuePolicy, called_before: Sequence[str] = ()
) -> list[Place]:
    """All places in the order in which they will be called, if nobody else comes.

    Args:
        places: in the order of their lane's own time, earliest first.
        called_before: the lanes of those called last, the latest first; only their run without a walk-in counts.
    """
    first, walk_ins, early = _in_lanes(places, now)
    others = _run_without_walk_in(called_before)
    line: list[Place] = []
    for place in first:
        if walk_ins and 0 < policy.walk_in_after <= others:
            line.append(walk_ins.popleft())
            others = 0
        line.append(place)
        others += 1
    return [*line, *walk_ins, *early]


def for_counter(line: Iterable[Place], counter_code: str) -> list[Place]:
    """Whom this counter calls, in order: those sent to it first, nobody who was sent to another."""
    mine = [place for place in line if place.wanted_counter in (None, counter_code)]
    return sorted(mine, key=lambda place: place.wanted_counter is None)


def _in_lanes(places: Iterable[Place], now: datetime) -> tuple[list[Place], deque[Place], list[Place]]:
    """Priority people and then those whose booked time has come; walk-ins and late bookings; those who are early."""
    lanes: dict[Lane, list[Place]] = {lane: [] for lane in Lane}
    early: list[Place] = []
    for place in places:
        is_early = place.due_at is not None and place.due_at > now
        (early if is_early else lanes[place.lane]).append(place)
    early.sort(key=lambda place: place.due_at or now)
    return lanes[Lane.PRIORITY] + lanes[Lane.BOOKED], deque(lanes[Lane.WALK_IN]), early


def _run_without_walk_in(called_before: Sequence[str]) -> int:
    run = 0
    for lane in called_before:
        if lane == Lane.WALK_IN:
            break
        run += 1
    return run
