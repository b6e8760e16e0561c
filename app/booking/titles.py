"""Names of halls, groups and matters for showing bookings: four reads for any number of them, kept for a while."""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Protocol

from app.booking.kinds import REMOTE
from app.halls import queries as halls
from app.matters import queries as matters
from app.recent import RecentMany

LIFE_S = 10.0  # a new name is seen within ten seconds

Names = dict[str, str]


async def _hall_names(codes: list[str]) -> Names:
    return {hall.code: hall.name for hall in await halls.halls(codes=codes)}


_halls, _matters = RecentMany(_hall_names, life_s=LIFE_S), RecentMany(matters.names, life_s=LIFE_S)
_groups, _kinds = RecentMany(halls.group_names, life_s=LIFE_S), RecentMany(halls.group_kinds, life_s=LIFE_S)


async def _called(names: RecentMany[str], codes: Iterable[str]) -> Names:
    wanted = set(codes)
    return {code: code for code in wanted} | await names.get(wanted)


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
        halls=await _called(_halls, (row.hall_code for row in rows)),
        groups=await _called(_groups, groups),
        matters=await _called(_matters, (code for row in rows for code in row.matter_codes)),
        kinds=await _called(_kinds, groups),
    )
