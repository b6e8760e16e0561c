"""The row of a result that is expected, from a finished visit or straight from the shelf."""

from datetime import datetime

from app.ids import new_code
from app.pickup.models import Pickup
from app.pickup.states import State


def expected(
    *,
    source_key: str,
    booking_number: str | None,
    citizen_id: int | None,
    hall_code: str,
    matter_code: str,
    at: datetime,
) -> Pickup:
    """Not saved yet."""
    return Pickup(
        code=new_code(),
        source_key=source_key,
        booking_number=booking_number,
        citizen_id=citizen_id,
        hall_code=hall_code,
        matter_code=matter_code,
        state=State.EXPECTED,
        expected_at=at,
        nonce=new_code(),
    )
