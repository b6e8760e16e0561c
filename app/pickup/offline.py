"""Hand-overs that were made while the counter had no network: the code was verified there by its signature."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from app.pickup import actions
from app.pickup.present import present
from app.queue.judged import Judged, Seen, Verdict, judge
from app.queue.scans import OK
from app.staff.auditing import audit
from app.staff.by import By


@dataclass(frozen=True, slots=True)
class SeenHandOver:
    """What the clerk recorded: the code, how many pieces went, and to whom."""

    seen: Seen
    items_counted: int
    receiver: str


async def hand_over_seen(
    *, records: Sequence[SeenHandOver], hall_code: str, counter_code: str, by: By, now: datetime
) -> list[Judged]:
    """Enter the hand-overs, in the order they were made. Returns an answer to each, in the order given.

    Each is judged as of the moment of its scan: a code had to hold then, a proxy had to be named then. Raises
    `HallNotYours`; everything else about a single one is its answer.
    """
    by.ensure_sees(hall_code)
    answers = {}
    for record in sorted(records, key=lambda record: record.seen.seen_at):
        answers[record.seen.scan_id] = await _judge(
            record, hall_code=hall_code, counter_code=counter_code, by=by, now=now
        )
    details = {"scans": len(answers), "conflicts": sum(answer.is_conflict for answer in answers.values())}
    await audit(by=by, action="pickup.sync_offline", hall_code=hall_code, details=details, now=now)
    return [answers[record.seen.scan_id] for record in records]


async def _judge(record: SeenHandOver, *, hall_code: str, counter_code: str, by: By, now: datetime) -> Judged:
    seen = record.seen

    async def act(by: By, at: datetime) -> Verdict:
        pickup = await present(text=seen.text, hall_code=hall_code, by=by, now=at)
        await actions.hand_over(
            pickup_code=pickup.code,
            counter_code=counter_code,
            items_counted=record.items_counted,
            receiver=record.receiver,
            is_proxy_confirmed=True,  # the receiver's name is compared with the one the owner gave
            by=by,
            now=at,
        )
        return Verdict(OK, "已交付", pickup.code)

    return await judge(seen, act, purpose="pickup", by=by, hall_code=hall_code, now=now)
