"""The figures of a hall's queue: the defaults of `QueuePolicy`, and what the hall does differently."""

from dataclasses import fields, replace

from app.db import after_commit, transactional
from app.errors import InvalidInput
from app.queue.models import HallQueuePolicy
from app.queue.rules import QueuePolicy
from app.recent import Recent, forget_all

NAMES = frozenset(field.name for field in fields(QueuePolicy))
LARGEST = 10_000


async def _load(hall_code: str) -> QueuePolicy:
    rows = await HallQueuePolicy.filter(hall_code=hall_code).values_list("overrides", flat=True)
    return replace(QueuePolicy(), **rows[0]) if rows else QueuePolicy()  # type: ignore[arg-type]


policy_of = Recent(_load).get


@transactional
async def set_policy(*, hall_code: str, **figures: int) -> QueuePolicy:
    """Let a hall differ in these figures (fields of `QueuePolicy`); the others return to the defaults.

    Raises InvalidInput for a figure that does not exist or is not between 0 and 10,000.
    """
    faults = {name: "没有这项设置" for name in figures if name not in NAMES}
    faults |= {name: f"应为 0 到 {LARGEST} 的整数" for name, n in figures.items() if not 0 <= n <= LARGEST}
    if faults:
        raise InvalidInput(faults)
    if not await HallQueuePolicy.filter(hall_code=hall_code).update(overrides=figures):
        await HallQueuePolicy.get_or_create(hall_code=hall_code, defaults={"overrides": figures})
    after_commit(forget_all)
    return replace(QueuePolicy(), **figures)
