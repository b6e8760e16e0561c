"""The figures of a hall: the defaults of `BookingPolicy`, and what the hall does differently."""

from dataclasses import fields, replace

from app.booking.models import HallPolicy
from app.booking.rules import BookingPolicy
from app.db import after_commit, transactional
from app.errors import InvalidInput
from app.recent import Recent, forget_all

NAMES = frozenset(field.name for field in fields(BookingPolicy))
LARGEST = 100_000


async def _load(hall_code: str) -> BookingPolicy:
    rows = await HallPolicy.filter(hall_code=hall_code).values_list("overrides", flat=True)
    return replace(BookingPolicy(), **rows[0]) if rows else BookingPolicy()  # type: ignore[arg-type]


policy_of = Recent(_load).get


@transactional
async def set_policy(*, hall_code: str, **figures: int) -> BookingPolicy:
    """Let a hall differ in these figures (fields of `BookingPolicy`); the others return to the defaults.

    Raises InvalidInput for a figure that does not exist or is not between 0 and 100,000.
    """
    faults = {name: "没有这项设置" for name in figures if name not in NAMES}
    faults |= {name: f"应为 0 到 {LARGEST} 的整数" for name, n in figures.items() if not 0 <= n <= LARGEST}
    if faults:
        raise InvalidInput(faults)
    if not await HallPolicy.filter(hall_code=hall_code).update(overrides=figures):
        await HallPolicy.get_or_create(hall_code=hall_code, defaults={"overrides": figures})
    after_commit(forget_all)
    return replace(BookingPolicy(), **figures)
