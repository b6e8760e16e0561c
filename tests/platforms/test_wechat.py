"""Our WeChat client against the stand-in, and the stand-in against somebody else's client (wechatpy 1.8.18)."""

import asyncio
import json
from typing import Any
from urllib.parse import parse_qs, urlsplit

import aiohttp
import pytest
from wechatpy import WeChatClient
from wechatpy.exceptions import WeChatClientException

from app.errors import PlatformUnavailable
from app.platforms.tokens import AccessToken
from app.platforms.wechat import Kind, WeChat, WeChatRefused
from tests.marks import on_both
from tests.platforms.conftest import Platforms
from tests.sandbox.wechat_state import ACCOUNTS, MINI_PROGRAM, OFFICIAL_ACCOUNT, Refused, State

TOKEN, SEND, SESSION = "/cgi-bin/stable_token", "/cgi-bin/message/subscribe/send", "/sns/jscode2session"
GOOD = {"thing1": "不动产登记", "time2": "2026年11月24日 09:00"}


async def send(
    wechat: WeChat, state: State, *, n: int = 1, data: dict[str, str] | None = None, to: str = "zhang"
) -> str | None:
    openid = state.openid(to)
    state.grant(openid=openid, template_id="T1", n=n)
    return await wechat.send_subscribe(openid=openid, template_id="T1", page="pages/web/index?n=1", data=data or GOOD)


async def fault(platforms: Platforms, path: str, kind: str, value: Any = None, times: int = 1) -> None:
    order = {"path": path, "kind": kind, "value": value, "times": times}
    async with aiohttp.ClientSession() as http, http.post(f"{platforms.url}/_control/faults", json=order) as answer:
        assert answer.status == 200


async def errcode_of(call: Any) -> int:
    with pytest.raises(WeChatRefused) as refused:
        await call
    return refused.value.errcode


@on_both
async def test_ten_calls_from_three_processes_fetch_one_token(db: str, platforms: Platforms, state: State) -> None:
    clients = [platforms.wechat() for _ in range(3)]
    sent = await asyncio.gather(*(send(clients[i % 3], state, to=f"p{i}") for i in range(10)))
    assert len(set(sent)) == 10
    assert (state.calls[TOKEN], state.calls[SEND]) == (1, 10)


@on_both
async def test_a_token_that_stopped_working_is_renewed_once_for_all(
    db: str, platforms: Platforms, state: State
) -> None:
    clients = [platforms.wechat() for _ in range(3)]
    await asyncio.gather(*(send(client, state, to=f"o{i}") for i, client in enumerate(clients)))
    state.invalidate_tokens()
    await asyncio.gather(*(send(clients[i % 3], state, to=f"p{i}") for i in range(10)))
    assert state.calls[TOKEN] == 2
    assert len(platforms.messages.all) == 13


async def test_an_invalid_token_costs_one_refresh_and_one_retry(wechat: WeChat, state: State) -> None:
    await send(wechat, state)
    state.invalidate_tokens()
    await send(wechat, state)
    assert (state.calls[TOKEN], state.calls[SEND]) == (2, 3)


@pytest.mark.parametrize("errcode", [40001, 42001, 40014])
async def test_a_token_refused_twice_is_not_tried_a_third_time(
    platforms: Platforms, wechat: WeChat, state: State, errcode: int
) -> None:
    await fault(platforms, SEND, "errcode", errcode, times=9)
    with pytest.raises(WeChatRefused) as refused:
        await send(wechat, state)
    assert (refused.value.errcode, refused.value.kind) == (errcode, Kind.REFRESH)
    # the first token, the same again, then a forced one: wechat.md 2.3
    assert state.calls[TOKEN] == 3


async def test_a_token_near_its_end_is_replaced_before_it_fails(wechat: WeChat, state: State) -> None:
    state.skew_s = -7000
    first, left_s = state.tokens[MINI_PROGRAM].stable(now=state.now(), is_forced=False)
    state.skew_s = 0
    assert left_s == 7200
    await send(wechat, state)
    (second,) = set(state.tokens[MINI_PROGRAM].valid) - {first}
    assert state.calls[SEND] == 1
    state.check_token(second)
    state.check_token(first)  # both work in the last five minutes


@pytest.mark.parametrize("kind", ["http500", "garbage", "empty"])
@pytest.mark.parametrize("path", [TOKEN, SEND])
async def test_a_broken_answer_is_an_unavailable_platform(
    platforms: Platforms, wechat: WeChat, state: State, path: str, kind: str
) -> None:
    await fault(platforms, path, kind)
    with pytest.raises(PlatformUnavailable):
        await send(wechat, state)
    assert platforms.messages.all == []


