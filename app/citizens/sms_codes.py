"""Codes that prove a mobile: asked for sparingly, honoured five times at most, by the browser that asked (A08).

Each limit is a row that a conditional update counts on, so it holds on any number of processes.
"""

import hmac
import secrets
from dataclasses import dataclass
from datetime import datetime, timedelta

from tortoise.exceptions import IntegrityError
from tortoise.expressions import F

from app.citizens.errors import (
    SmsCodeDead,
    SmsCodeWrong,
    SmsDayLimit,
    SmsNetworkBusy,
    SmsNetworkDayLimit,
    SmsTooSoon,
)
from app.citizens.models import SmsCode, SmsQuota, UsedState
from app.citizens.rules import SMS_A_DAY, SMS_EVERY, SMS_LIVES, SMS_TRIES
from app.db import transactional
from app.ids import new_digits
from app.sealing import blind_index, seal, unseal
from app.settings import SmsSettings


@dataclass(frozen=True)
class Issued:
    """`code` goes to the mobile and nowhere else; `handle` goes to the browser that asked."""

    handle: str
    code: str


@dataclass(frozen=True)
class _Tried:
    mobile: str | None
    tries_left: int


@transactional
async def issue(*, mobile: str, network: str, settings: SmsSettings, now: datetime) -> Issued:
    """Make a code for a mobile and count it against the mobile and the network that asks.

    Args:
        network: where the asker is.

    Raises:
        SmsTooSoon: the last one for this mobile was less than a minute ago.
        SmsDayLimit: ten for it today already.
        SmsNetworkBusy, SmsNetworkDayLimit: as many from this network as may be, in this minute or today.
    """
    await _count_mobile(mobile, now=now)
    await _count_network(network, settings, now=now)
    issued = Issued(handle=secrets.token_urlsafe(24), code=new_digits(6))
    handle_hash = _handle_hash(issued.handle)
    await SmsCode.create(
        handle_hash=handle_hash,
        code_hash=_code_hash(handle_hash, issued.code),
        mobile_sealed=seal(mobile, _place(handle_hash)),
        tries_left=SMS_TRIES,
        expires_at=now + SMS_LIVES,
    )
    return issued


async def prove(*, handle: str, code: str, now: datetime) -> str:
    """The mobile that a code proves. It works once.

    Raises:
        SmsCodeWrong: and one try is gone.
        SmsCodeDead: unknown handle, too old, used, or no tries left.
    """
    tried = await _try(handle_hash=_handle_hash(handle), code=code, now=now)
    if tried is None:
        raise SmsCodeDead()
    if tried.mobile is None:
        # Raised outside the transaction, or the try would be given back.
        raise SmsCodeWrong(tries_left=tried.tries_left) if tried.tries_left else SmsCodeDead()
    return tried.mobile


async def purge(now: datetime) -> int:
    """Forget what is long dead: codes, counts, spent states. Returns how many codes. A periodic job."""
    await UsedState.filter(used_at__lt=now - timedelta(days=1)).delete()
    await SmsQuota.filter(last_at__lt=now - timedelta(days=2)).delete()
    return await SmsCode.filter(expires_at__lt=now - timedelta(days=1)).delete()


@transactional
async def _try(*, handle_hash: str, code: str, now: datetime) -> _Tried | None:
    """Take one of the tries first, then look: parallel guesses share the same five."""
    alive = SmsCode.filter(handle_hash=handle_hash, is_used=False, tries_left__gt=0, expires_at__gt=now)
    if not await alive.update(tries_left=F("tries_left") - 1):
        return None
    row = await SmsCode.get(handle_hash=handle_hash)
    if not hmac.compare_digest(row.code_hash, _code_hash(handle_hash, code)):
        return _Tried(mobile=None, tries_left=row.tries_left)
    if not await SmsCode.filter(id=row.id, is_used=False).update(is_used=True):
        return None
    return _Tried(mobile=unseal(row.mobile_sealed, _place(handle_hash)), tries_left=row.tries_left)


async def _count_mobile(mobile: str, *, now: datetime) -> None:
    index = blind_index("sms_mobile", mobile)
    if await _counted_on(index, now=now):
        return
    try:
        await _first("mobile", index, now=now)
    except IntegrityError:
        if await _counted_on(index, now=now):
            return
        raise await _why(index, now=now) from None


async def _counted_on(index: str, *, now: datetime) -> bool:
    """One more today, or the first of a new day; in both cases a minute after the last one."""
    rested = SmsQuota.filter(scope="mobile", subject=index, last_at__lte=now - SMS_EVERY)
    today = now.date()
    if await rested.filter(counted_on=today, count__lt=SMS_A_DAY).update(count=F("count") + 1, last_at=now):
        return True
    return bool(await rested.filter(counted_on__lt=today).update(counted_on=today, count=1, last_at=now))


@transactional
async def _first(scope: str, index: str, *, now: datetime) -> None:
    await SmsQuota.create(scope=scope, subject=index, counted_on=now.date(), count=1, last_at=now)


async def _why(index: str, *, now: datetime) -> SmsTooSoon | SmsDayLimit:
    row = await SmsQuota.get(scope="mobile", subject=index)
    return SmsDayLimit() if row.counted_on == now.date() and row.count >= SMS_A_DAY else SmsTooSoon()


async def _count_network(network: str, settings: SmsSettings, *, now: datetime) -> None:
    """A row for each day and each minute, so that people of one network need not wait for each other."""
    if not await _fits("net_day", f"{network} {now.date()}", most=settings.network_a_day, now=now):
        raise SmsNetworkDayLimit()
    if not await _fits("net_min", f"{network} {now:%Y%m%d%H%M}", most=settings.network_a_minute, now=now):
        raise SmsNetworkBusy()


async def _fits(scope: str, subject: str, *, most: int, now: datetime) -> bool:
    """Count one more, if there are fewer than `most`."""
    index = blind_index(f"sms_{scope}", subject)
    counted = SmsQuota.filter(scope=scope, subject=index, count__lt=most)
    if await counted.update(count=F("count") + 1, last_at=now):
        return True
    try:
        await _first(scope, index, now=now)
    except IntegrityError:
        return bool(await counted.update(count=F("count") + 1, last_at=now))
    return True


def _handle_hash(handle: str) -> str:
    return blind_index("sms_handle", handle)


def _code_hash(handle_hash: str, code: str) -> str:
    return blind_index("sms_code", f"{handle_hash}:{code}")


def _place(handle_hash: str) -> str:
    return f"citizens_sms_code:mobile:{handle_hash}"
