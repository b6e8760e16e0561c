"""Signing in by WeChat and by mobile, and mobiles that change hands."""

import asyncio
from datetime import timedelta

import pytest

from app.citizens import queries
from app.citizens.actions import attach_mobile, change_profile, sign_in, sign_in_mobile, use_state
from app.citizens.models import Citizen, Identity
from app.errors import AppError, NotFound
from app.outbox import RecordedEvent
from tests.factories import NOW, agree
from tests.marks import on_both

MOBILE, OTHER = "13800000001", "13900000002"
LATER = NOW + timedelta(days=91)


async def by_wechat(name: str, *, channel: str = "wechat", unionid: str | None = None) -> int:
    citizen_id = await sign_in(channel=channel, external_id=f"o-{name}", unionid=unionid, now=NOW)
    await agree(citizen_id)
    return citizen_id


async def told() -> list[str]:
    return [event.payload for event in await RecordedEvent.filter(name="citizens.mobile_relinked").order_by("id")]


async def mobile_of(citizen_id: int) -> str | None:
    return (await queries.citizen(citizen_id)).mobile


async def test_the_same_openid_is_always_the_same_citizen(db) -> None:
    assert await by_wechat("zhang") == await by_wechat("zhang")
    assert await Citizen.all().count() == 1


@on_both
async def test_openids_that_differ_only_in_case_are_two_citizens(db) -> None:
    assert await by_wechat("abc") != await by_wechat("ABC")


async def test_one_unionid_joins_mini_program_and_official_account(db) -> None:
    first = await by_wechat("mini", unionid="u-zhang")
    second = await by_wechat("official", channel="wechat_oa", unionid="u-zhang")
    assert second == first
    assert await queries.openid_of(first) == "o-mini"
    mine = set(await Identity.filter(citizen_id=first).values_list("external_id", flat=True))
    assert mine == {"o-mini", "o-official", "u-zhang"}


async def test_a_unionid_that_turns_up_later_joins_the_next_way_in(db) -> None:
    first = await by_wechat("mini")
    await by_wechat("mini", unionid="u-zhang")
    assert await by_wechat("official", channel="wechat_oa", unionid="u-zhang") == first


async def test_two_citizens_are_never_joined_by_signing_in(db) -> None:
    first, second = await by_wechat("mini", unionid="u-zhang"), await by_wechat("official", channel="wechat_oa")
    assert await by_wechat("official", channel="wechat_oa", unionid="u-zhang") == second != first


@on_both
async def test_the_same_person_signing_in_twenty_times_at_once_is_one_citizen(db) -> None:
    ids = await asyncio.gather(*(by_wechat("zhang", unionid="u-zhang") for _ in range(20)))
    assert len(set(ids)) == 1
    assert await Citizen.all().count() == 1
    assert await Identity.all().count() == 2


async def test_an_openid_is_no_unionid(db) -> None:
    with pytest.raises(ValueError, match="nonsense"):
        await sign_in(channel="nonsense", external_id="o-zhang", unionid=None, now=NOW)


async def test_a_mobile_signs_in_its_citizen_and_is_sealed(db, sql) -> None:
    citizen_id = await sign_in_mobile(mobile=MOBILE, now=NOW)
    assert await sign_in_mobile(mobile=MOBILE, now=NOW) == citizen_id
    view = await queries.citizen(citizen_id)
    assert (view.mobile, view.masked_mobile) == (MOBILE, "138****0001")
    assert MOBILE not in str(await sql("SELECT * FROM citizens_citizen"))
    assert MOBILE not in str(await sql("SELECT * FROM citizens_identity"))


async def test_a_proven_mobile_signs_in_the_wechat_citizen_in_a_browser(db) -> None:
    citizen_id = await by_wechat("zhang")
    await attach_mobile(citizen_id=citizen_id, mobile=MOBILE, now=NOW)
    await attach_mobile(citizen_id=citizen_id, mobile=MOBILE, now=NOW)
    assert await sign_in_mobile(mobile=MOBILE, now=NOW) == citizen_id
    assert await told() == []


