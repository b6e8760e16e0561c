"""Lists, lockers, the courier and the archive in the console."""

import re
from datetime import timedelta

from app import clock
from app.pickup import courier, lockers
from app.pickup.courier import Address
from app.pickup.models import Machine, Pickup
from app.staff.models import AuditRow, Staff
from app.staff.rules import Role
from tests.admin.console import Browser
from tests.pickup.shelf import make_ready

HOME = Address(name="张小明", mobile="13812341234", address="安徽省淮南市田家庵区洞山中路 1 号")


async def test_a_manager_pairs_a_locker_and_its_key_is_shown_once(clerk: Browser) -> None:
    await Staff.all().update(roles=[Role.CLERK, Role.MANAGER])
    await clerk.get("/admin/machines")
    page = await clerk.post("/admin/machines", hall="HALL-SZ", name="1 号自助柜", site="一楼东门内", compartments="12")
    key = re.search(r'<code class="mono">([\w-]{43})</code>', page.text)
    assert key
    assert key[1] not in (await clerk.get("/admin/machines")).text
    async with clerk.http.get(
        f"{clerk.url}/api/v1/lockers/current", headers={"authorization": f"Bearer {key[1]}"}
    ) as answer:
        assert (answer.status, (await answer.json())["site"]) == (200, "一楼东门内")
    pickup = await make_ready(now=clock.now())
    machine = await Machine.get()
    page = await clerk.post(f"/admin/pickups/{pickup.code}/store", machine=machine.code, no="12")
    assert ("12 号格" in page.words, "自助柜待取" in page.words) == (True, True)
    page = await clerk.post(f"/admin/pickups/{pickup.code}/take-out", shelf="B-2")
    assert ("货架 B-2" in page.words, await lockers.place_of(pickup)) == (True, None)
    wrong = await clerk.post(f"/admin/pickups/{pickup.code}/store", machine=machine.code, no="13")
    assert (wrong.status, "格号应为 1 至 12" in wrong.words) == (422, True)
    assert "已停用" in (await clerk.post(f"/admin/machines/{machine.code}/revoke")).words


async def test_an_address_is_shown_on_demand_with_an_audit_row_and_the_waybill_goes_out(clerk: Browser) -> None:
    pickup = await make_ready(citizen_id=5, now=clock.now())
    await Pickup.all().update(archive_on=clock.now().date())
    await courier.ask(pickup_code=pickup.code, citizen_id=5, to=HOME, now=clock.now())
    listed = await clerk.get("/admin/pickups?tab=courier")
    page = await clerk.get(f"/admin/pickups/{pickup.code}")
    assert [HOME.address in text.words for text in (listed, page)] == [False, False]
    page = await clerk.post(f"/admin/pickups/{pickup.code}/address")
    assert [text in page.words for text in (HOME.name, HOME.mobile, HOME.address)] == [True] * 3
    assert await AuditRow.filter(action="pickup.read_address").count() == 1
    wrong = await clerk.post(f"/admin/pickups/{pickup.code}/sent", carrier="中国邮政", waybill="1")
    assert (wrong.status, (await Pickup.get()).state) == (422, "courier")
    page = await clerk.post(f"/admin/pickups/{pickup.code}/sent", carrier="中国邮政", waybill="EM123456")
    assert ("已寄出" in page.words, "EM123456" in page.words) == (True, True)


async def test_lists_by_state_search_and_table(clerk: Browser) -> None:
    pickup, other = await make_ready(now=clock.now()), await make_ready(now=clock.now())
    await Pickup.filter(id=pickup.id).update(until_on=clock.now().date() - timedelta(days=4), shelf="=C-9")
    await Pickup.filter(id=other.id).update(state="archived", archived_at=clock.now())
    overdue = await clerk.get("/admin/pickups?tab=overdue")
    assert ("逾期 4 天" in overdue.words, "共 1 件" in overdue.words) == (True, True)
    assert "共 1 件" in (await clerk.get("/admin/pickups?tab=archived")).words
    for sought in (pickup.booking_number, "13812341234", "=c"):
        assert "共 1 件" in (await clerk.get(f"/admin/pickups?q={sought}")).words, sought
    assert "没有找到“Z-1”" in (await clerk.get("/admin/pickups?q=Z-1")).words
    table = (await clerk.get("/admin/pickups/export?tab=ready")).text
    assert table.splitlines()[0].endswith("预约号或排队号,事项,状态,货架,件数,上架时间,领取期限,交付时间,经办人")
    assert f"{pickup.booking_number},{pickup.matter_code},待领取,'=C-9,3," in table
    assert (await AuditRow.filter(action="pickup.export").count(), "138" in table) == (1, False)
    back = await clerk.post(f"/admin/pickups/{other.code}/bring-back", shelf="A-1")
    assert ("货架 A-1" in back.words, "待领取" in back.words) == (True, True)
    searched = await AuditRow.filter(action="pickup.list").values_list("details", flat=True)
    assert "13812341234" not in str(searched)
