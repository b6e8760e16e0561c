"""Signing in to the H5 pages: through WeChat's web authorisation, and by a code in a text message."""

import html
import re
from collections.abc import AsyncIterator
from urllib.parse import parse_qs, urlsplit

import aiohttp
import pytest
from sanic import Sanic

from app.citizens import consenting, queries
from app.citizens.models import Citizen, Consent, SmsQuota
from app.http.session import Session
from app.settings import SmsSettings
from h5 import sign_in_state
from tests.citizens.site import Site
from tests.citizens.site import site as open_site
from tests.factories import NOW
from tests.running import from_address

AUTHORISE = "/h5/sign-in/wechat"


@pytest.fixture
async def site(db: str) -> AsyncIterator[Site]:
    async with open_site() as held:
        yield held


async def step(site: Site, url: str) -> tuple[int, str]:
    """One GET without following. Returns status and where it leads."""
    async with site.http.get(url, allow_redirects=False) as response:
        return response.status, response.headers.get("location", "")


async def away_and_back(site: Site, path: str = AUTHORISE) -> str:
    """Go to WeChat; returns the address that WeChat sends the browser back to."""
    _, to_wechat = await step(site, site.url + path)
    _, back = await step(site, to_wechat)
    return back


async def post(site: Site, path: str, **fields: str) -> tuple[int, str, str]:
    """Fill in the form of the page at `path` and send it. Returns status, where it leads, and the page."""
    async with site.http.get(site.url + path) as response:
        csrf = re.search(r'name="csrf" value="([0-9a-f]+)"', await response.text())[1]
    async with site.http.post(site.url + path, data=fields | {"csrf": csrf}, allow_redirects=False) as response:
        return response.status, response.headers.get("location", ""), await response.text()


async def is_signed_in(site: Site) -> bool:
    return (await step(site, f"{site.url}/h5/bookings"))[0] == 200


async def codes(site: Site) -> list[str]:
    return [str(message["data"]["code"]) for message in site.messages if message.get("kind") == "sms"]


async def test_through_wechat_and_on_to_where_the_citizen_was(site) -> None:
    back = await away_and_back(site, f"{AUTHORISE}?next=/h5/bookings")
    assert await step(site, back) == (303, "/h5/bookings")
    assert await is_signed_in(site)


async def test_the_browser_and_the_mini_program_are_one_citizen(site) -> None:
    await step(site, await away_and_back(site))
    assert (await site.sign_in("demo-zhang"))[0] == 201
    assert await Citizen.all().count() == 1


async def agree(site: Site, **fields: str) -> tuple[int, str]:
    """Send the form of the sign-in page. Returns status and page."""
    async with site.http.get(f"{site.url}/h5/sign-in") as response:
        csrf = re.search(r'name="csrf" value="([0-9a-f]+)"', await response.text())[1]
    async with site.http.post(site.url + AUTHORISE, data={"csrf": csrf, **fields}, allow_redirects=False) as response:
        return response.status, await response.text()


async def test_agreeing_on_the_way_is_recorded_and_only_then(site) -> None:
    await step(site, await away_and_back(site))
    assert await Consent.all().count() == 0
    status, page = await agree(site, agreed="2026-11", next="/h5/bookings")
    to_wechat = html.unescape(re.search(r'http-equiv="refresh" content="0;url=([^"]+)"', page)[1])
    assert (status, await Consent.all().count()) == (200, 0)
    _, back = await step(site, to_wechat)
    assert await step(site, back) == (303, "/h5/bookings")
    assert (await Consent.get()).channel == "h5"


async def test_no_link_agrees_for_anybody(site) -> None:
    await step(site, await away_and_back(site, f"{AUTHORISE}?agreed=2026-11"))
    forged = {"csrf": "0" * 64, "agreed": "2026-11"}
    async with site.http.post(site.url + AUTHORISE, data=forged, allow_redirects=False) as response:
        assert response.status == 403
    assert await is_signed_in(site)
    assert await Consent.all().count() == 0


@pytest.mark.parametrize("fields", [{}, {"agreed": "2025-01"}])
async def test_a_form_without_the_tick_says_so_and_keeps_where_to_go(site, fields) -> None:
    status, page = await agree(site, next="/h5/bookings", **fields)
    assert (status, "请先阅读隐私政策并勾选同意" in page, 'value="/h5/bookings"' in page) == (422, True, True)
    assert site.state.calls["/sns/oauth2/access_token"] == 0


