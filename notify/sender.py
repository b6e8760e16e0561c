"""Send what is due: take a lease, call WeChat with no transaction open, write the outcome.

WeChat has no key by which it would know a repeat. A sending whose answer never came (worker killed, connection cut)
stays `sending` until its lease runs out, and is then repeated: one consent was set aside for it, so when the first call
did arrive, WeChat has no consent left, answers 43101, and the message is known to be with the citizen.
"""

import asyncio
import logging
import random
import time
from collections.abc import Awaitable, Callable, Mapping
from datetime import datetime, timedelta
from urllib.parse import quote

from tortoise.expressions import F

from app.db import after_commit, transactional
from app.errors import PlatformUnavailable
from app.platforms.tokens import NO_TOKEN
from app.platforms.wechat import WeChat
from app.platforms.wechat_errors import Kind, WeChatRefused
from app.worker import each_at_once
from notify.models import Dispatch, Grant, Notice

log = logging.getLogger(__name__)

LEASE = timedelta(seconds=30)
PATIENCE_S = 20  # for one call with all that belongs to it; the lease outlives it
ROUND = timedelta(seconds=5)  # a worker that should stop waits for no more than the calls under way
GIVE_UP_AFTER = 10  # tries, over half an hour
MAX_WAIT_S = 1800
AT_ONCE = 16
# A citizen who allowed several more would get each repeat: after this many tries an unknown outcome stays unknown.
MOST_UNPROVEN = 2
OPEN = ("waiting", "sending")

NO_CONSENT, STALE, NO_WECHAT, NO_TEMPLATE = "没有订阅授权", "已过时", "没有微信账号", "未配置消息模板"
ARRIVED_BEFORE, UNKNOWN, NO_ANSWER, SURPRISE = "此前已送达", "是否送达不明", "微信没有应答", "系统异常"

# Of `PlatformUnavailable`: these say that the message never left us.
NEVER_LEFT = {
    "ClientConnectorError", "ClientConnectorDNSError", "ClientConnectorSSLError", "ClientConnectorCertificateError",
    "ConnectionTimeoutError", NO_TOKEN,
}  # fmt: skip

OpenidOf = Callable[[int], Awaitable[str | None]]


class Sender:
    """Sends over WeChat's subscribe messages. Any number of senders may run.

    Args:
        templates: our kind of notice to WeChat's template id.
        page: where a notice leads, as the mini-program knows it: its page with `{page}` where the quoted path of our
            own page goes. WeChat takes no other pages than those in the mini-program's app.json (41030).
        openid_of: the openid of a citizen, by id.
        lease: how long a sending belongs to whoever took it; longer than any call takes.
    """

    def __init__(
        self,
        wechat: WeChat,
        *,
        templates: Mapping[str, str],
        page: str,
        openid_of: OpenidOf,
        lease: timedelta = LEASE,
    ) -> None:
        self._wechat = wechat
        self._templates = templates
        self._page = page
        self._openid_of = openid_of
        self._lease = lease

    async def send_due(self, now: datetime, limit: int = 200) -> int:
        """Send what is due, one to each citizen at a time (43108). Returns how many were taken up."""
        started, taken = time.monotonic(), 0
        # By next_try_at, which the index serves: by id the database would walk through all that was ever sent.
        due = await Dispatch.filter(state__in=OPEN, next_try_at__lte=now).order_by("next_try_at", "id").limit(limit)
        first_of_each = {dispatch.citizen_id: dispatch for dispatch in sorted(due, key=lambda row: -row.id)}

        async def send(dispatch: Dispatch) -> None:
            nonlocal taken
            # The time of its own turn: a lease counted from the start of a long round would be over already.
            passed = timedelta(seconds=time.monotonic() - started)
            if passed < ROUND:
                taken += 1
                await self._send(dispatch, now + passed)

        await each_at_once(first_of_each.values(), send, limit=AT_ONCE)
        return taken

    async def _send(self, dispatch: Dispatch, now: datetime) -> None:
        was_cut_off, tries = dispatch.state == "sending", dispatch.attempts + 1
        try:
            if obstacle := await self._obstacle(dispatch, now):
                await finish(dispatch, *obstacle, now, may_have_arrived=was_cut_off)
            elif await lease(dispatch, now, self._lease):
                await self._call(dispatch, was_cut_off=was_cut_off, now=now)
        except Exception:
            log.exception("sending failed", extra={"dispatch": dispatch.id})
            await put_off(dispatch, SURPRISE, now, may_have_arrived=was_cut_off, tries=tries)

    async def _obstacle(self, dispatch: Dispatch, now: datetime) -> tuple[str, str] | None:
        """Why it is not sent at all: the final state and the reason."""
        if dispatch.expires_at is not None and dispatch.expires_at <= now:
            return "skipped", STALE
        if dispatch.kind not in self._templates:
            return "skipped", NO_TEMPLATE
        if await self._openid_of(dispatch.citizen_id) is None:
            return "skipped", NO_WECHAT
        if dispatch.state == "sending" and dispatch.attempts >= MOST_UNPROVEN and await _allows_more(dispatch):
            return "failed", UNKNOWN
        return None

    async def _call(self, dispatch: Dispatch, *, was_cut_off: bool, now: datetime) -> None:
        openid = await self._openid_of(dispatch.citizen_id) or ""
        path, template = (await Notice.get(id=dispatch.notice_id)).page, self._templates[dispatch.kind]
        page = self._page.replace("{page}", quote(path, safe=""))
        try:
            async with asyncio.timeout(PATIENCE_S):
                await self._wechat.send_subscribe(openid=openid, template_id=template, page=page, data=dispatch.data)
        except WeChatRefused as exc:
            await self._refused(dispatch, exc, was_cut_off=was_cut_off, now=now)
        except PlatformUnavailable as exc:
            has_left = exc.data.get("reason") not in NEVER_LEFT
            await put_off(dispatch, NO_ANSWER, now, may_have_arrived=was_cut_off or has_left)
        except TimeoutError:
            await put_off(dispatch, NO_ANSWER, now, may_have_arrived=True)
        else:
            await finish(dispatch, "sent", "", now)

    async def _refused(self, dispatch: Dispatch, exc: WeChatRefused, *, was_cut_off: bool, now: datetime) -> None:
        reason = f"微信返回 {exc.errcode}"
        if exc.kind is Kind.NO_CONSENT:
            await Grant.filter(citizen_id=dispatch.citizen_id, kind=dispatch.kind).update(credits=0)
            state, reason = ("sent", ARRIVED_BEFORE) if was_cut_off else ("skipped", NO_CONSENT)
            await finish(dispatch, state, reason, now, may_have_arrived=True)
        elif exc.kind in (Kind.RETRY, Kind.REFRESH, Kind.CONFIGURATION):
            level = logging.ERROR if exc.kind is Kind.CONFIGURATION else logging.INFO
            log.log(level, "wechat refuses to send", extra={"kind": exc.kind, "errcode": exc.errcode})
            await put_off(dispatch, reason, now, may_have_arrived=was_cut_off, least_s=exc.wait_s)
        else:
            await finish(dispatch, "failed", reason, now, may_have_arrived=was_cut_off)


