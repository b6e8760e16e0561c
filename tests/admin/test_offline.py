"""The counter without network: what it reports later over HTTP, and the page that records it, in a real browser."""

import asyncio
import json
from collections.abc import AsyncIterator
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from playwright.async_api import Page, expect

from app import clock, codes
from app.codes import Code, Purpose
from app.pickup import actions, proxies, queries
from app.pickup.models import Pickup
from app.pickup.present import present
from app.queue.judged import OfflineScan
from app.queue.models import Ticket
from app.staff.models import AuditRow
from tests.admin.console import Browser, console
from tests.admin.test_camera import open_counter
from tests.pickup.shelf import make_ready
from tests.queue.day import CLERK, code_of, make_booking, make_hall
from tests.running import until
from tests.staff.people import make_staff

OWNER = 5
HALLS = "HALL-SZ", "HALL-TJA", "HALL-DT"
PICTURES = Path("var/console")


async def sync(clerk: Browser, what: str, records: list[dict[str, Any]], csrf: str | None = None):
    headers = {"x-csrf": clerk.csrf if csrf is None else csrf}
    async with clerk.http.post(
        f"{clerk.url}/admin/offline/{what}", json={"records": records}, headers=headers
    ) as answer:
        return answer.status, await answer.json()


def record(n: int, text: str, seen_at: datetime, *, counted: int = 3, receiver: str = "张小明") -> dict[str, Any]:
    return {
        "scanId": f"scan-{n:04d}", "text": text, "seenAt": seen_at.isoformat(), "itemsCounted": counted,
        "receiver": receiver, "counter": "HALL-SZ-B01",
    }  # fmt: skip


async def text_of(pickup: Pickup, at: datetime) -> str:
    return (await queries.show_code(code=pickup.code, citizen_id=OWNER, now=at)).text


async def test_hand_overs_are_entered_once_and_conflicts_listed(clerk: Browser) -> None:
    back = clock.now()
    seen = back - timedelta(minutes=30)
    good, given, short, named = [await make_ready(citizen_id=OWNER, now=seen) for _ in range(4)]
    await present(text=await text_of(given, back), hall_code="HALL-SZ", by=CLERK, now=back)
    text_given = await text_of(given, seen)
    await actions.hand_over(
        pickup_code=given.code, counter_code="HALL-SZ-B02", items_counted=3, receiver="张", by=CLERK, now=back
    )
    proxy = await proxies.name_proxy(
        pickup_code=named.code, citizen_id=OWNER, name="王小红", tail="1234", now=seen - timedelta(minutes=5)
    )
    text_proxy = (await proxies.show_code(secret=proxy.secret, now=seen)).text
    await proxies.revoke(pickup_code=named.code, citizen_id=OWNER, now=seen - timedelta(minutes=1))
    text = await text_of(good, seen)
    records = [
        record(1, text, seen),
        record(2, text, seen + timedelta(seconds=20)),
        record(3, text_given, seen),
        record(4, await text_of(short, seen), seen, counted=2),
        record(5, text_proxy, seen, receiver="王小红"),
        record(6, await text_of(short, seen), seen + timedelta(seconds=61)),
        record(7, text[:-4] + "AAAA", seen),
        record(8, codes.issue(Code(Purpose.PICKUP, "NOSUCH", "N", seen + timedelta(minutes=1))), seen),
        record(9, await text_of(short, back), back + timedelta(minutes=3)),
    ]
    status, first = await sync(clerk, "pickups", records)
    again = await sync(clerk, "pickups", records)
    assert (status, [item["outcome"] for item in first["items"]]) == (200, [
        "ok", "pickup.already_handed_over", "pickup.already_handed_over", "pickup.items_differ",
        "pickup.proxy_revoked", "code.expired", "code.not_ours", "pickup.code_replaced", "offline.seen_in_future",
    ])  # fmt: skip
    assert again == (200, first)
    done = await Pickup.get(id=good.id)
    assert (done.state, done.handed_at, done.counter_code) == ("handed_over", seen, "HALL-SZ-B01")
    assert await OfflineScan.all().count() == 9
    assert await Pickup.filter(state="ready").count() == 2


