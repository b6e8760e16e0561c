"""What others hear of results. The shelf is never told outside."""

from datetime import date
from typing import ClassVar

from app.outbox import Event


class PickupEvent(Event):
    pickup_code: str
    citizen_id: int | None
    hall_code: str
    matter_code: str
    booking_number: str | None


class ResultReady(PickupEvent):
    """Recorded once for each result. `until_is_provisional`: the date rests on a calendar not yet official."""

    name: ClassVar[str] = "pickup.result_ready"
    until_on: date
    until_is_provisional: bool
    items_total: int


class ResultHandedOver(PickupEvent):
    name: ClassVar[str] = "pickup.result_handed_over"
    counter_code: str
    items_total: int
