"""Names of halls, groups and matters for showing bookings: four reads for any number of them, kept for a while."""

import time
from collections.abc import Awaitable, Callable, Iterable
from dataclasses import dataclass
from typing import Protocol

from app.booking.kinds import REMOTE
from app.halls import queries as halls
from app.matters import queries as matters
from app.recent import on_forget

LIFE_S = 10.0  # a new name is seen within ten seconds
MAX_ENTRIES = 5000

Names = dict[str, str]


class _Kept:
    """Code to name, read in bulk when missing or old."""

    def __init__(self, load: Callable[[list[str]], Awaitable[Names]]) -> None:
        self._load = load
        self._kept: Names = {}
        self._until = 0.0
        on_forget(self._kept.clear)

    async def of(self, codes: Iterable[str]) -> Names:
        if time.monotonic() > self._until or len(self._kept) > MAX_ENTRIES:
            self._kept.clear()
            self._until = time.monotonic() + LIFE_S
        wanted = set(codes)
        if missing := sorted(wanted - self._kept.keys()):
            self._kept.update(await self._load(missing))
        return {code: self._kept.get(code, code) for code in wanted}


async def _hall_names(codes: list[str]) -> Names:
    return {hall.code: hall.name for hall in await halls.halls(codes=codes)}


_halls, _groups, _matters = _Kept(_hall_names), _Kept(halls.group_names), _Kept(matters.names)
_kinds = _Kept(halls.group_kinds)


class Titled(Protocol):
    """A booking, or whatever else names a hall, a group and matters."""

    @property
    def hall_code(self) -> str: ...
    @property
    def group_code(self) -> str: ...
    @property
    def matter_codes(self) -> list[str]: ...


@dataclass(frozen=True)
class Titles:
    """What codes are called; a code without a name stands for itself."""

    halls: Names
    groups: Names  # by "HALL.GROUP"
    matters: Names
    kinds: Names  # by "HALL.GROUP": counter, video, phone

    def remote(self, booking: Titled) -> str:
        """ "video", "phone", or empty for a visit to a hall."""
        kind = self.kinds[f"{booking.hall_code}.{booking.group_code}"]
        return kind if kind in REMOTE else ""

    def place(self, booking: Titled) -> str:
        """Where to be: a hall, or 视频办理."""
        return REMOTE.get(self.remote(booking)) or self.halls[booking.hall_code]

    def summary(self, booking: Titled) -> str:
        return "、".join(self.matters[code] for code in booking.matter_codes)


async def titles_of(bookings: Iterable[Titled]) -> Titles:
    """The names that these bookings mention."""
    rows = list(bookings)
    groups = {f"{row.hall_code}.{row.group_code}" for row in rows}
    return Titles(
        halls=await _halls.of(row.hall_code for row in rows),
        groups=await _groups.of(groups),
        matters=await _matters.of(code for row in rows for code in row.matter_codes),
        kinds=await _kinds.of(groups),
    )
