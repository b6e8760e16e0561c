"""What platforms say of messages they took: that one arrived, or not. Without a word a sending ends as `silent`."""

import logging
from collections.abc import Collection
from datetime import datetime

from app.citizens.events import MessageReceipt
from app.db import transactional
from app.ids import hashed
from app.prepared import Insert
from notify import legs
from notify.legs import Ending
from notify.models import Dispatch, Notice, Receipt, Unreachable

log = logging.getLogger(__name__)

_LEGS = Insert(Dispatch)


@transactional
async def receive(event: MessageReceipt) -> None:
    """Enter a receipt, once; what did not arrive goes on over the next channel. Unknown numbers are none of ours."""
    known = Receipt.filter(channel=event.channel, number=event.number, told_at=None)
    if not await known.update(told_at=event.occurred_at):
        return
    receipt = await Receipt.get(channel=event.channel, number=event.number)
    state, reason = ("arrived", "") if event.arrived else ("failed", event.reason[:120])
    mine = Dispatch.filter(id=receipt.dispatch_id, state__in=("sent", "silent"))
    if not await mine.update(state=state, reason=reason, final_at=event.occurred_at) or event.arrived:
        return
    await _go_on(await Dispatch.get(id=receipt.dispatch_id), reason, event.occurred_at)


async def _go_on(dispatch: Dispatch, reason: str, now: datetime) -> None:
    """The next channel that has not been tried for this notice."""
    notice = await Notice.get(id=dispatch.notice_id)
    tried = {str(one) for one in await Dispatch.filter(notice_id=notice.id).values_list("channel", flat=True)}
    untried = [channel for channel in legs.ORDER if channel not in tried]
    if leg := legs.after(Ending(dispatch, "failed", reason), notice, channels=untried, now=now, unread_at=now):
        await _LEGS.one(**legs.rows_of(dispatch, leg))


@transactional
async def time_out(now: datetime) -> int:
    """End the wait for receipts that never came. Returns how many; a periodic job."""
    over = Receipt.filter(due_at__lte=now, told_at=None).order_by("due_at").limit(500)
    ids: Collection[int] = [row.dispatch_id for row in await over]
    if ids:
        await Dispatch.filter(id__in=list(ids), state="sent").update(state="silent", final_at=now)
        await Receipt.filter(dispatch_id__in=list(ids), due_at__lte=now).delete()
    return len(ids)


@transactional
async def note_unreachable(*, citizen_id: int, channel: str, address: str, reason: str, now: datetime) -> None:
    """Nothing reaches them there until the address is another one."""
    row = await Unreachable.get_or_none(citizen_id=citizen_id, channel=channel)
    row = row or Unreachable(citizen_id=citizen_id, channel=channel)
    row.address_hash, row.reason, row.since = hashed(address), reason[:120], now
    await row.save()
