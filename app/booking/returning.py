"""Giving places back: out of sight for a while when somebody gave one up, so that nobody can pass it on by the clock.

What a citizen gives up, by cancelling or moving, by themselves or through staff, waits in `ReturningPlace` until it is
due. Places of holds that ran out, of staff's own pool, and of slots that a hall closes or moves people from were
given up by nobody: they are free at once. A place that somebody waits for passes through the table too, due now, so
that it reaches the waiting list before anybody else (`offering.py`). All functions run inside the action's transaction.
"""

import random
from collections.abc import Sequence
from datetime import datetime
from functools import partial

from app.booking import line, places, rules
from app.booking.models import ReturningPlace
from app.booking.places import PUBLIC, Give
from app.booking.policy import policy_of


async def given_up(first_slot_id: str, *, hall_code: str, starts_at: datetime, now: datetime) -> datetime | None:
    """When the places of a visit that was given up are due; None for at once."""
    policy = await policy_of(hall_code)
    due_at = rules.back_at(policy, starts_at=starts_at, now=now, chance=random.random())
    return due_at if due_at > now else await set_free(first_slot_id, now=now)


async def set_free(first_slot_id: str, *, now: datetime) -> datetime | None:
    """When places are due that need no delay: now, for whoever waits for them; None when nobody does."""
    return now if await line.is_waited_for(first_slot_id) else None


async def give_back(slot_ids: Sequence[str], *, pools: str, due_at: datetime | None) -> None:
    """Return the places of a booking to the pools they came from, in the order of the keys."""
    give = giving(due_at)
    for slot_id, pool in sorted(zip(slot_ids, pools, strict=True)):
        await give(slot_id, pool)


def giving(due_at: datetime | None) -> Give:
    """How to return one place: at once without `due_at`, and always to staff's own pool."""
    return partial(_give, due_at=due_at)


async def _give(slot_id: str, pool: str, *, due_at: datetime | None) -> None:
    if due_at is None or pool != PUBLIC:
        await places.give_one(slot_id, pool)
    else:
        await ReturningPlace.create(slot_id=slot_id, due_at=due_at)
