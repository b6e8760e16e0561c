"""A manager says where the hall is: then phones near it are known to be near, and posters say so."""

import pytest

from app import clock
from app.errors import AppError
from app.halls.gcj import to_map
from app.halls.models import Hall
from app.queue import presence
from app.queue.policy import set_policy
from app.staff.models import AuditRow
from app.staff.rules import Role
from tests.admin.console import Browser
from tests.admin.test_arriving import pdf_of, read
from tests.queue.day import make_hall
from tests.staff.people import make_staff

ENTRANCE = (32.6252, 116.9991)  # as a phone tells it
LAT, LON = (f"{degrees:.6f}" for degrees in to_map(ENTRANCE))  # as a map shows it


@pytest.fixture
async def manager(browser: Browser) -> Browser:
    await make_hall(opened_by=None)
    await make_staff(roles=(Role.MANAGER,))
    await browser.sign_in()
    await browser.get("/admin/devices")
    return browser


async def by_print(phone: tuple[float, float]) -> str:
    """What a poster's code leads to for a phone at this place."""
    try:
        return (await presence.by_print("HALL-SZ", phone=phone, now=clock.now())).channel
    except AppError as refusal:
        return refusal.code


async def test_a_phone_at_the_door_is_near_once_the_place_was_copied_from_the_map(manager: Browser) -> None:
    assert await by_print(ENTRANCE) == "queue.hall_without_place"
    assert "大厅位置 未登记" in (await manager.get("/admin/devices")).words
    page = await manager.post("/admin/place", hall="HALL-SZ", lon=LON, lat=LAT)
    assert ("大厅位置已保存" in page.words, f"经度 {LON}，纬度 {LAT}" in page.words) == (True, True)
    assert f"position={LON}%2C{LAT}" in page.text
    assert [await by_print(ENTRANCE), await by_print((float(LAT), float(LON)))] == ["printed", "queue.too_far"]
    row = await AuditRow.get(action="halls.set_place")
    assert (row.hall_code, row.details) == ("HALL-SZ", {"before": "", "after": f"{LON},{LAT}"})


async def test_a_link_will_do_and_the_last_change_can_be_taken_back(manager: Browser) -> None:
    await manager.post("/admin/place", hall="HALL-SZ", paste=f"https://uri.amap.com/marker?position={LON},{LAT}")
    page = await manager.post("/admin/place", hall="HALL-SZ", paste="117.100000,32.700000", lon=LON, lat=LAT)
    assert ("经度 117.100000，纬度 32.700000" in page.words, f"原来是 {LON},{LAT}" in page.words) == (True, True)
    page = await manager.post("/admin/place/undo", hall="HALL-SZ")
    assert f"经度 {LON}，纬度 {LAT}" in page.words
    assert await by_print(ENTRANCE) == "printed"
    assert await AuditRow.filter(action="halls.set_place").count() == 3


async def test_what_cannot_be_is_said_beside_its_field_and_stays_to_be_mended(manager: Browser) -> None:
    page = await manager.post("/admin/place", hall="HALL-SZ", lon="39.9093", lat="116.3974")
    assert (page.status, 'id="e-lon">经度和纬度填反了，请对调' in page.text, 'value="39.9093"' in page.text) == (
        422, True, True,
    )  # fmt: skip
    page = await manager.post("/admin/place", hall="HALL-SZ", paste="https://j.map.baidu.com/xx")
    assert 'id="e-paste">百度地图的坐标与微信、支付宝相差几百米' in page.text
    assert await Hall.exclude(latitude=None).count() == 0
    await make_hall("HALL-TJA", "田家庵", opened_by=None)
    for path in ("/admin/place", "/admin/place/undo"):
        assert (await manager.post(path, hall="HALL-TJA", lon=LON, lat=LAT)).status == 403


async def test_what_is_wrong_with_a_pasted_pair_is_said_where_it_was_pasted(manager: Browser) -> None:
    page = await manager.post("/admin/place", hall="HALL-SZ", paste="117.0,32.6")
    assert 'id="e-paste">请至少保留 4 位小数，否则相差上百米<' in page.text
    assert ('id="e-lon"' in page.text, 'id="e-lat"' in page.text) == (False, False)
    page = await manager.post("/admin/place", hall="HALL-SZ", paste="121.473700,32.600000", lon=LON, lat=LAT)
    assert 'id="e-paste">不在本市范围内（经度' in page.text
    assert 'value="121.473700,32.600000"' in page.text
    page = await manager.post("/admin/place", hall="HALL-SZ", paste=" ", lon="1", lat=LAT)
    assert ('id="e-paste"' in page.text, 'id="e-lon"' in page.text) == (False, True)


async def test_the_digest_names_halls_without_a_place_until_they_have_one(manager: Browser) -> None:
    await Hall.filter(code="HALL-TJA").delete()
    page = await manager.get("/admin/digest")
    assert "淮南市政务服务中心没有登记位置：群众看不到距离，海报不能核对是否到场" in page.words
    assert 'href="/admin/devices?hall=HALL-SZ#place"' in page.text
    await manager.post("/admin/place", hall="HALL-SZ", lon=LON, lat=LAT)
    assert "没有登记位置" not in (await manager.get("/admin/digest")).words


async def test_what_is_printed_and_explained_promises_no_check_of_a_place_nobody_knows(manager: Browser) -> None:
    await set_policy(hall_code="HALL-SZ", printed_qr=1)
    near, tablet = "手机须在大厅附近并允许定位", "签到取号请扫大厅签到屏上的动态二维码"
    poster = read(await pdf_of(manager, "kind=hall&size=A4"))[1]
    assert (near in poster, tablet in poster) == (False, True)
    assert "登记前大厅海报上的二维码不能用来签到取号" in (await manager.get("/admin/queue-rules")).words
    await manager.post("/admin/place", hall="HALL-SZ", lon=LON, lat=LAT)
    poster = read(await pdf_of(manager, "kind=hall&size=A4"))[1]
    assert (near in poster, tablet in poster) == (True, False)
    assert "还没有登记位置" not in (await manager.get("/admin/queue-rules")).words
