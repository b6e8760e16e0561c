"""What templates are given instead of rows of the database: only what may stand on a page, nothing sealed or hashed."""

from collections.abc import Iterable
from dataclasses import dataclass, fields
from datetime import date, datetime
from typing import Any, TypeVar

from app.booking.models import Booking
from app.booking.titles import Titles, titles_of
from app.matters import queries as matters
from app.pickup.making import visits_of
from app.pickup.models import Pickup
from app.pickup.moving import items_total
from app.queue.models import Ticket
from app.queue.rules import PRIORITIES
from app.queue.states import NAMES as TICKET_STATES
from app.queue.states import State
from app.staff import queries as staff

V = TypeVar("V")


@dataclass(frozen=True, slots=True)
class BookingView:
    number: str
    title: str
    hall_code: str
    hall: str
    group: str
    starts_at: datetime
    ends_at: datetime
    state: str
    people: int
    channel: str
    by: str
    ended_why: str
    has_account: bool
    remote: str  # video, phone, or empty for a visit to the hall


@dataclass(frozen=True, slots=True)
class PickupView:
    """`handed_by` is a name. `ticket` says of which visit without a booking it is, such as 11月24日 HZ012 号."""

    code: str
    booking_number: str | None
    ticket: str
    hall_code: str
    matter: str
    state: str
    shelf: str
    items: list[dict[str, Any]]
    total: int
    expected_at: datetime
    ready_at: datetime | None
    until_on: date | None
    until_is_provisional: bool
    handed_at: datetime | None
    handed_by: str
    items_counted: int | None
    has_account: bool
    is_proxy: bool
    has_photo: bool
    has_signature: bool
    archive_on: date | None


@dataclass(frozen=True, slots=True)
class TicketView:
    """`state_name` and `priority_name` in words."""

    code: str
    number: str
    matter: str
    state: str
    state_name: str
    priority_name: str
    priority_state: str
    arrival: str
    booking_number: str | None
    booked_at: datetime | None
    arrived_at: datetime
    called_at: datetime | None
    ended_at: datetime | None
    calls: int


async def booking_views(rows: Iterable[Booking]) -> list[BookingView]:
    listed = list(rows)
    titles = await titles_of(listed)
    return [_booking(row, titles) for row in listed]


def _booking(row: Booking, titles: Titles) -> BookingView:
    return filled(
        BookingView,
        row,
        title=titles.summary(row),
        hall=titles.halls[row.hall_code],
        group=titles.groups[f"{row.hall_code}.{row.group_code}"],
        remote=titles.remote(row),
        has_account=row.citizen_id is not None,
    )


async def pickup_views(rows: Iterable[Pickup]) -> list[PickupView]:
    listed = list(rows)
    names = await matters.names([row.matter_code for row in listed])
    handed = await staff.names_of({row.handed_by for row in listed if row.handed_by})
    visits = await _visits_of(listed)
    return [
        filled(
            PickupView,
            row,
            matter=names[row.matter_code],
            ticket=visits.get(row.source_key, ""),
            total=items_total(row),
            handed_by=handed.get(row.handed_by, "工作人员") if row.handed_by else "自助柜",
            has_account=row.citizen_id is not None,
            is_proxy=row.handed_proxy_id is not None,
            has_photo=row.photo_key is not None,
            has_signature=row.signature_key is not None,
        )
        for row in listed
    ]


async def _visits_of(rows: list[Pickup]) -> dict[str, str]:
    """By what the result is known, the number of those who came without a booking, and on which day."""
    by_source = await visits_of([row.source_key for row in rows if row.booking_number is None])
    return {key: f"{t.on_day.month}月{t.on_day.day}日 {t.number} 号" for key, t in by_source.items()}


async def ticket_views(rows: Iterable[Ticket]) -> list[TicketView]:
    listed = list(rows)
    names = await matters.names([row.matter_code for row in listed])
    return [
        filled(
            TicketView,
            row,
            matter=names[row.matter_code],
            state_name=TICKET_STATES[State(row.state)],
            priority_name=PRIORITIES.get(row.priority, ""),
        )
        for row in listed
    ]


def filled(kind: type[V], row: object, **given: Any) -> V:
    """A view with `given`, and the columns of the same name for whatever else it has."""
    columns = {field.name for field in fields(kind)} - given.keys()  # type: ignore[arg-type]
    return kind(**given, **{name: getattr(row, name) for name in columns})
