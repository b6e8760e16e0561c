"""One notice, channel after channel: the next one when the first does not reach, a text message when nobody read."""

from datetime import timedelta

import pytest

from app.citizens.models import Citizen, Identity, Way
from app.citizens.personal import sealed_mobile
from app.ids import new_code
from app.settings import WeChatSettings
from notify import actions, digests, queries
from notify.channels.sms import Service, TextMessage
from notify.channels.wechat import MiniProgram
from notify.models import Digest, Dispatch, Notice, Preference
from notify.sender import Sender
from tests.factories import NOW
from tests.platforms.conftest import Platforms
from tests.sandbox.template_fields import KINDS as TEMPLATES

MOBILE = "13800000001"
VALUES = {"matter": "居民身份证换领", "when": "2026年11月26日 09:15", "hall": "淮南市政务服务中心", "reason": "停电"}
READY = VALUES | {"until": "2026年12月15日", "hours": "08:30-12:00", "hours_text": "工作日"}


def sender_of(platforms: Platforms) -> Sender:
    wechat = MiniProgram(platforms.wechat(), templates=TEMPLATES, page=WeChatSettings().page)
    templates = {"changed": "SMS_CHANGED", "result_ready": "SMS_READY"}
    sms = TextMessage({"aliyun": Service(platforms.sms(), templates)})
    return Sender([wechat, sms])


async def citizen(platforms: Platforms, *, has_wechat: bool = True, has_mobile: bool = True) -> int:
    code = new_code()
    row = await Citizen.create(code=code, mobile_sealed=sealed_mobile(code, MOBILE), created_at=NOW)
    if has_wechat:
        openid = platforms.state.openid("c")
        await Identity.create(channel=Way.MINI_PROGRAM, external_id=openid, citizen_id=row.id, proven_at=NOW)
    if has_mobile:
        await Identity.create(channel=Way.MOBILE, external_id=f"m{row.id}", citizen_id=row.id, proven_at=NOW)
    return row.id


async def allow(platforms: Platforms, citizen_id: int, kind: str, *, times: int = 1) -> None:
    for _ in range(times):
        platforms.state.grant(openid=platforms.state.openid("c"), template_id=TEMPLATES[kind])
        await actions.note_answers(citizen_id=citizen_id, answers={kind: "accept"})


async def tell(citizen_id: int, kind: str, *, key: str = "k", values: dict[str, str] | None = None) -> None:
    await actions.tell(
        key=key, citizen_id=citizen_id, kind=kind, values=values or VALUES, page="/h5/bookings/X", now=NOW
    )


async def went(platforms: Platforms, *, at=NOW) -> list[tuple[str, str, str]]:
    """Send all that is due at that moment, and what follows of it at once. Returns every sending with its end."""
    sender = sender_of(platforms)
    for second in range(20):
        await sender.send_due(at + timedelta(seconds=second))
    return [(row.channel, row.state, row.reason) for row in await Dispatch.all().order_by("id")]


def texts(platforms: Platforms) -> list[str]:
    return [message["template"] for message in platforms.messages.all if message.get("kind") == "sms"]


async def test_without_consent_a_change_comes_as_a_text_and_wechat_is_not_called(
    platforms: Platforms,
) -> None:
    one = await citizen(platforms)
    await tell(one, "closed")
    assert await went(platforms) == [("wechat", "skipped", "没有订阅授权"), ("sms", "sent", "")]
    (message,) = platforms.messages.all
    assert (message["kind"], message["to"], message["template"]) == ("sms", MOBILE, "SMS_CHANGED")
    assert message["data"] == {
        "matter": "居民身份证换领", "when": "2026年11月26日 09:15", "change": "已被大厅取消"
    }  # fmt: skip
    assert platforms.state.calls["/cgi-bin/message/subscribe/send"] == 0
    assert await queries.unreached() == []


async def test_one_consent_carries_one_message_and_the_second_goes_by_text(platforms: Platforms) -> None:
    one = await citizen(platforms)
    await allow(platforms, one, "changed")
    await tell(one, "closed", key="first")
    await tell(one, "closed", key="second")
    assert await went(platforms) == [
        ("wechat", "sent", ""), ("wechat", "skipped", "没有订阅授权"), ("sms", "waiting", ""), ("sms", "sent", "")
    ]  # fmt: skip
    assert platforms.state.calls["/cgi-bin/message/subscribe/send"] == 1


