"""The eight digits somebody reads out when their code cannot be scanned: sealed at rest, found by a blind index."""

from app.ids import new_digits
from app.pickup.models import Pickup
from app.sealing import blind_index, seal, unseal

LENGTH = 8


def index_of(digits: str) -> str:
    return blind_index("pickup_digits", digits)


async def unused() -> str:
    """Digits no waiting result has. The unique index has the last word; eight digits leave it little to say."""
    while True:
        digits = new_digits(LENGTH)
        if not await Pickup.exists(digits_index=index_of(digits)):
            return digits


def sealed(digits: str, pickup_code: str) -> str:
    return seal(digits, _place(pickup_code))


def of(pickup: Pickup) -> str:
    """The digits of a ready result in the clear."""
    return unseal(pickup.digits_sealed or "", _place(pickup.code))


def _place(pickup_code: str) -> str:
    return f"pickup_pickup:digits:{pickup_code}"