async def test_the_return_address_is_always_the_same_one(site) -> None:
    _, to_wechat = await step(site, f"{site.url}{AUTHORISE}?next=/h5/bookings")
    assert to_wechat.endswith("#wechat_redirect")
    assert parse_qs(urlsplit(to_wechat).query)["redirect_uri"] == [f"{site.url}/h5/sign-in/wechat/back"]


@pytest.mark.parametrize(
    "target", ["https://evil.example/", "//evil.example", "/\\evil.example", "javascript:alert(1)", "/%0d%0aX: 1", ""]
)
async def test_nobody_is_sent_to_another_host(site, target) -> None:
    _, leads_to = await step(site, await away_and_back(site, f"{AUTHORISE}?next={target}"))
    assert leads_to == "/h5/"


async def test_an_answer_meant_for_another_browser_is_refused(site) -> None:
    back = await away_and_back(site)
    async with aiohttp.ClientSession() as other, other.get(back, allow_redirects=False) as response:
        assert response.status == 403
        assert "不是从本页面发起" in await response.text()
    assert await Session.all().count() == 0


async def test_a_strangers_code_cannot_be_slipped_into_a_browser(site) -> None:
    strangers_code = site.state.issue_code("wang", "web")
    await step(site, site.url + AUTHORISE)
    assert (await step(site, f"{site.url}/h5/sign-in/wechat/back?code={strangers_code}&state={'0' * 32}"))[0] == 403
    assert await Session.all().count() == 0


async def test_the_same_answer_twice_signs_in_once(site) -> None:
    _, to_wechat = await step(site, site.url + AUTHORISE)
    jar = {cookie.key: cookie.value for cookie in site.http.cookie_jar}
    _, back = await step(site, to_wechat)
    again = back.replace(parse_qs(urlsplit(back).query)["code"][0], site.state.issue_code("zhang", "web"))
    assert (await step(site, back))[0] == 303
    async with aiohttp.ClientSession(cookies=jar) as other, other.get(again, allow_redirects=False) as response:
        assert response.status == 403
    assert await Session.all().count() == 1


async def test_going_back_in_the_browser_after_signing_in_goes_on_home(site) -> None:
    back = await away_and_back(site)
    await step(site, back)
    assert await step(site, back) == (303, "/h5/")


async def test_signing_in_again_ends_the_session_before(site) -> None:
    await step(site, await away_and_back(site))
    before = await Session.get()
    await step(site, await away_and_back(site))
    assert (await Session.get()).token_hash != before.token_hash


@pytest.mark.parametrize(("errcode", "status"), [(40029, 401), (40163, 401), (45011, 429), (40226, 403)])
async def test_a_refused_code_is_explained_on_a_page(site, errcode, status) -> None:
    back = await away_and_back(site)
    site.faults.order(path="/sns/oauth2/access_token", kind="errcode", value=errcode)
    assert (await step(site, back))[0] == status
    assert await Session.all().count() == 0


async def test_a_snapshot_page_makes_no_citizen(site) -> None:
    site.http.cookie_jar.update_cookies({"sandbox_snapshot": "1"})
    async with site.http.get(await away_and_back(site), allow_redirects=False) as response:
        assert (response.status, "使用完整服务" in await response.text()) == (403, True)
    assert await Citizen.all().count() == 0


async def test_a_code_by_text_message_signs_in(site) -> None:
    status, leads_to, _ = await post(site, "/h5/sign-in/phone", mobile="138 0000 0009", next="/h5/bookings")
    assert (status, leads_to) == (303, "/h5/sign-in/phone/code?next=%2Fh5%2Fbookings")
    (code,) = await codes(site)
    fields = {"code": code, "agreed": "2026-11", "next": "/h5/bookings"}
    assert (await post(site, "/h5/sign-in/phone/code", **fields))[:2] == (303, "/h5/bookings")
    assert await is_signed_in(site)
    assert await Consent.all().count() == 1


