"""What staff do about arriving: pair devices, print posters, take numbers for people, look at who goes first."""

import asyncio
import re

import aiohttp
import pypdfium2
import pytest
from pypdfium2 import PdfDocument

from app import clock, recent
from app.halls.models import Hall
from app.ids import new_code
from app.matters import live
from app.matters.models import Stamp
from app.queue.models import Device, Scan, Step, Ticket
from app.queue.policy import set_policy
from app.staff.models import AuditRow
from app.staff.rules import Role
from tests.admin.console import Browser
from tests.admin.test_today import book
from tests.booking.town import make_matter
from tests.city import Calendar
from tests.factories import NOW
from tests.queue.day import make_hall
from tests.queue.test_walk_in import take
from tests.reading_codes import qr_in
from tests.staff.people import make_staff

LONG = "城乡居民基本养老保险关系转移接续申请（跨省、自治区、直辖市）"


@pytest.fixture(autouse=True)
def morning(monkeypatch: pytest.MonkeyPatch) -> Calendar:
    """Nine o'clock on a Tuesday, when the hall is open."""
    recent.forget_all()
    calendar = Calendar()
    calendar.jump_to(NOW)
    monkeypatch.setattr(clock, "now", calendar.now)
    return calendar


@pytest.fixture
async def manager(browser: Browser) -> Browser:
    """A manager of HALL-SZ, signed in; the hall has one matter with a long name."""
    await make_hall(opened_by=None)
    await make_hall("HALL-TJA", "田家庵区政务服务中心")
    await make_matter("HN-SB-001", ("HALL-SZ", "HZ"), name=LONG, dept_name="淮南市人力资源和社会保障局", stamp=1)
    await Stamp.create(key="all", epoch=new_code(), value=1)
    await live.refresh()
    await make_staff(roles=(Role.MANAGER,))
    await browser.sign_in()
    await browser.get("/admin/password")
    return browser


async def test_a_device_is_added_with_a_link_shown_once_renewed_and_revoked(manager: Browser) -> None:
    page = await manager.post("/admin/devices", hall="HALL-SZ", kind="wall", name="一楼东入口")
    (address,) = re.findall(r"<code>(.*?)</code>", page.text)
    assert re.fullmatch(r"http://127\.0\.0\.1:8000/h5/wall/HALL-SZ\?key=[\w-]{32}", address)
    assert ("<svg" in page.text, "只显示这一次，只能用一次，24 小时内有效" in page.words) == (True, True)
    page = await manager.get("/admin/devices")
    assert (address in page.text, "一楼东入口 签到屏 待配对 还没有连接过" in page.words) == (False, True)
    device = await Device.get()
    again = await manager.post(f"/admin/devices/{device.code}/link")
    assert re.findall(r"<code>(.*?)</code>", again.text) != [address]
    page = await manager.post(f"/admin/devices/{device.code}/revoke")
    assert ("已停用，设备上的页面立即失效" in page.words, "一楼东入口 签到屏 已停用" in page.words) == (True, True)
    late = await manager.post(f"/admin/devices/{device.code}/link")
    assert (late.status, "配对已被撤销" in late.words) == (403, True)
    rows = await AuditRow.filter(action__startswith="device.").order_by("id").values_list("action", flat=True)
    assert rows == ["device.add", "device.renew", "device.revoke"]


async def test_a_manager_has_no_say_over_another_halls_devices(manager: Browser) -> None:
    page = await manager.post("/admin/devices", hall="HALL-TJA", kind="kiosk", name="东")
    assert (page.status, "您的账号不负责这个大厅" in page.words) == (403, True)
    empty = await manager.post("/admin/devices", hall="HALL-SZ", kind="kiosk", name=" ")
    assert (empty.status, "至少填写 1 个字" in empty.words) == (422, True)
    assert await Device.all().count() == 0


