"""When an arrival counts as early, in time or late, and what may follow at the counter: pure functions."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from enum import StrEnum
from math import asin, cos, radians, sin, sqrt

from app.citizens.rules import is_elder_on
from app.clock import CHINA as CHINA
from app.queue.errors import (
    BookingCancelled,
    BookingNotConfirmed,
    BookingOver,
    CallAgainFirst,
    CodeNotTheirs,
    HallWithoutPlace,
    LeftBefore,
    PlaceNeeded,
    PrintedNotEnough,
    RecallTooSoon,
    SkippedBefore,
    TooFar,
    TooLateToday,
    TooLateToUndo,
    WrongDay,
)

MOMENT = timedelta(microseconds=1)  # the least that orders two places
UNDO_WITHIN = timedelta(seconds=60)
REMIND_BEFORE = timedelta(minutes=5)  # the turn of somebody who has left is lost


class Arrival(StrEnum):
    EARLY = "early"
    ON_TIME = "on_time"
    LATE = "late"
    WALK_IN = "walk_in"


@dataclass(frozen=True, slots=True)
class QueuePolicy:
    """The figures of a hall's queue. Every one can be overridden for one hall; 0 switches off where that makes sense.

    Attributes:
        early_minutes, late_minutes: until when an arrival is early, and from when it is late (features.md D2).
        late_is_refused: 1 sends those who are late to the desk instead of letting them queue like a walk-in.
        walk_in_after: after so many priority or booked people in a row a walk-in is called (D6).
        recall_after_s: seconds between two calls of one person (D7).
        calls_before_miss: so often a person is called before the counter may pass them over.
        missed_after_minutes: a called person who does not come for so long is passed over, and the next one called
            (D13).
        skips, skip_behind: how often a person may be put back, and behind how many.
        leaves, return_minutes: how often somebody may leave, and for how long without losing the turn (D10).
        near_ahead, near_pushes: with so many people ahead a push is sent; at most so many pushes, 2 at the most (D9).
        walk_in_limit: tickets a group of counters gives out to walk-ins on one day (D5).
        printed_qr: what a printed code is good for: 0 nothing, 1 with the phone's place near the hall, 2 enough.
        presence_m: how far from the hall, in metres, a phone may say it is.
        wait_target_minutes: whoever waits longer is reported to the hall's staff (N5).
    """

    early_minutes: int = 15
    late_minutes: int = 30
    late_is_refused: int = 0
    walk_in_after: int = 3
    recall_after_s: int = 15
    calls_before_miss: int = 2
    missed_after_minutes: int = 5
    skips: int = 2
    skip_behind: int = 3
    leaves: int = 1
    return_minutes: int = 15
    near_ahead: int = 3
    near_pushes: int = 1
    walk_in_limit: int = 200
    printed_qr: int = 1
    presence_m: int = 500
    wait_target_minutes: int = 20


MESSAGES = {
    Arrival.EARLY: "签到成功。来早了，按预约时间排队，请在等候区稍候",
    Arrival.ON_TIME: "签到成功，请在等候区等候叫号",
    Arrival.LATE: "签到成功。已过预约时间，按现场取号的先后排队",
    Arrival.WALK_IN: "取号成功，请在等候区等候叫号",
}


# Who goes first by law and custom, and how it is said at the counter (features.md D11).
PRIORITIES = {"elder": "老年人", "disabled": "残疾人", "military": "军人（含退役）", "other": "其他优先"}
CLAIMABLE = {name: PRIORITIES[name] for name in ("elder", "disabled", "military")}


class PriorityState(StrEnum):
    """How sure we are of it: said by the person, known from the identity number, or looked at by staff."""

    NONE = ""
    CLAIMED = "claimed"
    KNOWN = "known"
    CHECKED = "checked"
    REFUSED = "refused"


def priority_for(claimed: str, *, id_no: str | None, on: date) -> tuple[str, PriorityState]:
    """The priority somebody has on a day, and how sure it is. Elders need not say that they are."""
    if id_no is not None and is_elder_on(id_no, on):
        return "elder", PriorityState.KNOWN
    return (claimed, PriorityState.CLAIMED) if claimed else ("", PriorityState.NONE)


def arrival(policy: QueuePolicy, *, booked_at: datetime, now: datetime) -> Arrival:
    """Early waits until the booked time, in time keeps the booked place, late queues like a walk-in.

    Raises `TooLateToday` where the hall lets nobody in who is late.
    """
    if now < booked_at - timedelta(minutes=policy.early_minutes):
        return Arrival.EARLY
    if now <= booked_at + timedelta(minutes=policy.late_minutes):
        return Arrival.ON_TIME
    if policy.late_is_refused:
        raise TooLateToday(minutes=policy.late_minutes)
    return Arrival.LATE


def order_at(kind: Arrival, *, booked_at: datetime | None, now: datetime) -> datetime:
    """The time by which a ticket is queued in its lane: its booked time if it has come in time for it, else now."""
    return now if booked_at is None or kind is Arrival.LATE else booked_at


def due_at(kind: Arrival, policy: QueuePolicy, *, booked_at: datetime | None) -> datetime | None:
    """From when somebody who came early is called like the others; None for everybody else."""
    if kind is not Arrival.EARLY or booked_at is None:
        return None
    return booked_at - timedelta(minutes=policy.early_minutes)


def ensure_recall(policy: QueuePolicy, *, called_at: datetime, now: datetime) -> None:
    """Raises `RecallTooSoon`: people need a moment to walk."""
    if seconds := recall_in_s(policy, called_at=called_at, now=now):
        raise RecallTooSoon(seconds=seconds)


def recall_in_s(policy: QueuePolicy, *, called_at: datetime, now: datetime) -> int:
    """Seconds until somebody may be called again, rounded up."""
    return whole_seconds(called_at + timedelta(seconds=policy.recall_after_s) - now)


def missed_in_s(policy: QueuePolicy, *, called_at: datetime, now: datetime) -> int | None:
    """Seconds until somebody who was called is passed over by itself; None where the hall leaves it to its clerks."""
    if not policy.missed_after_minutes:
        return None
    return whole_seconds(called_at + timedelta(minutes=policy.missed_after_minutes) - now)


def whole_seconds(left: timedelta) -> int:
    """Rounded up, never negative."""
    return max(0, -(-int(left.total_seconds() * 1000) // 1000))


def ensure_called_enough(policy: QueuePolicy, *, calls: int) -> None:
    """Raises `CallAgainFirst` before a person is passed over."""
    if calls < policy.calls_before_miss:
        raise CallAgainFirst(calls=calls, needed=policy.calls_before_miss)


def ensure_may_skip(policy: QueuePolicy, *, skips: int) -> None:
    """Raises `SkippedBefore`."""
    if skips >= policy.skips:
        raise SkippedBefore(times=skips)


def ensure_may_leave(policy: QueuePolicy, *, leaves: int) -> None:
    """Raises `LeftBefore`."""
    if leaves >= policy.leaves:
        raise LeftBefore()


def return_by(policy: QueuePolicy, *, left_at: datetime) -> datetime:
    """Until when somebody who leaves now keeps the turn: what is promised then holds, whatever the hall changes."""
    return left_at + timedelta(minutes=policy.return_minutes)


def remind_at(return_by: datetime, *, left_at: datetime) -> datetime | None:
    """When to remind somebody who has left; None when the whole time is hardly longer than the reminder's."""
    moment = return_by - REMIND_BEFORE
    return moment if moment > left_at else None


