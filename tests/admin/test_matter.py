"""One matter in the console: what an editor sees, confirms, suspends and corrects; the list of unchecked guides."""

import json
from datetime import date, timedelta
from pathlib import Path

import aiohttp
import pytest

import app.cities.huainan
from app import clock
from app.booking.errors import NotBookable
from app.booking.needs import needs_of
from app.clock import CHINA
from app.matters import live, queries
from app.matters.actions import save_guide
from app.matters.models import Matter, MatterImport, Revision
from app.outbox import RecordedEvent
from app.recent import forget_all
from app.staff.models import AuditRow
from app.staff.rules import Role
from tests.admin.console import Browser, Page
from tests.h5.visitor import visiting
from tests.queue.day import make_booking, make_hall
from tests.staff.people import make_staff

GUIDES = json.loads((Path(app.cities.huainan.__file__).parent / "matters.json").read_text(encoding="utf-8"))["items"]
CODE = "HN-GA-001"
PATH = f"/admin/matters/{CODE}"


def today() -> date:
    return clock.now().astimezone(CHINA).date()


async def make_guides() -> None:
    """Two matters of the city, found by the search."""
    await Matter.filter(code=CODE).delete()  # one without a guide, of other tests
    for guide in GUIDES[:2]:
        await save_guide(guide=guide, seen_version=0, by="seed", now=clock.now())
    await live.refresh()


@pytest.fixture
async def editor(browser: Browser) -> Browser:
    """Somebody who looks after the guides, signed in; two matters of the city."""
    await make_hall(opened_by=None)
    await make_guides()
    await make_staff(roles=(Role.EDITOR,))
    await browser.sign_in()
    await browser.get("/admin/matters")
    return browser


async def age(days: int) -> None:
    await Matter.filter(code=CODE).update(checked_on=today() - timedelta(days=days))


async def test_a_matter_is_found_by_its_name_and_shown_with_windows_law_and_last_check(editor: Browser) -> None:
    name = GUIDES[0]["name"]
    assert f'href="{PATH}"' in (await editor.get(f"/admin/matters?q={name}")).text
    page = await editor.get(f"/admin/matters?q={CODE}")
    assert page.path == PATH
    for said in (
        name, "正常办理", "群众看到的内容", *(item["name"] for item in GUIDES[0]["materials"]),
        "淮南市政务服务中心 户政", f"《{GUIDES[0]['legal_basis'][0]['title']}》", f"上次核对： {today()}", "第 1 版",
    ):  # fmt: skip
        assert said in page.words, said


async def test_a_guide_that_was_checked_is_confirmed_by_one_tap_in_the_list(editor: Browser) -> None:
    await age(181)
    page = await editor.get("/admin/matters/stale")
    assert (f'href="{PATH}"' in page.text, GUIDES[1]["name"] in page.words) == (True, False)
    hidden = {name: page.field(name) for name in ("version", "on", "source", "back")}
    page = await editor.post(f"{PATH}/checked", **hidden)
    assert (page.path, f"已记录核对：{GUIDES[0]['name']}" in page.words) == ("/admin/matters/stale", True)
    assert "所有指南都在 180 天内核对过" in page.words
    assert (await Matter.get(code=CODE)).checked_on == today()
    row = await AuditRow.get(action="matters.confirm")
    assert (row.staff_name, row.subject, row.why) == ("胡敏", f"matter:{CODE}", "在待核清单中确认，内容无变化")


async def test_a_check_names_its_day_and_with_whom_and_stands_in_the_history(editor: Browser) -> None:
    await age(200)
    day = today() - timedelta(days=3)
    page = await editor.post(f"{PATH}/checked", version=1, on=day, source="与户政科王科长电话核对")
    assert ("已记录核对" in page.words, f"上次核对： {day}" in page.words) == (True, True)
    assert "核对无误 与户政科王科长电话核对" in page.words
    assert (await Matter.get(code=CODE)).version == 1


@pytest.mark.parametrize(
    ("fields", "says"),
    [
        ({"on": "2999-01-01", "source": "电话核对"}, "核对日期不能晚于今天"),
        ({"on": "昨天", "source": "电话核对"}, "日期应写作 2026-11-24"),
        ({"on": "2026-11-01", "source": "无"}, "至少填写 2 个字"),
    ],
)
async def test_a_check_that_cannot_be_is_named_at_its_field(editor: Browser, fields: dict, says: str) -> None:
    await age(200)
    page = await editor.post(f"{PATH}/checked", version=1, **fields)
    assert (page.status, says in page.words) == (422, True)
    assert await AuditRow.filter(action="matters.confirm").count() == 0


async def test_nobody_confirms_what_they_have_not_seen(editor: Browser) -> None:
    await age(200)
    await save_guide(guide=GUIDES[0] | {"notes": "改"}, seen_version=1, by="li", now=clock.now())
    await age(200)
    page = await editor.post(f"{PATH}/checked", version=1, on=today(), source="电话核对")
    assert (page.status, "该事项刚刚被他人修改，请刷新后在最新内容上重新修改" in page.words) == (409, True)
    assert (await Matter.get(code=CODE)).checked_on == today() - timedelta(days=200)


