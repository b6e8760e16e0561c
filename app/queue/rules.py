"""When an arrival counts as early, in time or late, and who is called first: pure functions."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from zoneinfo import ZoneInfo

from app.queue.errors import (
    BookingCancelled,
    BookingNotConfirmed,
    BookingOver,
    CodeNotTheirs,
    WrongDay,
)

CHINA = ZoneInfo("Asia/Shanghai")


class Arrival(StrEnum):
    EARLY = "early"
    ON_TIME = "on_time"
    LATE = "late"


@dataclass(frozen=True, slots=True)
class QueuePolicy:
    """Until when an arrival is early, and from when it is late (features.md D2)."""

    early: timedelta = timedelta(minutes=15)
    late: timedelta = timedelta(minutes=30)


MESSAGES = {
    Arrival.EARLY: "签到成功。来早了，按预约时间排队，请在等候区稍候",
    Arrival.ON_TIME: "签到成功，请在等候区等候叫号",
    Arrival.LATE: "签到成功。已超过预约时间 30 分钟，按现场取号顺序排队",
}


def arrival(policy: QueuePolicy, *, booked_at: datetime, now: datetime) -> Arrival:
    """Early waits until the booked time, in time keeps the booked place, late queues like a walk-in."""
    if now < booked_at - policy.early:
        return Arrival.EARLY
    return Arrival.LATE if now > booked_at + policy.late else Arrival.ON_TIME


def order_at(kind: Arrival, *, booked_at: datetime, now: datetime) -> datetime:
    """The time by which a ticket is queued: half an hour late loses no booked place, coming early gains none."""
    return now if kind is Arrival.LATE else booked_at


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
