"""Presenting a pickup code at a counter: the signed code of the last minute, or eight digits with a tail.

A code is the owner's, or that of the proxy whom the owner has named.
"""

import re
from dataclasses import dataclass
from datetime import datetime

from app import codes
from app.codes import ForgedCode, Purpose
from app.db import transactional
from app.errors import AppError
from app.halls import queries as halls
from app.pickup import digits, proxies, tails
from app.pickup.errors import CodeReplaced, DigitsWrong, TailMissing, WrongHall
from app.pickup.models import Pickup, Proxy
from app.pickup.moving import audit_step
from app.pickup.refusals import why_not
from app.pickup.states import State
from app.queue import scans
from app.staff import tries
from app.staff.by import By

DIGITS = re.compile(rf"[0-9]{{{digits.LENGTH}}}", re.ASCII)


@dataclass(frozen=True, slots=True)
class Found:
    """The result a code or digits lead to, and the proxy when they are the proxy's."""

    pickup: Pickup
    proxy: Proxy | None = None


async def present(*, text: str, tail: str = "", hall_code: str, by: By, now: datetime) -> Pickup:
    """Find the result that belongs to a code shown at this hall, and note that this member of staff has seen it.

    The result is not handed over by this: the clerk looks at the person and counts first. Every attempt is logged.

    Args:
        text: what was scanned, or the eight digits.
        tail: last four of the mobile or identity number, of the proxy's identity number for a proxy; only with digits.

    Raises:
        ForgedCode, WrongPurpose, ExpiredCode, CodeReplaced: not a pickup code that holds now.
        ProxyRevoked, ProxyExpired, ProxyUsed: the proxy's naming does not hold.
        TailMissing, DigitsWrong, TooManyTries: digits without or with a wrong tail, or too often.
        WrongHall, NotReady, AlreadyHandedOver and the like: not here, or not now.
    """
    by.ensure_sees(hall_code)
    seen = Attempt(guesser=str(by.staff_id))
    try:
        found = await seen.find(text, tail, now=now)
        return await _note(found, hall_code=hall_code, by=by, now=now)
    except AppError as refusal:
        await scans.note(
            purpose="pickup", by=by, hall_code=hall_code, subject=seen.subject, outcome=refusal.code, now=now
        )
        raise


class Attempt:
    """One try to find a result. `subject` says, also after a refusal, which result it was about, if any.

    Args:
        guesser: by whom guesses at digits are counted: a member of staff, or a machine.
    """

    def __init__(self, *, guesser: str) -> None:
        self._guesser = guesser
        self.subject = ""

    async def find(self, text: str, tail: str, *, now: datetime) -> Found:
        """Raises as `present` does, but for where the result lies and in which state it is."""
        text, tail = text.strip(), tail.strip()
        if text.startswith(f"{codes.PREFIX}."):
            return await self._by_code(text, now)
        plain = re.sub(r"[\s-]", "", text)
        if not DIGITS.fullmatch(plain):
            raise ForgedCode()
        if len(tail) != tails.LENGTH:
            raise TailMissing()
        return await self._by_digits(plain, tail, now=now)

    async def _by_code(self, text: str, now: datetime) -> Found:
        if codes.purpose_of(text) is Purpose.PROXY:
            code = codes.read(text, purpose=Purpose.PROXY, now=now)
            proxy = await Proxy.get_or_none(code=code.subject)
            if proxy is None or proxy.nonce != code.nonce:
                raise CodeReplaced()
            return await self._holding(proxy, now)
        code = codes.read(text, purpose=Purpose.PICKUP, now=now)
        pickup = await Pickup.get_or_none(code=code.subject)
        if pickup is None or pickup.nonce != code.nonce:
            raise CodeReplaced()
        self.subject = pickup.code
        return Found(pickup)

    async def _by_digits(self, plain: str, tail: str, *, now: datetime) -> Found:
        """Guesses are limited for the result whose tail is guessed, and less strictly for whoever asks: the mistakes of
        many people at one keypad must not lock it.
        """
        index = digits.index_of(plain)
        pickup, proxy = await Pickup.get_or_none(digits_index=index), await Proxy.get_or_none(digits_index=index)
        limits = {tries.key_of("pickup-digits", self._guesser): tries.SHARED_LIMIT}
        limits |= {tries.key_of("pickup-tail", found.code): tries.LIMIT for found in (pickup, proxy) if found}
        for key, limit in limits.items():
            await tries.take(key=key, now=now, limit=limit)
        found = await self._fitting(pickup, proxy, tail)
        for key in limits:
            await tries.forget(key)
        return Found(found) if isinstance(found, Pickup) else await self._holding(found, now)

    async def _fitting(self, pickup: Pickup | None, proxy: Proxy | None, tail: str) -> Pickup | Proxy:
        if pickup is not None and await tails.fits(pickup, tail):
            self.subject = pickup.code
            return pickup
        if proxy is not None and tails.is_same(tail, proxies.tail_of(proxy)):
            return proxy
        raise DigitsWrong()

    async def _holding(self, proxy: Proxy, now: datetime) -> Found:
        pickup = await Pickup.get(id=proxy.pickup_id)
        self.subject = pickup.code
        await proxies.ensure_holds(proxy, pickup, at=now)
        return Found(pickup, proxy)


@transactional
async def _note(found: Found, *, hall_code: str, by: By, now: datetime) -> Pickup:
    pickup, proxy = found.pickup, found.proxy
    if pickup.hall_code != hall_code:
        raise WrongHall(hall=(await halls.hall(pickup.hall_code)).name)
    seen = {"presented_at": now, "presented_by": by.staff_id, "presented_proxy_id": proxy.id if proxy else None}
    if not await Pickup.filter(id=pickup.id, state=State.READY).update(**seen):
        current = await Pickup.get(id=pickup.id)
        if current.state != State.READY:  # else it stood there already: MySQL counts only what changes
            raise await why_not(current)
    await scans.note(purpose="pickup", by=by, hall_code=hall_code, subject=pickup.code, outcome=scans.OK, now=now)
    await audit_step(pickup, "present", by=by, now=now, details={"proxy": proxy.code} if proxy else None)
    return await Pickup.get(id=pickup.id)
