"""Who a booking is for, masked: what a list at the counter may show (security.md C04)."""

from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import datetime

from app.booking.contact import contact_of
from app.booking.models import Booking
from app.citizens import queries as citizens
from app.citizens.queries import CitizenView
from app.citizens.rules import masked_mobile, masked_name
from app.db import transactional
from app.staff.auditing import audit
from app.staff.by import By


@dataclass(frozen=True, slots=True)
class Person:
    """In the clear; templates get `masked`. Whoever shows it unmasked writes an audit row with the reason."""

    name: str
    mobile: str
    is_elder: bool

    @property
    def masked(self) -> "Masked":
        return Masked(
            name=masked_name(self.name) if self.name else "未留姓名",
            mobile=masked_mobile(self.mobile) if self.mobile else "",
            is_elder=self.is_elder,
        )


@dataclass(frozen=True, slots=True)
class Masked:
    name: str
    mobile: str
    is_elder: bool


async def people_of(bookings: Iterable[Booking]) -> dict[str, Person]:
    """The person of each booking by its number: the contact left with it, else the citizen's own data."""
    rows = list(bookings)
    known = await citizens.citizens({row.citizen_id for row in rows if row.citizen_id is not None})
    return {row.number: _person(row, known.get(row.citizen_id or 0)) for row in rows}


def _person(row: Booking, citizen: CitizenView | None) -> Person:
    contact, known = contact_of(row), holder(citizen)
    return replace(known, name=contact.name or known.name, mobile=contact.mobile or known.mobile)


def holder(citizen: CitizenView | None) -> Person:
    """Whose account it is, by what the account tells."""
    if citizen is None:
        return Person(name="", mobile="", is_elder=False)
    return Person(name=citizen.name or "", mobile=citizen.mobile or "", is_elder=citizen.is_elder)


@transactional
async def reveal(booking: Booking, *, by: By, why: str, now: datetime) -> Person:
    """The person in the clear, for a reason that is written down (features.md N4)."""
    await audit(
        by=by,
        action="booking.reveal",
        subject=f"booking:{booking.number}",
        citizen_id=booking.citizen_id,
        hall_code=booking.hall_code,
        why=why,
        now=now,
    )
    return (await people_of([booking]))[booking.number]
