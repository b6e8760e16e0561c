"""Send what is due. Takes a lease, calls WeChat with no transaction open, writes the outcome.

A sender that dies leaves `sending` with a lease that runs out; the next one repeats. The one-time consent was set aside
for this very sending, so if the first call did arrive, WeChat has no consent left and answers 43101 to the repeat: then
the message is with the citizen, and the sending counts as done.
"""

import logging
import random
from collections.abc import Awaitable, Callable, Mapping
from datetime import datetime, timedelta

from tortoise.expressions import F, Q

from app.db import transactional
from app.errors import PlatformUnavailable
from app.platforms.wechat import WeChat
from app.platforms.wechat_errors import Kind, WeChatRefused
from app.worker import each_at_once
from notify.models import Dispatch, Grant, Notice

log = logging.getLogger(__name__)

LEASE = timedelta(seconds=30)
GIVE_UP_AFTER = 10
AT_ONCE = 8
NO_CONSENT, STALE, NO_WECHAT = "没有订阅授权", "已过时", "没有微信账号"

OpenidOf = Callable[[int], Awaitable[str | None]]


class Sender:
    """Sends over WeChat's subscribe messages.

    Args:
        templates: our kind of notice to WeChat's template id.
        openid_of: the openid of a citizen, by id.
    """

    def __init__(self, wechat: WeChat, *, templates: Mapping[str, str], openid_of: OpenidOf) -> None:
        self._wechat = wechat
        self._templates = templates
        self._openid_of = openid_of

    async def send_due(self, now: datetime, limit: int = 100) -> int:
        """Send what is due, one to each citizen at a time. Returns how many were taken up."""
        due = await Dispatch.filter(state__in=("waiting", "sending"), next_try_at__lte=now).order_by("id").limit(limit)
        first_of_each = {dispatch.citizen_id: dispatch for dispatch in reversed(due)}

        async def send(dispatch: Dispatch) -> None:
            await self._send(dispatch, now)

        await each_at_once(first_of_each.values(), send, limit=AT_ONCE)
        return len(first_of_each)

    async def _send(self, dispatch: Dispatch, now: datetime) -> None:
        was_cut_off = dispatch.state == "sending"
        if dispatch.expires_at is not None and dispatch.expires_at <= now:
            await finish(dispatch, "skipped", STALE, now)
            return
        openid, template = await self._openid_of(dispatch.citizen_id), self._templates.get(dispatch.kind)
        if openid is None or template is None:
            await finish(dispatch, "skipped", NO_WECHAT, now)
            return
        if not await lease(dispatch, now):
            return
        page = (await Notice.get(id=dispatch.notice_id)).page
        try:
            await self._wechat.send_subscribe(openid=openid, template_id=template, page=page, data=dispatch.data)
        except WeChatRefused as exc:
            await self._refused(dispatch, exc, was_cut_off=was_cut_off, now=now)
        except PlatformUnavailable:
            await put_off(dispatch, "微信没有应答", now)
        else:
            await finish(dispatch, "sent", "", now)

    async def _refused(self, dispatch: Dispatch, exc: WeChatRefused, *, was_cut_off: bool, now: datetime) -> None:
        if exc.kind is Kind.NO_CONSENT and was_cut_off:
            await finish(dispatch, "sent", "此前已送达", now)
        elif exc.kind is Kind.NO_CONSENT:
            await Grant.filter(citizen_id=dispatch.citizen_id, kind=dispatch.kind).update(credits=0)
            await finish(dispatch, "skipped", NO_CONSENT, now)
        elif exc.kind in (Kind.RETRY, Kind.REFRESH, Kind.CONFIGURATION):
            await put_off(dispatch, f"微信返回 {exc.errcode}", now)
        else:
            await finish(dispatch, "failed", f"微信返回 {exc.errcode}", now)


@transactional
async def lease(dispatch: Dispatch, now: datetime) -> bool:
    """Take the sending, and set one consent aside for it. False when another has it or nobody consented."""
    mine = Dispatch.filter(id=dispatch.id, attempts=dispatch.attempts, state=dispatch.state)
    if not await mine.update(state="sending", attempts=dispatch.attempts + 1, next_try_at=now + LEASE):
        return False
    dispatch.attempts += 1
    if dispatch.has_credit:
        return True
    ledger = Grant.filter(citizen_id=dispatch.citizen_id, kind=dispatch.kind, credits__gt=0)
    if await ledger.update(credits=F("credits") - 1):
        await Dispatch.filter(id=dispatch.id).update(has_credit=True)
        return True
    await Dispatch.filter(id=dispatch.id).update(state="skipped", reason=NO_CONSENT, final_at=now)
    return False


async def finish(dispatch: Dispatch, state: str, reason: str, now: datetime) -> None:
    """Write the final state, unless another has written one."""
    is_open = Q(state="waiting") | Q(state="sending")
    await Dispatch.filter(is_open, id=dispatch.id).update(state=state, reason=reason, final_at=now)


async def put_off(dispatch: Dispatch, reason: str, now: datetime) -> None:
    """Try again later, longer each time; after the last try it is failed and stays visible."""
    log.warning("notice not sent", extra={"dispatch": dispatch.id, "attempts": dispatch.attempts, "reason": reason})
    if dispatch.attempts >= GIVE_UP_AFTER:
        await finish(dispatch, "failed", reason, now)
        return
    wait = timedelta(seconds=min(1800, 2**dispatch.attempts) * random.uniform(0.8, 1.2))
    await Dispatch.filter(id=dispatch.id, state="sending").update(
        state="waiting", reason=reason, next_try_at=now + wait
    )
