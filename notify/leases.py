"""Taking sendings up and writing how they ended, many in one transaction, each by a conditional update.

A sending belongs to whoever wrote its `claim` last, until `next_try_at`. A sender that dies leaves nothing stuck.
"""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from tortoise.exceptions import IntegrityError
from tortoise.expressions import F

from app import wake
from app.db import after_commit, transactional
from app.ids import new_code
from app.prepared import Insert
from notify.legs import Leg, rows_of
from notify.letters import Taken
from notify.models import Allowance, Dispatch, Receipt

OPEN = ("waiting", "sending")
RECEIPT_WITHIN = timedelta(hours=72)
NOTHING = Taken()
_LEGS, _RECEIPTS = Insert(Dispatch), Insert(Receipt)


class CreditGone(Exception):
    """Of the consents to be set aside one was taken meanwhile."""


@dataclass(frozen=True, slots=True)
class Ended:
    """How a sending ended. `gives_back`: its consent was not used. `taken`: by the platform; `then`: what follows."""

    dispatch: Dispatch
    state: str
    reason: str = ""
    gives_back: bool = False
    taken: Taken = NOTHING
    then: Leg | None = None


async def take(dispatches: Sequence[Dispatch], needing: set[int], *, now: datetime, life: timedelta) -> list[Dispatch]:
    """Take these up. Returns those that are ours now, as they stand then; another sender has the rest.

    Args:
        needing: ids for which one consent is to be set aside; where none is left any more the sending is not taken.
    """
    try:
        return await _take(dispatches, needing, now, life)
    except CreditGone:
        taken = []
        for dispatch in dispatches:
            try:
                taken += await _take([dispatch], needing & {dispatch.id}, now, life)
            except CreditGone:
                continue
        return taken


@transactional
async def _take(dispatches: Sequence[Dispatch], needing: set[int], now: datetime, life: timedelta) -> list[Dispatch]:
    claim, ids = new_code(), [dispatch.id for dispatch in dispatches]
    due = Dispatch.filter(id__in=ids, state__in=OPEN, next_try_at__lte=now)
    await due.update(state="sending", claim=claim, attempts=F("attempts") + 1, next_try_at=now + life)
    mine = {int(str(one)) for one in await Dispatch.filter(id__in=ids, claim=claim).values_list("id", flat=True)}
    ours = [dispatch for dispatch in dispatches if dispatch.id in mine]
    await _set_aside([dispatch for dispatch in ours if dispatch.id in needing])
    # Last, because a transaction may run again: the rows in the hand then still say what they were read with.
    after_commit(lambda: _are_ours(ours, needing, claim))
    return ours


async def _set_aside(dispatches: Sequence[Dispatch]) -> None:
    """One consent of each; raises `CreditGone` when one is missing. The rows are of different citizens."""
    wanted: dict[tuple[str, str], list[Dispatch]] = defaultdict(list)
    for dispatch in dispatches:
        wanted[dispatch.channel, dispatch.kind].append(dispatch)
    for (channel, kind), each in wanted.items():
        ledger = Allowance.filter(citizen_id__in=[one.citizen_id for one in each], channel=channel, kind=kind)
        if await ledger.filter(credits__gt=0).update(credits=F("credits") - 1) != len(each):
            raise CreditGone()
        await Dispatch.filter(id__in=[one.id for one in each]).update(has_credit=True)


def _are_ours(dispatches: Sequence[Dispatch], needing: set[int], claim: str) -> None:
    for dispatch in dispatches:
        dispatch.attempts, dispatch.claim = dispatch.attempts + 1, claim
        dispatch.has_credit = dispatch.has_credit or dispatch.id in needing


@transactional
async def settle(ends: Sequence[Ended], now: datetime) -> None:
    """Write how these ended, unless another sender has taken them over since, and what follows of it."""
    groups: dict[tuple[str, str, str], list[Ended]] = defaultdict(list)
    for end in ends:
        groups[end.dispatch.claim, end.state, end.reason].append(end)
    ours: list[Ended] = []
    for (claim, state, reason), each in groups.items():
        ours += await _end(each, claim, state, reason, now)
    await _follow(ours, now)


async def _end(each: list[Ended], claim: str, state: str, reason: str, now: datetime) -> list[Ended]:
    ids = [end.dispatch.id for end in each]
    mine = Dispatch.filter(id__in=ids, claim=claim, state__in=OPEN)
    if await mine.update(state=state, reason=reason, final_at=now) == len(ids):
        return each
    rows = Dispatch.filter(id__in=ids, claim=claim, state=state, final_at=now)
    left = {int(str(one)) for one in await rows.values_list("id", flat=True)}
    return [end for end in each if end.dispatch.id in left]


async def _follow(ends: Iterable[Ended], now: datetime) -> None:
    receipts, legs = [], []
    for end in ends:
        dispatch = end.dispatch
        if end.gives_back:
            ledger = Allowance.filter(citizen_id=dispatch.citizen_id, channel=dispatch.channel, kind=dispatch.kind)
            await ledger.update(credits=F("credits") + 1)
        if end.taken.number:
            receipts.append({
                "channel": dispatch.channel, "provider": end.taken.provider, "number": end.taken.number,
                "dispatch_id": dispatch.id, "sent_at": now, "due_at": now + RECEIPT_WITHIN,
            })  # fmt: skip
        if end.then is not None:
            legs.append(rows_of(dispatch, end.then))
    if unknown := await _unknown(receipts):
        with suppress(IntegrityError):  # another sender has just written one of them
            await _keep(unknown)
    if fresh := await _not_begun(legs):
        await _LEGS.many(fresh)
        after_commit(wake.worker)


async def _unknown(receipts: Sequence[dict[str, Any]]) -> list[dict[str, Any]]:
    """Without numbers that are known: they are the platform's, and no outcome may be lost if it says one twice."""
    if not receipts:
        return []
    rows = Receipt.filter(number__in=[receipt["number"] for receipt in receipts])
    known = set(await rows.values_list("channel", "number"))
    distinct = {(receipt["channel"], receipt["number"]): receipt for receipt in reversed(receipts)}
    return [receipt for key, receipt in distinct.items() if key not in known]


@transactional
async def _keep(receipts: Sequence[dict[str, Any]]) -> None:
    await _RECEIPTS.many(receipts)


async def _not_begun(legs: Sequence[dict[str, Any]]) -> list[dict[str, Any]]:
    """Without those that go over a channel which has been given the notice before."""
    rows = Dispatch.filter(notice_id__in=[leg["notice_id"] for leg in legs]) if legs else None
    begun = set(await rows.values_list("notice_id", "channel")) if rows is not None else set()
    return [leg for leg in legs if (leg["notice_id"], leg["channel"]) not in begun]


@transactional
async def put_off(
    dispatch: Dispatch, *, until: datetime, reason: str, state: str = "waiting", attempts: int | None = None
) -> None:
    """Try again at another time. What may have arrived stays `sending`, so that each later try knows it."""
    mine = Dispatch.filter(id=dispatch.id, claim=dispatch.claim, state__in=OPEN)
    tries = dispatch.attempts if attempts is None else attempts
    await mine.update(state=state, reason=reason, next_try_at=until, attempts=tries)