async def pdf_of(manager: Browser, query: str) -> PdfDocument:
    async with manager.http.get(f"{manager.url}/admin/posters/file?{query}") as response:
        assert (response.status, response.content_type) == (200, "application/pdf")
        return PdfDocument(await response.read())


def read(document: PdfDocument, page: int = 0) -> tuple[str, str]:
    """What the code on a printed page leads to, and the page's text."""
    return qr_in(document[page].render(scale=1.5).to_pil()), document[page].get_textpage().get_text_range()


MM = 72 / 25.4


@pytest.mark.parametrize(("size", "width", "height"), [("A4", 210, 297), ("A5", 148, 210)])
async def test_the_halls_poster_leads_to_arriving_in_this_hall(
    manager: Browser, size: str, width: int, height: int
) -> None:
    await Hall.filter(code="HALL-SZ").update(latitude=32.6, longitude=117.0)
    document = await pdf_of(manager, f"kind=hall&size={size}")
    assert [round(side / MM) for side in document[0].get_size()] == [width, height]
    address, text = read(document)
    assert address == "http://127.0.0.1:8000/h5/here?hall=HALL-SZ"
    for words in (
        "淮南市政务服务中心",
        "微信扫一扫，签到取号",
        "手机须在大厅附近并允许定位（2026-11-24 印制）",
        "12345",
    ):
        assert words in text


async def test_every_counter_has_a_page_and_its_own_address(manager: Browser) -> None:
    document = await pdf_of(manager, "kind=counter&size=A5")
    pages = [read(document, n) for n in range(len(document))]
    assert [address for address, _ in pages] == [
        f"http://127.0.0.1:8000/h5/here?hall=HALL-SZ&counter=HALL-SZ-{no}" for no in ("B01", "B02", "B03")
    ]
    assert all(f"{no} 户政窗口" in text for no, (_, text) in zip(("B01", "B02", "B03"), pages, strict=True))
    one = await pdf_of(manager, "kind=counter&size=A4&code=HALL-SZ-B02")
    assert (len(one), read(one)[0].endswith("HALL-SZ-B02")) == (1, True)


async def test_a_matters_poster_leads_to_its_guide_and_a_long_name_fits(manager: Browser) -> None:
    document = await pdf_of(manager, "kind=matter&size=A4")
    address, text = read(document)
    assert (len(document), address) == (1, "http://127.0.0.1:8000/h5/matters/HN-SB-001")
    assert LONG in re.sub(r"\s", "", text)
    left, _, right, _ = _bounds(document)
    assert (left > 10 * MM, right < 200 * MM) == (True, True)


def _bounds(document: PdfDocument) -> tuple[float, float, float, float]:
    """Of all text on the first page."""
    boxes = [item.get_bounds() for item in document[0].get_objects([pypdfium2.raw.FPDF_PAGEOBJ_TEXT])]
    lefts, bottoms, rights, tops = zip(*boxes, strict=True)
    return min(lefts), min(bottoms), max(rights), max(tops)


async def test_what_a_poster_is_good_for_follows_the_halls_rule(manager: Browser) -> None:
    assert "本大厅还没有登记位置" in (await manager.get("/admin/posters")).words
    await Hall.filter(code="HALL-SZ").update(latitude=32.6, longitude=117.0)
    assert "本大厅还没有登记位置" not in (await manager.get("/admin/posters")).words
    await set_policy(hall_code="HALL-SZ", printed_qr=0)
    assert "本大厅的印刷码不能直接签到" in (await manager.get("/admin/posters")).words
    assert "签到取号请扫大厅签到屏上的动态二维码" in read(await pdf_of(manager, "kind=hall&size=A4"))[1]


