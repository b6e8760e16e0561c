"""Signing in to the API through WeChat, and what a citizen may read and change about themselves."""

import time
from collections.abc import AsyncIterator

import pytest

from app.citizens.models import Citizen, Identity
from tests.citizens.site import Site
from tests.citizens.site import site as open_site

LOGIN = "/sns/jscode2session"


@pytest.fixture
async def site(db: str) -> AsyncIterator[Site]:
    async with open_site() as held:
        yield held


@pytest.fixture
async def token(site: Site) -> str:
    return (await site.sign_in("demo-zhang"))[1]["token"]


async def test_a_demonstration_code_always_signs_in_the_same_citizen(site) -> None:
    (status, first), (_, second), (_, other) = [await site.sign_in(f"demo-{n}") for n in ("zhang", "zhang", "li")]
    assert status == 201
    assert sorted(first) == ["citizen", "token"]
    assert first["citizen"]["code"] == second["citizen"]["code"] != other["citizen"]["code"]
    assert first["token"] != second["token"]


async def test_nothing_of_wechat_stands_in_the_answer(site) -> None:
    _, answer = await site.sign_in("demo-zhang")
    assert sorted(answer["citizen"]) == ["code", "hasAgreed", "isElder", "mobile", "name"]
    assert site.state.openid("zhang") not in str(answer)


async def test_a_code_signs_in_once(site) -> None:
    code = site.state.issue_code("wang", "login")
    assert (await site.sign_in(code))[0] == 201
    assert await site.refusal("POST", "/sessions", {"channel": "wechat", "code": code}) == (401, "auth.code_invalid")


@pytest.mark.parametrize("code", ["", "x" * 200_000, None, 7, ["demo-zhang"]])
async def test_an_impossible_code_is_named_and_nobody_is_made(site, code) -> None:
    status, answer = await site.sign_in(code)
    assert (status, answer["error"]["code"]) == (422, "input.invalid")
    assert list(answer["error"]["fields"]) == ["code"]
    assert await Citizen.all().count() == 0


@pytest.mark.parametrize("field", ["openid", "unionid", "phone", "mobile", "citizenId", "sessionKey"])
async def test_what_a_client_says_of_itself_is_refused(site, field) -> None:
    body = {"channel": "wechat", "code": "demo-zhang", field: "o-somebody"}
    status, answer = await site.api("POST", "/sessions", body)
    assert (status, answer["error"]["fields"]) == (422, {field: "不支持的字段，请删除"})
    assert await Citizen.all().count() == 0


@pytest.mark.parametrize(
    ("errcode", "times", "refusal"),
    [
        (40029, 1, (401, "auth.code_invalid")),
        (40163, 1, (401, "auth.code_invalid")),
        ("40029", 1, (401, "auth.code_invalid")),
        (40226, 1, (403, "auth.account_blocked")),
        (45011, 1, (429, "auth.too_often")),
        (-1, 3, (503, "platform.unavailable")),
        (40125, 1, (503, "platform.unavailable")),
        (99999, 1, (403, "auth.refused")),
    ],
)
async def test_each_refusal_of_wechat_has_its_own_answer(site, errcode, times, refusal) -> None:
    site.faults.order(path=LOGIN, kind="errcode", value=errcode, times=times)
    assert await site.refusal("POST", "/sessions", {"channel": "wechat", "code": "demo-zhang"}) == refusal
    assert await Citizen.all().count() == 0


@pytest.mark.parametrize("kind", ["http500", "garbage", "empty", "hang"])
async def test_garbage_and_silence_are_answered_within_five_seconds(site, kind) -> None:
    site.faults.order(path=LOGIN, kind=kind)
    started = time.monotonic()
    refusal = await site.refusal("POST", "/sessions", {"channel": "wechat", "code": "demo-zhang"})
    assert refusal == (503, "platform.unavailable")
    assert time.monotonic() - started < 5


async def test_a_moment_of_busyness_is_not_the_citizens_trouble(site) -> None:
    site.faults.order(path=LOGIN, kind="errcode", value=-1, times=2)
    assert (await site.sign_in("demo-zhang"))[0] == 201


