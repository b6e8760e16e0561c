"""Scans made while the counter had no network: each judged once, as of the moment it was made.

The device gives every scan a random id. Whatever came of it is kept under that id, so that sending it again, in part
or twice at once, gives the same answer and changes nothing.
"""

import hashlib
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from tortoise import fields
from tortoise.exceptions import IntegrityError
from tortoise.models import Model

from app.db import transactional
from app.errors import AppError
from app.queue.errors import ScanIdReused, SeenInFuture, SeenTooLongAgo
from app.queue.scans import OK
from app.staff.by import By

# How far a scan may lie in the future: devices judge by the server's clock, as they last learnt it.
SKEW = timedelta(minutes=2)
OLDEST = timedelta(hours=24)
AT_ONCE = 50


class OfflineScan(Model):
    """What came of a scan. `outcome` is "ok", "repeat" or the code of the refusal."""

    id = fields.BigIntField(primary_key=True)
    scan_id = fields.CharField(max_length=36, unique=True)
    purpose = fields.CharField(max_length=8)  # check_in, pickup
    staff_id = fields.BigIntField()
    hall_code = fields.CharField(max_length=24)
    text_hash = fields.CharField(max_length=64)
    subject = fields.CharField(max_length=32, default="")
    seen_at = fields.DatetimeField()
    judged_at = fields.DatetimeField()
    outcome = fields.CharField(max_length=48)
    message = fields.CharField(max_length=200)

    class Meta:
        table = "queue_offline_scan"
        indexes = (("hall_code", "judged_at"),)


@dataclass(frozen=True, slots=True)
class Seen:
    """A scan as the device recorded it."""

    scan_id: str
    text: str
    seen_at: datetime


@dataclass(frozen=True, slots=True)
class Verdict:
    outcome: str
    message: str
    subject: str = ""


@dataclass(frozen=True, slots=True)
class Judged:
    """The answer to one scan. Whatever is not "ok" is a conflict that somebody must look at."""

    scan_id: str
    outcome: str
    message: str

    @property
    def is_conflict(self) -> bool:
        return self.outcome != OK


Act = Callable[[By, datetime], Awaitable[Verdict]]


async def judge(seen: Seen, act: Act, *, purpose: str, by: By, hall_code: str, now: datetime) -> Judged:
    """Act on a scan unless that was done before. A refusal is an answer too, and kept like one.

    Args:
        act: does what the scan asks for, on behalf of whom and as of when it is told; whatever it writes commits with
            the answer. A device whose clock is ahead has scanned just now.
    """
    if known := await _known(seen, by):
        return known
    try:
        return await _judge(seen, act, purpose=purpose, by=by, hall_code=hall_code, now=now)
    except IntegrityError:
        # The same scan twice at once: the other one won, this one is undone, and the answer is the same.
        if known := await _known(seen, by):
            return known
        raise


@transactional
async def _judge(seen: Seen, act: Act, *, purpose: str, by: By, hall_code: str, now: datetime) -> Judged:
    try:
        ensure_recent(seen.seen_at, now=now)
        verdict = await act(replace(by, told_at=now), min(seen.seen_at, now))
    except AppError as refusal:
        verdict = Verdict(refusal.code, refusal.text)
    await OfflineScan.create(
        scan_id=seen.scan_id,
        purpose=purpose,
        staff_id=by.staff_id,
        hall_code=hall_code,
        text_hash=_hash(seen),
        subject=verdict.subject,
        seen_at=seen.seen_at,
        judged_at=now,
        outcome=verdict.outcome,
        message=verdict.message[:200],
    )
    return Judged(seen.scan_id, verdict.outcome, verdict.message[:200])


def ensure_recent(seen_at: datetime, *, now: datetime) -> None:
    """Raises `SeenInFuture` or `SeenTooLongAgo`."""
    if seen_at > now + SKEW:
        raise SeenInFuture()
    if seen_at < now - OLDEST:
        raise SeenTooLongAgo()


async def _known(seen: Seen, by: By) -> Judged | None:
    row = await OfflineScan.get_or_none(scan_id=seen.scan_id)
    if row is None:
        return None
    if row.staff_id != by.staff_id or row.text_hash != _hash(seen):
        reused = ScanIdReused()
        return Judged(seen.scan_id, reused.code, reused.text)
    return Judged(row.scan_id, row.outcome, row.message)


def _hash(seen: Seen) -> str:
    return hashlib.sha256(seen.text.encode("utf-8", "surrogatepass")).hexdigest()
