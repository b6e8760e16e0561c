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
    """`counter_code` is empty for a locker. `is_proxy`: somebody took it whom the owner had named."""

    name: ClassVar[str] = "pickup.result_handed_over"
    counter_code: str
    items_total: int
    is_proxy: bool = False


class HandOverUndone(PickupEvent):
    """It went to the wrong person and came back at once; it waits again."""

    name: ClassVar[str] = "pickup.hand_over_undone"


class ProxyNamed(PickupEvent):
    name: ClassVar[str] = "pickup.proxy_named"
    proxy_code: str


class ProxyRevokedByOwner(PickupEvent):
    name: ClassVar[str] = "pickup.proxy_revoked"
    proxy_code: str


class ResultOverdue(PickupEvent):
    """A reminder after the last day; `archive_on` comes with the last one, which offers to send it."""

    name: ClassVar[str] = "pickup.result_overdue"
    step: int
    days: int
    archive_on: date | None


class CourierAskedFor(PickupEvent):
    name: ClassVar[str] = "pickup.courier_asked"


class ResultSent(PickupEvent):
    name: ClassVar[str] = "pickup.result_sent"
    carrier: str
    waybill: str


class ResultArchived(PickupEvent):
    name: ClassVar[str] = "pickup.result_archived"


class ResultBroughtBack(PickupEvent):
    """From the archive to the shelf, to be picked up until `until_on`."""

    name: ClassVar[str] = "pickup.result_brought_back"
    until_on: date


class ResultInLocker(PickupEvent):
    """It waits in a locker now. `stay_id` makes each stay one notice."""

    name: ClassVar[str] = "pickup.result_in_locker"
    stay_id: int
    machine_name: str
    site: str
