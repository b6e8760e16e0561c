"""Writing a ticket's history: every step, with who and when, in the transaction that took it."""

from dataclasses import dataclass
from datetime import datetime

from app import live
from app.prepared import Insert
from app.queue.models import Step, Ticket
from app.staff.auditing import audit
from app.staff.by import By

_WRITE = Insert(Step)
ARRIVE = "arrive"


@dataclass(frozen=True, slots=True)
class Who:
    """Who took a step: a member of staff (`by`), the person themselves, or the system."""

    kind: str
    by: By | None = None


CITIZEN = Who("citizen")
THE_SYSTEM = Who("system")


def staff(by: By) -> Who:
    return Who("staff", by)


def topic_of(hall_code: str) -> str:
    """What streams of a hall listen to."""
    return f"hall:{hall_code}"


async def note(ticket: Ticket, step: str, *, source: str, who: Who, now: datetime, why: str = "") -> None:
    """Add a step that has just been taken; what staff do is audited as well. Tells the hall's screens on commit.

    Args:
        ticket: as it is after the step.
        source: the state before it; empty for an arrival.
    """
    hall_code = ticket.hall_code
    await _WRITE.one(
        at=now,
        ticket_id=ticket.id,
        hall_code=hall_code,
        group_code=ticket.group_code,
        on_day=ticket.on_day,
        step=step,
        lane=ticket.lane,
        source=source,
        target=ticket.state,
        counter_code=ticket.counter_code,
        who=who.kind,
        staff_id=who.by.staff_id if who.by else None,
        why=why[:100],
    )
    if who.by is not None:
        await audit(
            by=who.by, action=f"queue.{step}", subject=f"ticket:{ticket.code}", citizen_id=ticket.citizen_id,
            hall_code=hall_code, why=why, now=now,
        )  # fmt: skip
    live.changed(topic_of(hall_code))
