"""Where a visit takes place: at a counter, or by video or telephone, with no hall to go to."""

from datetime import datetime, timedelta

from app.booking.errors import NoCheckIn, RoomClosed
from app.booking.models import Booking
from app.halls import queries as halls
from app.halls.models import PHONE, VIDEO
from app.recent import Recent
from app.sealing import blind_index

OPENS_BEFORE, CLOSES_AFTER = timedelta(minutes=10), timedelta(minutes=30)
REMOTE = {VIDEO: "视频办理", PHONE: "电话办理"}
ROOM_SIGNS = 32


async def _load(key: str) -> str:
    return (await halls.group_kinds([key])).get(key, "")


_kind = Recent(_load).get


async def kind_at(hall_code: str, group_code: str) -> str:
    """ "counter", "video" or "phone"."""
    return await _kind(f"{hall_code}.{group_code}")


async def remote_kind(booking: Booking) -> str | None:
    """ "video" or "phone"; None for a visit to a hall."""
    kind = await kind_at(booking.hall_code, booking.group_code)
    return kind if kind in REMOTE else None


async def ensure_in_hall(booking: Booking) -> None:
    """Raises NoCheckIn: nobody checks in for a visit without a hall."""
    if (kind := await remote_kind(booking)) is not None:
        raise NoCheckIn(kind=REMOTE[kind])


def opening_hours(booking: Booking) -> tuple[datetime, datetime]:
    """From when and until when the room is open, or a call is to be expected."""
    return booking.starts_at - OPENS_BEFORE, booking.ends_at + CLOSES_AFTER


def room_address(pattern: str, booking: Booking, *, now: datetime) -> str:
    """The address of the video room, whose name nobody can guess; another one after each change of the booking.

    Raises RoomClosed before and after its time, and where this installation has no video service.
    """
    opens_at, closes_at = opening_hours(booking)
    if not pattern or not opens_at <= now <= closes_at:
        raise RoomClosed()
    room = blind_index("video room", f"{booking.number}:{booking.nonce}")[:ROOM_SIGNS]
    return pattern.replace("{room}", room)
