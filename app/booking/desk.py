"""What the console reads of booking: places for people at the desk or on the telephone, restrictions, hours changes,
and what each group of counters offers.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from app.booking import claims, rules
from app.booking.contact import Contact, account_of, booked_elsewhere
from app.booking.models import Booking, GroupSetting, HoursChange, NoShow, Restriction
from app.booking.openings import groups_of, slots_between
from app.booking.policy import policy_of
from app.halls import queries as halls

SHOWN = 50


@dataclass(frozen=True, slots=True)
class StaffSlot:
    """A slot as staff see it: places of the public, and places kept for staff."""

    id: str
    starts_at: datetime
    left: int
    staff_left: int


async def bookable_days(hall_code: str, *, now: datetime) -> list[date]:
    """The days for which anybody may book at the hall, from today on."""
    today, policy = rules.local_date(now), await policy_of(hall_code)
    return [today + timedelta(days=n) for n in range(policy.latest_days + 1)]


async def staff_slots(*, hall_code: str, group_code: str, on: date, now: datetime) -> list[StaffSlot]:
    """The slots of a day that staff could still book for somebody, in order."""
    rows = slots_between(hall_code, group_code, on, on).filter(is_closed=False, starts_at__gt=now)
    found = await rows.order_by("id").values_list("id", "starts_at", "left", "staff_left")
    slots = [StaffSlot(key, start, max(0, left), max(0, staff_left)) for key, start, left, staff_left in found]
    return [slot for slot in slots if slot.left or slot.staff_left]


async def standing(*, contact: Contact, matter_code: str) -> Booking | None:
    """The booking of this matter that stands in the way of another for the person whom staff would book for."""
    person = claims.person_of(await account_of(contact), contact.mobile_index)
    number = await claims.number_of(person=person, matter=matter_code)
    if number is None:
        return await booked_elsewhere(contact, [matter_code], person=person)
    return await Booking.get_or_none(number=number)


async def restrictions(*, now: datetime) -> list[Restriction]:
    """Restrictions that hold now, the latest first."""
    return await Restriction.filter(until__gt=now, lifted_at=None).order_by("-from_at").limit(SHOWN)


async def restriction(code: str) -> Restriction | None:
    return await Restriction.get_or_none(code=code)


async def missed_visits(restriction_codes: Iterable[str]) -> dict[str, list[Booking]]:
    """The visits that led to each restriction, the first one first, by its code."""
    found = await NoShow.filter(restriction_code__in=list(restriction_codes)).order_by("starts_at")
    bookings = await numbered(each.booking_number for each in found)
    visits: dict[str, list[Booking]] = {}
    for each in found:
        visits.setdefault(each.restriction_code or "", []).append(bookings[each.booking_number])
    return visits


async def numbered(numbers: Iterable[str]) -> dict[str, Booking]:
    """The bookings of these numbers by them, those there are."""
    return {row.number: row for row in await Booking.filter(number__in=list(numbers))}


async def hours_changes(hall_code: str) -> list[HoursChange]:
    """Changes of a hall's hours that were applied, the latest first."""
    return await HoursChange.filter(hall_code=hall_code).order_by("-id").limit(20)


async def patterns(hall_code: str) -> list[HoursChange]:
    """The additional hours and breaks of a hall that hold or will, the latest first."""
    rows = HoursChange.filter(hall_code=hall_code, undone_at=None, pattern__isnull=False)
    return await rows.order_by("-id").limit(SHOWN)


@dataclass(frozen=True, slots=True)
class GroupOffer:
    """What a group with `counters` in use offers: `public` places a slot to everybody, `staff` to staff only.

    `total` and `kept_public` are what was set; None follows the counters.
    """

    group_code: str
    name: str
    counters: int
    slot_minutes: int
    public: int
    staff: int
    total: int | None
    kept_public: int | None


async def offers(hall_code: str) -> list[GroupOffer]:
    """The groups of a hall that have counters, in order."""
    found = await groups_of([hall_code])
    numbers = await halls.counter_numbers([hall_code])
    names = {group.group_code: group.name for group in await halls.groups(hall_code)}
    keys = [f"{hall_code}.{group.group_code}" for group in found]
    settings = {row.key: row for row in await GroupSetting.filter(key__in=keys)}
    return [
        GroupOffer(
            group_code=group.group_code,
            name=names.get(group.group_code, group.group_code),
            counters=numbers[hall_code, group.group_code],
            slot_minutes=group.slot_minutes,
            public=group.public,
            staff=group.staff,
            total=setting.total_counters if setting else None,
            kept_public=setting.public_counters if setting else None,
        )
        for group in found
        for setting in [settings.get(f"{hall_code}.{group.group_code}")]
    ]
