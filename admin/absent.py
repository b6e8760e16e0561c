"""Whoever may not book for a while, with the visits they missed: what the answer to an appeal rests on."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from admin.people import Masked, Person, people_of
from admin.views import BookingView, booking_views, filled
from app.booking import desk
from app.booking.models import Restriction
from app.citizens import queries as citizens
from app.citizens.queries import CitizenView
from app.staff.by import By


@dataclass(frozen=True, slots=True)
class Missed:
    """A visit nobody came to. `may_open`: whether whoever looks may open its page, where the mobile can be revealed."""

    visit: BookingView
    who: Masked
    may_open: bool


@dataclass(frozen=True, slots=True)
class RestrictionView:
    """`name` and `mobile` are masked: the citizen's own, else what was left with the visits. Whoever has no account is
    told nothing by the product and must be telephoned.
    """

    code: str
    name: str
    mobile: str
    has_account: bool
    from_at: datetime
    until: datetime
    appeal_state: str
    appeal_text: str
    appealed_at: datetime | None
    missed: list[Missed]


async def restriction_views(rows: Iterable[Restriction], *, by: By) -> list[RestrictionView]:
    listed = list(rows)
    known = await citizens.citizens({row.citizen_id for row in listed if row.citizen_id})
    missed = await desk.missed_visits([row.code for row in listed])
    bookings = [booking for visits in missed.values() for booking in visits]
    views = {view.number: view for view in await booking_views(bookings)}
    people = await people_of(bookings)
    return [
        _restriction(
            row, known.get(row.citizen_id or 0), [views[visit.number] for visit in missed.get(row.code, [])], people, by
        )
        for row in listed
    ]


def _restriction(
    row: Restriction, citizen: CitizenView | None, visits: Sequence[BookingView], people: Mapping[str, Person], by: By
) -> RestrictionView:
    missed = [Missed(visit, people[visit.number].masked, by.sees(visit.hall_code)) for visit in visits]
    told = missed[-1].who if missed else Masked(name="未留姓名", mobile="", is_elder=False)
    return filled(
        RestrictionView,
        row,
        name=(citizen.masked_name if citizen else None) or told.name,
        mobile=(citizen.masked_mobile if citizen else None) or told.mobile,
        has_account=citizen is not None,
        missed=missed,
    )
