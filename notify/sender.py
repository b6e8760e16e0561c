"""Send what is due: decide, take a lease, call the platform with no transaction open, write the outcome.

Rows are read, leased and settled many at a time; the calls run side by side. Whoever sends writes the outcome of a call
before the next one begins, so a killed process leaves at most one unknown outcome for each call that ran.

WeChat has no key by which it would know a repeat. A sending whose answer never came (worker killed, connection cut)
stays `sending` until its lease runs out, and is then repeated: one consent was set aside for it, so when the first call
did arrive, WeChat has no consent left, answers 43101, and the message is known to be with the citizen.
"""

import asyncio
import logging
import random
import time
from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime, timedelta

from app.errors import PlatformUnavailable
from app.platforms.tokens import NO_TOKEN
from app.platforms.wechat_errors import Kind
from app.worker import each_at_once
from notify import actions, digests, legs
from notify.leases import OPEN, Ended, put_off, settle, take
from notify.legs import Ending
from notify.letters import Channel, Letter, NotTaken
from notify.models import Dispatch, Notice
from notify.people import people
from notify.policy import CITY, NO_CONSENT, NO_TEMPLATE, Person, Policy, Sending, Verdict, What, decide
from notify.settling import Settling
from notify.templates import TEMPLATES

log = logging.getLogger(__name__)

LEASE = timedelta(seconds=30)
PATIENCE_S = 20  # for one call with all that belongs to it; the lease outlives it
ROUND = timedelta(seconds=5)  # a worker that should stop waits for no more than the calls under way
GIVE_UP_AFTER = 10  # tries, over half an hour
MAX_WAIT_S = 1800
AT_ONCE = 64
# A citizen who allowed several more would get each repeat: after this many tries an unknown outcome stays unknown.
MOST_UNPROVEN = 2


ARRIVED_BEFORE, UNKNOWN, NO_ANSWER, SURPRISE = "此前已送达", "是否送达不明", "平台没有应答", "系统异常"

# Of `PlatformUnavailable`: these say that the message never left us.
NEVER_LEFT = {
    "ClientConnectorError", "ClientConnectorDNSError", "ClientConnectorSSLError", "ClientConnectorCertificateError",
    "ConnectionTimeoutError", NO_TOKEN,
}  # fmt: skip


