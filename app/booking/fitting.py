"""Who on a waiting list gets a place: the first in line whom what is free suits. Pure; no database, no clock."""

from collections.abc import Iterable
from datetime import datetime, timedelta

from app.booking import rules
from app.booking.rules import CHINA, BookingPolicy

DAY_BEGINS, DAY_ENDS = 7, 22  # hours between which somebody can be expected to answer


class Free:
    """How many places each slot of a line has, by its key; counted down as they are given out."""

    def __init__(self, left: dict[str, int], *, minutes: int) -> None:
        self._left = {slot_id: count for slot_id, count in left.items() if count > 0}
        self._minutes = minutes

    def __bool__(self) -> bool:
        return bool(self._left)

    def run(self, count: int) -> list[str] | None:
        """The earliest `count` slots in a row that all have a place."""
        return next((run for first in sorted(self._left) if self._has(run := self._following(first, count))), None)

    def take(self, run: Iterable[str]) -> None:
        """One place of each slot is gone."""
        for slot_id in run:
            self._left[slot_id] -= 1
            if not self._left[slot_id]:
                del self._left[slot_id]

    def drop(self, slot_id: str) -> None:
        """No run begins here after all: somebody else was there first."""
        del self._left[slot_id]

    def _has(self, run: list[str]) -> bool:
        return all(slot_id in self._left for slot_id in run)

    def _following(self, first: str, count: int) -> list[str]:
        return [first] if count == 1 else rules.following(first, minutes=self._minutes, count=count)


def offer_until(policy: BookingPolicy, *, starts_at: datetime, now: datetime, is_elder: bool) -> datetime:
    """Until when an offered place is kept: the hall's minutes, twice as long for elders, and as long as nobody can be
    expected to be awake they do not begin; but never beyond the start of the visit.
    """
    local = now.astimezone(CHINA)
    morning = local.replace(hour=DAY_BEGINS, minute=0, second=0, microsecond=0)
    begins = max(local, morning) if local.hour < DAY_ENDS else morning + timedelta(days=1)
    return min(begins + policy.offer_for(is_elder=is_elder), starts_at)
