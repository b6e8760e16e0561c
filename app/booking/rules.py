"""What booking allows, as plain functions: no database, no clock, no network."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from math import ceil

from app.booking.errors import (
    BookingRefused,
    CancelTooLate,
    HoldExpired,
    IsCancelled,
    IsMissed,
    IsUsed,
    NotConfirmed,
    SlotClosed,
    SlotPassed,
    TooEarly,
    TooLate,
    TooMuchAtOnce,
)
from app.clock import CHINA as CHINA

HELD, BOOKED, CHECKED_IN, DONE = "held", "booked", "checked_in", "done"
CANCELLED, NO_SHOW, EXPIRED = "cancelled", "no_show", "expired"
ACTIVE = (HELD, BOOKED)  # these occupy places and claims that can still be given back

STATE_NAMES = {
    HELD: "待确认",
    BOOKED: "已预约",
    CHECKED_IN: "已签到",
    DONE: "已办结",
    CANCELLED: "已取消",
    NO_SHOW: "未到",
    EXPIRED: "已超时",
}
_REFUSALS: dict[str, type[BookingRefused]] = {
    HELD: NotConfirmed,
    CHECKED_IN: IsUsed,
    DONE: IsUsed,
    CANCELLED: IsCancelled,
    NO_SHOW: IsMissed,
    EXPIRED: HoldExpired,
}


@dataclass(frozen=True, slots=True)
class BookingPolicy:
    """The figures of a hall. Every one can be overridden for one hall.

    Attributes:
        earliest_minutes: a slot must be at least this far ahead when a citizen books it.
        staff_earliest_minutes: the same for staff who book for somebody at the counter or on the telephone.
        latest_days: a slot must be at most this many days ahead.
        day_limit: active bookings of one person for one day.
        hold_minutes: how long a held slot waits to be confirmed; twice as long for elders.
        cancel_before_minutes: until then a booking can be cancelled or moved by the citizen.
        reschedules: how often a citizen may move one booking.
        no_show_limit: so many no-shows within `no_show_days` restrict for `restriction_days`.
        remind_hour: hour of the day before at which the first reminder is due.
        remind_before_minutes: minutes before the slot at which the second one is due.
        return_delay_minutes: how long a place that was given up stays out of sight; 0 with no jitter is at once.
        return_jitter_minutes: up to so much longer, by chance, so that nobody can pass a place on by the clock.
        return_by_minutes: so long before the visit a place is back at the latest, or it would be lost to all.
        rebooks: how often a day somebody may book again what they gave up on that day.
        offer_minutes: how long a place is kept for whoever is next on the waiting list; twice as long for elders.
        waiting_limit: on how many waiting lists one person may stand.
    """

    earliest_minutes: int = 30
    staff_earliest_minutes: int = 0
    latest_days: int = 14
    day_limit: int = 2
    hold_minutes: int = 10
    cancel_before_minutes: int = 120
    reschedules: int = 1
    no_show_limit: int = 3
    no_show_days: int = 90
    restriction_days: int = 30
    max_matters: int = 3
    max_people: int = 5
    remind_hour: int = 18
    remind_before_minutes: int = 120
    return_delay_minutes: int = 10
    return_jitter_minutes: int = 10
    return_by_minutes: int = 60
    rebooks: int = 2
    offer_minutes: int = 15
    waiting_limit: int = 3

    def hold_for(self, *, is_elder: bool) -> timedelta:
        return _unhurried(self.hold_minutes, is_elder=is_elder)

    def offer_for(self, *, is_elder: bool) -> timedelta:
        return _unhurried(self.offer_minutes, is_elder=is_elder)


def _unhurried(minutes: int, *, is_elder: bool) -> timedelta:
    return timedelta(minutes=minutes * (2 if is_elder else 1))


def local_date(moment: datetime) -> date:
    """The day in China; never the day in UTC."""
    return moment.astimezone(CHINA).date()


def slot_id(hall_code: str, group_code: str, starts_at: datetime) -> str:
    return f"{hall_code}.{group_code}.{starts_at.astimezone(CHINA):%Y%m%d%H%M}"


def slots_needed(minutes: Iterable[int], *, people: int, slot_minutes: int) -> int:
    """How many slots in a row some matters take for some people: 15 + 20 min need 3 slots of 15."""
    return max(1, ceil(sum(minutes) * people / slot_minutes))


def start_of(slot_id: str) -> datetime:
    """When a slot begins, by its id."""
    return datetime.strptime(slot_id.rpartition(".")[2], "%Y%m%d%H%M").replace(tzinfo=CHINA)


def following(first: str, *, minutes: int, count: int) -> list[str]:
    """The ids of `count` slots in a row from `first` on, whether they exist or not."""
    prefix, start = first.rpartition(".")[0], start_of(first)
    return [f"{prefix}.{start + timedelta(minutes=minutes) * n:%Y%m%d%H%M}" for n in range(count)]


def ensure_size(policy: BookingPolicy, *, matters: int, people: int) -> None:
    """Raises `TooMuchAtOnce`."""
    if matters > policy.max_matters or people > policy.max_people:
        raise TooMuchAtOnce(matters=policy.max_matters, people=policy.max_people)


def ensure_in_window(policy: BookingPolicy, *, starts_at: datetime, now: datetime, by_staff: bool) -> None:
    """May a slot that starts then be booked now? Raises `SlotPassed`, `TooEarly` or `TooLate`."""
    if starts_at <= now:
        raise SlotPassed()
    minutes = policy.staff_earliest_minutes if by_staff else policy.earliest_minutes
    if starts_at < now + timedelta(minutes=minutes):
        raise TooEarly(minutes=minutes)
    if local_date(starts_at) > local_date(now) + timedelta(days=policy.latest_days):
        raise TooLate(days=policy.latest_days)


def ensure_open(is_closed: Iterable[bool]) -> None:
    """Raises `SlotClosed`."""
    if any(is_closed):
        raise SlotClosed()


def may_change(policy: BookingPolicy, *, starts_at: datetime, now: datetime) -> bool:
    """May the citizen still cancel or move what is booked for then?"""
    return now <= starts_at - timedelta(minutes=policy.cancel_before_minutes)


def ensure_may_change(policy: BookingPolicy, *, starts_at: datetime, now: datetime) -> None:
    """Raises `CancelTooLate`."""
    if not may_change(policy, starts_at=starts_at, now=now):
        raise CancelTooLate(minutes=policy.cancel_before_minutes)


def refusal_of(state: str) -> BookingRefused:
    """Why a booking in this state cannot do what a booked one could."""
    return _REFUSALS[state]()


def reminders(policy: BookingPolicy, *, starts_at: datetime, now: datetime) -> tuple[datetime | None, datetime | None]:
    """When the two reminders are due: the evening before, and shortly before. None for one whose time is over."""
    local = starts_at.astimezone(CHINA)
    evening = (local - timedelta(days=1)).replace(hour=policy.remind_hour, minute=0, second=0, microsecond=0)
    soon = starts_at - timedelta(minutes=policy.remind_before_minutes)
    return (evening if evening > now else None, soon if soon > now else None)


def back_at(policy: BookingPolicy, *, starts_at: datetime, now: datetime, chance: float) -> datetime:
    """When a place that was given up is on offer again; `now` means at once. `chance`: 0 to 1, drawn at the edge.

    Never before the delay is over, unless the visit is so near that waiting would waste the place.
    """
    minutes = policy.return_delay_minutes + policy.return_jitter_minutes * chance
    latest = starts_at - timedelta(minutes=policy.return_by_minutes)
    return max(now, min(now + timedelta(minutes=minutes), latest))


def overlap(one: tuple[datetime, datetime], other: tuple[datetime, datetime]) -> bool:
    """Whether two spans share a moment; one that begins when the other ends does not."""
    return one[0] < other[1] and other[0] < one[1]


NOT_OPEN, OVER = "不开放", "已结束"  # levels of a day on which nothing is on offer: of rest, or its times are over
BUSY = 0.5  # share of the places that are taken from which on it is no longer quiet


def level(*, booked: int, total: int) -> str:
    """How busy, in one word."""
    if booked >= total:
        return "已满"
    share = booked / total
    return "空闲" if share < BUSY else "适中" if share < 0.8 else "繁忙"


def usual_wait_min(*, booked: int, total: int, minutes: int) -> int:
    """Minutes that people of a slot wait on average: those before you in it, spread over its counters."""
    return round(minutes * booked / (2 * total)) if total else 0
