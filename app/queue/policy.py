"""The figures of a hall's queue: the defaults of `QueuePolicy`, and what the hall does differently."""

from dataclasses import fields, replace

from app.db import after_commit, transactional
from app.errors import InvalidInput
from app.queue.models import HallQueuePolicy
from app.queue.rules import QueuePolicy
from app.recent import Recent, forget_all

# The least and the most of each figure; 2 pushes at the most (features.md D9).
LIMITS: dict[str, tuple[int, int]] = {
    "early_minutes": (0, 120),
    "late_minutes": (0, 240),
    "late_is_refused": (0, 1),
    "walk_in_after": (0, 20),
    "recall_after_s": (0, 300),
    "calls_before_miss": (1, 10),
    "missed_after_minutes": (0, 60),
    "skips": (0, 10),
    "skip_behind": (0, 50),
    "leaves": (0, 5),
    "return_minutes": (1, 120),
    "near_ahead": (0, 20),
    "near_pushes": (0, 2),
    "walk_in_limit": (0, 10_000),
    "printed_qr": (0, 2),
    "presence_m": (50, 10_000),
    "wait_target_minutes": (1, 240),
}
NAMES = frozenset(field.name for field in fields(QueuePolicy))


async def _load(hall_code: str) -> QueuePolicy:
    rows = await HallQueuePolicy.filter(hall_code=hall_code).values_list("overrides", flat=True)
    return replace(QueuePolicy(), **rows[0]) if rows else QueuePolicy()  # type: ignore[arg-type]


policy_of = Recent(_load).get


@transactional
async def set_policy(*, hall_code: str, **figures: int) -> QueuePolicy:
    """Let a hall differ in these figures (fields of `QueuePolicy`); the others return to the defaults.

    Raises InvalidInput for a figure that does not exist or is outside its `LIMITS`.
    """
    ensure_within_limits(figures)
    if not await HallQueuePolicy.filter(hall_code=hall_code).update(overrides=figures):
        await HallQueuePolicy.get_or_create(hall_code=hall_code, defaults={"overrides": figures})
    after_commit(forget_all)
    return replace(QueuePolicy(), **figures)


def ensure_within_limits(figures: dict[str, int]) -> None:
    """Raises InvalidInput."""
    faults = {name: "没有这项设置" for name in figures if name not in NAMES}
    for name, value in figures.items():
        least, most = LIMITS.get(name, (0, 10_000))
        if not least <= value <= most:
            faults.setdefault(name, f"应为 {least} 到 {most} 的整数")
    if faults:
        raise InvalidInput(faults)