async def test_a_silent_platform_is_given_up_within_five_seconds(platforms: Platforms, wechat: WeChat) -> None:
    await fault(platforms, SESSION, "hang")
    async with asyncio.timeout(5):
        with pytest.raises(PlatformUnavailable):
            await wechat.session_of("demo-zhang")


@pytest.mark.parametrize("kind", ["http500", "garbage", "errcode"])
async def test_without_a_token_nothing_was_sent_and_the_reason_says_so(
    platforms: Platforms, wechat: WeChat, state: State, kind: str
) -> None:
    """Also when the first token was refused and the second one does not come."""
    await send(wechat, state)
    state.invalidate_tokens()
    await fault(platforms, TOKEN, kind, -1, times=3)
    refused = WeChatRefused if kind == "errcode" else PlatformUnavailable
    with pytest.raises(refused) as said:
        await send(wechat, state)
    assert getattr(said.value, "data", {}).get("reason") == (None if kind == "errcode" else "no token")
    assert len(platforms.messages.all) == 1


async def test_a_slow_or_busy_platform_still_signs_in(platforms: Platforms, wechat: WeChat) -> None:
    await fault(platforms, SESSION, "delay", 0.2)
    await fault(platforms, SESSION, "errcode", -1)
    first = await wechat.session_of("demo-zhang")
    assert await wechat.session_of("demo-zhang") == first


async def test_a_token_service_that_recovers_is_asked_again(platforms: Platforms, wechat: WeChat, state: State) -> None:
    await fault(platforms, TOKEN, "http500")
    with pytest.raises(PlatformUnavailable):
        await send(wechat, state)
    assert await send(wechat, state) is not None


KINDS = [
    (-1, Kind.RETRY), (45009, Kind.RETRY), (43108, Kind.RETRY), (43101, Kind.NO_CONSENT), (40003, Kind.UNREACHABLE),
    (40037, Kind.CONFIGURATION), (43107, Kind.CONFIGURATION), (48001, Kind.CONFIGURATION), (47003, Kind.FINAL),
    (99999, Kind.FINAL),
]  # fmt: skip


@pytest.mark.parametrize(("errcode", "kind"), KINDS)
async def test_each_refusal_says_what_to_do_next(
    platforms: Platforms, wechat: WeChat, state: State, errcode: int, kind: Kind
) -> None:
    await fault(platforms, SEND, "errcode", errcode)
    with pytest.raises(WeChatRefused) as refused:
        await send(wechat, state)
    assert (refused.value.errcode, refused.value.kind) == (errcode, kind)


async def test_an_errcode_that_comes_as_text_counts(platforms: Platforms, wechat: WeChat) -> None:
    await fault(platforms, SESSION, "errcode", "40226")
    assert await errcode_of(wechat.session_of("demo-zhang")) == 40226


async def test_a_wrong_secret_is_a_matter_of_configuration(platforms: Platforms) -> None:
    with pytest.raises(WeChatRefused) as refused:
        await platforms.wechat(secret="wrong").session_of("demo-zhang")
    assert refused.value.kind is Kind.CONFIGURATION


async def test_a_login_code_works_once_and_a_demonstration_code_always(wechat: WeChat, state: State) -> None:
    code = state.issue_code("li", "login")
    identity = await wechat.session_of(code)
    assert identity == await wechat.session_of("demo-li")
    assert identity.openid != (await wechat.session_of("demo-zhang")).openid
    assert await errcode_of(wechat.session_of(code)) == 40163
    assert await errcode_of(wechat.session_of("made-up")) == 40029


async def test_a_code_ends_after_five_minutes(wechat: WeChat, state: State) -> None:
    code = state.issue_code("li", "login")
    state.skew_s = 301
    assert await errcode_of(wechat.session_of(code)) == 40029


async def test_a_phone_code_gives_the_mobile_once_and_is_no_login_code(wechat: WeChat, state: State) -> None:
    code = state.issue_code("wang", "phone")
    assert await errcode_of(wechat.session_of(code)) == 40029
    assert await wechat.phone_of(code) == "13800000003"
    assert await errcode_of(wechat.phone_of(code)) == 40163