async def test_a_mobile_proven_by_another_moves_and_the_old_account_is_told(db) -> None:
    old, new = await by_wechat("old"), await by_wechat("new")
    await attach_mobile(citizen_id=old, mobile=MOBILE, now=NOW)
    await attach_mobile(citizen_id=new, mobile=MOBILE, now=NOW)
    assert (await mobile_of(old), await mobile_of(new)) == (None, MOBILE)
    assert await sign_in_mobile(mobile=MOBILE, now=NOW) == new
    (payload,) = await told()
    assert f'"from_citizen_id":{old},"to_citizen_id":{new}' in payload
    assert MOBILE not in payload


async def test_a_citizen_who_changes_the_mobile_is_told_and_the_former_one_is_free(db) -> None:
    citizen_id = await by_wechat("zhang")
    await attach_mobile(citizen_id=citizen_id, mobile=MOBILE, now=NOW)
    await attach_mobile(citizen_id=citizen_id, mobile=OTHER, now=NOW)
    assert await mobile_of(citizen_id) == OTHER
    assert await sign_in_mobile(mobile=MOBILE, now=NOW) != citizen_id
    assert f'"from_citizen_id":{citizen_id},"to_citizen_id":{citizen_id}' in (await told())[0]


async def test_the_only_way_in_of_a_recent_browser_citizen_is_left_to_them(db) -> None:
    browser, phone = await sign_in_mobile(mobile=MOBILE, now=NOW), await by_wechat("zhang")
    await attach_mobile(citizen_id=phone, mobile=MOBILE, now=NOW)
    assert (await mobile_of(browser), await mobile_of(phone)) == (MOBILE, MOBILE)
    assert await sign_in_mobile(mobile=MOBILE, now=NOW) == browser
    assert await told() == []


async def test_after_ninety_days_a_mobile_leads_to_a_new_citizen_and_the_old_one_is_told(db) -> None:
    old = await by_wechat("old")
    await attach_mobile(citizen_id=old, mobile=MOBILE, now=NOW)
    new = await sign_in_mobile(mobile=MOBILE, now=LATER)
    assert new != old
    assert (await mobile_of(old), await mobile_of(new)) == (None, MOBILE)
    assert f'"from_citizen_id":{old},"to_citizen_id":{new}' in (await told())[0]


@on_both
async def test_a_mobile_proven_by_ten_at_once_ends_with_one_of_them(db) -> None:
    ids = [await by_wechat(f"citizen-{n}") for n in range(10)]
    answers = await asyncio.gather(
        *(attach_mobile(citizen_id=citizen_id, mobile=MOBILE, now=NOW) for citizen_id in ids), return_exceptions=True
    )
    assert [a for a in answers if a is not None and not isinstance(a, AppError)] == []
    holders = await Citizen.filter(mobile_index__isnull=False).values_list("id", flat=True)
    assert holders == [await sign_in_mobile(mobile=MOBILE, now=NOW)]


async def test_a_name_and_the_elder_look_belong_to_the_citizen_not_to_a_device(db, sql) -> None:
    citizen_id = await by_wechat("li", unionid="u-li")
    await change_profile(citizen_id=citizen_id, name="李秀英")
    await change_profile(citizen_id=citizen_id, is_elder=True)
    view = await queries.citizen(await by_wechat("li-oa", channel="wechat_oa", unionid="u-li"))
    assert (view.name, view.masked_name, view.is_elder) == ("李秀英", "李**", True)
    assert "李秀英" not in str(await sql("SELECT * FROM citizens_citizen"))


async def test_nobody_changes_a_citizen_who_does_not_exist(db) -> None:
    with pytest.raises(NotFound):
        await change_profile(citizen_id=404, is_elder=True)
    with pytest.raises(NotFound):
        await attach_mobile(citizen_id=404, mobile=MOBILE, now=NOW)


@on_both
async def test_a_state_of_web_authorisation_is_spent_once_even_by_ten_at_once(db) -> None:
    spent = await asyncio.gather(*(use_state(state_hash="a" * 64, now=NOW) for _ in range(10)))
    assert sorted(spent) == [False] * 9 + [True]
