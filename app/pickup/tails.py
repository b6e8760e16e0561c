"""By which four digits somebody shows at the counter who they are, when the code cannot be scanned."""

import hmac

from app.booking.contact import contact_of
from app.booking.models import Booking
from app.citizens import queries as citizens
from app.pickup.models import Pickup
from app.sealing import unseal

LENGTH = 4


MOBILE, IDENTITY = "手机号", "身份证号"


async def fits(pickup: Pickup, tail: str) -> bool:
    """Whether these are the last four of the citizen's mobile or identity number, of the booking's mobile, or those
    told for a slip.
    """
    return any([is_same(tail, known) for _, known in await _tails(pickup)])


async def asked(pickup: Pickup) -> str:
    """What is said beside the digits, such as 手机号后四位; empty when nothing is on file, and digits open nothing."""
    kinds = dict.fromkeys(kind for kind, _ in await _tails(pickup))
    return f"{'或'.join(kinds)}后四位" if kinds else ""


def is_same(tail: str, known: str) -> bool:
    """Whether two tails are one, in the same time whatever they are."""
    return hmac.compare_digest(tail.upper().encode(), known.upper().encode())


async def _tails(pickup: Pickup) -> list[tuple[str, str]]:
    """What each number is, and its last four."""
    numbers: list[tuple[str, str | None]] = []
    if pickup.booking_number and (booking := await Booking.get_or_none(number=pickup.booking_number)):
        numbers.append((MOBILE, contact_of(booking).mobile))
    for citizen in (await citizens.citizens({pickup.citizen_id} if pickup.citizen_id else set())).values():
        numbers += [(MOBILE, citizen.mobile), (IDENTITY, citizen.id_no)]
    if pickup.tail_sealed:
        numbers.append(("登记的证件号或手机号", unseal(pickup.tail_sealed, place(pickup.code))))
    return [(kind, number[-LENGTH:].upper()) for kind, number in numbers if number]


def place(pickup_code: str) -> str:
    """Where the tail told for a slip is sealed."""
    return f"pickup_pickup:tail:{pickup_code}"
