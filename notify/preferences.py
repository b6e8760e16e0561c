"""Which channels a citizen wants to be told over. The inbox always has everything; urgent news comes all the same."""

from dataclasses import dataclass
from datetime import datetime

from tortoise.exceptions import IntegrityError

from app.citizens import queries as citizens
from app.citizens.models import Way
from app.db import transactional
from app.errors import InvalidInput
from app.ids import hashed
from notify.models import Preference, Unreachable

TITLES = {"wechat": "微信服务通知", "sms": "手机短信"}
NOT_THERE = {"wechat": "未用微信小程序登录，收不到", "sms": "未绑定手机号，收不到"}


@dataclass(frozen=True, slots=True)
class Choice:
    """A channel as its citizen sees it. `trouble`: why nothing comes there, in words; else empty."""

    channel: str
    title: str
    is_on: bool
    trouble: str = ""


async def choices(citizen_id: int) -> list[Choice]:
    """All channels that can be chosen, in their order."""
    off = {row.channel for row in await Preference.filter(citizen_id=citizen_id)}
    addresses = {
        "wechat": (await citizens.addresses(Way.MINI_PROGRAM, [citizen_id])).get(citizen_id, ""),
        "sms": (await citizens.proven_mobiles([citizen_id])).get(citizen_id, ""),
    }
    lost = {row.channel: row.address_hash for row in await Unreachable.filter(citizen_id=citizen_id)}
    return [
        Choice(channel, title, channel not in off, _trouble(channel, addresses[channel], lost.get(channel, "")))
        for channel, title in TITLES.items()
    ]


def _trouble(channel: str, address: str, lost: str) -> str:
    if not address:
        return NOT_THERE[channel]
    if hashed(address) == lost:
        return "您绑定的手机号收不到短信，请换绑能用的号码" if channel == "sms" else "微信通知送不到，请重新登录小程序"
    return ""


@transactional
async def choose(*, citizen_id: int, channel: str, is_on: bool, now: datetime) -> None:
    """Switch a channel on or off. Raises InvalidInput for one that there is not."""
    if channel not in TITLES:
        raise InvalidInput({"channel": "请从页面上的渠道中选择"})
    mine = Preference.filter(citizen_id=citizen_id, channel=channel)
    if is_on:
        await mine.delete()
    elif not await mine.exists():
        await _switch_off(citizen_id, channel, now)


async def _switch_off(citizen_id: int, channel: str, now: datetime) -> None:
    try:
        await _insert(citizen_id, channel, now)
    except IntegrityError:
        return  # a second tap was first


@transactional
async def _insert(citizen_id: int, channel: str, now: datetime) -> None:
    await Preference.create(citizen_id=citizen_id, channel=channel, changed_at=now)
