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
from collections.abc import AsyncIterator, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from app.errors import PlatformUnavailable
from app.platforms.tokens import NO_TOKEN
from app.platforms.wechat_errors import Kind
from app.worker import each_of_batches
from notify import actions, digests, legs
from notify.leases import NOTHING, OPEN, Ended, put_off, settle, take
from notify.legs import Ending
from notify.letters import Channel, Letter, NotTaken, Taken
from notify.models import Dispatch, Notice
from notify.people import people
from notify.policy import CITY, NO_CONSENT, NO_TEMPLATE, Person, Policy, Sending, Verdict, What, decide
from notify.receipts import note_unreachable
from notify.settling import Settling
from notify.templates import TEMPLATES

log = logging.getLogger(__name__)

LEASE = timedelta(seconds=30)
PATIENCE_S = 20  # for one call with all that belongs to it; the lease outlives it
ROUND = timedelta(seconds=5)  # a worker that should stop waits for no more than the calls under way
GIVE_UP_AFTER = 10  # tries, over half an hour
MAX_WAIT_S = 1800
AT_ONCE = 100
# A citizen who allowed several more would get each repeat: after this many tries an unknown outcome stays unknown.
MOST_UNPROVEN = 2


ARRIVED_BEFORE, UNKNOWN, NO_ANSWER, SURPRISE = "此前已送达", "是否送达不明", "平台没有应答", "系统异常"

