"""An access token that all processes share: one row, and whoever wins a conditional update fetches for everybody.

The call to the platform happens outside any transaction. Losers go on with the old token while it lives, else they
wait and read. A winner that dies leaves a claim that ends by itself; one that was overtaken finds that its claim is
no longer its own and stores nothing (wechat.md 2.3).
"""

import asyncio
import logging
import time
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from datetime import datetime, timedelta

from tortoise import fields
from tortoise.exceptions import IntegrityError
from tortoise.models import Model

from app import clock
from app.db import transactional
from app.errors import AppError, PlatformUnavailable
from app.ids import new_code
from app.platforms.http import PlatformRefused
from app.sealing import seal, unseal

log = logging.getLogger(__name__)

RENEW_BEFORE = timedelta(seconds=300)  # from then on the platform hands out the next one while the old one works
CLAIM_FOR = timedelta(seconds=15)  # longer than two calls can take
REST_AFTER_FAILURE = timedelta(seconds=1)
FORCE_APART = timedelta(seconds=30)  # and at most 20 a day, of which the platform keeps count
WAIT_S = 4.0
POLL_S = 0.05


class PlatformToken(Model):
    """`claim` names the process that is fetching, until `claimed_until`; `version` grows with each new token."""

    name = fields.CharField(max_length=64, primary_key=True)
    token_sealed = fields.TextField(null=True)
    expires_at = fields.DatetimeField(null=True)
    version = fields.IntField(default=0)
    claim = fields.CharField(max_length=16, default="")
    claimed_until = fields.DatetimeField()
    forced_at = fields.DatetimeField(null=True)

    class Meta:
        table = "platforms_token"


@dataclass(frozen=True)
class Fresh:
    """What the platform gave: a token and how long it lives."""

    token: str
    lives: timedelta


@dataclass(frozen=True)
class Held:
    token: str
    expires_at: datetime

    def is_good(self, now: datetime) -> bool:
        return now < self.expires_at

    def is_young(self, now: datetime) -> bool:
        return now < self.expires_at - RENEW_BEFORE


Fetch = Callable[[bool], Awaitable[Fresh]]


class SharedToken:
    """One account's token.

    Args:
        name: of the row, such as `wechat:<appid>`.
        fetch: asks the platform; its argument says whether to force a new one.
    """

    def __init__(self, name: str, fetch: Fetch) -> None:
        self._name = name
        self._fetch = fetch
        self._held: Held | None = None

    async def current(self) -> str:
        """A token that should work. Raises `PlatformUnavailable`, or `PlatformRefused` when the platform refuses."""
        if self._held is None or not self._held.is_young(clock.now()):
            self._held = await self._settled(stale=None)
        return self._held.token

    async def renewed(self, stale: str) -> str:
        """A token other than `stale`, which the platform has just called invalid. Raises as `current`."""
        if self._held is None or self._held.token == stale:
            self._held = await self._settled(stale=stale)
        return self._held.token

    async def _settled(self, stale: str | None) -> Held:
        """Read the row; fetch when it is our turn; wait when it is another's."""
        give_up_at = time.monotonic() + WAIT_S
        while time.monotonic() < give_up_at:
            row, now = await _row(self._name), clock.now()
            held = _held(row)
            if held and held.token != stale and held.is_young(now):
                return held
            claim = new_code(16)
            if await _claim(row=row, claim=claim, now=now):
                return await self._fetched(row=row, claim=claim, stale=stale)
            if held and held.token != stale and held.is_good(now):
                return held
            await asyncio.sleep(POLL_S)
        raise PlatformUnavailable(reason="no token")

    async def _fetched(self, *, row: PlatformToken, claim: str, stale: str | None) -> Held:
        try:
            fresh, is_forced = await self._fetch(False), False
            if fresh.token == stale and _may_force(row, clock.now()):
                fresh, is_forced = await self._fetch(True), True
        except (AppError, PlatformRefused):
            await _release(name=self._name, claim=claim, until=clock.now() + REST_AFTER_FAILURE)
            raise
        held = Held(fresh.token, clock.now() + fresh.lives)
        if not await _store(name=self._name, claim=claim, held=held, is_forced=is_forced):
            log.warning("another process overtook the refresh", extra={"token_row": self._name})
        return held


def _held(row: PlatformToken) -> Held | None:
    if row.token_sealed is None or row.expires_at is None:
        return None
    try:
        return Held(unseal(row.token_sealed, _place(row.name)), row.expires_at)
    except ValueError:
        log.warning("sealed token does not open; fetching another", extra={"token_row": row.name})
        return None


def _may_force(row: PlatformToken, now: datetime) -> bool:
    return row.forced_at is None or now - row.forced_at >= FORCE_APART


def _place(name: str) -> str:
    return f"platforms_token:token:{name}"


async def _row(name: str) -> PlatformToken:
    row = await PlatformToken.get_or_none(name=name)
    return row or await _first_row(name)


async def _first_row(name: str) -> PlatformToken:
    try:
        await _create(name=name)
    except IntegrityError:
        log.debug("another process made the token row")
    return await PlatformToken.get(name=name)


@transactional
async def _create(*, name: str) -> None:
    await PlatformToken.create(name=name, claimed_until=clock.now())


@transactional
async def _claim(*, row: PlatformToken, claim: str, now: datetime) -> bool:
    """Only from the version that was read: whoever read before the last refresh reads again instead."""
    free = PlatformToken.filter(name=row.name, version=row.version, claimed_until__lte=now)
    return bool(await free.update(claim=claim, claimed_until=now + CLAIM_FOR))


@transactional
async def _store(*, name: str, claim: str, held: Held, is_forced: bool) -> bool:
    row = await PlatformToken.get(name=name)
    changes = {"forced_at": clock.now()} if is_forced else {}
    return bool(
        await PlatformToken.filter(name=name, claim=claim).update(
            token_sealed=seal(held.token, _place(name)),
            expires_at=held.expires_at,
            version=row.version + 1,
            claim="",
            claimed_until=clock.now(),
            **changes,
        )
    )


@transactional
async def _release(*, name: str, claim: str, until: datetime) -> None:
    await PlatformToken.filter(name=name, claim=claim).update(claim="", claimed_until=until)
