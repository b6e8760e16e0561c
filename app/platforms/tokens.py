"""An access token that all processes share: one row, and whoever wins a conditional update fetches for everybody.

The call to the platform happens outside any transaction. Losers go on with the old token while it lives, else they
wait and read. A winner that dies leaves a lease that ends by itself; one that was overtaken finds that its lease is
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
from app.errors import PlatformUnavailable
from app.ids import new_code
from app.sealing import seal, unseal

log = logging.getLogger(__name__)

RENEW_BEFORE = timedelta(seconds=300)  # from then on the platform hands out the next one while the old one works
LEASE_FOR = timedelta(seconds=15)  # longer than two calls can take
REST_AFTER_FAILURE = timedelta(seconds=1)
FORCE_APART = timedelta(seconds=30)  # and at most 20 a day, of which the platform keeps count
WAIT_S = 3.0
POLL_S = 0.05
NO_TOKEN = "no token"  # reason of a `PlatformUnavailable` before anything was called


class AccessToken(Model):
    """`lease` names the process that is fetching, until `lease_until`, and `version` grows with each new token.

    The token is sealed: a copy of the database opens no door at WeChat.
    """

    appid = fields.CharField(max_length=64, primary_key=True)
    token_sealed = fields.TextField(null=True)
    expires_at = fields.DatetimeField(null=True)
    version = fields.IntField(default=0)
    lease = fields.CharField(max_length=16, default="")
    lease_until = fields.DatetimeField()
    forced_at = fields.DatetimeField(null=True)

    class Meta:
        table = "platform_token"


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
        appid: whose token it is; names the row.
        fetch: asks the platform; its argument says whether to force a new one.
    """

    def __init__(self, appid: str, fetch: Fetch) -> None:
        self._appid = appid
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
            row, now = await _row(self._appid), clock.now()
            held = _held(row)
            if held and held.token != stale and held.is_young(now):
                return held
            lease = new_code(16)
            if await _take_lease(row=row, lease=lease, now=now):
                return await self._fetched(row=row, lease=lease, stale=stale)
            if held and held.token != stale and held.is_good(now):
                return held
            await asyncio.sleep(POLL_S)
        raise PlatformUnavailable(reason=NO_TOKEN)

    async def _fetched(self, *, row: AccessToken, lease: str, stale: str | None) -> Held:
        try:
            fresh, is_forced = await self._fetch(False), False
            if fresh.token == stale and _may_force(row, clock.now()):
                fresh, is_forced = await self._fetch(True), True
        except BaseException:  # also who was cancelled: the next one need not wait for the lease to end
            await _release(appid=self._appid, lease=lease, until=clock.now() + REST_AFTER_FAILURE)
            raise
        held = Held(fresh.token, clock.now() + fresh.lives)
        if not await _store(appid=self._appid, lease=lease, held=held, is_forced=is_forced):
            log.warning("another process overtook the refresh", extra={"token_row": self._appid})
        return held


def _held(row: AccessToken) -> Held | None:
    if not row.token_sealed or not row.expires_at:
        return None
    try:
        return Held(unseal(row.token_sealed, _place(row.appid)), row.expires_at)
    except ValueError:
        log.warning("a sealed token does not open; another one is fetched", extra={"token_row": row.appid})
        return None


def _place(appid: str) -> str:
    return f"platform_token:token:{appid}"


def _may_force(row: AccessToken, now: datetime) -> bool:
    return row.forced_at is None or now - row.forced_at >= FORCE_APART


async def _row(appid: str) -> AccessToken:
    row = await AccessToken.get_or_none(appid=appid)
    return row or await _first_row(appid)


async def _first_row(appid: str) -> AccessToken:
    try:
        await _create(appid=appid)
    except IntegrityError:
        log.debug("another process made the token row")
    return await AccessToken.get(appid=appid)


@transactional
async def _create(*, appid: str) -> None:
    await AccessToken.create(appid=appid, lease_until=clock.now())


@transactional
async def _take_lease(*, row: AccessToken, lease: str, now: datetime) -> bool:
    """Only from the version that was read: whoever read before the last refresh reads again instead."""
    free = AccessToken.filter(appid=row.appid, version=row.version, lease_until__lte=now)
    return bool(await free.update(lease=lease, lease_until=now + LEASE_FOR))


@transactional
async def _store(*, appid: str, lease: str, held: Held, is_forced: bool) -> bool:
    row = await AccessToken.get(appid=appid)
    changes = {"forced_at": clock.now()} if is_forced else {}
    return bool(
        await AccessToken.filter(appid=appid, lease=lease).update(
            token_sealed=seal(held.token, _place(appid)),
            expires_at=held.expires_at,
            version=row.version + 1,
            lease="",
            lease_until=clock.now(),
            **changes,
        )
    )


@transactional
async def _release(*, appid: str, lease: str, until: datetime) -> None:
    await AccessToken.filter(appid=appid, lease=lease).update(lease="", lease_until=until)