# Of `PlatformUnavailable`: these say that the message never left us.
NEVER_LEFT = {
    "ClientConnectorError", "ClientConnectorDNSError", "ClientConnectorSSLError", "ClientConnectorCertificateError",
    "ConnectionTimeoutError", NO_TOKEN,
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class _Ready:
    """A sending that is ours. `to`: the address."""

    row: Dispatch
    notice: Notice
    to: str


class _Run:
    """One turn of a sender. `busy`: citizens to whom a call is under way."""

    def __init__(self, begun: datetime) -> None:
        self.begun = begun
        self.taken = 0
        self.busy: set[int] = set()
        self.settling = Settling()
        self._started = time.monotonic()

    @property
    def passed(self) -> timedelta:
        return timedelta(seconds=time.monotonic() - self._started)

    @property
    def now(self) -> datetime:
        return self.begun + self.passed


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
        run = _Run(now)

        async def batches() -> AsyncIterator[list[_Ready]]:
            while run.passed < ROUND and (rows := await self._due(run, limit)):
                yield await self._ready(rows, run)

        async def send(ready: _Ready) -> None:
            try:
                await self._send(ready, run)
            finally:
                run.busy.discard(ready.row.citizen_id)

        await each_of_batches(batches(), send, limit=AT_ONCE)
        return run.taken

    async def _due(self, run: _Run, limit: int) -> list[Dispatch]:
        # By next_try_at, which the index serves: by id the database would walk through all that was ever sent.
        due = Dispatch.filter(state__in=OPEN, next_try_at__lte=run.begun).order_by("next_try_at", "id").limit(limit)
        first = {row.citizen_id: row for row in sorted(await due, key=lambda row: -row.id)}
        return [row for row in first.values() if row.citizen_id not in run.busy]

    async def _ready(self, rows: Sequence[Dispatch], run: _Run) -> list[_Ready]:
        """Those of the rows that are to be sent, and ours now."""
        now = run.now
        notices = {row.id: row for row in await Notice.filter(id__in=[row.notice_id for row in rows])}
        known = await people({row.citizen_id for row in rows}, self._channels.values(), now=now)
        to_send = await self._sort_out(rows, notices, known, now)
        needing = {row.id for row in to_send if self._takes_credit(row, known)}
        leased = await take(to_send, needing, now=now, life=self._lease) if to_send else []
        run.taken += len(rows)
        run.busy |= {row.citizen_id for row in leased}
        return [_Ready(row, notices[row.notice_id], known[row.citizen_id].addresses[row.channel]) for row in leased]

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

    async def _send(self, ready: _Ready, run: _Run) -> None:
        row, was_cut_off = ready.row, ready.row.state == "sending"
        letter = Letter(to=ready.to, kind=row.kind, data=row.data, page=ready.notice.page, key=f"zbn{row.id}")
        try:
            async with asyncio.timeout(PATIENCE_S):
                taken = await self._channels[row.channel].send(letter)
        except NotTaken as exc:
            await self._refused(ready, exc, run, was_cut_off=was_cut_off)
        except PlatformUnavailable as exc:
            has_left = exc.data.get("reason") not in NEVER_LEFT
            await self._again(ready, NO_ANSWER, run, may_have_arrived=was_cut_off or has_left)
        except TimeoutError:
            await self._again(ready, NO_ANSWER, run, may_have_arrived=True)
        except Exception:
            log.exception("sending failed", extra={"dispatch": row.id})
            await self._again(ready, SURPRISE, run, may_have_arrived=was_cut_off)
        else:
            await self._end(ready, "sent", "", run, taken=taken)

    async def _refused(self, ready: _Ready, exc: NotTaken, run: _Run, *, was_cut_off: bool) -> None:
        row = ready.row
        if exc.kind is Kind.NO_CONSENT:
            await actions.forget_consent(citizen_id=row.citizen_id, channel=row.channel, kind=row.kind)
            state, reason = ("sent", ARRIVED_BEFORE) if was_cut_off else ("skipped", NO_CONSENT)
            await self._end(ready, state, reason, run)
        elif exc.kind in (Kind.RETRY, Kind.REFRESH, Kind.CONFIGURATION):
            level = logging.ERROR if exc.kind is Kind.CONFIGURATION else logging.INFO
            log.log(level, "a platform refuses to send", extra={"kind": exc.kind, "reason": exc.reason})
            await self._again(ready, exc.reason, run, may_have_arrived=was_cut_off, least_s=exc.wait_s)
        else:
            if exc.kind is Kind.UNREACHABLE:
                await note_unreachable(
                    citizen_id=row.citizen_id, channel=row.channel, address=ready.to, reason=exc.reason, now=run.now
                )
            await self._end(ready, "failed", exc.reason, run, gives_back=not was_cut_off)

    async def _again(self, ready: _Ready, reason: str, run: _Run, *, may_have_arrived: bool, least_s: int = 0) -> None:
        """Later, longer each time; after the last try it is failed and stays visible."""
        row = ready.row
        log.warning("notice not sent", extra={"dispatch": row.id, "attempts": row.attempts, "reason": reason})
        if row.attempts >= GIVE_UP_AFTER:
            await self._end(ready, "failed", reason, run, gives_back=not may_have_arrived)
            return
        wait = timedelta(seconds=max(least_s, min(MAX_WAIT_S, 2**row.attempts)) * random.uniform(1, 1.3))
        state = "sending" if may_have_arrived else "waiting"
        await put_off(row, until=run.now + wait, reason=reason, state=state)

    async def _end(self, ready: _Ready, state: str, reason: str, run: _Run, **more: Any) -> None:
        """Written before this sender's next call, with all the others that ended meanwhile."""
        await run.settling.end(self._ended(ready.row, ready.notice, state, reason, run.now, **more), run.now)

    def _ended(
        self,
        row: Dispatch,
        notice: Notice | None,
        state: str,
        reason: str,
        now: datetime,
        *,
        taken: Taken = NOTHING,
        gives_back: bool = False,
    ) -> Ended:
        then = None
        if notice is not None:
            unread_at = now + self._policy.unread
            then = legs.after(Ending(row, state, reason), notice, channels=self._channels, now=now, unread_at=unread_at)
        never_sent = state == "skipped" and row.has_credit and row.state == "waiting"
        return Ended(
            row, state, reason, gives_back=(gives_back or never_sent) and row.has_credit, taken=taken, then=then
        )