class Sender:
    """Sends over all channels. Any number of senders may run.

    Args:
        channels: in no order; that of the tries is `legs.ORDER`.
        lease: how long a sending belongs to whoever took it; longer than any call takes.
    """

    def __init__(self, channels: Iterable[Channel], *, policy: Policy = CITY, lease: timedelta = LEASE) -> None:
        self._channels = {channel.name: channel for channel in channels}
        self._policy = policy
        self._lease = lease

    async def send_due(self, now: datetime, limit: int = 400) -> int:
        """Send what is due, one to each citizen at a time (WeChat's 43108). Returns how many were taken up."""
        # By next_try_at, which the index serves: by id the database would walk through all that was ever sent.
        due = await Dispatch.filter(state__in=OPEN, next_try_at__lte=now).order_by("next_try_at", "id").limit(limit)
        first = {row.citizen_id: row for row in sorted(due, key=lambda row: -row.id)}
        if not first:
            return 0
        await self._round(list(first.values()), now)
        return len(first)

    async def _round(self, rows: Sequence[Dispatch], now: datetime) -> None:
        notices = {row.id: row for row in await Notice.filter(id__in=[row.notice_id for row in rows])}
        known = await people({row.citizen_id for row in rows}, self._channels.values(), now=now)
        to_send = await self._sort_out(rows, notices, known, now)
        started, needing = time.monotonic(), {row.id for row in to_send if self._takes_credit(row, known)}
        leased = await take(to_send, needing, now=now, life=self._lease) if to_send else []
        settling = Settling()

        async def send(row: Dispatch) -> None:
            # The time of its own turn: a lease counted from the start of a long round would be over already.
            passed = timedelta(seconds=time.monotonic() - started)
            if passed < ROUND:
                await self._send(row, notices[row.notice_id], known[row.citizen_id], settling, now + passed)

        await each_at_once(leased, send, limit=AT_ONCE)

    async def _sort_out(
        self, rows: Sequence[Dispatch], notices: Mapping[int, Notice], known: Mapping[int, Person], now: datetime
    ) -> list[Dispatch]:
        """Those to be sent now; the others are ended, gathered or put off."""
        to_send, ends, gathered = [], [], []
        for row in rows:
            verdict = self._verdict(row, notices.get(row.notice_id), known[row.citizen_id], now)
            if verdict.what is What.SEND:
                to_send.append(row)
            elif verdict.what is What.LATER and verdict.until:
                await put_off(row, until=verdict.until, reason=verdict.reason, state=row.state)
            else:
                state = "failed" if verdict.reason == UNKNOWN else "skipped"
                ends.append(self._ended(row, notices.get(row.notice_id), state, verdict.reason, now))
                gathered += [row] if verdict.what is What.GATHER else []
        if ends:
            await settle(ends, now)
        for row in gathered:
            await digests.gather(citizen_id=row.citizen_id, policy=self._policy, now=now)
        return to_send

    def _verdict(self, row: Dispatch, notice: Notice | None, person: Person, now: datetime) -> Verdict:
        channel = self._channels.get(row.channel)
        if notice is None or channel is None or not channel.carries(row.kind):
            return Verdict(What.SKIP, NO_TEMPLATE)
        template = TEMPLATES.get(notice.words)
        sending = Sending(
            channel=row.channel,
            kind=row.kind,
            needs_consent=channel.needs_consent,
            is_urgent=row.is_urgent,
            can_wait=row.can_wait,
            is_small=template is not None and template.is_small,
            expires_at=row.expires_at,
            if_unread=row.if_unread,
            is_read=notice.read_at is not None,
            has_credit=row.has_credit,
        )
        verdict = decide(sending, person, self._policy, now)
        is_unproven = row.state == "sending" and row.attempts >= MOST_UNPROVEN and channel.needs_consent
        if verdict.what is What.SEND and is_unproven and person.credits.get((row.channel, row.kind), 0):
            return Verdict(What.SKIP, UNKNOWN)
        return verdict

    def _takes_credit(self, row: Dispatch, known: Mapping[int, Person]) -> bool:
        return (
            self._channels[row.channel].needs_consent
            and not row.has_credit
            and not known[row.citizen_id].is_for_good(row.channel, row.kind)
        )

    async def _send(self, row: Dispatch, notice: Notice, person: Person, settling: Settling, now: datetime) -> None:
        was_cut_off = row.state == "sending"
        letter = Letter(
            to=person.addresses[row.channel], kind=row.kind, data=row.data, page=notice.page, key=f"zbn{row.id}"
        )
        try:
            async with asyncio.timeout(PATIENCE_S):
                number = await self._channels[row.channel].send(letter)
        except NotTaken as exc:
            await self._refused(row, notice, exc, settling, was_cut_off=was_cut_off, now=now)
        except PlatformUnavailable as exc:
            has_left = exc.data.get("reason") not in NEVER_LEFT
            await self._again(row, notice, NO_ANSWER, settling, now, may_have_arrived=was_cut_off or has_left)
        except TimeoutError:
            await self._again(row, notice, NO_ANSWER, settling, now, may_have_arrived=True)
        except Exception:
            log.exception("sending failed", extra={"dispatch": row.id})
            await self._again(row, notice, SURPRISE, settling, now, may_have_arrived=was_cut_off)
        else:
            await settling.end(self._ended(row, notice, "sent", "", now, number=number), now)

    async def _refused(
        self, row: Dispatch, notice: Notice, exc: NotTaken, settling: Settling, *, was_cut_off: bool, now: datetime
    ) -> None:
        if exc.kind is Kind.NO_CONSENT:
            await actions.forget_consent(citizen_id=row.citizen_id, channel=row.channel, kind=row.kind)
            state, reason = ("sent", ARRIVED_BEFORE) if was_cut_off else ("skipped", NO_CONSENT)
            await settling.end(self._ended(row, notice, state, reason, now), now)
        elif exc.kind in (Kind.RETRY, Kind.REFRESH, Kind.CONFIGURATION):
            level = logging.ERROR if exc.kind is Kind.CONFIGURATION else logging.INFO
            log.log(level, "a platform refuses to send", extra={"kind": exc.kind, "reason": exc.reason})
            await self._again(row, notice, exc.reason, settling, now, may_have_arrived=was_cut_off, least_s=exc.wait_s)
        else:
            await settling.end(self._ended(row, notice, "failed", exc.reason, now, gives_back=not was_cut_off), now)

    async def _again(
        self,
        row: Dispatch,
        notice: Notice,
        reason: str,
        settling: Settling,
        now: datetime,
        *,
        may_have_arrived: bool,
        least_s: int = 0,
    ) -> None:
        """Later, longer each time; after the last try it is failed and stays visible."""
        log.warning("notice not sent", extra={"dispatch": row.id, "attempts": row.attempts, "reason": reason})
        if row.attempts >= GIVE_UP_AFTER:
            ended = self._ended(row, notice, "failed", reason, now, gives_back=not may_have_arrived)
            await settling.end(ended, now)
            return
        wait = timedelta(seconds=max(least_s, min(MAX_WAIT_S, 2**row.attempts)) * random.uniform(1, 1.3))
        state = "sending" if may_have_arrived else "waiting"
        await put_off(row, until=now + wait, reason=reason, state=state)

    def _ended(
        self,
        row: Dispatch,
        notice: Notice | None,
        state: str,
        reason: str,
        now: datetime,
        *,
        number: str = "",
        gives_back: bool = False,
    ) -> Ended:
        then = None
        if notice is not None:
            unread_at = now + self._policy.unread
            then = legs.after(Ending(row, state, reason), notice, channels=self._channels, now=now, unread_at=unread_at)
        never_sent = state == "skipped" and row.has_credit and row.state == "waiting"
        return Ended(
            row, state, reason, gives_back=(gives_back or never_sent) and row.has_credit, number=number, then=then
        )
