"""Where it is near, and when or where it is less busy. Where somebody is comes in, is used, and is not kept."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from tortoise.functions import Sum

from app.booking import queries, rules
from app.booking.models import Slot
from app.booking.openings import SLOT_MINUTES
from app.booking.queries import SlotView
from app.booking.rules import BUSY
from app.clock import CHINA
from app.halls.models import Hall
from app.halls.rules import Point, distance_km, same_area

NEAR_IN_TIME = timedelta(hours=2)
NEAR_KM = 10.0
Waits = Mapping[str, int]  # hall code to minutes; a hall that has none takes no bookings today


def point_of(hall: Hall) -> Point | None:
    """None as long as nobody has confirmed where it is."""
    return None if hall.latitude is None or hall.longitude is None else (hall.latitude, hall.longitude)


def distance_to(hall: Hall, here: Point | None) -> float | None:
    """In km, to a tenth; None when one of the two is unknown."""
    there = point_of(hall)
    return None if here is None or there is None else round(distance_km(here, there), 1)


def by_nearness(
    halls: Sequence[Hall], *, here: Point | None = None, region_code: str = "", waits: Waits | None = None
) -> list[Hall]:
    """The nearest first, of equally near ones the one with the shorter wait; those whose place is unknown last, by
    district. Without a point: those of the district first, then those close to it, then the others.
    """

    def order(hall: Hall) -> tuple[float, ...]:
        wait, distance = (waits or {}).get(hall.code, 0), distance_to(hall, here)
        if distance is not None:
            return 0, distance, wait, hall.position
        if not region_code:
            return 1, 0, 0, hall.position  # the city's own order goes by district
        foreign = 0 if hall.region_code == region_code else 1 if same_area(hall.region_code, region_code) else 2
        return 1, foreign, wait, hall.position

    return sorted(halls, key=order)


async def usual_waits(*, now: datetime) -> dict[str, int]:
    """What people of the slots still to come today usually wait in each hall, in minutes."""
    coming = Slot.filter(on=rules.local_date(now), starts_at__gt=now, is_closed=False)
    sums = coming.annotate(total=Sum("capacity"), free=queries.FREE).group_by("hall_code")
    return {
        hall_code: rules.usual_wait_min(booked=int(total - (free or 0)), total=int(total), minutes=SLOT_MINUTES)
        for hall_code, total, free in await sums.values_list("hall_code", "total", "free")
    }


@dataclass(frozen=True, slots=True)
class OtherHall:
    """A hall nearby that is less busy on a day; `left` places of that day are free."""

    code: str
    name: str
    left: int


@dataclass(frozen=True, slots=True)
class Suggestion:
    """Something less busy than what was chosen; both None when what was chosen is not busy, or nothing is better."""

    text: str = ""
    slot: SlotView | None = None
    hall: OtherHall | None = None


def less_busy(slots: Sequence[SlotView], chosen: SlotView) -> SlotView | None:
    """The nearest slot within two hours that has at most half as many people as a busy one."""
    share = _share(chosen)
    if share < BUSY:
        return None
    free = (slot for slot in slots if slot.left and _share(slot) <= share / 2)
    near = [slot for slot in free if abs(slot.starts_at - chosen.starts_at) <= NEAR_IN_TIME]
    return min(near, key=lambda slot: (abs(slot.starts_at - chosen.starts_at), slot.booked, slot.id), default=None)


def _share(slot: SlotView) -> float:
    return slot.booked / slot.total if slot.total else 1.0


async def suggest(
    *, slots: Sequence[SlotView], chosen: SlotView, hall: Hall, others: Sequence[tuple[Hall, str]], now: datetime
) -> Suggestion:
    """Something less busy than a slot, on its day. `others`: halls that handle the matter too, each with its group."""
    slot = less_busy(slots, chosen)
    if _share(chosen) < BUSY:
        return Suggestion()
    other = await _less_busy_hall(hall, others, rules.local_date(chosen.starts_at), slots, now)
    when, said = f"{chosen.starts_at.astimezone(CHINA):%H:%M}", []
    if slot is not None:
        said.append(f"{slot.starts_at.astimezone(CHINA):%H:%M} 只约了 {slot.booked} 人")
    if other is not None:
        said.append(f"{other.name}当天还有 {other.left} 个号")
    return Suggestion(f"{when} 较忙，{'；'.join(said)}", slot, other) if said else Suggestion()


async def _less_busy_hall(
    hall: Hall, others: Sequence[tuple[Hall, str]], on: date, slots: Sequence[SlotView], now: datetime
) -> OtherHall | None:
    """The nearest hall nearby with at most half as many people on that day, when this one is busy."""
    total, booked = sum(slot.total for slot in slots), sum(slot.booked for slot in slots)
    if not total or booked / total < BUSY:
        return None
    groups = {other.code: group for other, group in others}
    near = [other for other, _ in others if _is_near(hall, other)]
    for other in by_nearness(near, here=point_of(hall), region_code=hall.region_code):
        day = await queries.day(hall_code=other.code, group_code=groups[other.code], on=on, now=now)
        if day.left and day.booked / day.total <= booked / total / 2:
            return OtherHall(other.code, other.name, day.left)
    return None


def _is_near(hall: Hall, other: Hall) -> bool:
    here = point_of(hall)
    distance = distance_to(other, here)
    return same_area(hall.region_code, other.region_code) if distance is None else distance <= NEAR_KM