async def test_a_change_nobody_reads_in_ten_minutes_comes_once_more_as_a_text_message(platforms: Platforms) -> None:
    one = await citizen(platforms)
    await allow(platforms, one, "changed")
    await tell(one, "closed")
    await went(platforms)
    assert texts(platforms) == []
    await went(platforms, at=NOW + timedelta(minutes=9))
    assert texts(platforms) == []
    for minutes in (11, 12, 30):
        await went(platforms, at=NOW + timedelta(minutes=minutes))
    assert texts(platforms) == ["SMS_CHANGED"]


async def test_a_change_that_was_read_is_not_sent_again(platforms: Platforms) -> None:
    one = await citizen(platforms)
    await allow(platforms, one, "changed")
    await tell(one, "closed")
    await went(platforms)
    await actions.mark_all_read(citizen_id=one, now=NOW + timedelta(minutes=3))
    assert await went(platforms, at=NOW + timedelta(minutes=11)) == [
        ("wechat", "sent", ""), ("sms", "skipped", "已在消息中心读过")
    ]  # fmt: skip
    assert texts(platforms) == []


async def test_a_wrong_mobile_is_given_up_and_the_hall_is_told(platforms: Platforms) -> None:
    one = await citizen(platforms, has_mobile=False)
    await tell(one, "closed")
    assert [end[:2] for end in await went(platforms)] == [("wechat", "skipped"), ("sms", "skipped")]
    assert [row.reason for row in await queries.unreached()] == ["没有该渠道账号"]


async def test_whoever_has_switched_wechat_off_gets_the_result_by_text(platforms: Platforms) -> None:
    one = await citizen(platforms)
    await allow(platforms, one, "result_ready")
    await Preference.create(citizen_id=one, channel="wechat", changed_at=NOW)
    await tell(one, "result_ready", values=READY)
    assert await went(platforms) == [("wechat", "skipped", "本人已关闭该渠道"), ("sms", "sent", "")]


async def test_at_night_the_result_waits_for_the_morning_and_loses_no_consent(platforms: Platforms) -> None:
    one, night = await citizen(platforms), NOW.replace(hour=23)
    await allow(platforms, one, "result_ready")
    await actions.tell(key="k", citizen_id=one, kind="result_ready", values=READY, page="/h5/", now=night)
    assert await went(platforms, at=night) == [("wechat", "waiting", "夜间不打扰")]
    morning = night.replace(hour=8) + timedelta(days=1)
    assert await went(platforms, at=morning - timedelta(minutes=1)) == [("wechat", "waiting", "夜间不打扰")]
    assert await went(platforms, at=morning) == [("wechat", "sent", "")]


async def test_what_comes_on_top_of_a_days_ten_is_told_together(platforms: Platforms) -> None:
    one = await citizen(platforms)
    await allow(platforms, one, "result_ready", times=16)
    await allow(platforms, one, "news")
    for n in range(16):
        await tell(one, "result_ready", key=f"k{n}", values=READY)
    ends = [state for _, state, _ in await went(platforms)]
    assert (ends.count("sent"), ends.count("skipped")) == (10, 6)
    assert await digests.tell_due(NOW + timedelta(minutes=59)) == 0
    assert [await digests.tell_due(NOW + timedelta(minutes=minutes)) for minutes in (61, 120)] == [1, 0]
    assert (await Notice.get(kind="digest")).body == "您有 6 条新消息，请到消息中心查看。"
    assert await Digest.filter(open_key__isnull=False).count() == 0


@pytest.mark.parametrize("answer", ["ban", "accept"])
async def test_a_long_term_consent_carries_any_number_until_it_is_taken_back(platforms: Platforms, answer: str) -> None:
    one = await citizen(platforms, has_mobile=False)
    platforms.state.long_term.add(TEMPLATES["result_ready"])
    platforms.state.grant(openid=platforms.state.openid("c"), template_id=TEMPLATES["result_ready"])
    for said in ("accept", answer):
        await actions.note_answers(citizen_id=one, answers={"result_ready": said}, for_good=("result_ready",))
    for n in range(3):
        await tell(one, "result_ready", key=f"k{n}", values=READY)
    ends = [state for channel, state, _ in await went(platforms) if channel == "wechat"]
    assert ends == (["sent"] * 3 if answer == "accept" else ["skipped"] * 3)
