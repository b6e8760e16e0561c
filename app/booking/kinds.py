"""Where a visit takes place: at a counter, or by video or telephone, with no hall to go to.

Video needs a service that has rooms. Its address is set once at the start; without one nobody can book by video.
"""

from collections.abc import Collection
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
Window = tuple[str, str]  # hall code, group code

_rooms = ""


def use_rooms(pattern: str) -> None:
    """Set the address of this installation's video rooms: it holds "{room}"; empty: there is no video service."""
    global _rooms
    _rooms = pattern


def has_rooms() -> bool:
    """Whether visits by video can be booked at all."""
    return bool(_rooms)


async def without_rooms(windows: Collection[Window]) -> frozenset[Window]:
    """Those of these groups of counters that are for video while this installation has no rooms for it."""
    if has_rooms() or not windows:
        return frozenset()
    found = await halls.group_kinds([f"{hall}.{group}" for hall, group in windows])
    return frozenset((hall, group) for hall, group in windows if found.get(f"{hall}.{group}") == VIDEO)


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


def room_address(booking: Booking, *, now: datetime) -> str:
    """The address of the video room, whose name nobody can guess; another one after each change of the booking.

    Raises RoomClosed before and after its time, and where this installation has no video service.
    """
    opens_at, closes_at = opening_hours(booking)
    if not _rooms or not opens_at <= now <= closes_at:
        raise RoomClosed()
    room = blind_index("video room", f"{booking.number}:{booking.nonce}")[:ROOM_SIGNS]
    return _rooms.replace("{room}", room)
