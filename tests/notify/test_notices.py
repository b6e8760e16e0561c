"""A citizen is told once, over WeChat only with consent, and nothing is lost or doubled when a sender dies."""

import asyncio
from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.citizens.models import Identity, Way
from app.settings import WeChatSettings
from notify import actions, queries
from notify.channels.wechat import MiniProgram
from notify.leases import take
from notify.models import Allowance, Dispatch, Notice
from notify.policy import NO_CONSENT, STALE
from notify.sender import LEASE, Sender
from notify.subscribers import weekly_hours
from notify.templates import TEMPLATES, cut, filled
from tests.factories import NOW
from tests.marks import on_both
from tests.platforms.conftest import Platforms
from tests.sandbox.template_fields import KINDS, first_fault

PAGE = WeChatSettings().page
VALUES = {"when": "2026年11月26日 09:15", "hall": "淮南市政务服务中心", "matter": "居民身份证换领"}
VALUES |= {"arrive": "提前 120 分钟"}


@pytest.mark.parametrize(
    ("field", "value", "shown"),
    [
        ("thing1", "一" * 20, "一" * 20),
        ("thing1", "一" * 21, "一" * 19 + "…"),
        ("thing1", " 两\n行 ", "两 行"),
        ("thing1", "", "无"),
        ("character_string1", "HZ012号", "HZ012"),
        ("phrase1", "已经预约成功了", "已经预约成"),
        ("phrase1", "OK", "无"),
    ],
)
def test_values_are_cut_by_rule_never_refused_for_length(field: str, value: str, shown: str) -> None:
    assert cut(field, value) == shown


@given(kind=st.sampled_from(["thing", "character_string", "phrase", "name"]), value=st.text(max_size=60))
def test_whatever_is_said_wechat_takes_it(kind: str, value: str) -> None:
    assert first_fault({f"{kind}1": {"value": cut(f"{kind}1", value)}}) is None


EVERYTHING = VALUES | {"ticket": "家人的 HZ012", "ahead": "3", "counter": "B01", "until": "2026年12月15日"}
EVERYTHING |= {"near": "前面还有 12 人", "back_by": "09:15", "was": "2026年11月25日 14:30", "reason": "设备检修"}
EVERYTHING |= {"count": "6", "hours": "08:30-12:00,14:00-17:30", "hours_text": "工作日"}


@pytest.mark.parametrize("kind", [kind for kind, template in TEMPLATES.items() if template.fields])
def test_wechat_takes_every_kind_of_notice(kind: str) -> None:
    fields = filled(TEMPLATES[kind], EVERYTHING)
    template = KINDS[TEMPLATES[kind].consent]
    assert first_fault({name: {"value": value} for name, value in fields.items()}, template) is None


@pytest.mark.parametrize(
    ("weekly", "shown"),
    [
        ({"1": [["08:30", "12:00"], ["14:00", "17:30"]], "6": [["09:00", "12:00"]]}, "08:30-12:00,14:00-17:30"),
        ({"1": [["09:00", "12:00"]], "2": [["08:00", "12:00"]], "3": [["08:00", "12:00"]]}, "08:00-12:00"),
        ({}, "-"),
    ],
)
def test_a_halls_usual_hours_fit_a_field(weekly: dict[str, list[list[str]]], shown: str) -> None:
    assert weekly_hours(weekly) == shown


async def told(key: str = "booked:1", citizen_id: int = 7) -> None:
    await actions.tell(
        key=key, citizen_id=citizen_id, kind="booked", values=VALUES, page="/h5/bookings/X", now=NOW,
        expires_at=NOW + timedelta(days=2),
    )  # fmt: skip


@on_both
async def test_two_triggers_with_one_key_are_one_message(db: str) -> None:
    await told()
    await told()
    messages, total = await queries.inbox(7)
    assert (total, messages[0].title, await Dispatch.all().count()) == (1, "预约成功", 1)
    assert await queries.unread_count(7) == 1
    assert await actions.mark_read(citizen_id=8, code=messages[0].code, now=NOW) is False
    assert await actions.mark_read(citizen_id=7, code=messages[0].code, now=NOW) is True
    assert await queries.unread_count(7) == 0


def sender_of(platforms: Platforms) -> Sender:
    return Sender([MiniProgram(platforms.wechat(), templates={"booked": "TPL_BOOKED"}, page=PAGE)])