async def test_a_suspension_says_first_how_many_have_booked_and_then_nobody_books_until_it_is_over(
    editor: Browser,
) -> None:
    for hours in (24, 25):
        await make_booking(starts_at=clock.now() + timedelta(hours=hours))
    await make_booking(starts_at=clock.now() - timedelta(hours=2))
    page = await editor.get(PATH)
    assert "现有 2 个预约还没到办理时间：淮南市政务服务中心 2 个" in page.words
    page = await editor.post(f"{PATH}/status", status="suspended", why="系统升级")
    assert ("已暂停办理，群众不能再预约" in page.words, "暂停办理 第 2 版 系统升级" in page.words) == (True, True)
    forget_all()  # what is remembered for a second
    with pytest.raises(NotBookable):
        await needs_of([CODE])
    page = await editor.post(f"{PATH}/status", status="published", why="升级完成")
    assert ("已恢复办理" in page.words, "正常办理 第 3 版 升级完成" in page.words) == (True, True)
    forget_all()
    assert (await needs_of([CODE])).windows
    acts = await AuditRow.filter(subject=f"matter:{CODE}").order_by("id").values_list("action", "why")
    assert acts == [("matters.suspend", "系统升级"), ("matters.resume", "升级完成")]


async def test_pressing_suspend_twice_is_one_suspension(editor: Browser) -> None:
    for _ in range(2):
        assert (await editor.post(f"{PATH}/status", status="suspended", why="系统升级")).status == 200
    assert (await Matter.get(code=CODE)).version == 2
    assert await AuditRow.filter(action="matters.suspend").count() == 1
    page = await editor.post(f"{PATH}/status", status="published", why="")
    assert (page.status, "原因 ： 此项必填" in page.words) == (422, True)


def texts(**changed: object) -> dict[str, object]:
    guide = GUIDES[0]
    return {
        "version": 1, "short_name": guide["short_name"], "aliases": "、".join(guide["aliases"]),
        "notes": guide["notes"] or "", "phones": "、".join(guide["consult"]["phones"]),
        "materials[]": [item["name"] for item in guide["materials"]], **changed,
    }  # fmt: skip


def as_form(browser: Browser, fields: dict[str, object]) -> aiohttp.FormData:
    form = aiohttp.FormData({"csrf": browser.csrf})
    for name, value in fields.items():
        for one in value if isinstance(value, list) else [value]:
            form.add_field(name, str(one))
    return form


async def test_a_correction_is_a_new_version_that_keeps_the_rest_and_is_found_by_its_words(editor: Browser) -> None:
    await age(200)
    names = [f"{item['name']}（新）" for item in GUIDES[0]["materials"]]
    changed = texts(aliases="换证啊，补办小卡片", phones="0554-6655555、12345", **{"materials[]": names})
    page = await editor.post(f"{PATH}/texts", as_form(editor, changed))
    assert "已更正，群众一分钟内看到新内容" in page.words
    row = await Matter.get(code=CODE)
    assert (row.version, row.guide["consult"]["phones"]) == (2, ["0554-6655555", "12345"])
    assert [item["name"] for item in row.guide["materials"]] == names
    same = {"aliases", "consult", "materials"}
    assert {k: v for k, v in row.guide.items() if k not in same} == {
        k: v for k, v in GUIDES[0].items() if k not in same
    }
    assert row.checked_on == today() - timedelta(days=200)  # no check of the whole
    await live.refresh()
    assert [hit.entry.code for hit in (await queries.search("补办小卡片")).hits] == [CODE]
    assert ("更正 第 2 版" in page.words, "事项别名" in page.words) == (True, True)
    assert await RecordedEvent.filter(name="matters.matter_changed").count() == 3
    old = await editor.get(f"{PATH}?version=1")
    assert ("这是以前的内容" in old.words, "（新）" in old.words) == (True, False)


async def test_a_correction_without_a_change_makes_no_version(editor: Browser) -> None:
    page = await editor.post(f"{PATH}/texts", as_form(editor, texts()))
    assert "没有改动" in page.words
    assert await Revision.filter(matter_code=CODE).count() == 1


