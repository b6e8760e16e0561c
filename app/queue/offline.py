"""Check-ins that were scanned while the counter had no network."""

from collections.abc import Sequence
from datetime import datetime

from app.clock import CHINA
from app.queue.check_in import check_in
from app.queue.judged import Judged, Seen, Verdict, judge
from app.queue.scans import OK, REPEAT
from app.staff import queries as staff
from app.staff.auditing import audit
from app.staff.by import By


async def check_in_seen(*, records: Sequence[Seen], hall_code: str, by: By, now: datetime) -> list[Judged]:
    """Check in whoever was scanned, in the order of the scans. Returns an answer to each, in the order given.

    Raises `HallNotYours`; everything else about a single scan is its answer.
    """
    by.ensure_sees(hall_code)
    answers = {}
    for seen in sorted(records, key=lambda record: record.seen_at):
        answers[seen.scan_id] = await _judge(seen, hall_code=hall_code, by=by, now=now)
    details = {"scans": len(answers), "conflicts": sum(answer.is_conflict for answer in answers.values())}
    await audit(by=by, action="queue.sync_offline", hall_code=hall_code, details=details, now=now)
    return [answers[seen.scan_id] for seen in records]


async def _judge(seen: Seen, *, hall_code: str, by: By, now: datetime) -> Judged:
    async def act(by: By, at: datetime) -> Verdict:
        done = await check_in(text=seen.text, hall_code=hall_code, by=by, now=at)
        ticket = done.ticket
        if not done.is_repeat:
            return Verdict(OK, f"签到成功，号码 {ticket.number}", ticket.booking_number or "")
        who = (await staff.names_of({ticket.checked_in_by or 0})).get(ticket.checked_in_by or 0, "自助")
        arrived = ticket.arrived_at.astimezone(CHINA)
        return Verdict(REPEAT, f"{arrived:%H:%M} 已由 {who} 签到，号码 {ticket.number}，没有重复取号")

    return await judge(seen, act, purpose="check_in", by=by, hall_code=hall_code, now=now)
