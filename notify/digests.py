"""Small changes, told together."""

from datetime import datetime

from tortoise.exceptions import IntegrityError
from tortoise.expressions import F

from app.db import transactional
from notify.actions import tell
from notify.models import Digest
from notify.policy import Policy, quiet_until


@transactional
async def gather(*, citizen_id: int, policy: Policy, now: datetime) -> None:
    """Count one more small change; the first one opens the digest, which is told when its time is over."""
    mine = Digest.filter(open_key=str(citizen_id))
    if await mine.update(count=F("count") + 1):
        return
    due_at = now + policy.gather
    try:
        await _open(citizen_id, quiet_until(due_at, policy) or due_at)
    except IntegrityError:  # somebody else was first
        await mine.update(count=F("count") + 1)


@transactional
async def _open(citizen_id: int, due_at: datetime) -> None:
    await Digest.create(open_key=str(citizen_id), citizen_id=citizen_id, count=1, due_at=due_at)


async def tell_due(now: datetime, limit: int = 100) -> int:
    """Tell what has been gathered long enough. Returns how many were told; a periodic job."""
    due = await Digest.filter(due_at__lte=now, open_key__isnull=False).order_by("due_at").limit(limit)
    for digest in due:
        await _tell(digest.id, now)
    return len(due)


@transactional
async def _tell(digest_id: int, now: datetime) -> None:
    if not await Digest.filter(id=digest_id, open_key__isnull=False).update(open_key=None):
        return  # another worker tells it
    digest = await Digest.get(id=digest_id)
    await tell(
        key=f"digest:{digest.id}", citizen_id=digest.citizen_id, kind="digest", values={"count": str(digest.count)},
        page="/h5/messages", now=now,
    )  # fmt: skip


@transactional
async def purge(now: datetime) -> int:
    """Forget what has been told. A periodic job."""
    return await Digest.filter(open_key=None, due_at__lt=now).delete()
