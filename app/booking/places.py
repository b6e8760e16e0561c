"""Taking and giving back places in slots: conditional updates in the order of the keys, all or nothing.

All functions run inside the action's transaction; a refusal undoes what was taken before it.
"""

from collections.abc import Awaitable, Callable, Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any

from tortoise.expressions import F

from app.booking import rules
from app.booking.errors import SlotClosed, SlotFull, SlotTooShort
from app.booking.models import Slot
from app.errors import NotFound
from app.prepared import Prepared

PUBLIC, STAFF = "p", "s"
Give = Callable[[str, str], Awaitable[None]]  # slot id, pool
FIELDS = ("id", "hall_code", "group_code", "starts_at", "minutes", "left", "staff_left", "is_closed")


@dataclass(frozen=True, slots=True)
class Place:
    """A slot as read at the start of an action; what is left may have changed since."""

    id: str
    hall_code: str
    group_code: str
    starts_at: datetime
    minutes: int
    left: int
    staff_left: int
    is_closed: bool

    @property
    def ends_at(self) -> datetime:
        return self.starts_at + timedelta(minutes=self.minutes)

    @property
    def on(self) -> date:
        return rules.local_date(self.starts_at)

    def is_free(self, pools: str) -> bool:
        return (PUBLIC in pools and self.left > 0) or (STAFF in pools and self.staff_left > 0)


_READ = Prepared(lambda count: Slot.filter(id__in=[""] * count).values_list(*FIELDS))
_TAKE = {
    PUBLIC: Prepared(lambda _: Slot.filter(id="", left__gt=0, is_closed=False).update(left=F("left") - 1)),
    STAFF: Prepared(
        lambda _: Slot.filter(id="", staff_left__gt=0, is_closed=False).update(staff_left=F("staff_left") - 1)
    ),
}
_STARTS_AT = Slot._meta.fields_map["starts_at"]


async def read(slot_ids: Iterable[str]) -> list[Place]:
    """The slots with these ids that exist, in the order of time."""
    ids = list(slot_ids)
    rows = await _READ.rows(ids, count=len(ids)) if ids else []
    return sorted((_place(row) for row in rows), key=lambda place: place.id)


def _place(row: Sequence[Any]) -> Place:
    slot_id, hall_code, group_code, starts_at, *numbers, is_closed = row
    minutes, left, staff_left = numbers
    begins = _STARTS_AT.to_python_value(starts_at)
    return Place(slot_id, hall_code, group_code, begins, minutes, left, staff_left, bool(is_closed))


async def run_from(slot_id: str, *, minutes: list[int], people: int) -> list[Place]:
    """The slots in a row, from this one on, that some matters take for some people.

    Raises NotFound when the slot does not exist, `SlotTooShort` when the row ends before it is long enough.
    """
    first = await read([slot_id])
    if not first:
        raise NotFound()
    count = rules.slots_needed(minutes, people=people, slot_minutes=first[0].minutes)
    if count == 1:
        return first
    run = await read(rules.following(slot_id, minutes=first[0].minutes, count=count))
    if len(run) < count:
        raise SlotTooShort(minutes=sum(minutes) * people)
    return run


async def take(slot_ids: Iterable[str], *, pools: str) -> str:
    """Take one place in each slot, from the first of `pools` that has one.

    Returns the pool each place came from, a letter per slot in the order of the keys. Raises SlotFull or SlotClosed.
    """
    taken = ""
    for slot_id in sorted(slot_ids):
        taken += await _take_one(slot_id, pools)
    return taken


async def exchange(old: dict[str, str], new: Iterable[str], *, pools: str, give: Give) -> str:
    """Give back the places of `old` (slot id to pool) and take those of `new`; a slot in both is kept.

    In the order of the keys over both, so that two who swap do not wait for each other.
    """
    wanted = sorted(new)
    kept = {slot_id: pool for slot_id, pool in old.items() if slot_id in wanted}
    for slot_id in sorted({*old, *wanted} - {*kept}):
        if slot_id in old:
            await give(slot_id, old[slot_id])
        else:
            kept[slot_id] = await _take_one(slot_id, pools)
    return "".join(kept[slot_id] for slot_id in wanted)


async def _take_one(slot_id: str, pools: str) -> str:
    for pool in pools:
        if await _TAKE[pool].change([1, slot_id, 0, False]):
            return pool
    raise SlotClosed() if await Slot.filter(id=slot_id, is_closed=True).exists() else SlotFull()


async def give_one(slot_id: str, pool: str) -> None:
    """Return one place to its pool, at once."""
    slot = Slot.filter(id=slot_id)
    if pool == PUBLIC:
        await slot.update(left=F("left") + 1)
    else:
        await slot.update(staff_left=F("staff_left") + 1)