async def test_a_hand_over_by_a_clock_that_is_ahead_is_of_now_and_audited_now(clerk: Browser) -> None:
    pickup = await make_ready(citizen_id=OWNER, now=clock.now())
    ahead = clock.now() + timedelta(seconds=60)
    _, answer = await sync(clerk, "pickups", [record(1, await text_of(pickup, clock.now()), ahead)])
    done, now = await Pickup.get(id=pickup.id), clock.now()
    assert (answer["items"][0]["outcome"], done.handed_at <= now, done.presented_at <= now) == ("ok", True, True)
    rows = await AuditRow.filter(action__in=["pickup.present", "pickup.hand_over"]).values_list("at", flat=True)
    assert (len(rows), max(rows) <= now) == (2, True)


async def test_a_proxy_revoked_after_the_scan_was_named_at_its_moment(clerk: Browser) -> None:
    seen = clock.now() - timedelta(minutes=30)
    pickup = await make_ready(citizen_id=OWNER, now=seen)
    named = await proxies.name_proxy(pickup_code=pickup.code, citizen_id=OWNER, name="王小红", tail="1234", now=seen)
    text = (await proxies.show_code(secret=named.secret, now=seen)).text
    await proxies.revoke(pickup_code=pickup.code, citizen_id=OWNER, now=seen + timedelta(minutes=5))
    wrong, right = record(1, text, seen, receiver="王小兰"), record(2, text, seen, receiver="王小红")
    _, answer = await sync(clerk, "pickups", [wrong, right])
    assert [item["outcome"] for item in answer["items"]] == ["pickup.receiver_differs", "ok"]


async def test_a_report_needs_the_token_the_right_shape_and_not_too_much(clerk: Browser) -> None:
    good = {"scanId": "scan-0001", "text": "x", "seenAt": clock.now().isoformat(), "counter": "HALL-SZ-B01"}
    status, answer = await sync(clerk, "check-ins", [good], csrf="0" * 64)
    assert (status, answer["error"]["code"]) == (403, "form.stale")
    status, answer = await sync(clerk, "check-ins", [{**good, "seenAt": "2026-11-24T09:00:00", "scanId": "a b"}])
    assert (status, sorted(answer["error"]["fields"])) == (422, ["records.0.scanId", "records.0.seenAt"])
    many = [{**good, "scanId": f"scan-{n:04d}"} for n in range(51)]
    assert (await sync(clerk, "check-ins", many))[0] == 422
    assert (await sync(clerk, "check-ins", []))[0] == 422
    assert await OfflineScan.all().count() == 0


@pytest.fixture
async def url(db: str) -> AsyncIterator[str]:
    await make_hall(opened_by=None)
    await make_staff()
    async with console() as browser:
        yield browser.url


async def type_in(page: Page, text: str) -> None:
    await page.fill("[name=text]", text)
    await page.keyboard.press("Enter")


async def kept(page: Page) -> list[dict[str, Any]]:
    texts = await page.evaluate("Object.entries(localStorage).filter(([k]) => k.startsWith('zb-off')).map(e => e[1])")
    return [json.loads(text) for text in texts]


async def record_pickup(page: Page, text: str) -> None:
    await type_in(page, text)
    await expect(page.locator("[data-card]")).to_contain_text("取件码有效")
    await page.fill("[name=counted]", "3")
    await page.fill("[name=receiver]", "张小明")
    await page.click("[data-give] button.primary")


