"""What other rooms must hear of, written in the transaction that made it true.

`record` is called by actions. `Outbox.relay` runs in the worker and hands each event to each subscriber once, in a
transaction of its own. A subscriber writes rows; it never calls a network.
"""

import logging
import random
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, ClassVar

from pydantic import BaseModel, ConfigDict
from tortoise import fields
from tortoise.models import Model
from tortoise.queryset import QuerySet

from app import wake
from app.db import after_commit, transactional
from app.prepared import Insert
from app.retention import BATCH

log = logging.getLogger(__name__)

GIVE_UP_AFTER = 20  # tries of one delivery, about a day with the waits below; then it waits for a person


class Event(BaseModel):
    """Something that happened. Carries ids and what was true then, never whole records or personal data."""

    model_config = ConfigDict(frozen=True, extra="ignore")
    name: ClassVar[str]
    occurred_at: datetime


class RecordedEvent(Model):
    id = fields.BigIntField(primary_key=True)
    name = fields.CharField(max_length=64)
    payload = fields.TextField()
    spread = fields.BooleanField(default=False)
    recorded_at = fields.DatetimeField()

    class Meta:
        table = "outbox_event"
        indexes = (("spread", "id"),)


class Delivery(Model):
    id = fields.BigIntField(primary_key=True)
    event_id = fields.BigIntField()
    subscriber = fields.CharField(max_length=96)
    state = fields.CharField(max_length=8, default="due")  # due, done, dead
    attempts = fields.IntField(default=0)
    next_try_at = fields.DatetimeField()

    class Meta:
        table = "outbox_delivery"
        unique_together = (("event_id", "subscriber"),)
        indexes = (("state", "next_try_at"),)


_WRITE = Insert(RecordedEvent)


async def record(event: Event) -> None:
    """Write the event down in the open transaction. Who listens is none of the caller's business."""
    await _WRITE.one(name=event.name, payload=event.model_dump_json(), recorded_at=event.occurred_at)
    after_commit(wake.worker)


@dataclass(frozen=True, slots=True)
class Dead:
    """A delivery that was given up, and its event; empty where the event is gone."""

    id: int
    subscriber: str
    attempts: int
    event: str = ""
    payload: str = ""
    recorded_at: datetime | None = None


async def dead(*, limit: int) -> list[Dead]:
    """The latest deliveries that wait for a person."""
    rows = await Delivery.filter(state="dead").order_by("-id").limit(limit)
    events = await RecordedEvent.in_bulk([row.event_id for row in rows], "id")
    return [_dead(row, events.get(row.event_id)) for row in rows]


def _dead(row: Delivery, event: RecordedEvent | None) -> Dead:
    if event is None:
        return Dead(row.id, row.subscriber, row.attempts)
    return Dead(row.id, row.subscriber, row.attempts, event.name, event.payload, event.recorded_at)


async def dead_count() -> int:
    return await Delivery.filter(state="dead").count()


async def retrying_count() -> int:
    """Deliveries that have failed and are tried again by themselves."""
    return await Delivery.filter(state="due", attempts__gt=0).count()


@transactional
async def retry(*, delivery_id: int, now: datetime) -> bool:
    """Let the worker try a dead delivery again, from the first try on. False when it is not dead any more."""
    waiting = Delivery.filter(id=delivery_id, state="dead")
    if not await waiting.update(state="due", attempts=0, next_try_at=now):
        return False
    after_commit(wake.worker)
    return True


Handler = Callable[[Any], Awaitable[None]]


class Outbox:
    """Who hears what. Filled once, in `app.server`."""

    def __init__(self) -> None:
        self._subscribers: dict[str, tuple[type[Event], Handler]] = {}

    def subscribe(self, room: str, event: type[Event], handler: Handler) -> None:
        """Let a room's handler hear of each event of this kind; once per room and kind."""
        key = f"{room}:{event.name}"
        if key in self._subscribers:
            raise ValueError(f"{key} is subscribed twice")
        self._subscribers[key] = (event, handler)

    async def relay(self, now: datetime, limit: int = 200) -> int:
        """Spread new events into deliveries, then run the due ones. Returns how many were run."""
        fresh = await RecordedEvent.filter(spread=False).order_by("id").limit(limit)
        if fresh:
            await self._spread(fresh, now)
        known = list(self._subscribers)
        due = await Delivery.filter(state="due", next_try_at__lte=now, subscriber__in=known).order_by("id").limit(limit)
        for delivery in due:
            await self._deliver(delivery, now)
        return len(due)

    @transactional
    async def _spread(self, events: list[RecordedEvent], now: datetime) -> None:
        deliveries = []
        for event in events:
            # One row at a time: the count says whether this process, and no other, spreads it.
            if await RecordedEvent.filter(id=event.id, spread=False).update(spread=True):
                deliveries += [
                    Delivery(event_id=event.id, subscriber=key, next_try_at=now)
                    for key, (kind, _) in self._subscribers.items()
                    if kind.name == event.name
                ]
        if deliveries:
            await Delivery.bulk_create(deliveries)

    async def _deliver(self, delivery: Delivery, now: datetime) -> None:
        try:
            await self._handle(delivery)
        except Exception:
            attempts = delivery.attempts + 1
            log.exception(
                "subscriber failed",
                extra={"subscriber": delivery.subscriber, "event_id": delivery.event_id, "attempts": attempts},
            )
            wait = timedelta(seconds=min(7200, 5 * 2**delivery.attempts) * random.uniform(0.8, 1.2))
            state = "dead" if attempts >= GIVE_UP_AFTER else "due"
            await Delivery.filter(id=delivery.id, state="due").update(
                attempts=attempts, next_try_at=now + wait, state=state
            )

    @transactional
    async def _handle(self, delivery: Delivery) -> None:
        """The mark and the subscriber's rows commit together: exactly once."""
        if await Delivery.filter(id=delivery.id, state="due").update(state="done"):
            kind, handler = self._subscribers[delivery.subscriber]
            event = await RecordedEvent.get(id=delivery.event_id)
            await handler(kind.model_validate_json(event.payload))


async def purge_events(now: datetime, *, keep_days: int) -> int:
    """Forget a batch of old events that everybody has taken in, with their deliveries. A periodic job.

    An event with a delivery that is still due, or dead and waiting for a person, stays. Returns how many events.
    """
    old, last = RecordedEvent.filter(spread=True, recorded_at__lt=now - timedelta(days=keep_days)), 0
    while ids := await _next_batch(old, last):
        if gone := await _forget(ids):
            return gone
        last = ids[-1]
    return 0


async def _next_batch(old: QuerySet[RecordedEvent], last: int) -> list[int]:
    return [event.id for event in await old.filter(id__gt=last).order_by("id").limit(BATCH).only("id")]


@transactional
async def _forget(ids: list[int]) -> int:
    theirs = Delivery.filter(event_id__in=ids)
    open_ones = {delivery.event_id for delivery in await theirs.exclude(state="done")}
    taken_in = [event_id for event_id in ids if event_id not in open_ones]
    if not taken_in:
        return 0
    await Delivery.filter(event_id__in=taken_in, state="done").delete()
    return await RecordedEvent.filter(id__in=taken_in).delete()
