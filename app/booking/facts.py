"""What every event of a booking carries."""

from typing import Any

from app.booking.models import Booking


def facts_of(booking: Booking) -> dict[str, Any]:
    """The fields of `BookingEvent` that come from the row."""
    return {
        "booking_id": booking.id,
        "booking_number": booking.number,
        "citizen_id": booking.citizen_id,
        "hall_code": booking.hall_code,
        "group_code": booking.group_code,
        "matter_codes": booking.matter_codes,
        "starts_at": booking.starts_at,
        "ends_at": booking.ends_at,
    }
