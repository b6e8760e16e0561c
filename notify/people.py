"""What is known of those who are to be told, many at once, for `policy.decide`."""

from collections.abc import Collection, Iterable, Mapping
from datetime import datetime, time

from tortoise.functions import Count

from app.clock import CHINA
from app.ids import hashed
from notify.letters import Channel
from notify.models import Allowance, Dispatch, Preference, Unreachable
from notify.policy import FOR_GOOD, Person

TAKEN = ("sent", "arrived", "silent")  # states of what went out


async def people(citizen_ids: Collection[int], channels: Iterable[Channel], *, now: datetime) -> dict[int, Person]:
    """The facts about each of these citizens, in a handful of reads however many they are."""
    ids = list(citizen_ids)
    addresses = {channel.name: await channel.addresses(ids) for channel in channels}
    credits, muted = await _credits(ids), await _muted(ids)
    unreachable, today = await _unreachable(ids, addresses), await _today(ids, now)
    return {
        one: Person(
            addresses={name: found[one] for name, found in addresses.items() if one in found},
            credits=credits.get(one, {}),
            muted=frozenset(muted.get(one, ())),
            unreachable=frozenset(unreachable.get(one, ())),
            today=today.get(one, 0),
        )
        for one in ids
    }


async def _credits(ids: list[int]) -> dict[int, dict[tuple[str, str], int]]:
    found: dict[int, dict[tuple[str, str], int]] = {}
    for row in await Allowance.filter(citizen_id__in=ids):
        left = FOR_GOOD if row.is_for_good else row.credits
        found.setdefault(row.citizen_id, {})[row.channel, row.kind] = left
    return found


async def _muted(ids: list[int]) -> dict[int, set[str]]:
    found: dict[int, set[str]] = {}
    for citizen_id, channel in await Preference.filter(citizen_id__in=ids).values_list("citizen_id", "channel"):
        found.setdefault(int(str(citizen_id)), set()).add(str(channel))
    return found


async def _unreachable(ids: list[int], addresses: Mapping[str, Mapping[int, str]]) -> dict[int, set[str]]:
    """A new address is tried again."""
    found: dict[int, set[str]] = {}
    for row in await Unreachable.filter(citizen_id__in=ids):
        address = addresses.get(row.channel, {}).get(row.citizen_id)
        if address is not None and hashed(address) == row.address_hash:
            found.setdefault(row.citizen_id, set()).add(row.channel)
    return found


async def _today(ids: list[int], now: datetime) -> dict[int, int]:
    begun = datetime.combine(now.astimezone(CHINA).date(), time(), CHINA)
    went_out = Dispatch.filter(citizen_id__in=ids, final_at__gte=begun, state__in=TAKEN, can_wait=True)
    rows = await went_out.annotate(n=Count("id")).group_by("citizen_id").values_list("citizen_id", "n")
    return {int(str(citizen_id)): int(str(n)) for citizen_id, n in rows}
