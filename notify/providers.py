"""Which of the text-message services sends: by weights, which move from a slow one to the other and creep back.

Of what a service took in the last quarter of an hour, 15 % slow or without a receipt move 10 points of 100 away from it
(GOV.UK Notify's rule); while all is well a point a minute goes back.
"""

import random
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from app.db import transactional
from notify.models import Receipt, SmsProvider

ALL = 100  # points, shared by the services
LOOKED_AT, SLOW = timedelta(minutes=15), timedelta(minutes=5)
MOST_SLOW, FEWEST = 0.15, 5  # of so many messages at least
STEP, BACK = 10, 1


@dataclass(frozen=True, slots=True)
class Figures:
    """What a service did in the last quarter of an hour."""

    taken: int
    slow: int

    @property
    def is_slow(self) -> bool:
        return self.taken >= FEWEST and self.slow >= MOST_SLOW * self.taken


def share(names: Sequence[str]) -> dict[str, int]:
    """The weights at rest: equal, what is left over goes to the first."""
    each = ALL // len(names)
    return {name: each + (ALL - each * len(names) if name == names[0] else 0) for name in names}


def moved(weights: Mapping[str, int], figures: Mapping[str, Figures], rest: Mapping[str, int]) -> dict[str, int]:
    """The weights for the next minute. Pure; they always make up `ALL`, and none is below zero."""
    slow = [name for name in weights if name in figures and figures[name].is_slow]
    fine = [name for name in weights if name not in slow]
    if slow and fine:
        return _given(weights, {name: min(STEP, weights[name]) for name in slow}, fine)
    if slow:  # all of them: nowhere to move to
        return dict(weights)
    above = {name: min(BACK, weights[name] - rest[name]) for name in weights if weights[name] > rest[name]}
    return _given(weights, above, [name for name in weights if weights[name] < rest[name]])


def _given(weights: Mapping[str, int], taken: Mapping[str, int], to: Sequence[str]) -> dict[str, int]:
    """Points taken from some, given to those who have least, one after the other."""
    changed = {name: weight - taken.get(name, 0) for name, weight in weights.items()}
    for _ in range(sum(taken.values())):
        changed[min(to, key=lambda name: changed[name])] += 1
    return changed


async def pick(names: Sequence[str]) -> str:
    """One of them, by chance and weight."""
    weights = await weights_of(names)
    return random.choices(names, [weights[name] for name in names])[0] if len(names) > 1 else names[0]


async def weights_of(names: Sequence[str]) -> dict[str, int]:
    kept = {row.name: row.weight for row in await SmsProvider.filter(name__in=list(names))}
    return kept if len(kept) == len(names) else share(names)


async def balance(now: datetime, *, names: Sequence[str]) -> int:
    """Move the weights by what was seen. Returns how many changed; a periodic job, once a minute."""
    if len(names) < 2:
        return 0
    weights = await weights_of(names)
    figures = {name: await figures_of(name, now) for name in names}
    wanted = moved(weights, figures, share(names))
    changed = {name: weight for name, weight in wanted.items() if weight != weights[name]}
    if changed:
        await _write(wanted, now)
    return 0  # once a minute is enough, also when something was to do


async def figures_of(name: str, now: datetime) -> Figures:
    """Messages old enough to be judged: those a service took, and those that had no receipt within five minutes."""
    rows = Receipt.filter(channel="sms", provider=name, sent_at__gt=now - LOOKED_AT, sent_at__lte=now - SLOW)
    slow = [row for row in await rows if row.told_at is None or row.told_at - row.sent_at > SLOW]
    return Figures(await rows.count(), len(slow))


@transactional
async def _write(weights: Mapping[str, int], now: datetime) -> None:
    """Unless another worker did so in this minute: then its weights stand."""
    for name in sorted(weights):
        if not await SmsProvider.exists(name=name):
            await SmsProvider.create(name=name, weight=weights[name], changed_at=now)
        else:
            free = SmsProvider.filter(name=name, changed_at__lte=now - timedelta(seconds=50))
            await free.update(weight=weights[name], changed_at=now)
