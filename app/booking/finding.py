"""Finding another place for many bookings at once: one read of what is free, then counted down as it is given out."""

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from datetime import date, datetime, time

from tortoise.expressions import Q

from app.booking import rules
from app.booking.models import Booking, Slot
from app.booking.places import FIELDS, PUBLIC, STAFF, Place

Span = tuple[datetime, datetime]


@dataclass
class Diary:
    """The visits that people have ahead of them: person to booking number to its time."""

    visits: dict[str, dict[str, Span]] = field(default_factory=lambda: defaultdict(dict))

    def put(self, booking: Booking, span: Span) -> None:
        self.visits[booking.person][booking.number] = span

    def drop(self, booking: Booking) -> None:
        self.visits[booking.person].pop(booking.number, None)

    def has_room(self, booking: Booking, span: Span, *, day_limit: int) -> bool:
        """Whether the booking could be then: nobody is at two counters at once, or comes too often on one day."""
        others = [known for number, known in self.visits[booking.person].items() if number != booking.number]
        on = rules.local_date(span[0])
        same_day = sum(rules.local_date(known[0]) == on for known in others)
        return same_day < day_limit and not any(rules.overlap(span, known) for known in others)


@dataclass
class Offers:
    """What is free in one hall, by slot, and what those who look for a place have ahead of them."""

    free: dict[str, Place]
    diary: Diary
    day_limit: int

    def later(self, booking: Booking) -> list[Place] | None:
        """The first free slots in a row after the booking's own time, the same day or later, in its own group of
        counters, that its owner can keep; None without any. Never earlier: nobody can come before they planned to.
        """
        places = sorted(self._after(booking), key=lambda place: place.id)
        runs = (self._run(place, len(booking.slot_ids)) for place in places)
        return next((run for run in runs if run is not None and self._suits(booking, run)), None)

    def give(self, booking: Booking, run: list[Place]) -> None:
        """The booking goes there."""
        self.strike(run)
        self.diary.put(booking, span_of(run))

    def strike(self, run: list[Place]) -> None:
        """One place of each slot is gone."""
        for place in run:
            known = self.free[place.id]
            rest = replace(known, left=known.left - 1) if known.left > 0 else _less_staff(known)
            if rest.is_free(PUBLIC + STAFF):
                self.free[place.id] = rest
            else:
                del self.free[place.id]

    def _after(self, booking: Booking) -> list[Place]:
        group, since = booking.group_code, booking.starts_at
        return [place for place in self.free.values() if place.group_code == group and place.starts_at > since]

    def _run(self, first: Place, count: int) -> list[Place] | None:
        if count == 1:
            return [first]
        keys = rules.following(first.id, minutes=first.minutes, count=count)
        run = [self.free[key] for key in keys if key in self.free]
        return run if len(run) == count else None

    def _suits(self, booking: Booking, run: list[Place]) -> bool:
        return self.diary.has_room(booking, span_of(run), day_limit=self.day_limit)


def span_of(run: Sequence[Place]) -> Span:
    return run[0].starts_at, run[-1].ends_at


def _less_staff(place: Place) -> Place:
    return replace(place, staff_left=place.staff_left - 1)


async def free_places(hall_code: str, *, earliest: datetime, last: date, without: set[str]) -> dict[str, Place]:
    """All free slots of a hall from `earliest` to the end of day `last`, but for those in `without`."""
    days = Slot.filter(hall_code=hall_code, on__gte=rules.local_date(earliest), on__lte=last)
    rows = await days.filter(starts_at__gte=earliest, is_closed=False).values_list(*FIELDS)
    found = (Place(*row) for row in rows)
    return {place.id: place for place in found if place.id not in without and place.is_free(PUBLIC + STAFF)}


async def diary_of(bookings: Sequence[Booking], *, now: datetime) -> Diary:
    """What the owners of these bookings have ahead of them from today on, in any hall. Of these bookings themselves,
    holds do not count: they are released.
    """
    citizens = {row.citizen_id for row in bookings if row.citizen_id is not None}
    mobiles = {row.contact_mobile_index for row in bookings if row.citizen_id is None and row.contact_mobile_index}
    today = datetime.combine(rules.local_date(now), time(), rules.CHINA)
    theirs = Q(citizen_id__in=list(citizens)) | Q(contact_mobile_index__in=list(mobiles))
    released = {row.number for row in bookings if row.state == rules.HELD}
    diary = Diary()
    for row in await Booking.filter(theirs, starts_at__gte=today, state__in=(*rules.ACTIVE, rules.CHECKED_IN)):
        if row.number not in released:
            diary.put(row, (row.starts_at, row.ends_at))
    return diary