@pytest.mark.parametrize(
    ("changed", "says"),
    [
        ({"phones": "找老王"}, "请填写正确的电话：找老王"),
        ({"phones": ""}, "请至少填写一个咨询电话"),
        ({"materials[]": [""]}, "材料名称不能为空"),
        ({"materials[]": ["一"]}, "增减材料请用导入"),
        ({"aliases": "长" * 61}, "每个最多 60 个字"),
        ({"minutes": 0}, "办理分钟数请填 1 至 480 的整数分钟，或留空"),
        ({"minutes": 481}, "办理分钟数请填 1 至 480 的整数分钟，或留空"),
        ({"minutes": "半天"}, "办理分钟数"),
        ({"version": 7}, "该事项刚刚被他人修改"),
    ],
)
async def test_a_correction_at_fault_says_where_keeps_what_was_typed_and_changes_nothing(
    editor: Browser, changed: dict, says: str
) -> None:
    page = await editor.post(f"{PATH}/texts", as_form(editor, texts(**{"notes": "新的备注", **changed})))
    assert (page.status in (409, 422), says in page.words, "新的备注" in page.text) == (True, True, True)
    assert (await Matter.get(code=CODE)).version == 1


async def test_what_was_emptied_or_renamed_stays_so_beside_a_fault(editor: Browser) -> None:
    names = [f"{item['name']}（新）" for item in GUIDES[0]["materials"]]
    fields = texts(aliases="", phones="找老王", **{"materials[]": names})
    page = await editor.post(f"{PATH}/texts", as_form(editor, fields))
    assert ('name="aliases" type="text" value=""' in page.text, f'value="{names[0]}"' in page.text) == (True, True)
    assert 'id="e-phones">请填写正确的电话：找老王' in page.text


async def test_the_export_comes_back_in_without_a_change(editor: Browser) -> None:
    assert 'href="/admin/matters/export"' in (await editor.get("/admin/matters")).text
    async with editor.http.get(f"{editor.url}/admin/matters/export") as response:
        content = await response.read()
        assert response.headers["content-disposition"] == f'attachment; filename="matters-{today()}.xlsx"'
    form = aiohttp.FormData({"csrf": editor.csrf})
    form.add_field("file", content, filename="matters.xlsx")
    page = await editor.post("/admin/matters/imports", form)
    counts = (await MatterImport.get()).report["counts"]
    assert (page.status, counts["unchanged"], counts["new"] + counts["changed"] + counts["error"]) == (200, 2, 0)
    assert await AuditRow.filter(action="matters.export").count() == 1


@pytest.mark.parametrize("path", [f"{PATH}?version=9", "/admin/matters/NOTHING"])
async def test_what_is_not_there_is_said(editor: Browser, path: str) -> None:
    assert (await editor.get(path)).status == 404


async def test_citizens_read_that_a_matter_is_suspended(doors) -> None:
    await Matter.filter(code=CODE).update(status="suspended", bookable=False)
    async with visiting(doors) as visitor:
        page = await visitor.get(f"/h5/matters/{CODE}")
    assert "本事项暂停办理，暂时不能预约" in page.words
    assert "预约办理" not in page.words


async def test_how_long_a_visit_takes_is_set_by_hand_and_emptied_again(editor: Browser) -> None:
    assert "15 分钟（未填，按默认）" in (await editor.get(PATH)).words
    page = await editor.post(f"{PATH}/texts", as_form(editor, texts(minutes=40)))
    assert ("40 分钟" in page.words, (await Matter.get(code=CODE)).duration_min) == (True, 40)
    assert "办理分钟数 （空） 40" in page.words
    await editor.post(f"{PATH}/texts", as_form(editor, texts(version=2, minutes="")))
    assert (await Matter.get(code=CODE)).duration_min == 15


async def upload(editor: Browser, content: bytes) -> Page:
    form = aiohttp.FormData({"csrf": editor.csrf})
    form.add_field("file", content, filename="matters.json")
    return await editor.post("/admin/matters/imports", form)


HERE = GUIDES[0] | {"windows": [{"hall_code": "HALL-SZ", "group": "HZ"}]}  # the one hall of these tests


async def test_a_file_that_says_what_is_there_says_so(editor: Browser) -> None:
    await Matter.filter(code=CODE).update(guide=HERE)
    page = await upload(editor, json.dumps([HERE]).encode())
    assert "内容与现有数据完全相同，无需导入" in page.words
    assert ("请按下面的提示改好" in page.words, "没有可以导入" in page.words) == (False, False)
    faulty = await upload(editor, json.dumps([HERE | {"conditions": []}]).encode())
    assert ("没有可以导入的事项" in faulty.words, "完全相同" in faulty.words) == (True, False)


async def test_what_was_empty_before_is_shown_as_empty(editor: Browser) -> None:
    await Matter.filter(code=CODE).update(guide=HERE | {"notes": None, "dept_name": None})
    page = await upload(editor, json.dumps([HERE | {"notes": "请带伞"}]).encode())
    assert ("备注 （空） 请带伞" in page.words, "None" in page.words) == (True, False)


async def test_the_citys_rule_of_codes_is_kept_by_an_upload(editor: Browser) -> None:
    guide = GUIDES[0] | {"basic_code": "370117002011", "impl_code": "1134040000000001924370117002011"}
    page = await upload(editor, json.dumps([guide]).encode())
    assert ("基本编码不符合编码规则" in page.words, "items[0].basic_code" in page.words) == (True, True)