async def test_only_what_exists_in_ones_own_hall_is_printed(manager: Browser) -> None:
    statuses = {}
    for query in (
        "kind=hall&size=A3", "kind=menu&size=A4", "kind=counter&size=A4&code=NONE", "kind=matter&size=A4&part=9",
        "kind=hall&size=A4&hall=HALL-TJA",
    ):  # fmt: skip
        async with manager.http.get(f"{manager.url}/admin/posters/file?{query}") as response:
            statuses[query] = response.status
    assert list(statuses.values()) == [422, 422, 404, 404, 403]
    await pdf_of(manager, "kind=counter&size=A4")
    (row,) = await AuditRow.filter(action="posters.print")
    assert (row.hall_code, row.details) == ("HALL-SZ", {"kind": "counter", "size": "A4", "count": 3})


async def test_the_big_screen_is_public_and_is_no_device(manager: Browser) -> None:
    await Hall.filter(code="HALL-TJA").update(has_tickets=False)
    page = await manager.get("/admin/devices")
    assert 'href="/h5/screen/HALL-SZ"' in page.text
    refused = await manager.post("/admin/devices", hall="HALL-SZ", kind="screen", name="一楼大屏")
    assert (refused.status, await Device.all().count()) == (422, 0)


async def test_pages_are_answered_while_posters_are_drawn(manager: Browser) -> None:
    async with aiohttp.ClientSession(cookie_jar=manager.http.cookie_jar) as other:

        async def draw() -> int:
            async with other.get(f"{manager.url}/admin/posters/file?kind=counter&size=A4") as response:
                return len(await response.read())

        sizes, page = await asyncio.gather(asyncio.gather(*(draw() for _ in range(4))), manager.get("/admin/posters"))
    assert (page.status, min(sizes) > 3000) == (200, True)


async def test_staff_take_a_number_for_somebody_without_a_phone_once(clerk: Browser) -> None:
    page = await clerk.get("/admin/walk-in")
    key = re.search(r'name="key" value="([^"]+)"', page.text)[1]
    given = await clerk.post("/admin/walk-in", group="HZ", key=key, priority="elder")
    assert ("HZ001 前面还有 0 人" in given.words, "<svg" in given.text) == (True, True)
    assert "HZ001" in (await clerk.post("/admin/walk-in", group="HZ", key=key)).words
    ticket = await Ticket.get()
    assert (ticket.channel, ticket.lane, ticket.priority_state) == ("counter", "priority", "claimed")
    assert await Scan.filter(purpose="walk_in", outcome="ok").values_list("staff_id", flat=True) != [0]
    await set_policy(hall_code="HALL-SZ", walk_in_limit=0)
    fresh = await clerk.get("/admin/walk-in")
    key = re.search(r'name="key" value="([^"]+)"', fresh.text)[1]
    full = await clerk.post("/admin/walk-in", group="HZ", key=key)
    assert (full.status, "今天的现场号已发完" in full.words) == (409, True)


async def test_the_clerk_who_scans_says_who_goes_first(clerk: Browser) -> None:
    assert '<option value="military">军人（含退役）</option>' in (await clerk.get("/admin/today")).text
    await clerk.post("/admin/scan", text=(await book()).number, priority="military")
    ticket = await Ticket.get()
    assert (ticket.priority, ticket.priority_state, ticket.lane) == ("military", "claimed", "priority")


@pytest.mark.parametrize(("verdict", "lane", "step"), [
    ("confirm", "priority", "prio_checked"), ("refuse", "walk_in", "prio_refused"),
])  # fmt: skip
async def test_the_clerk_looks_at_the_paper(clerk: Browser, verdict: str, lane: str, step: str) -> None:
    ticket = (await take(priority="disabled", now=clock.now())).ticket
    page = await clerk.post("/admin/priority", ticket=ticket.code, verdict=verdict)
    assert page.path == "/admin/today"
    assert (await Ticket.get()).lane == lane
    assert await Step.filter(step=step).count() == 1
    again = await clerk.post("/admin/priority", ticket=ticket.code, verdict=verdict)
    assert (again.status, "该号码没有待核验的优先身份" in again.words) == (409, True)
