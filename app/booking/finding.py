"""Finding another place for many bookings at once: one read of what is free, then counted down as it is given out."""

from dataclasses import dataclass, replace
from datetime import date, datetime

from app.booking import rules
from app.booking.models import Booking, Slot
from app.booking.places import FIELDS, PUBLIC, STAFF, Place


@dataclass
class Offers:
    """What is free in one hall, by slot."""

    free: dict[str, Place]

    def nearest(self, booking: Booking) -> list[Place] | None:
        """The free slots in a row nearest in time to a booking, in its own group of counters; None without any."""
        runs = (self._run(place, len(booking.slot_ids)) for place in self._of(booking))
        fitting = [run for run in runs if run is not None]
        return min(fitting, key=lambda run: (abs(run[0].starts_at - booking.starts_at), run[0].id), default=None)

    def use(self, run: list[Place]) -> None:
        """One place of each slot is given out."""
        for place in run:
            known = self.free[place.id]
            rest = replace(known, left=known.left - 1) if known.left > 0 else _less_staff(known)
            if rest.is_free(PUBLIC + STAFF):
                self.free[place.id] = rest
            else:
                del self.free[place.id]

    def _of(self, booking: Booking) -> list[Place]:
        return [place for place in self.free.values() if place.group_code == booking.group_code]

    def _run(self, first: Place, count: int) -> list[Place] | None:
        if count == 1:
            return [first]
        keys = rules.following(first.id, minutes=first.minutes, count=count)
        run = [self.free[key] for key in keys if key in self.free]
        return run if len(run) == count else None


def _less_staff(place: Place) -> Place:
    return replace(place, staff_left=place.staff_left - 1)


async def offers_of(hall_code: str, *, earliest: datetime, last: date, without: set[str]) -> Offers:
    """All free slots of a hall from `earliest` to the end of day `last`, but for those in `without`."""
    rows = Slot.filter(hall_code=hall_code, starts_at__gte=earliest, on__lte=last, is_closed=False)
    found = (Place(*row) for row in await rows.values_list(*FIELDS))
    return Offers({place.id: place for place in found if place.id not in without and place.is_free(PUBLIC + STAFF)})
