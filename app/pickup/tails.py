"""By which four digits somebody shows at the counter who they are, when the code cannot be scanned."""

import hmac

from app.booking.contact import contact_of
from app.booking.models import Booking
from app.citizens import queries as citizens
from app.pickup.models import Pickup
from app.sealing import unseal

LENGTH = 4


async def fits(pickup: Pickup, tail: str) -> bool:
    """Whether these are the last four of the citizen's mobile or identity number, of the booking's mobile, or those
    told for a slip.
    """
    return any([is_same(tail, known) for known in await _tails(pickup)])


def is_same(tail: str, known: str) -> bool:
    """Whether two tails are one, in the same time whatever they are."""
    return hmac.compare_digest(tail.upper().encode(), known.upper().encode())


async def _tails(pickup: Pickup) -> list[str]:
    numbers: list[str | None] = []
    if pickup.booking_number and (booking := await Booking.get_or_none(number=pickup.booking_number)):
        numbers.append(contact_of(booking).mobile)
    if pickup.citizen_id is not None:
        citizen = await citizens.citizen(pickup.citizen_id)
        numbers += [citizen.mobile, citizen.id_no]
    if pickup.tail_sealed:
        numbers.append(unseal(pickup.tail_sealed, place(pickup.code)))
    return [number[-LENGTH:].upper() for number in numbers if number]


def place(pickup_code: str) -> str:
    """Where the tail told for a slip is sealed."""
    return f"pickup_pickup:tail:{pickup_code}"
