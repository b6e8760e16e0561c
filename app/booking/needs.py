"""What the chosen matters need: minutes at the counter, and the groups of counters that handle all of them."""

from collections.abc import Sequence
from dataclasses import dataclass

from app.booking import kinds
from app.booking.errors import NotBookable, NotTogether, NoVideo, SlotForeign
from app.booking.kinds import Window
from app.booking.triage import Asked, led_to
from app.errors import NotFound
from app.matters import queries as matters
from app.matters.guide import Triage
from app.matters.models import PUBLISHED, Matter
from app.recent import Recent


@dataclass(frozen=True)
class Needs:
    """`minutes`: for each matter, for one person. `asked`: the questions of each matter that has any. `shut`: groups
    of counters that would handle the matters by video, if there were rooms for it; never among `windows`.
    """

    minutes: tuple[int, ...]
    windows: frozenset[Window]
    asked: tuple[Asked, ...] = ()
    shut: frozenset[Window] = frozenset()

    def ensure_at(self, hall_code: str, group_code: str) -> None:
        """Raises `SlotForeign` when this group of counters does not handle the matters, `NoVideo`."""
        if (hall_code, group_code) in self.shut:
            raise NoVideo()
        if (hall_code, group_code) not in self.windows:
            raise SlotForeign()

    def group_in(self, hall_code: str) -> str:
        """The group of counters in this hall. Raises `SlotForeign` when there is none, `NoVideo`."""
        groups = sorted(group for hall, group in self.windows if hall == hall_code)
        if not groups:
            raise NoVideo() if any(hall == hall_code for hall, _ in self.shut) else SlotForeign()
        return groups[0]


async def needs_of(matter_codes: Sequence[str]) -> Needs:
    """What these matters need together.

    Raises NotFound for an unknown matter, NotBookable, NotTogether when no group handles all of them, NoVideo when
    only one does that has no rooms.
    """
    single = [await _needs_of_one(code) for code in matter_codes]
    windows = frozenset.intersection(*(needs.windows for needs in single))
    shut = frozenset.intersection(*(needs.shut for needs in single))
    if not windows:
        raise NoVideo() if shut else NotTogether()
    asked = tuple(asked for needs in single for asked in needs.asked)
    return Needs(tuple(needs.minutes[0] for needs in single), windows, asked, shut)


async def asked_of(matter_code: str) -> Asked | None:
    """What is asked before this matter is booked, if anything. Raises NotFound, NotBookable."""
    return next(iter((await _needs_of_one(matter_code)).asked), None)


async def _load(code: str) -> Needs:
    try:
        matter = await matters.matter(code)
    except NotFound:
        raise NotFound(fields={"matterCode": f"没有编码为 {code} 的事项，请重新选择"}) from None
    if not matter.bookable or matter.status != PUBLISHED:
        raise NotBookable()
    shut = await kinds.without_rooms(matter.places)
    return Needs((matter.duration_min,), frozenset(matter.places) - shut, await _asked(matter), shut)


async def _asked(matter: Matter) -> tuple[Asked, ...]:
    if not matter.guide.get("triage"):
        return ()
    triage = Triage.model_validate(matter.guide["triage"])
    return (Asked(triage, await matters.names(led_to(triage))),)


_needs_of_one = Recent(_load).get
