"""Reading results: a citizen's own, and a hall's shelf."""

import re
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from tortoise.expressions import Q
from tortoise.queryset import QuerySet

from app import codes
from app.booking.contact import Contact, account_of
from app.booking.models import Booking
from app.codes import Code, Purpose
from app.errors import NotFound
from app.pickup import digits, tails
from app.pickup.making import source_of
from app.pickup.models import Pickup
from app.pickup.refusals import why_not
from app.pickup.rules import CODE_LIFE
from app.pickup.states import WAITING, State
from app.queue.models import Ticket

CALLED_BY = re.compile(r"[A-Z]{1,16}[0-9]{1,6}", re.ASCII)
MOBILE = re.compile(r"1[0-9]{10}", re.ASCII)
_FIRST = {State.READY: 0, State.IN_LOCKER: 0, State.EXPECTED: 1}
SHOWN_AFTER = timedelta(days=180)  # a citizen sees what was handed over for half a year


@dataclass(frozen=True, slots=True)
class ShownCode:
    """For the citizen's screen. `text` is for the QR and dies at `expires_at`; `digits` last until the hand-over.

    `asks`: what is said beside the digits; both are empty when nothing is on file by which to check who says them.
    """

    text: str
    expires_at: datetime
    digits: str
    asks: str


async def pickups_of(citizen_id: int, *, now: datetime) -> list[Pickup]:
    """A citizen's results, the ones to come for first."""
    rows = await Pickup.filter(citizen_id=citizen_id, expected_at__gt=now - SHOWN_AFTER).order_by("-id").limit(100)
    return sorted(rows, key=lambda row: _FIRST.get(State(row.state), 2))


async def pickup(code: str, *, citizen_id: int) -> Pickup:
    """A citizen's own result. Raises `NotFound`, also for somebody else's."""
    row = await Pickup.get_or_none(code=code, citizen_id=citizen_id)
    if row is None:
        raise NotFound()
    return row


async def show_code(*, code: str, citizen_id: int, now: datetime) -> ShownCode:
    """A fresh code for the citizen's own result. Raises `NotFound`, or what its state says, such as `NotReady`."""
    row = await pickup(code, citizen_id=citizen_id)
    if row.state not in WAITING:
        raise await why_not(row)
    expires_at = now + CODE_LIFE
    text = codes.issue(Code(Purpose.PICKUP, row.code, row.nonce, expires_at))
    asks = await tails.asked(row)
    return ShownCode(text=text, expires_at=expires_at, digits=digits.of(row) if asks else "", asks=asks)


_ORDER = {
    State.EXPECTED: "expected_at",
    State.HANDED_OVER: "-handed_at",
    State.ARCHIVED: "-archived_at",
    State.COURIER_ASKED: "id",
    State.SENT: "-id",
}


async def shelf(hall_code: str, *, state: State, sought: str = "", limit: int = 50) -> tuple[list[Pickup], int]:
    """The hall's results in this state, the longest-waiting first (the latest first once they are gone), and how many.

    Args:
        sought: a booking number, a mobile left with a booking, the number somebody without one was called by, or the
            beginning of a place on the shelf.
    """
    rows = Pickup.filter(await _matching(sought, hall_code), hall_code=hall_code, state=state)
    return await rows.order_by(_ORDER.get(state, "ready_at"), "id").limit(limit), await rows.count()


async def overdue(hall_code: str, *, today: date, sought: str = "", limit: int = 50) -> tuple[list[Pickup], int]:
    """Results past their last day that still wait here, the oldest first, and how many."""
    rows = _overdue([hall_code], today).filter(await _matching(sought, hall_code))
    return await rows.order_by("until_on", "id").limit(limit), await rows.count()


async def overdue_count(hall_codes: Iterable[str], *, today: date) -> int:
    """How many results of these halls are past their last day and still wait."""
    return await _overdue(hall_codes, today).count()


def _overdue(hall_codes: Iterable[str], today: date) -> QuerySet[Pickup]:
    return Pickup.filter(hall_code__in=list(hall_codes), state__in=WAITING, until_on__lt=today)


async def _matching(sought: str, hall_code: str) -> Q:
    plain = re.sub(r"[\s-]", "", sought).upper()
    if not plain:
        return Q()
    if MOBILE.fullmatch(plain):
        contact = Contact(mobile=plain)
        left = await Booking.filter(contact_mobile_index=contact.mobile_index).values_list("number", flat=True)
        return Q(booking_number__in=list(left)) | Q(citizen_id=await account_of(contact) or 0)
    found = Q(booking_number=plain) | Q(shelf__istartswith=sought.strip())
    if CALLED_BY.fullmatch(plain):
        latest = Ticket.filter(hall_code=hall_code, number=plain).order_by("-on_day").limit(100)
        tickets = await latest.values_list("code", flat=True)
        found |= Q(source_key__in=[source_of(booking_number=None, ticket_code=str(code)) for code in tickets])
    return found


async def in_hall(code: str) -> Pickup:
    """Any result, for staff, who check the hall. Raises `NotFound`."""
    row = await Pickup.get_or_none(code=code)
    if row is None:
        raise NotFound()
    return row