async def test_web_authorisation_brings_back_the_person_of_the_cookie(platforms: Platforms, wechat: WeChat) -> None:
    url = wechat.authorize_url(oauth_url=platforms.url, redirect_uri="https://a.cn/back?to=1", state="s1")
    async with aiohttp.ClientSession(cookies={"sandbox_citizen": "chen"}) as http:
        answer = await http.get(url, allow_redirects=False)
    back = urlsplit(answer.headers["location"])
    query = parse_qs(back.query)
    assert (back.netloc, query["to"], query["state"]) == ("a.cn", ["1"], ["s1"])
    on_the_web, in_mini_program = (
        await wechat.openid_by_web_code(query["code"][0]),
        await wechat.session_of("demo-chen"),
    )
    assert on_the_web.unionid == in_mini_program.unionid
    assert on_the_web.openid != in_mini_program.openid


async def test_one_grant_carries_one_message(platforms: Platforms, wechat: WeChat, state: State) -> None:
    await send(wechat, state)
    assert await errcode_of(send(wechat, state, n=0)) == 43101
    (message,) = platforms.messages.all
    assert (message["name"], message["page"], message["seq"]) == ("zhang", "pages/web/index?n=1", 1)
    assert message["data"]["thing1"] == {"value": "不动产登记"}


BAD_FIELDS = [
    ("thing1", "字" * 21), ("thing1", ""), ("thing1", "两\n行"), ("phrase3", "超过五个汉字"), ("phrase3", "ok"),
    ("character_string4", "编号1"), ("time2", "25:00"), ("date5", "明天"), ("number6", "1a"), ("name7", "汉" * 11),
    ("amount8", "十元"), ("phone_number9", "1" * 18), ("car_number10", "皖D123456789"), ("letter11", "a1"), ("x", "y"),
]  # fmt: skip


@pytest.mark.parametrize(("name", "value"), BAD_FIELDS)
async def test_a_value_outside_its_fields_limits_is_refused_by_name_and_costs_no_grant(
    platforms: Platforms, wechat: WeChat, state: State, name: str, value: str
) -> None:
    with pytest.raises(WeChatRefused, match=f"data.{name}.value") as refused:
        await send(wechat, state, data={name: value})
    assert (refused.value.errcode, refused.value.kind) == (47003, Kind.FINAL)
    assert state.grant(openid=state.openid("zhang"), template_id="T1", n=0) == 1


GOOD_FIELDS = {
    "thing1": "字" * 20, "phrase3": "五个汉字内", "character_string4": "HZ012-A", "time2": "09:00~09:15",
    "date5": "2026-11-24 09:00~2026-11-24 09:15", "number6": "12.5", "name7": "欧阳·买买提", "amount8": "￥12.50元",
    "phone_number9": "0554-12345", "car_number10": "皖D12345", "letter11": "abc", "symbol12": "※",
}  # fmt: skip


async def test_values_inside_the_limits_arrive(platforms: Platforms, wechat: WeChat, state: State) -> None:
    await send(wechat, state, data=GOOD_FIELDS)
    assert {name: field["value"] for name, field in platforms.messages.all[0]["data"].items()} == GOOD_FIELDS


@pytest.mark.parametrize(
    "page", ["/h5/bookings/X", "h5/bookings/X", "/pages/web/index?path=x", "pages/other", "http:x"]
)
async def test_a_page_that_the_mini_program_does_not_have_is_refused_and_costs_no_grant(
    wechat: WeChat, state: State, page: str
) -> None:
    openid = state.openid("zhang")
    assert state.grant(openid=openid, template_id="T1") == 1
    assert await errcode_of(wechat.send_subscribe(openid=openid, template_id="T1", page=page, data=GOOD)) == 41030
    assert state.grant(openid=openid, template_id="T1", n=0) == 1


async def test_a_message_is_shown_live(platforms: Platforms, wechat: WeChat, state: State) -> None:
    async with aiohttp.ClientSession() as http, http.get(f"{platforms.url}/_control/stream") as stream:
        assert await stream.content.readline() == b": connected\n"
        await send(wechat, state)
        lines = [(await stream.content.readline()).decode() for _ in range(3)]
    assert lines[1] == "id: 1\n"
    assert json.loads(lines[2].removeprefix("data: "))["template_id"] == "T1"


