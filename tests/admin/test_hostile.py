"""Requests that no page of ours sends: each is answered with a page or read as if the nonsense were not there."""

import asyncio
from datetime import timedelta
from urllib.parse import urlsplit

import pytest

from app import clock
from app.clock import CHINA
from app.pickup.models import Pickup
from app.queue.judged import OfflineScan
from app.staff.rules import ALL_HALLS, Role
from tests.admin.console import Browser, Page
from tests.admin.test_offline import sync
from tests.pickup.shelf import make_ready
from tests.queue.day import make_hall
from tests.staff.people import make_staff


@pytest.fixture
async def office(browser: Browser) -> Browser:
    """Somebody with every role, at counter B01."""
    await make_hall(opened_by=None)
    await make_staff(roles=tuple(Role), halls=(ALL_HALLS,))
    await browser.sign_in()
    await browser.sit_down()
    return browser


async def send(browser: Browser, request: str, *, cookie: bytes = b"", header: bytes = b"") -> tuple[int, str]:
    """A request as bytes, which no client library sends. Returns status and text."""
    place = urlsplit(browser.url)
    session = "; ".join(
        f"{cookie.key}={cookie.value}" for cookie in browser.http.cookie_jar if cookie.key == "zb_staff"
    )
    reader, writer = await asyncio.open_connection(place.hostname, place.port)
    lines = [request.encode(), b"Host: " + place.netloc.encode(), b"Connection: close", header]
    lines.append(b"Cookie: " + b"; ".join(filter(None, [session.encode(), cookie])))
    writer.write(b"\r\n".join(filter(None, lines)) + b"\r\n\r\n")
    answer = await reader.read()
    writer.close()
    await writer.wait_closed()
    head, _, body = answer.partition(b"\r\n\r\n")
    return int(head.split()[1]), body.decode()


@pytest.mark.parametrize("name", [b"zb_form", b"zb_desk", b"zb_staff", b"__Host-zb_staff", b"other"])
async def test_a_cookie_of_broken_bytes_is_no_cookie(browser: Browser, name: bytes) -> None:
    status, text = await send(browser, "GET /admin/sign-in HTTP/1.1", cookie=name + b"=\xff\xfe")
    assert (status, "登录" in text) == (200, True)


async def test_a_desk_of_broken_bytes_leads_to_choosing_one(office: Browser) -> None:
    status, _ = await send(office, "GET /admin/today HTTP/1.1", cookie=b"zb_desk=\xff")
    assert status == 303


@pytest.mark.parametrize("header", [b"x-csrf: \xff", b"x-request-id: \xff", b"referer: \xff", b"origin: \xff"])
async def test_a_header_of_broken_bytes_is_answered_with_a_page(office: Browser, header: bytes) -> None:
    status, text = await send(office, "POST /admin/today/next HTTP/1.1", header=header)
    assert (status, "没有完成" in text) == (403, True)


@pytest.mark.parametrize("header", [b"authorization: Bearer \xff", b"idempotency-key: \xffabcdefgh", b"accept: \xff"])
async def test_headers_of_the_api_in_broken_bytes_are_refused_as_json(office: Browser, header: bytes) -> None:
    kind = b"\r\ncontent-type: application/json"
    status, text = await send(office, "POST /api/v1/bookings HTTP/1.1", header=header + kind)
    assert (status, '"code":"auth.sign_in_needed"' in text) == (401, True)


async def ok(page: Page) -> Page:
    assert page.status == 200, page.words
    return page


async def test_days_and_numbers_in_addresses_that_are_none_are_left_out(office: Browser) -> None:
    digits, today = "9" * 5000, clock.now().astimezone(CHINA).date()
    week_ago = today - timedelta(days=6)
    page = await ok(await office.get("/admin/statistics?last=0001-01-03"))
    assert (f'value="{week_ago}"' in page.text, f'value="{today}"' in page.text) == (True, True)
    await ok(await office.get("/admin/statistics?first=9999-12-31&last=9999-12-31"))
    await ok(await office.get("/admin/audit?first=9999-12-31&last=9999-12-31"))
    assert f"{today.year}" in (await ok(await office.get(f"/admin/calendar?year={digits}"))).words
    for path in ("audit", "ratings"):
        for page_asked in (digits, "٣", "²", "-1", "x"):
            await ok(await office.get(f"/admin/{path}?page={page_asked}"))
    assert (await office.get(f"/admin/posters/file?kind=matter&size=A4&part={digits}")).status == 404


async def test_a_signature_that_is_no_picture_is_refused(office: Browser) -> None:
    pickup = await make_ready(now=clock.now())
    await office.get(f"/admin/pickups/{pickup.code}")
    for drawn in ("签名", "data:image/png;base64,签名", "====", "data:image/png;base64,AAAA"):
        form = {"counted": "3", "receiver": "张小明", "signature": drawn}
        page = await office.post(f"/admin/pickups/{pickup.code}/hand-over", form)
        assert (page.status, "图片" in page.words or "照片" in page.words) == (422, True), page.words
    assert (await Pickup.get()).state == "ready"


@pytest.mark.parametrize("day", ["9999-12-31", "0001-01-01"])
async def test_a_closure_until_the_end_of_time_is_refused(office: Browser, day: str) -> None:
    form = {"hall": "HALL-SZ", "kind": "closure", "reason": "消防演练", "first": str(clock.now().date()), "last": day}
    for path in ("/admin/hours", "/admin/hours/apply"):
        page = await office.post(path, form)
        assert (page.status, "停办到" in page.words) == (422, True)
    pattern = {
        "hall": "HALL-SZ", "kind": "extra", "weekdays[]": "1", "starts": "09:00", "ends": "10:00", "rhythm": "weekly",
        "valid_from": day, "reason": "夏令时",
    }  # fmt: skip
    assert (await office.post("/admin/booking-rules/patterns", pattern)).status == 422
    correction = {"day": day, "kind": "off", "source": "通知"}
    assert (await office.post("/admin/calendar", correction)).status == 422


async def test_a_time_of_another_zone_is_refused(office: Browser) -> None:
    tomorrow = clock.now().astimezone(CHINA).date() + timedelta(days=1)
    pattern = {
        "hall": "HALL-SZ", "kind": "extra", "weekdays[]": "1", "starts": "09:00Z", "ends": "10:00", "rhythm": "weekly",
        "valid_from": str(tomorrow), "reason": "夏令时",
    }  # fmt: skip
    closure = {
        "hall": "HALL-SZ", "kind": "closure", "reason": "消防演练", "first": str(tomorrow), "first_time": "09:00Z",
        "last": str(tomorrow), "last_time": "10:00",
    }  # fmt: skip
    for path, form in (("/admin/booking-rules/patterns", pattern), ("/admin/hours", closure)):
        page = await office.post(path, form)
        assert (page.status, "请填写北京时间，写作 08:30" in page.words) == (422, True)


@pytest.mark.parametrize("seen_at", ["0001-01-01T00:00:00+14:00", "9999-12-31T23:59:59-14:00"])
async def test_a_scan_from_the_beginning_or_the_end_of_time_is_judged(office: Browser, seen_at: str) -> None:
    record = {"scanId": "scan-0001", "text": "x", "seenAt": seen_at, "counter": "HALL-SZ-B01"}
    status, answer = await sync(office, "check-ins", [record])
    assert (status, list(answer["error"]["fields"])) == (422, ["records.0.seenAt"])
    assert await OfflineScan.all().count() == 0
