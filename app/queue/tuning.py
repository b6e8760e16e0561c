"""What managers set for their hall's queue."""

from collections.abc import Mapping
from datetime import datetime

from app.db import transactional
from app.halls.figures import changes, in_words
from app.queue.policy import FIGURES, POLICIES
from app.staff.auditing import audit
from app.staff.by import By


@transactional
async def set_figures(*, by: By, hall_code: str, figures: Mapping[str, int], now: datetime) -> None:
    """Let these figures hold in a hall from now on. Raises `InvalidInput` or `HallNotYours`."""
    by.ensure_sees(hall_code)
    details = in_words(changes(FIGURES, before=await POLICIES.read(hall_code), after=figures))
    await POLICIES.set(hall_code=hall_code, **figures)
    await audit(
        by=by, action="queue.set_policy", subject=f"hall:{hall_code}", hall_code=hall_code, details=details, now=now
    )