async def test_without_agreeing_nobody_is_made_no_mobile_is_kept_and_no_try_is_spent(site) -> None:
    await post(site, "/h5/sign-in/phone", mobile="13800000009")
    (code,) = await codes(site)
    status, _, page = await post(site, "/h5/sign-in/phone/code", code=code)
    assert (status, "请先阅读隐私政策并勾选同意" in page) == (422, True)
    assert await Citizen.all().count() == 0
    assert (await post(site, "/h5/sign-in/phone/code", code=code, agreed="2026-11"))[0] == 303


async def test_a_browsers_mobile_is_forgotten_with_the_consent_and_kept_again_with_the_next(site) -> None:
    for _ in range(2):
        await SmsQuota.all().delete()
        await post(site, "/h5/sign-in/phone", mobile="13800000009")
        await post(site, "/h5/sign-in/phone/code", code=(await codes(site))[-1], agreed="2026-11")
        citizen = await Citizen.get()
        assert (await queries.citizen(citizen.id)).mobile == "13800000009"
        await consenting.withdraw(citizen_id=citizen.id, name="privacy", now=NOW)
        assert (await queries.citizen(citizen.id)).mobile is None


async def test_the_code_stands_in_no_answer_and_the_mobile_in_no_address(site) -> None:
    _, leads_to, page = await post(site, "/h5/sign-in/phone", mobile="13800000009")
    async with site.http.get(site.url + leads_to) as response:
        page += await response.text()
    assert (await codes(site))[0] not in page
    assert "13800000009" not in leads_to


async def test_a_wrong_code_says_how_many_tries_are_left(site) -> None:
    await post(site, "/h5/sign-in/phone", mobile="13800000009")
    wrong = f"{(int((await codes(site))[0]) + 1) % 1_000_000:06d}"
    status, _, page = await post(site, "/h5/sign-in/phone/code", code=wrong, agreed="2026-11")
    assert (status, "还可再试 4 次" in page) == (422, True)
    assert not await is_signed_in(site)


async def test_a_second_code_within_a_minute_is_refused_and_the_mobile_kept_in_the_form(site) -> None:
    await post(site, "/h5/sign-in/phone", mobile="13800000009")
    status, _, page = await post(site, "/h5/sign-in/phone", mobile="13800000009")
    assert (status, "每分钟只能获取一次" in page, 'value="13800000009"' in page) == (429, True, True)
    assert len(await codes(site)) == 1


async def test_one_network_counts_as_one_whatever_its_addresses_and_is_told_how_to_go_on(site) -> None:
    context = Sanic.get_app("zhangban_site").ctx
    context.settings = context.settings.model_copy(update={"sms": SmsSettings(network_a_day=3)})
    answers = []
    for n in range(4):
        from_address(site.http, "zhangban_site", f"[2001:db8:1:2::{n}]")
        answers.append(await post(site, "/h5/sign-in/phone", mobile=f"1380000010{n}"))
    assert [status for status, *_ in answers] == [303, 303, 303, 429]
    assert "请关闭无线网络改用手机流量再试，或使用微信登录" in answers[-1][2]
    from_address(site.http, "zhangban_site", "[2001:db8:1:3::1]")
    assert (await post(site, "/h5/sign-in/phone", mobile="13800000177"))[0] == 303


async def test_a_mobile_that_is_none_is_named(site) -> None:
    status, _, page = await post(site, "/h5/sign-in/phone", mobile="1380000")
    assert (status, "请输入 11 位手机号码" in page) == (422, True)


async def test_an_sms_service_in_trouble_is_said_on_the_page(site) -> None:
    site.faults.order(path="/", kind="http500")
    status, _, page = await post(site, "/h5/sign-in/phone", mobile="13800000009")
    assert (status, "外部平台暂时没有响应" in page) == (503, True)


def test_a_journey_ends_after_ten_minutes_and_cannot_be_altered() -> None:
    journey = sign_in_state.begin(after="/h5/", agreed=None, now=NOW)
    cookie = sign_in_state.packed(journey)
    read = lambda text, now: sign_in_state.unpacked(text, state=journey.state, now=now)  # noqa: E731
    assert read(cookie, NOW) == journey
    assert read(cookie, NOW + sign_in_state.LIVES) is None
    assert [read(text, NOW) for text in ("", "x", ".", "x" + cookie, cookie + "0", cookie.swapcase())] == [None] * 6