async def test_somebody_elses_client_understands_the_stand_in(platforms: Platforms, state: State) -> None:
    token, _ = state.tokens[MINI_PROGRAM].stable(now=state.now(), is_forced=False)
    openid = state.openid("chen")
    state.grant(openid=openid, template_id="T1")

    def play() -> tuple[str, list[int]]:
        client = WeChatClient(MINI_PROGRAM, ACCOUNTS[MINI_PROGRAM], access_token=token, auto_retry=False)
        client.wxa.API_BASE_URL = f"{platforms.url}/"
        session = client.wxa.code_to_session("demo-chen")
        refusals = []
        for data in ({"thing1": {"value": "好"}}, {"thing1": {"value": "好"}}, {"thing1": {"value": ""}}):
            try:
                client.wxa.send_subscribe_message(openid, "T1", data, page="pages/index/index")
            except WeChatClientException as exc:
                refusals.append(exc.errcode)
        client._http.close()
        return session["openid"], refusals

    assert await asyncio.to_thread(play) == (openid, [43101, 47003])
    assert [message["name"] for message in platforms.messages.all] == ["chen"]


async def test_the_shared_token_is_sealed_at_rest(wechat: WeChat, state: State, sql: Any) -> None:
    await send(wechat, state)
    (row,) = await sql("SELECT * FROM platform_token")
    (token,) = state.tokens[MINI_PROGRAM].valid
    assert token not in str(row)


async def test_a_token_sealed_by_keys_that_are_gone_is_fetched_anew(platforms: Platforms, state: State) -> None:
    await send(platforms.wechat(), state)
    await AccessToken.all().update(token_sealed="9.AAAA")
    await send(platforms.wechat(), state)
    assert state.calls[TOKEN] == 2


async def test_two_messages_to_one_person_at_once_are_one_and_a_43108(
    platforms: Platforms, wechat: WeChat, state: State
) -> None:
    state.send_takes_s = 0.5
    answers = await asyncio.gather(*(send(wechat, state) for _ in range(2)), return_exceptions=True)
    (refused,) = (answer for answer in answers if isinstance(answer, WeChatRefused))
    assert (refused.errcode, refused.kind, refused.wait_s) == (43108, Kind.RETRY, 2)
    assert len(platforms.messages.all) == 1
    assert state.grant(openid=state.openid("zhang"), template_id="T1", n=0) == 1


async def test_one_long_term_grant_carries_many_messages(platforms: Platforms, wechat: WeChat, state: State) -> None:
    state.long_term = {"T1"}
    await send(wechat, state)
    for _ in range(3):
        await send(wechat, state, n=0)
    assert len(platforms.messages.all) == 4


async def test_a_used_up_quota_waits_for_the_next_day_and_costs_no_grant(wechat: WeChat, state: State) -> None:
    state.sends_left = 0
    with pytest.raises(WeChatRefused) as refused:
        await send(wechat, state)
    assert (refused.value.errcode, refused.value.wait_s) == (45009, 6 * 3600)
    assert state.grant(openid=state.openid("zhang"), template_id="T1", n=0) == 1


async def test_the_older_token_lives_five_minutes_beside_its_successor_and_apart_from_the_stable_one(
    platforms: Platforms, state: State
) -> None:
    account = {"grant_type": "client_credential", "appid": MINI_PROGRAM, "secret": ACCOUNTS[MINI_PROGRAM]}
    stable, _ = state.tokens[MINI_PROGRAM].stable(now=state.now(), is_forced=False)
    async with aiohttp.ClientSession() as http:
        url = f"{platforms.url}/cgi-bin/token"
        answers = [await (await http.get(url, params=account)).json() for _ in range(2)]
    first, second = (answer["access_token"] for answer in answers)
    for token in (stable, first, second):
        state.check_token(token)
    state.skew_s = 301
    state.check_token(second)
    state.check_token(stable)
    with pytest.raises(Refused):
        state.check_token(first)


async def test_a_wider_authorisation_asks_the_person_first(platforms: Platforms) -> None:
    query = {"appid": OFFICIAL_ACCOUNT, "response_type": "code", "redirect_uri": "http://127.0.0.1/back",
             "scope": "snsapi_userinfo", "state": "s1"}  # fmt: skip
    async with aiohttp.ClientSession() as http:
        url = f"{platforms.url}/connect/oauth2/authorize"
        page = await (await http.get(url, params=query)).text()
        assert ("允许" in page, "拒绝" in page, "code=" in page.replace("response_type=code", "")) == (
            True,
            True,
            False,
        )
        answer = await http.get(url, params={**query, "allowed": "1"}, allow_redirects=False)
    assert answer.headers["location"].startswith("http://127.0.0.1/back?code=")
