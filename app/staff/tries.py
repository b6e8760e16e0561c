"""A limit on guesses that holds when they come all at once: each guess is paid for before it is looked at."""

import hashlib
import hmac
from datetime import datetime, timedelta

from tortoise.exceptions import IntegrityError
from tortoise.expressions import F

from app.db import transactional
from app.sealing import keys
from app.staff.errors import TooManyTries
from app.staff.models import Tries

LIMIT = 5
SHARED_LIMIT = 30  # of somebody through whom many people try, such as a clerk or a locker
LOCKED_FOR = timedelta(minutes=15)  # security.md B03: at most ten guesses in 15 minutes


def key_of(*parts: str) -> str:
    """Under which key guesses of one thing by one source are counted; tells nothing about the parts."""
    return hmac.new(keys().mac, "\n".join(parts).encode(), hashlib.sha256).hexdigest()


@transactional
async def take(*, key: str, now: datetime, limit: int = LIMIT) -> None:
    """Use up one try. Raises `TooManyTries` when `limit` were used and the last is not `LOCKED_FOR` ago."""
    await Tries.filter(key=key, last_at__lte=now - LOCKED_FOR).update(used=0, last_at=now)
    if await Tries.filter(key=key, used__lt=limit).update(used=F("used") + 1, last_at=now):
        return
    try:
        await Tries.create(key=key, used=1, last_at=now)
    except IntegrityError:
        if not await Tries.filter(key=key, used__lt=limit).update(used=F("used") + 1, last_at=now):
            raise TooManyTries() from None


async def forget(key: str) -> None:
    """The secret was known: past mistakes do not count any more."""
    await Tries.filter(key=key).delete()


async def purge_tries(now: datetime) -> int:
    """Delete counts that no longer hold anybody back. A periodic job."""
    return await Tries.filter(last_at__lt=now - 2 * LOCKED_FOR).delete()
