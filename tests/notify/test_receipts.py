"""What platforms say of messages they took moves the sending's state; without a word it ends as silent (G8, G13)."""

from datetime import timedelta
from typing import Any

import pytest

from app.citizens.events import MessageReceipt
from app.citizens.models import Citizen
from app.citizens.personal import sealed_mobile
from notify import queries, receipts
from notify.channels.sms import Service, TextMessage
from notify.channels.wechat import MiniProgram
from notify.leases import Ended, settle, take
from notify.letters import Taken
from notify.models import Dispatch, Receipt, Unreachable
from notify.sender import LEASE, Sender
from tests.factories import NOW
from tests.marks import on_both
from tests.notify.test_channels import READY, TEMPLATES, allow, citizen, tell, texts, went
from tests.platforms.conftest import Platforms


async def receipt(**said: Any) -> None:
    row = await Receipt.all().order_by("-id").first()
    assert row is not None
    given = {"channel": row.channel, "number": row.number, "arrived": True} | said
    await receipts.receive(MessageReceipt(occurred_at=NOW + timedelta(minutes=1), **given))


async def state(channel: str = "sms") -> tuple[str, str]:
    row = await Dispatch.get(channel=channel)
    return row.state, row.reason


async def test_a_receipt_says_that_a_text_message_arrived(platforms: Platforms) -> None:
    await tell(await citizen(platforms), "closed")
    await went(platforms)
    assert await state() == ("sent", "")
    await receipt(number="aliyun:unknown")
    assert await state() == ("sent", "")
    await receipt()
    await receipt(arrived=False, reason="a second word")
    assert await state() == ("arrived", "")


async def test_what_did_not_arrive_over_wechat_goes_out_as_a_text_message(platforms: Platforms) -> None:
    one = await citizen(platforms)
    await allow(platforms, one, "result_ready")
    await tell(one, "result_ready", values=READY)
    await went(platforms)
    await receipt(arrived=False, reason="微信回执 1 reject")
    assert await state("wechat") == ("failed", "微信回执 1 reject")
    await went(platforms, at=NOW + timedelta(minutes=2))
    assert (await state(), texts(platforms)) == (("sent", ""), ["SMS_READY"])


async def test_a_changes_text_message_is_not_doubled_when_wechat_says_late_that_it_failed(platforms: Platforms) -> None:
    one = await citizen(platforms)
    await allow(platforms, one, "changed")
    await tell(one, "closed")
    await went(platforms)  # its text message waits for ten minutes
    await receipt(arrived=False, reason="微信回执 1 reject")
    await went(platforms, at=NOW + timedelta(minutes=12))
    assert texts(platforms) == ["SMS_CHANGED"]


async def test_after_three_days_without_a_word_it_is_silent(
    platforms: Platforms,
) -> None:
    await tell(await citizen(platforms), "closed")
    await went(platforms)
    assert await receipts.time_out(NOW + timedelta(hours=71)) == 0
    assert await receipts.time_out(NOW + timedelta(hours=73)) == 1
    assert await state() == ("silent", "")


async def test_a_number_that_is_none_stops_text_messages_until_it_is_another(platforms: Platforms) -> None:
    one = await citizen(platforms)
    row = await Citizen.get(id=one)
    await Citizen.filter(id=one).update(mobile_sealed=sealed_mobile(row.code, "12345"))
    await tell(one, "closed")
    assert (await went(platforms))[-1] == ("sms", "failed", "短信服务返回 isv.MOBILE_NUMBER_ILLEGAL")
    assert await Unreachable.all().values_list("citizen_id", "channel") == [(one, "sms")]
    await tell(one, "closed", key="second")
    assert (await went(platforms))[-1] == ("sms", "skipped", "此前无法送达")
    assert len(await queries.unreached()) == 2
    await Citizen.filter(id=one).update(mobile_sealed=sealed_mobile(row.code, "13800000009"))
    await tell(one, "closed", key="third")
    assert (await went(platforms))[-1] == ("sms", "sent", "")


@pytest.mark.parametrize("first", ["aliyun", "tencent"])
async def test_either_service_brings_it(platforms: Platforms, monkeypatch: pytest.MonkeyPatch, first: str) -> None:
    async def picked(names: list[str]) -> str:
        return first

    monkeypatch.setattr("notify.providers.pick", picked)
    await tell(await citizen(platforms), "closed")
    services = {
        "aliyun": Service(platforms.sms(), {"changed": "SMS_CHANGED"}),
        "tencent": Service(platforms.tencent_sms(), {"changed": "4321"}),
    }
    wechat = MiniProgram(platforms.wechat(), templates=TEMPLATES, page="pages/web/index?path={page}")
    for second in range(3):
        await Sender([wechat, TextMessage(services)]).send_due(NOW + timedelta(seconds=second))
    assert (await state(), texts(platforms)) == (("sent", ""), [{"aliyun": "SMS_CHANGED", "tencent": "4321"}[first]])
    assert (await Receipt.get(channel="sms")).provider == first


@on_both
async def test_a_platform_that_says_one_number_twice_loses_no_outcome(db: str) -> None:
    for citizen_id in range(5):
        await tell(citizen_id, "closed", key=f"k{citizen_id}")
    for some in ((0, 1, 2), (3, 4)):
        rows = await take(await Dispatch.filter(citizen_id__in=some), set(), now=NOW, life=LEASE)
        await settle([Ended(row, "sent", taken=Taken("400001")) for row in rows], NOW)
    assert await Dispatch.all().values_list("state", flat=True) == ["sent"] * 5
    assert await Receipt.all().values_list("number", flat=True) == ["400001"]
