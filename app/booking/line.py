"""What people wait for: the morning or the afternoon of one day at one group of counters, as a key; and its ends."""

from collections.abc import Iterable
from datetime import date, datetime
from typing import Protocol

from app.booking import claims
from app.booking.models import Waiting

MORNING, AFTERNOON = "am", "pm"
PART_NAMES = {MORNING: "上午", AFTERNOON: "下午"}
WAITING, OFFERED, ACCEPTED, REFUSED, MISSED, LEFT, OVER = (
    "waiting", "offered", "accepted", "refused", "missed", "left", "over",
)  # fmt: skip
OPEN = (WAITING, OFFERED)
CHANNEL = "waiting"  # of bookings that began as an offer


class SlotLike(Protocol):
    @property
    def id(self) -> str: ...
    @property
    def left(self) -> int: ...


def key(hall_code: str, group_code: str, on: date, part: str) -> str:
    return f"{hall_code}.{group_code}.{on:%Y%m%d}.{part}"


def key_of(slot_id: str) -> str:
    """Of the line that waits for this slot: "HALL-SZ.HZ.20261125.am"."""
    group, _, moment = slot_id.rpartition(".")
    return f"{group}.{moment[:8]}.{MORNING if moment[8:] < '1200' else AFTERNOON}"


def between(line: str) -> tuple[str, str]:
    """The keys of the line's slots lie from the first of these up to the second."""
    stem, _, part = line.rpartition(".")
    return (f"{stem}0000", f"{stem}1200") if part == MORNING else (f"{stem}1200", f"{stem}2400")


def full_parts(slots: Iterable[SlotLike]) -> dict[str, str]:
    """The parts of a day of which every slot is taken, by their names: those one can wait for."""
    lefts: dict[str, int] = {}
    for slot in slots:
        part = key_of(slot.id).rpartition(".")[2]
        lefts[part] = lefts.get(part, 0) + slot.left
    return {part: PART_NAMES[part] for part, left in lefts.items() if not left}


async def is_waited_for(slot_id: str) -> bool:
    return await Waiting.filter(line=key_of(slot_id), state=WAITING).exists()


async def end_offer(booking_number: str, *, channel: str, state: str, now: datetime) -> None:
    """What was offered is accepted, refused or missed; nothing to do for a booking of another origin."""
    if channel == CHANNEL:
        offered = Waiting.filter(booking_number=booking_number, state=OFFERED)
        for code in await offered.values_list("code", flat=True):
            await offered.update(state=state, ended_at=now)
            await claims.release(str(code))
