"""One effect for one Idempotency-Key: a repeat gets the first answer, another body is refused.

The answer is stored in the transaction of the effect, so there is never one without the other.
"""

import hashlib
import re
from collections.abc import Awaitable, Callable
from datetime import datetime, timedelta

from tortoise import fields
from tortoise.exceptions import IntegrityError
from tortoise.models import Model

from app.db import joined, transactional
from app.errors import AppError, BadKey, KeyReused
from app.prepared import Insert, Prepared

KEPT_FOR = timedelta(hours=48)  # at least 24 h (GOV.UK Pay)


class IdempotentAnswer(Model):
    """Key: a hash of who asked and the key they sent."""

    key = fields.CharField(max_length=64, primary_key=True)
    request_hash = fields.CharField(max_length=64)
    body = fields.TextField()
    made_at = fields.DatetimeField()

    class Meta:
        table = "http_idempotent_answer"
        indexes = (("made_at",),)


_KEEP = Insert(IdempotentAnswer)
_FIND = Prepared(lambda _: IdempotentAnswer.filter(key="").values_list("request_hash", "body"))


async def once(
    *,
    who: str,
    key: str,
    request: bytes,
    now: datetime,
    first: Callable[[], Awaitable[None]],
    act: Callable[[], Awaitable[bytes]],
) -> bytes:
    """Run `act` at most once for this person and key. Returns the answer's body, now or then.

    Args:
        who: the caller and the address, such as `citizen:7:/api/v1/bookings`.
        request: what the request asks; the same key with another one is refused.
        first: runs before `act` and outside its transaction, when there is no answer yet; may refuse.

    Raises:
        BadKey: the key is not 8 to 128 visible ASCII characters.
        KeyReused: the key belongs to another request.
        AppError: whatever `first` or `act` refuses; then the key stays free.
    """
    if not re.fullmatch(r"[\x21-\x7e]{8,128}", key, re.ASCII):
        raise BadKey()
    row_key, request_hash = _hashed(f"{who}\n{key}".encode()), _hashed(request)
    if (stored := await _stored(row_key, request_hash)) is not None:
        return stored
    try:
        await first()
        return await _act_and_store(row_key=row_key, request_hash=request_hash, now=now, act=act)
    except (AppError, IntegrityError):
        # The same key at the same moment: the other one won, and its answer is ours too.
        if (stored := await _stored(row_key, request_hash)) is not None:
            return stored
        raise


@transactional
async def _act_and_store(
    *, row_key: str, request_hash: str, now: datetime, act: Callable[[], Awaitable[bytes]]
) -> bytes:
    body = await joined(act)
    await _KEEP.one(key=row_key, request_hash=request_hash, body=body.decode(), made_at=now)
    return body


async def _stored(row_key: str, request_hash: str) -> bytes | None:
    rows = await _FIND.rows([row_key])
    if not rows:
        return None
    if rows[0][0] != request_hash:
        raise KeyReused()
    return str(rows[0][1]).encode()


async def purge_answers(now: datetime) -> int:
    """Forget old keys. A periodic job."""
    return await IdempotentAnswer.filter(made_at__lt=now - KEPT_FOR).delete()


def _hashed(raw: bytes) -> str:
    return hashlib.sha256(raw).hexdigest()