async def test_signing_out_ends_the_session_at_once_and_no_other(site, token) -> None:
    other = (await site.sign_in("demo-zhang"))[1]["token"]
    assert await site.api("DELETE", "/sessions/current", token=token) == (204, {})
    assert await site.refusal("GET", "/me", token=token) == (401, "auth.sign_in_needed")
    assert (await site.api("GET", "/me", token=other))[0] == 200


@pytest.mark.parametrize("token", [None, "", "x", "x" * 5000])
async def test_without_a_session_there_is_nothing_to_read(site, token) -> None:
    assert await site.refusal("GET", "/me", token=token) == (401, "auth.sign_in_needed")


async def test_the_phone_comes_from_wechat_and_is_shown_masked(site, token) -> None:
    await site.agree(token)
    code = site.state.issue_code("zhang", "phone")
    status, answer = await site.api("POST", "/me/phone", {"code": code}, token=token)
    assert (status, answer["mobile"]) == (200, "138****0001")
    assert (await site.api("GET", "/me/contact", token=token))[1] == {"name": None, "mobile": "13800000001"}


@pytest.mark.parametrize("errcode", [40029, 40163, 40013])
async def test_a_spent_or_foreign_phone_code_attaches_nothing(site, token, errcode) -> None:
    await site.agree(token)
    site.faults.order(path="/wxa/business/getuserphonenumber", kind="errcode", value=errcode)
    refusal = await site.refusal("POST", "/me/phone", {"code": "x"}, token=token)
    assert refusal == (422, "mobile.code_invalid")
    assert (await site.api("GET", "/me", token=token))[1]["mobile"] is None


async def test_a_mobile_sent_by_the_client_is_refused(site, token) -> None:
    body = {"code": "x", "mobile": "13900000009"}
    assert await site.refusal("POST", "/me/phone", body, token=token) == (422, "input.invalid")


async def test_name_and_elder_look_are_kept(site, token) -> None:
    await site.agree(token)
    status, answer = await site.api("PATCH", "/me", {"name": "张三", "isElder": True}, token=token)
    assert (status, answer["name"], answer["isElder"]) == (200, "张*", True)


async def test_a_citizen_reads_agrees_and_withdraws(site, token) -> None:
    _, text = await site.api("GET", "/consents/current", token=token)
    assert text["agreed"] is False and "隐私政策" in text["text"]
    body = {"name": text["name"], "version": text["version"]}
    assert (await site.api("POST", "/consents", body, token=token))[1]["hasAgreed"] is True
    assert await site.api("DELETE", "/consents/current", token=token) == (204, {})
    assert (await site.api("GET", "/me", token=token))[1]["hasAgreed"] is False


async def test_nothing_personal_is_taken_before_the_consent_and_wechats_code_is_not_spent(site, token) -> None:
    body = {"code": site.state.issue_code("zhang", "phone")}
    status, answer = await site.api("POST", "/me/phone", body, token=token)
    assert (status, answer["error"]["code"]) == (403, "citizen.consent_needed")
    assert answer["error"]["message"] == "请先阅读并同意隐私政策（2026-11 版），再继续办理"
    assert await site.refusal("PATCH", "/me", {"name": "张三"}, token=token) == (403, "citizen.consent_needed")
    await site.api("POST", "/consents", answer["error"]["details"], token=token)
    status, answer = await site.api("POST", "/me/phone", body, token=token)
    assert (status, answer["mobile"]) == (200, "138****0001")


async def test_taking_the_consent_back_deletes_name_and_mobile(site, token) -> None:
    await site.agree(token)
    await site.api("POST", "/me/phone", {"code": site.state.issue_code("zhang", "phone")}, token=token)
    await site.api("PATCH", "/me", {"name": "张三"}, token=token)
    await site.api("DELETE", "/consents/current", token=token)
    assert (await site.api("GET", "/me/contact", token=token))[1] == {"name": None, "mobile": None}
    row = await Citizen.get()
    assert (row.name_sealed, row.mobile_sealed, row.mobile_index) == (None, None, None)
    assert await Identity.filter(channel="phone").count() == 0


async def test_an_outdated_consent_is_refused(site, token) -> None:
    body = {"name": "privacy", "version": "2020-01"}
    assert await site.refusal("POST", "/consents", body, token=token) == (409, "consent.outdated")