async def _allows_more(dispatch: Dispatch) -> bool:
    return await Grant.filter(citizen_id=dispatch.citizen_id, kind=dispatch.kind, credits__gt=0).exists()


@transactional
async def lease(dispatch: Dispatch, now: datetime, life: timedelta = LEASE) -> bool:
    """Take the sending, and set one consent aside for it. False when another has it or nobody consented."""
    mine = Dispatch.filter(id=dispatch.id, attempts=dispatch.attempts, state=dispatch.state)
    tries = dispatch.attempts + 1
    if not await mine.update(state="sending", attempts=tries, next_try_at=now + life):
        return False
    if not dispatch.has_credit and not await _set_aside(dispatch):
        await Dispatch.filter(id=dispatch.id).update(state="skipped", reason=NO_CONSENT, final_at=now)
        return False
    # Last, because a transaction may run again: the row in the hand then still says what it was read with.
    after_commit(lambda: _is_ours(dispatch, tries))
    return True


async def _set_aside(dispatch: Dispatch) -> bool:
    ledger = Grant.filter(citizen_id=dispatch.citizen_id, kind=dispatch.kind, credits__gt=0)
    if not await ledger.update(credits=F("credits") - 1):
        return False
    await Dispatch.filter(id=dispatch.id).update(has_credit=True)
    return True


def _is_ours(dispatch: Dispatch, tries: int) -> None:
    dispatch.attempts, dispatch.has_credit = tries, True


@transactional
async def finish(dispatch: Dispatch, state: str, reason: str, now: datetime, *, may_have_arrived: bool = True) -> None:
    """Write the final state, unless another sender has taken over since. An unused consent goes back."""
    ours = Dispatch.filter(id=dispatch.id, attempts=dispatch.attempts, state__in=OPEN)
    if await ours.update(state=state, reason=reason, final_at=now) and dispatch.has_credit and not may_have_arrived:
        await Grant.filter(citizen_id=dispatch.citizen_id, kind=dispatch.kind).update(credits=F("credits") + 1)


async def put_off(
    dispatch: Dispatch,
    reason: str,
    now: datetime,
    *,
    may_have_arrived: bool,
    least_s: int = 0,
    tries: int | None = None,
) -> None:
    """Try again later, longer each time; after the last try it is failed and stays visible.

    What may have arrived stays `sending`, so that each later try knows it; the rest is `waiting` again.
    """
    tries = tries or dispatch.attempts
    log.warning("notice not sent", extra={"dispatch": dispatch.id, "attempts": tries, "reason": reason})
    if tries >= GIVE_UP_AFTER:
        await finish(dispatch, "failed", reason, now, may_have_arrived=may_have_arrived)
        return
    wait = timedelta(seconds=max(least_s, min(MAX_WAIT_S, 2**tries)) * random.uniform(1, 1.3))
    state = "sending" if may_have_arrived else "waiting"
    await Dispatch.filter(id=dispatch.id, attempts=dispatch.attempts, state__in=OPEN).update(
        state=state, reason=reason, next_try_at=now + wait, attempts=tries
    )
