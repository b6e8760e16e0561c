"""What others hear of booking. Ids and what was true then; never names or numbers of people."""

from datetime import date, datetime
from typing import ClassVar, Literal

from app.outbox import Event


class BookingEvent(Event):
    """`citizen_id` is None for somebody without an account whom staff booked."""

    booking_id: int
    booking_number: str
    citizen_id: int | None
    hall_code: str
    group_code: str
    matter_codes: list[str]
    starts_at: datetime
    ends_at: datetime


class SlotBooked(BookingEvent):
    name: ClassVar[str] = "booking.slot_booked"
    channel: str = ""


class BookingCancelled(BookingEvent):
    name: ClassVar[str] = "booking.cancelled"
    by_staff: bool = False


class BookingRescheduled(BookingEvent):
    name: ClassVar[str] = "booking.rescheduled"
    was_at: datetime
    by_staff: bool = False


class BookingReminder(BookingEvent):
    name: ClassVar[str] = "booking.reminder"
    kind: Literal["day_before", "soon"]


class BookingMoved(BookingEvent):
    """The hall changed its hours and moved the booking."""

    name: ClassVar[str] = "booking.moved"
    was_at: datetime
    reason: str


class BookingCancelledByHall(BookingEvent):
    """The hall changed its hours and had no other place to offer."""

    name: ClassVar[str] = "booking.cancelled_by_hall"
    reason: str


class PlaceOffered(BookingEvent):
    """A place is kept until `until` for whoever was next on the waiting list."""

    name: ClassVar[str] = "booking.place_offered"
    waiting_code: str
    until: datetime


class WaitingOver(Event):
    """Nothing became free in time, or the matter is no longer handled."""

    name: ClassVar[str] = "booking.waiting_over"
    waiting_code: str
    citizen_id: int
    hall_code: str
    matter_codes: list[str]
    on: date
    part: str


class HallDaysChanged(Event):
    """The working-day calendar was changed, as one hall hears of it: its slots are to follow.

    Attributes:
        change_code: which change of the calendar it was.
        is_undo: it was taken back.
    """

    name: ClassVar[str] = "booking.hall_days_changed"
    hall_code: str
    first_on: date
    last_on: date
    change_code: str
    is_undo: bool


class NoShowRecorded(BookingEvent):
    name: ClassVar[str] = "booking.no_show"


class CitizenRestricted(Event):
    name: ClassVar[str] = "booking.restricted"
    restriction_code: str
    citizen_id: int | None
    until: datetime


class AppealDecided(Event):
    name: ClassVar[str] = "booking.appeal_decided"
    restriction_code: str
    citizen_id: int | None
    accepted: bool
    answer: str
