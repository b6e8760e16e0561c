"""Every route of the console has a row in the table of who may do what, and the console obeys it (B05)."""

import re

import pytest

from admin.access import ACCESS, PLACES
from app import clock
from app.http.session import open_session
from app.staff.rules import Role
from tests.admin.console import Browser, browsing, make_app
from tests.pickup.shelf import make_ready
from tests.queue.day import make_booking, make_hall
from tests.staff.people import make_staff

KEEPS_ME_IN = [key for key in ACCESS if key != "POST /admin/sign-out" and ACCESS[key] is not None]


def test_every_route_has_a_row_and_every_row_a_route() -> None:
    app = make_app()
    app.router.finalize()
    routes = {
        f"{method} /{route.path}"
        for route in app.router.routes
        for method in route.methods or ()
        if route.path.split("/")[0] == "admin"
    }
    app._app_registry.pop(app.name)
    assert routes == set(ACCESS)


def test_every_place_of_the_menu_is_a_page_that_needs_a_role() -> None:
    assert [place.path for place in PLACES if not ACCESS[f"GET {place.path}"]] == []


@pytest.mark.parametrize("role", list(Role))
async def test_each_role_may_do_exactly_what_the_table_says(browser: Browser, role: Role) -> None:
    staff = await make_staff(roles=(role,))
    token = await open_session(kind="staff", subject_id=staff.id, channel="console", now=clock.now())
    browser.http.cookie_jar.update_cookies({"zb_staff": token})
    await browser.get("/admin/password")
    wrong = []
    for key in KEEPS_ME_IN:
        method, path = key.split(" ")
        address = re.sub(r"<\w+:\w+>", "X", path)
        page = await (browser.get(address) if method == "GET" else browser.post(address))
        if (page.status == 403) is (role in (ACCESS[key] or ())):
            wrong.append((key, page.status))
    assert wrong == []


@pytest.mark.parametrize("key", KEEPS_ME_IN)
async def test_nothing_answers_without_a_session(browser: Browser, key: str) -> None:
    method, path = key.split(" ")
    address = re.sub(r"<\w+:\w+>", "X", path)
    await browser.get("/admin/sign-in")
    page = await (browser.get(address) if method == "GET" else browser.post(address))
    assert page.path == "/admin/sign-in"


async def test_a_citizens_token_opens_nothing(browser: Browser) -> None:
    token = await open_session(kind="citizen", subject_id=1, channel="wechat", now=clock.now())
    browser.http.cookie_jar.update_cookies({"zb_staff": token})
    assert (await browser.get("/admin/audit")).path == "/admin/sign-in"


async def test_the_menu_shows_only_what_one_may_open(browser: Browser) -> None:
    await make_staff(roles=(Role.AUDITOR,))
    page = await browser.sign_in()
    assert page.path == "/admin/audit"
    assert ("审计日志" in page.words, "今日工作" in page.words) == (True, False)


async def test_a_clerk_of_another_hall_sees_nothing_of_this_one(browser: Browser) -> None:
    await make_hall(opened_by=None)
    booking, pickup = await make_booking(), await make_ready()
    await make_staff(halls=("HALL-TJA",))
    await browser.sign_in()
    paths = [
        "/admin/bookings?hall=HALL-SZ", f"/admin/bookings/{booking.number}", f"/admin/pickups/{pickup.code}",
        "/admin/pickups?hall=HALL-SZ", "/admin/desk?hall=HALL-SZ",
    ]  # fmt: skip
    pages = [await browser.get(path) for path in paths]
    assert [page.status for page in pages] == [403] * 5
    assert all("您的账号不负责这个大厅" in page.words for page in pages)
    assert (await browser.sit_down("HALL-SZ-B01")).status == 403


async def test_two_people_at_two_counters_are_two_callers(browser: Browser) -> None:
    await make_staff()
    await browser.sign_in()
    async with browsing(browser.url) as other:
        assert (await other.get("/admin/today")).path == "/admin/sign-in"