async def known_to(platforms: Platforms, citizen_id: int) -> str:
    """The citizen's openid, by which they have signed in."""
    openid = platforms.state.openid(f"c{citizen_id}")
    given = {"channel": Way.MINI_PROGRAM, "external_id": openid}
    if not await Identity.filter(**given).exists():
        await Identity.create(**given, citizen_id=citizen_id, proven_at=NOW)
    return openid


async def granted(platforms: Platforms, *, citizen_id: int = 7, credits: int = 1) -> None:
    """WeChat and we both know of the consent."""
    openid = await known_to(platforms, citizen_id)
    platforms.state.grant(openid=openid, template_id="TPL_BOOKED", n=credits)
    for _ in range(credits):
        await actions.note_answers(citizen_id=citizen_id, answers={"booked": "accept"})


async def leased() -> list[Dispatch]:
    """Everything that waits, taken up by a sender that is never heard of again."""
    rows = await Dispatch.all()
    return await take(rows, {row.id for row in rows}, now=NOW, life=LEASE)


async def outcome() -> tuple[str, str]:
    dispatch = await Dispatch.all().get()
    return dispatch.state, dispatch.reason


async def test_with_consent_the_push_arrives_once_with_its_fields(platforms: Platforms) -> None:
    await granted(platforms)
    await told()
    sender = sender_of(platforms)
    assert [await sender.send_due(NOW), await sender.send_due(NOW + LEASE)] == [1, 0]
    assert await outcome() == ("sent", "")
    (message,) = platforms.messages.all
    assert message["data"]["thing1"] == {"value": "居民身份证换领"}
    assert message["page"] == "pages/web/index?path=%2Fh5%2Fbookings%2FX"
    assert await Allowance.all().values_list("credits", flat=True) == [0]


async def test_without_consent_wechat_is_not_called_and_the_inbox_has_it(platforms: Platforms) -> None:
    await known_to(platforms, 7)
    await told()
    await sender_of(platforms).send_due(NOW)
    assert await outcome() == ("skipped", NO_CONSENT)
    assert platforms.messages.all == []
    assert await Notice.all().count() == 1


async def test_a_push_about_the_past_is_dropped_with_its_reason(platforms: Platforms) -> None:
    await granted(platforms)
    await told()
    await sender_of(platforms).send_due(NOW + timedelta(days=3))
    assert await outcome() == ("skipped", STALE)
    assert await Allowance.all().values_list("credits", flat=True) == [1]


async def test_a_sender_that_died_after_wechat_took_the_message_doubles_nothing(platforms: Platforms) -> None:
    await granted(platforms)
    await told()
    (dispatch,) = await leased()
    wechat = platforms.wechat()
    await wechat.send_subscribe(
        openid=platforms.state.openid("c7"), template_id="TPL_BOOKED", page="pages/index/index", data=dispatch.data
    )
    await sender_of(platforms).send_due(NOW + LEASE + timedelta(seconds=1))
    assert await outcome() == ("sent", "此前已送达")
    assert len(platforms.messages.all) == 1


async def test_a_sender_that_died_before_the_call_loses_nothing(platforms: Platforms) -> None:
    await granted(platforms)
    await told()
    assert await leased()
    sender = sender_of(platforms)
    assert await sender.send_due(NOW + LEASE / 2) == 0
    await sender.send_due(NOW + LEASE + timedelta(seconds=1))
    assert await outcome() == ("sent", "")
    assert len(platforms.messages.all) == 1


async def test_while_no_token_is_to_be_had_nothing_counts_as_sent_and_no_consent_is_lost(platforms: Platforms) -> None:
    await granted(platforms, credits=2)
    await told()
    sender, now = sender_of(platforms), NOW
    for kind in ("http500", "garbage", "http500"):
        platforms.faults.order(path="/cgi-bin/stable_token", kind=kind)
        await sender.send_due(now)
        assert await outcome() == ("waiting", "平台没有应答")
        now += timedelta(minutes=1)
    await sender.send_due(now)
    assert await outcome() == ("sent", "")
    assert (len(platforms.messages.all), await Allowance.all().values_list("credits", flat=True)) == (1, [1])


@on_both
async def test_three_senders_at_once_send_each_notice_once(db: str, platforms: Platforms) -> None:
    for citizen_id in range(20):
        await granted(platforms, citizen_id=citizen_id)
        await told(key=f"booked:{citizen_id}", citizen_id=citizen_id)
    senders = [sender_of(platforms) for _ in range(3)]
    await asyncio.gather(*(sender.send_due(NOW) for sender in senders))
    assert await Dispatch.filter(state="sent").count() == 20
    assert len({message["openid"] for message in platforms.messages.all}) == 20
    assert len(platforms.messages.all) == 20
