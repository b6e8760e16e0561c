"""What managers set for their hall: the figures of booking, and how each group of counters is offered (C3)."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from tortoise.expressions import F

from app.booking import openings, rules
from app.booking.figures import FIGURES
from app.booking.models import Booking, GroupSetting
from app.booking.offering import offer_in
from app.booking.openings import SLOT_MINUTES, Group, groups_of, slots_after
from app.booking.policy import POLICIES
from app.booking.rules import BookingPolicy
from app.db import transactional
from app.errors import InvalidInput, NotFound
from app.halls import queries as halls
from app.halls.figures import changes, in_words
from app.staff.auditing import audit
from app.staff.by import By

SHORTEST_SLOT, LONGEST_SLOT, MOST_COUNTERS = 5, 120, 99


@dataclass(frozen=True, slots=True)
class FiguresEffect:
    """What other figures mean for what is there: `booked` coming bookings stay as they are, `last_on` is the last day
    that can be booked, `last_was` that of now.
    """

    booked: int
    last_on: date
    last_was: date


@dataclass(frozen=True, kw_only=True)
class Offer:
    """How a group is offered: `total` counters, of which `public` to everybody and the rest to staff only.

    None for `total` means every counter in use; for `public`, all of them.
    """

    hall_code: str
    group_code: str
    slot_minutes: int = SLOT_MINUTES
    total: int | None = None
    public: int | None = None


@dataclass(frozen=True, slots=True)
class OfferEffect:
    """`public` and `staff` places a slot would have. `tight` slots have more booked than that: what is booked stays.

    `length_from`: the first day with slots of the new length; None when the length stays.
    """

    public: int
    staff: int
    tight: int
    length_from: date | None


async def preview_figures(*, hall_code: str, figures: Mapping[str, int], now: datetime) -> FiguresEffect:
    """Writes nothing. Raises InvalidInput for a figure out of range."""
    POLICIES.ensure_sound(figures)
    before, after = await POLICIES.read(hall_code), POLICIES.with_these(figures)
    coming = Booking.filter(hall_code=hall_code, state__in=rules.ACTIVE, starts_at__gt=now)
    return FiguresEffect(await coming.count(), _last_day(after, now), _last_day(before, now))


def _last_day(policy: BookingPolicy, now: datetime) -> date:
    return rules.local_date(now) + timedelta(days=policy.latest_days)


@transactional
async def set_figures(*, by: By, hall_code: str, figures: Mapping[str, int], now: datetime) -> None:
    """Let these figures hold in a hall from now on; days that can be booked now get their slots at once.

    Raises InvalidInput, HallNotYours.
    """
    by.ensure_sees(hall_code)
    details = in_words(changes(FIGURES, before=await POLICIES.read(hall_code), after=figures))
    policy = await POLICIES.set(hall_code=hall_code, **figures)
    today = rules.local_date(now)
    await openings.open_days(first=today, last=_last_day(policy, now) + timedelta(days=1), hall_codes=[hall_code])
    await audit(
        by=by, action="booking.set_figures", subject=f"hall:{hall_code}", hall_code=hall_code, details=details, now=now
    )


async def preview_offer(*, offer: Offer, now: datetime) -> OfferEffect:
    """Writes nothing. Raises InvalidInput, NotFound."""
    group, counters = await _group(offer)
    _ensure_sound(offer, counters)
    public, staff = _split(offer, counters)
    coming = slots_after(offer.hall_code, offer.group_code, now)
    pools = await coming.values_list("capacity", "left", "staff_capacity", "staff_left")
    tight = sum(c - left > public or sc - sleft > staff for c, left, sc, sleft in pools)
    length_from = None if offer.slot_minutes == group.slot_minutes else await _first_unmade_day(group, now)
    return OfferEffect(public, staff, tight, length_from)


async def _first_unmade_day(group: Group, now: datetime) -> date:
    made = slots_after(group.hall_code, group.group_code, now).order_by("-id").limit(1)
    last: list[date] = await made.values_list("on", flat=True)  # type: ignore[assignment]
    return (last[0] if last else rules.local_date(now)) + timedelta(days=1)


async def _group(offer: Offer) -> tuple[Group, int]:
    """The group as it is, and how many counters it has. Raises NotFound."""
    numbers = await halls.counter_numbers([offer.hall_code])
    found = {group.group_code: group for group in await groups_of([offer.hall_code])}
    if offer.group_code not in found:
        raise NotFound()
    return found[offer.group_code], numbers[offer.hall_code, offer.group_code]


def _split(offer: Offer, counters: int) -> tuple[int, int]:
    total = counters if offer.total is None else offer.total
    public = total if offer.public is None else offer.public
    return public, total - public


def _ensure_sound(offer: Offer, counters: int) -> None:
    public, staff = _split(offer, counters)
    faults = {
        "slot_minutes": (
            not SHORTEST_SLOT <= offer.slot_minutes <= LONGEST_SLOT,
            f"时段长度应为 {SHORTEST_SLOT} 到 {LONGEST_SLOT} 分钟",
        ),
        "total": (not 0 <= public + staff <= MOST_COUNTERS, f"放号窗口应为 0 到 {MOST_COUNTERS} 个"),
        "public": (not 0 <= public <= public + staff, f"群众可约的窗口应为 0 到 {public + staff} 个"),
    }
    if wrong := {name: text for name, (is_wrong, text) in faults.items() if is_wrong}:
        raise InvalidInput(wrong)


@transactional
async def set_offer(*, by: By, offer: Offer, now: datetime) -> OfferEffect:
    """Offer a group of counters like this from now on, written down. Raises InvalidInput, NotFound, HallNotYours."""
    by.ensure_sees(offer.hall_code)
    effect = await preview_offer(offer=offer, now=now)
    await set_group(
        hall_code=offer.hall_code,
        group_code=offer.group_code,
        public_counters=offer.public,
        total_counters=offer.total,
        slot_minutes=offer.slot_minutes,
        now=now,
    )
    await audit(
        by=by,
        action="booking.set_counters",
        subject=f"group:{offer.hall_code}.{offer.group_code}",
        hall_code=offer.hall_code,
        details={"群众": effect.public, "预留": effect.staff, "时段分钟": offer.slot_minutes},
        now=now,
    )
    return effect


@transactional
async def set_group(
    *,
    hall_code: str,
    group_code: str,
    now: datetime,
    public_counters: int | None = None,
    total_counters: int | None = None,
    slot_minutes: int = SLOT_MINUTES,
) -> None:
    """Offer so many counters to the public and the rest of them to staff only (C3), from now on and in slots made.

    What is booked stays: a pool that shrinks below it owes the rest, and places that come back pay that first. Another
    length of slots holds for days that are not made yet.
    """
    key = f"{hall_code}.{group_code}"
    values = {"public_counters": public_counters, "total_counters": total_counters, "slot_minutes": slot_minutes}
    await GroupSetting.update_or_create(key=key, defaults=values)
    group = next((g for g in await groups_of([hall_code]) if g.group_code == group_code), None)
    if group is not None:
        await _resize(group, now)
        await offer_in(hall_code=hall_code, group_code=group_code, now=now)


async def _resize(group: Group, now: datetime) -> None:
    coming = slots_after(group.hall_code, group.group_code, now)
    await coming.update(  # what is left first: MariaDB reads a column as the same statement has just set it
        left=F("left") + (group.public - F("capacity")),
        staff_left=F("staff_left") + (group.staff - F("staff_capacity")),
        capacity=group.public,
        staff_capacity=group.staff,
    )