def near_wanted(policy: QueuePolicy, *, ahead: int) -> int:
    """How many times somebody with so many people ahead should have been told that the turn is near (D9)."""
    if ahead > policy.near_ahead:
        return 0
    return min(policy.near_pushes, 2 if ahead <= 1 else 1)


def ensure_undoable(*, staff_id: int, pressed_by: int | None, pressed_at: datetime, now: datetime) -> None:
    """Raises `TooLateToUndo`, also for somebody else's press."""
    if staff_id != pressed_by or now - pressed_at > UNDO_WITHIN:
        raise TooLateToUndo(seconds=int(UNDO_WITHIN.total_seconds()))


def ensure_today(*, booked_at: datetime, now: datetime) -> None:
    """Raises `WrongDay`. The day is the day in China."""
    on = booked_at.astimezone(CHINA).date()
    if on != now.astimezone(CHINA).date():
        raise WrongDay(on=f"{on.month}月{on.day}日")


def ensure_theirs(*, nonce: str | None, expected: str) -> None:
    """The nonce inside the code must be the booking's own; a typed number has none. Raises `CodeNotTheirs`."""
    if nonce is not None and nonce != expected:
        raise CodeNotTheirs()


def ensure_not_cancelled(state: str) -> None:
    """Raises `BookingCancelled`. Asked before the nonce, which a cancellation replaces."""
    if state in ("cancelled", "expired"):
        raise BookingCancelled()


def ensure_booked(state: str) -> None:
    """Raises `BookingNotConfirmed` or `BookingOver` for a booking that cannot be used now."""
    if state != "booked":
        raise BookingNotConfirmed() if state == "held" else BookingOver()


Place = tuple[float, float]  # latitude and longitude in degrees, WGS-84
_EARTH_M = 6_371_000


def distance_m(one: Place, other: Place) -> float:
    """Metres between two places on the earth (haversine)."""
    (lat1, lon1), (lat2, lon2) = [tuple(map(radians, place)) for place in (one, other)]
    chord = sin((lat2 - lat1) / 2) ** 2 + cos(lat1) * cos(lat2) * sin((lon2 - lon1) / 2) ** 2
    return 2 * _EARTH_M * asin(min(1.0, sqrt(chord)))


def ensure_printed(policy: QueuePolicy, *, hall: Place | None, phone: Place | None) -> None:
    """A printed code can be photographed, so it counts as far as the hall's rule says.

    Raises `PrintedNotEnough`, `HallWithoutPlace`, `PlaceNeeded` or `TooFar`.
    """
    if policy.printed_qr == 2:
        return
    if policy.printed_qr == 0:
        raise PrintedNotEnough()
    if hall is None:
        raise HallWithoutPlace()
    if phone is None:
        raise PlaceNeeded()
    if distance_m(hall, phone) > policy.presence_m:
        raise TooFar()


Hours = Sequence[tuple[datetime, datetime]]


def is_open(hours: Hours, now: datetime) -> bool:
    return any(start <= now < end for start, end in hours)


def opens_again(hours: Hours, now: datetime) -> str:
    """When tickets are given out again on this day, in words."""
    later = [start for start, _ in hours if start > now]
    return f"今天 {later[0].astimezone(CHINA):%H:%M} 开始取号" if later else "今天不再取号，请改天再来，或在手机上预约"
