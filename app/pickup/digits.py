"""The eight digits somebody reads out when their code cannot be scanned: sealed at rest, found by a blind index."""

from app.ids import new_digits
from app.pickup.models import Pickup, Proxy
from app.sealing import blind_index, seal, unseal

LENGTH = 8


def index_of(digits: str) -> str:
    return blind_index("pickup_digits", digits)


async def unused() -> str:
    """Digits no waiting result and no proxy has. The unique indexes have the last word, and little to say."""
    while True:
        digits = new_digits(LENGTH)
        index = index_of(digits)
        if not await Pickup.exists(digits_index=index) and not await Proxy.exists(digits_index=index):
            return digits


def sealed(digits: str, pickup_code: str) -> str:
    return seal(digits, _place(pickup_code))


def of(pickup: Pickup) -> str:
    """The digits of a ready result in the clear."""
    return unseal(pickup.digits_sealed or "", _place(pickup.code))


async def fresh_for(pickup_code: str) -> dict[str, str]:
    """The columns of a result that becomes ready."""
    digits = await unused()
    return {"digits_sealed": sealed(digits, pickup_code), "digits_index": index_of(digits)}


async def kept_for(pickup: Pickup) -> dict[str, str]:
    """The same, unless the result has digits already, on somebody's slip of paper."""
    return {} if pickup.digits_sealed else await fresh_for(pickup.code)


def _place(pickup_code: str) -> str:
    return f"pickup_pickup:digits:{pickup_code}"