async def test_twenty_scans_without_network_are_reported_once_and_conflicts_shown(url: str) -> None:
    now = clock.now()
    bookings = [await make_booking(starts_at=now, citizen_id=n) for n in range(19)]
    pickup = await make_ready(citizen_id=OWNER, now=now)
    later = now + timedelta(minutes=5)
    async for page in open_counter(url, []):
        await page.goto(f"{url}/admin/offline")
        await page.evaluate("navigator.serviceWorker.ready.then(() => true)")
        await page.context.set_offline(True)
        await page.goto(f"{url}/admin/offline")  # from what the device has kept
        await expect(page.locator("[data-net]")).to_have_text("已断网")
        for n, booking in enumerate(bookings):
            await type_in(page, code_of(booking, expires_at=later))
            await expect(page.locator("[data-counts]")).to_contain_text(f"待上报 {n + 1}")
        await record_pickup(page, await text_of(pickup, now))
        await type_in(page, code_of(bookings[0], expires_at=later))
        await expect(page.locator("[data-card]")).to_contain_text("已登记过，没有重复记录")
        await type_in(page, code_of(bookings[0], expires_at=later)[:-4] + "AAAA")
        await expect(page.locator("[data-card]")).to_contain_text("无法识别该二维码")
        await type_in(page, code_of(bookings[0], expires_at=now - timedelta(minutes=1)))
        await expect(page.locator("[data-card]")).to_contain_text("二维码已过期")
        assert (len(await kept(page)), await Ticket.all().count()) == (20, 0)
        assert await page.evaluate("document.documentElement.scrollWidth") == 375
        await asyncio.to_thread(PICTURES.mkdir, parents=True, exist_ok=True)
        await page.screenshot(path=PICTURES / "offline-recorded.png", full_page=True)
        await bookings[3].filter(id=bookings[3].id).update(state="cancelled")
        await page.context.set_offline(False)
        await expect(page.locator("[data-counts]")).to_have_text("待上报 0，冲突 1，共 20", timeout=20_000)
        await expect(page.locator("[data-list] li").first).to_contain_text("该预约已取消")
        await page.screenshot(path=PICTURES / "offline-reported.png", full_page=True)
        assert "张小明" not in str(await kept(page))
        await page.click("[data-sync]")
        await page.reload()
        await expect(page.locator("[data-counts]")).to_have_text("待上报 0，冲突 1，共 20")
    assert (await Ticket.all().count(), await OfflineScan.all().count()) == (18, 20)
    assert (await Pickup.get()).state == "handed_over"


async def test_without_ed25519_a_scan_is_only_written_down_and_judged_later(url: str) -> None:
    booking = await make_booking(starts_at=clock.now())
    async for page in open_counter(url, []):
        await page.add_init_script("crypto.subtle.importKey = () => Promise.reject(new Error('no Ed25519'))")
        await page.goto(f"{url}/admin/offline")
        text = code_of(booking, expires_at=clock.now() + timedelta(minutes=1))
        await type_in(page, text[:-4] + "AAAA")
        await expect(page.locator("[data-card]")).to_contain_text("只记录，联网后核验")
        await until(lambda: OfflineScan.exists(outcome="code.not_ours"))
        await type_in(page, text)
        await until(lambda: OfflineScan.exists(outcome="ok"))


@pytest.mark.parametrize(("off_s", "says"), [(65, "快 65 秒"), (-90, "慢 90 秒")])
async def test_a_device_whose_clock_is_wrong_goes_by_the_servers(url: str, off_s: int, says: str) -> None:
    """As if the device had been set wrong: a fresh code is good, one that is over is refused, and it is said why."""
    fresh, over = [await make_booking(starts_at=clock.now(), citizen_id=n) for n in range(2)]
    async for page in open_counter(url, []):
        await page.add_init_script(f"const real = Date.now; Date.now = () => real() + {off_s * 1000};")
        await page.goto(f"{url}/admin/offline")
        await expect(page.locator("[data-clock]")).to_have_text(f"本机时钟{says}，已按服务器时间校正")
        await page.evaluate("navigator.serviceWorker.ready.then(() => true)")
        await page.context.set_offline(True)
        await page.goto(f"{url}/admin/offline")  # it is known without network, too
        await expect(page.locator("[data-clock]")).to_have_text(f"本机时钟{says}，已按服务器时间校正")
        await type_in(page, code_of(over, expires_at=clock.now() - timedelta(seconds=10)))
        await expect(page.locator("[data-card]")).to_contain_text("二维码已过期")
        await type_in(page, code_of(fresh, expires_at=clock.now() + timedelta(seconds=50)))
        await expect(page.locator("[data-card]")).to_contain_text("签到已记录")
        await page.context.set_offline(False)
        await until(lambda: OfflineScan.exists(outcome="ok"))
    scan = await OfflineScan.get()
    assert abs((clock.now() - scan.seen_at).total_seconds()) < 40


