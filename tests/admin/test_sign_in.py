"""Signing in to the console, staying in, and being out."""

from datetime import timedelta

import pytest

from app import clock
from app.http.session import Session
from app.staff import actions
from app.staff.models import AuditRow
from app.staff.rules import Role
from tests.admin.console import Browser, browsing
from tests.running import from_address
from tests.staff.people import PASSWORD, ROOT, make_staff


async def test_the_right_password_opens_the_console(browser: Browser) -> None:
    await make_staff()
    page = await browser.sign_in()
    assert (page.status, page.path) == (200, "/admin/desk")


async def test_a_wrong_password_says_so_and_keeps_the_account_typed(browser: Browser) -> None:
    await make_staff()
    page = await browser.sign_in(password="wrong-wrong-wrong")
    assert (page.status, "账号或密码不正确，请重新输入" in page.words) == (401, True)
    assert 'value="hu.min"' in page.text
    assert "wrong-wrong" not in page.text


async def test_a_locked_account_is_told_when_to_come_back(browser: Browser) -> None:
    await make_staff()
    for _ in range(5):
        await browser.sign_in(password="wrong-wrong-wrong")
    page = await browser.sign_in()
    assert (page.status, "请 15 分钟后再试" in page.words) == (429, True)


async def test_whoever_changes_the_address_within_one_network_is_locked_out_all_the_same(browser: Browser) -> None:
    await make_staff()
    for n in range(5):
        from_address(browser.http, "zhangban_console", f"[2001:db8:1:2::{n}]")
        await browser.sign_in(password="wrong-wrong-wrong")
    from_address(browser.http, "zhangban_console", "[2001:db8:1:2::ffff]")
    assert (await browser.sign_in()).status == 429
    assert await AuditRow.filter(source="[2001:db8:1:2::1]").count() == 1
    from_address(browser.http, "zhangban_console", "[2001:db8:1:3::1]")
    assert (await browser.sign_in()).path == "/admin/desk"


async def test_an_empty_form_is_refused(browser: Browser) -> None:
    await browser.get("/admin/sign-in")
    page = await browser.post("/admin/sign-in", username="", password="")
    assert (page.status, "请输入账号和密码" in page.words) == (422, True)


async def test_whoever_is_not_signed_in_is_sent_to_the_door_and_back(browser: Browser) -> None:
    page = await browser.get("/admin/bookings?on=2026-11-25")
    assert page.path == "/admin/sign-in"
    assert 'value="/admin/bookings?on=2026-11-25"' in page.text


@pytest.mark.parametrize("target", ["https://evil.example", "//evil.example", "/\\evil.example", "javascript:alert(1)"])
async def test_the_way_back_leads_nowhere_else(browser: Browser, target: str) -> None:
    await make_staff()
    await browser.get("/admin/sign-in")
    page = await browser.post("/admin/sign-in", username="hu.min", password=PASSWORD, next=target)
    assert page.path == "/admin/desk"


async def test_the_cookie_is_out_of_reach_of_scripts_and_other_sites(browser: Browser) -> None:
    await make_staff()
    await browser.sign_in()
    (cookie,) = [c for c in browser.http.cookie_jar if c.key == "zb_staff"]
    assert (cookie["httponly"], cookie["samesite"].lower(), cookie["max-age"]) == (True, "lax", "")


async def test_a_form_of_another_page_is_refused(browser: Browser) -> None:
    await make_staff()
    await browser.sign_in()
    browser.csrf = "0" * 64
    page = await browser.post("/admin/sign-out")
    assert (page.status, "页面已过期" in page.words) == (403, True)


async def test_fifteen_idle_minutes_end_the_session(browser: Browser) -> None:
    await make_staff()
    await browser.sign_in()
    await Session.filter(kind="staff").update(seen_at=clock.now() - timedelta(minutes=15, seconds=1))
    assert (await browser.get("/admin/today")).path == "/admin/sign-in"


async def test_what_an_open_page_asks_by_itself_keeps_no_session_alive(clerk: Browser) -> None:
    by_itself, idle = {"x-by-itself": "1"}, timedelta(minutes=14)
    await Session.filter(kind="staff").update(seen_at=clock.now() - idle)
    for path in ("/admin/today/live", "/admin/alarms/open", "/admin/following"):
        async with clerk.http.get(clerk.url + path, headers=by_itself) as answer:
            assert (answer.status, answer.url.path) == (200, path)
    assert clock.now() - (await Session.get()).seen_at >= idle
    await clerk.get("/admin/today")
    assert clock.now() - (await Session.get()).seen_at < timedelta(minutes=1)


async def test_twelve_hours_end_the_session_however_busy(browser: Browser) -> None:
    await make_staff()
    await browser.sign_in()
    await Session.filter(kind="staff").update(opened_at=clock.now() - timedelta(hours=12, seconds=1))
    assert (await browser.get("/admin/today")).path == "/admin/sign-in"


async def test_signing_out_ends_it_on_the_server(browser: Browser) -> None:
    await make_staff()
    await browser.sign_in()
    await browser.get("/admin/password")
    assert (await browser.post("/admin/sign-out")).path == "/admin/sign-in"
    assert await Session.filter(kind="staff").count() == 0


async def test_a_disabled_account_is_out_with_the_next_click(browser: Browser) -> None:
    await make_staff()
    await browser.sign_in()
    await actions.change_access(
        by=ROOT, username="hu.min", roles=[Role.CLERK], hall_codes=[], is_active=False, now=clock.now()
    )
    assert (await browser.get("/admin/today")).path == "/admin/sign-in"


async def test_a_first_password_must_be_changed_before_anything_else(browser: Browser) -> None:
    await make_staff(must_change=True)
    assert (await browser.sign_in()).path == "/admin/password"
    assert (await browser.get("/admin/today")).path == "/admin/password"
    page = await browser.post("/admin/password", old=PASSWORD, new="huai-he-bian-shang", again="huai-he-bian-shang")
    assert "密码已修改" in page.words
    assert (await browser.get("/admin/today")).path == "/admin/desk"


async def test_a_weak_or_mistyped_new_password_is_refused_beside_its_field(browser: Browser) -> None:
    await make_staff()
    await browser.sign_in()
    await browser.get("/admin/password")
    weak = await browser.post("/admin/password", old=PASSWORD, new="short", again="short")
    other = await browser.post("/admin/password", old=PASSWORD, new="huai-he-bian-shang", again="x")
    assert (weak.status, "密码须为 12 至 128 个字符" in weak.words) == (422, True)
    assert (other.status, "两次输入的新密码不一致" in other.words) == (422, True)


async def test_two_browsers_are_two_sessions(browser: Browser) -> None:
    await make_staff()
    await browser.sign_in()
    async with browsing(browser.url) as other:
        await other.sign_in()
        await other.get("/admin/password")
        await other.post("/admin/sign-out")
    assert (await browser.get("/admin/password")).path == "/admin/password"
