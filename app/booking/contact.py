"""Whom to reach about a booking when it is not the citizen's own name and mobile; sealed at rest."""

from collections.abc import Collection
from dataclasses import dataclass
from typing import Any

from app.booking.models import Booking
from app.booking.rules import BOOKED, CHECKED_IN
from app.citizens import queries as citizens
from app.citizens.models import Identity, Way
from app.citizens.rules import masked_name
from app.errors import InvalidInput
from app.log import mask
from app.sealing import blind_index, seal, unseal


@dataclass(frozen=True)
class Contact:
    """Either may be None: then the citizen's own applies."""

    name: str | None = None
    mobile: str | None = None

    @property
    def mobile_index(self) -> str | None:
        return blind_index("mobile", self.mobile) if self.mobile else None

    @property
    def masked_name(self) -> str | None:
        return masked_name(self.name) if self.name else None

    @property
    def masked_mobile(self) -> str | None:
        return self.mobile and mask(self.mobile)

    def sealed_for(self, number: str) -> dict[str, Any]:
        """The columns of the booking with this number."""
        return {
            "contact_name_sealed": seal(self.name, _place("contact_name", number)) if self.name else None,
            "contact_mobile_sealed": seal(self.mobile, _place("contact_mobile", number)) if self.mobile else None,
            "contact_mobile_index": self.mobile_index,
        }


def contact_of(booking: Booking) -> Contact:
    """The contact of a booking in the clear. Staff who read it write an audit row."""
    name, mobile = booking.contact_name_sealed, booking.contact_mobile_sealed
    return Contact(
        name=unseal(name, _place("contact_name", booking.number)) if name else None,
        mobile=unseal(mobile, _place("contact_mobile", booking.number)) if mobile else None,
    )


async def ensure_reachable(citizen_id: int, contact: Contact) -> None:
    """Whoever comes has a name to be called by and a mobile to be told on: the booking's, or the citizen's own.

    Raises `InvalidInput` that names what is missing, as the API names it.
    """
    if contact.name and contact.mobile:
        return
    has_name, has_mobile = await citizens.has_contact(citizen_id)
    missing = {} if contact.name or has_name else {"contactName": "请填写办理人的姓名"}
    if not (contact.mobile or has_mobile):
        missing["contactMobile"] = "请填写办理人的手机号码"
    if missing:
        raise InvalidInput(missing)


async def account_of(contact: Contact) -> int | None:
    """The citizen who has proved this mobile to be theirs, so that a booking by staff shows among their own."""
    if contact.mobile_index is None:
        return None
    proved = Identity.filter(channel=Way.MOBILE, external_id=contact.mobile_index)
    return await proved.first().values_list("citizen_id", flat=True)  # type: ignore[return-value]


async def booked_elsewhere(contact: Contact, matter_codes: Collection[str], *, person: str) -> Booking | None:
    """The booking of one of these matters that somebody else than `person` (as claims name them) has for this very name
    and mobile, and that may still be kept: such as an account that never proved the mobile.
    """
    if contact.mobile_index is None:
        return None
    standing = Booking.filter(contact_mobile_index=contact.mobile_index, state__in=(BOOKED, CHECKED_IN))
    rows = await standing.exclude(person=person)
    theirs = [row for row in rows if not set(matter_codes).isdisjoint(row.matter_codes)]
    return next(iter([row for row in theirs if await _name_on(row) == contact.name]), None)


async def _name_on(booking: Booking) -> str | None:
    """Who comes: by the booking, else by the account."""
    name = contact_of(booking).name
    if name or booking.citizen_id is None:
        return name
    known = (await citizens.citizens({booking.citizen_id})).get(booking.citizen_id)
    return known.name if known else None


def _place(column: str, number: str) -> str:
    return f"booking_booking:{column}:{number}"