async def test_a_device_that_never_heard_the_servers_clock_refuses_nobody_by_its_own(url: str) -> None:
    booking = await make_booking(starts_at=clock.now())
    async for page in open_counter(url, []):
        await page.route("**/admin/offline/clock", lambda route: route.abort())
        await page.goto(f"{url}/admin/offline")
        await expect(page.locator("[data-clock]")).to_contain_text("还没有与服务器对过时间")
        await page.context.set_offline(True)
        await type_in(page, code_of(booking, expires_at=clock.now() - timedelta(seconds=10)))
        await expect(page.locator("[data-card]")).to_contain_text("只记录，联网后核验")
        await page.context.set_offline(False)
        await until(lambda: OfflineScan.exists(outcome="code.expired"))


async def test_two_tabs_take_no_record_from_each_other(url: str) -> None:
    first, second, third = [await make_booking(starts_at=clock.now(), citizen_id=n) for n in range(3)]
    later = clock.now() + timedelta(minutes=5)
    async for page in open_counter(url, []):
        await page.goto(f"{url}/admin/offline")
        other = await page.context.new_page()
        await other.goto(f"{url}/admin/offline")
        await page.context.set_offline(True)
        for n, (tab, booking) in enumerate(((page, first), (other, second), (page, third))):
            await type_in(tab, code_of(booking, expires_at=later))
            await expect(tab.locator("[data-counts]")).to_have_text(f"待上报 {n + 1}，冲突 0，共 {n + 1}")
        await expect(other.locator("[data-counts]")).to_have_text("待上报 3，冲突 0，共 3")
        await type_in(other, code_of(first, expires_at=later))
        await expect(other.locator("[data-card]")).to_contain_text("已登记过，没有重复记录")
        await page.context.set_offline(False)  # both tabs report at once
        for tab in (page, other):
            await expect(tab.locator("[data-counts]")).to_have_text("待上报 0，冲突 0，共 3", timeout=20_000)
    assert await Ticket.all().count() == 3


async def test_records_are_judged_where_they_were_made_not_where_they_are_sent(browser: Browser) -> None:
    await make_hall(opened_by=None)
    await make_hall("HALL-TJA", "田家庵区政务服务中心", opened_by=None)
    await make_hall("HALL-DT", "大通区政务服务中心", opened_by=None)
    await make_staff(halls=("HALL-SZ", "HALL-TJA"))
    await browser.sign_in()
    seen = clock.now() - timedelta(minutes=5)
    pickups = [await make_ready(citizen_id=OWNER, now=seen) for _ in HALLS]
    for pickup, hall_code in zip(pickups, HALLS, strict=True):
        await Pickup.filter(id=pickup.id).update(hall_code=hall_code)
    texts = [await text_of(pickup, seen) for pickup in pickups]
    await browser.sit_down("HALL-TJA-B02")
    counters = ["HALL-SZ-B03", "HALL-TJA-B01", "HALL-DT-B01"]
    records = [
        {**record(n, text, seen), "counter": counter}
        for n, (text, counter) in enumerate(zip(texts, counters, strict=True))
    ]
    status, answer = await sync(browser, "pickups", [*records, {**record(9, "x", seen), "counter": "NOWHERE"}])
    outcomes = [item["outcome"] for item in answer["items"]]
    assert (status, outcomes) == (200, ["ok", "ok", "staff.hall_not_yours", "not_found"])
    done = await Pickup.filter(state="handed_over").order_by("id").values_list("counter_code", flat=True)
    assert done == ["HALL-SZ-B03", "HALL-TJA-B01"]
