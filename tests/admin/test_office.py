"""Hours, appeals, imports, the calendar, failed tasks, accounts and the audit log."""

from datetime import date, datetime, timedelta
from pathlib import Path

import aiohttp
import pytest

from app import clock
from app.booking.contact import Contact
from app.booking.models import Booking, HoursChange, NoShow, Restriction
from app.clock import CHINA
from app.matters.models import Matter, MatterImport
from app.outbox import Delivery, RecordedEvent
from app.staff.models import AuditRow, Staff
from app.staff.rules import ALL_HALLS, Role
from notify.models import Dispatch, Notice
from tests.admin.console import Browser
from tests.factories import make_citizen
from tests.queue.day import make_booking, make_hall
from tests.staff.people import make_staff

SAMPLES = Path(__file__).parent.parent / "samples"


@pytest.fixture
async def office(browser: Browser) -> Browser:
    """Somebody with all roles but a clerk's, signed in."""
    await make_hall(opened_by=None)
    await make_staff(roles=(Role.MANAGER, Role.EDITOR, Role.ADMIN, Role.AUDITOR), halls=(ALL_HALLS,))
    await browser.sign_in()
    await browser.get("/admin/password")
    return browser


def tomorrow() -> date:
    return (clock.now() + timedelta(days=1)).astimezone(CHINA).date()


async def test_a_closure_is_previewed_applied_and_undone(office: Browser) -> None:
    form = {
        "hall": "HALL-SZ", "kind": "closure", "group": "", "reason": "消防演练",
        "first": str(tomorrow()), "first_time": "", "last": str(tomorrow()), "last_time": "",
    }  # fmt: skip
    page = await office.post("/admin/hours", form)
    assert (page.status, "没有预约受影响" in page.words) == (200, True)
    assert await HoursChange.all().count() == 0
    page = await office.post("/admin/hours/apply", form)
    assert ("已调整" in page.words, "消防演练" in page.words) == (True, True)
    change = await HoursChange.get()
    page = await office.post(f"/admin/hours/{change.code}/undo")
    assert "已撤销调整" in page.words
    actions = await AuditRow.filter(action__startswith="booking.").order_by("id").values_list("action", flat=True)
    assert actions == ["booking.change_hours", "booking.undo_hours"]


async def test_new_weekly_hours_are_read_in_any_usual_spelling(office: Browser) -> None:
    form = {
        "hall": "HALL-SZ", "kind": "weekly", "reason": "夏令时", "valid_from": str(tomorrow()), "valid_until": "",
        "day1": "", "day6": "9:00–12:00", **{f"day{n}": "8:30-12:00 14:30至18:00" for n in range(2, 6)},
    }  # fmt: skip
    assert (await office.post("/admin/hours/apply", form)).status == 200
    weekly = (await HoursChange.get()).weekly
    assert weekly is not None
    assert (weekly["1"], weekly["2"], weekly["6"]) == (
        [], [["08:30", "12:00"], ["14:30", "18:00"]], [["09:00", "12:00"]],
    )  # fmt: skip


async def test_hours_that_make_no_sense_are_refused(office: Browser) -> None:
    form = {
        "hall": "HALL-SZ", "kind": "weekly", "reason": "夏令时", "valid_from": str(tomorrow()),
        "day1": "上午",
    }  # fmt: skip
    page = await office.post("/admin/hours", form)
    assert (page.status, 'id="e-day1">请写作 08:30-12:00 14:00-17:30，休息留空' in page.text) == (422, True)


def closure(**others: str) -> dict[str, str]:
    plain = {
        "hall": "HALL-SZ",
        "kind": "closure",
        "reason": "消防演练",
        "first": str(tomorrow()),
        "last": str(tomorrow()),
    }
    return plain | others


def weekly(**others: str) -> dict[str, str]:
    plain = {
        "hall": "HALL-SZ",
        "kind": "weekly",
        "reason": "夏令时",
        "valid_from": str(tomorrow()),
        "day1": "09:00-12:00",
    }
    return plain | others


def in_days(days: int) -> str:
    return str(tomorrow() + timedelta(days=days - 1))


@pytest.mark.parametrize(
    ("form", "field", "says"),
    [
        (closure(last=in_days(0), first=in_days(5)), "last", "停办的结束应晚于开始"),
        (closure(first=in_days(-9), last=in_days(-8)), "last", "这段时间已经过去，请填写以后的时间"),
        (closure(first=in_days(-9)), "first", "开始的日期已经过去，请从今天（"),
        (closure(last=in_days(371)), "last", "一次停办最长 370 天，更长的请分几次设置"),
        (closure(first=in_days(372), last=in_days(372)), "first", "只能安排 370 天以内开始的停办，请检查年份"),
        (closure(first=""), "first", "请填写日期"),
        (weekly(valid_until=in_days(0)), "valid_until", "“到哪天止”不能早于“从哪天起”"),
        (weekly(valid_from=in_days(-1)), "valid_from", "“从哪天起”已经过去，请填写今天或以后的日期"),
        (weekly(day1="08:30-12:00 11:00-17:30"), "day1", "08:30-12:00 与 11:00-17:30 重叠，请合并或错开"),
        (weekly(day2="12:00-08:30"), "day2", "12:00-08:30 的结束应晚于开始"),
        (weekly(day3="25:00-26:00"), "day3", "有不存在的时刻，请写作 08:30-12:00"),
    ],
)
async def test_hours_that_cannot_be_are_named_at_their_field(
    office: Browser, form: dict, field: str, says: str
) -> None:
    for path in ("/admin/hours", "/admin/hours/apply"):
        page = await office.post(path, form)
        assert (page.status, f'id="e-{field}">{says}' in page.text) == (422, True)
        assert f'<a href="#f-{field}">' in page.text
    assert await HoursChange.all().count() == 0


async def test_the_longest_closure_is_370_days(office: Browser) -> None:
    page = await office.post("/admin/hours", closure(last=in_days(370)))
    assert (page.status, "没有预约受影响" in page.words) == (200, True)


async def restricted_for(citizen_id: int | None, *, misses: int = 3) -> None:
    """R1, with an appeal and the visits that led to it."""
    now = clock.now()
    await Restriction.create(
        code="R1", person="c:1", citizen_id=citizen_id, from_at=now, until=now + timedelta(days=30),
        appeal_state="asked", appeal_text="住院，有证明", appealed_at=now,
    )  # fmt: skip
    for n in range(misses):
        starts_at = datetime(2026, 11, 3 + n, 9, 30, tzinfo=CHINA)
        booking = await make_booking(starts_at=starts_at, state="no_show", citizen_id=citizen_id)
        left = Contact(name="欧阳修文", mobile="13812341234").sealed_for(booking.number)
        await Booking.filter(id=booking.id).update(**left)
        await NoShow.create(
            booking_number=booking.number, person="c:1", starts_at=starts_at, recorded_at=now, restriction_code="R1"
        )


async def test_an_appeal_is_answered_once(office: Browser) -> None:
    await restricted_for((await make_citizen("C1")).id)
    assert "住院，有证明" in (await office.get("/admin/conduct")).words
    page = await office.post("/admin/conduct/R1", verdict="accept", answer="已核实")
    assert ("已解除限制，并通知群众" in page.words, "请打电话" in page.words) == (True, False)
    page = await office.post("/admin/conduct/R1", verdict="refuse", answer="不同意")
    assert (page.status, "已由其他工作人员处理" in page.words) == (409, True)


async def test_an_appeal_stands_with_the_visits_that_were_missed_and_who_was_to_come(office: Browser) -> None:
    await restricted_for((await make_citizen("C1")).id)
    page = await office.get("/admin/conduct")
    visits = [f"11-{day:02} 09:30 HN-GA-001 · 淮南市政务服务中心 · 办理人 欧阳** 138****1234" for day in (3, 4, 5)]
    assert [visit for visit in visits if visit not in page.words] == []
    numbers = await NoShow.all().values_list("booking_number", flat=True)
    assert [f'href="/admin/bookings/{number}"' in page.text for number in numbers] == [True] * 3
    assert ("13812341234" in page.text, "欧阳修文" in page.text) == (False, False)


async def test_whoever_has_no_account_is_to_be_telephoned(office: Browser) -> None:
    await restricted_for(None)
    assert (
        "没有掌办账号，答复后系统不能通知，请打电话告诉本人：138****1234" in (await office.get("/admin/conduct")).words
    )
    page = await office.post("/admin/conduct/R1", verdict="refuse", answer="没有证明")
    assert "已答复，维持限制 欧阳**没有掌办账号，收不到通知，请打电话把结果告诉本人：138****1234" in page.words
    assert ("并通知群众" in page.words, page.text.count('href="/admin/bookings/')) == (False, 3)


async def upload(office: Browser, name: str, content: bytes):
    form = aiohttp.FormData()
    form.add_field("csrf", office.csrf)
    form.add_field("file", content, filename=name)
    return await office.post("/admin/matters/imports", form)


async def test_an_import_is_previewed_applied_and_undone(office: Browser) -> None:
    await office.get("/admin/matters")
    page = await upload(office, "import_clean.xlsx", (SAMPLES / "import_clean.xlsx").read_bytes())
    kept = await MatterImport.get()
    assert (page.path, await Matter.all().count()) == (f"/admin/matters/imports/{kept.code}", 0)
    page = await office.post(f"{page.path}/apply", digest=kept.digest)
    assert "已导入" in page.words
    assert await Matter.all().count() > 0
    page = await office.post(f"/admin/matters/imports/{kept.code}/undo")
    assert "事项已恢复到导入之前" in page.words


async def test_defects_are_named_with_sheet_and_cell_and_what_to_do(office: Browser) -> None:
    await office.get("/admin/matters")
    page = await upload(office, "import_defects.xlsx", (SAMPLES / "import_defects.xlsx").read_bytes())
    assert (page.status, "怎么办" in page.words, "错误" in page.words) == (200, True, True)
    report = (await MatterImport.get()).report
    missing = [f"{found['sheet']} {found['cell']}" for found in report["findings"]]
    assert [place for place in missing if place not in page.words] == []


async def test_a_form_without_a_file_says_so_and_reloading_leads_back_to_the_form(office: Browser) -> None:
    await office.get("/admin/matters")
    page = await upload(office, "empty.json", b"")
    assert (page.status, "没有选择文件或文件是空的，请选择 .xlsx 或 .json 文件" in page.words) == (422, True)
    assert (await office.get(page.path)).path == "/admin/matters"


async def test_what_is_no_workbook_is_refused(office: Browser) -> None:
    await office.get("/admin/matters")
    page = await upload(office, "x.xlsx", b"hello")
    assert (page.status, "没有读取" in page.words) == (422, True)
    assert await MatterImport.all().count() == 0


async def test_a_dead_delivery_is_tried_again_once(office: Browser) -> None:
    event = await RecordedEvent.create(name="booking.slot_booked", payload="{}", recorded_at=clock.now())
    dead = await Delivery.create(
        event_id=event.id, subscriber="notify:booking.slot_booked", state="dead", attempts=20, next_try_at=clock.now()
    )
    assert "notify:booking.slot_booked" in (await office.get("/admin/deliveries")).words
    assert "已重新排队" in (await office.post(f"/admin/deliveries/{dead.id}/retry")).words
    assert await Delivery.all().values_list("state", "attempts") == [("due", 0)]
    assert (await office.post(f"/admin/deliveries/{dead.id}/retry")).status == 404


async def test_a_new_account_gets_a_first_password_shown_once(office: Browser) -> None:
    form = {"username": "wang.fang", "name": "王芳", "roles[]": ["clerk"], "halls[]": ["HALL-SZ"]}
    page = await office.post("/admin/accounts", form)
    assert "初始密码（只显示这一次）" in page.words
    staff = await Staff.get(username="wang.fang")
    assert (staff.roles, staff.hall_codes, staff.must_change_password) == (["clerk"], ["HALL-SZ"], True)
    assert "初始密码" not in (await office.get("/admin/accounts")).words.replace("生成初始密码", "")


async def test_an_account_without_a_role_is_refused(office: Browser) -> None:
    page = await office.post("/admin/accounts", {"username": "Wang Fang", "name": "王芳"})
    assert page.status == 422
    assert await Staff.all().count() == 1


async def test_taking_everything_away_from_oneself_ends_the_session(office: Browser) -> None:
    page = await office.post("/admin/accounts/hu.min/access", {"roles[]": ["auditor"], "active": "on"})
    assert page.path == "/admin/sign-in"
    assert (await Staff.get()).roles == ["auditor"]


async def test_searching_the_audit_log_is_written_down(office: Browser) -> None:
    page = await office.get("/admin/audit?staff_name=胡敏&action=staff.sign_in")
    assert "登录" in page.words
    row = await AuditRow.get(action="audit.search")
    assert row.details["staff_name"] == "胡敏"


async def test_markup_in_data_stays_text(office: Browser) -> None:
    page = await office.get("/admin/audit?subject=%22%3E%3Cscript%3Ealert(1)%3C/script%3E")
    assert "<script>alert" not in page.text


@pytest.mark.parametrize("path", ["/admin/matters/searches", "/admin/matters/stale", "/admin/calendar?year=x"])
async def test_lists_without_anything_say_so(office: Browser, path: str) -> None:
    assert (await office.get(path)).status == 200


async def test_notices_that_were_given_up_are_listed_with_their_reason(office: Browser) -> None:
    notice = await Notice.create(
        code="N" * 16, key="moved:1", citizen_id=1, kind="moved", title="预约时间有调整", body="",
        created_at=clock.now(), page="/h5/bookings/ABCDEFGH12345678",
    )  # fmt: skip
    await Dispatch.create(
        notice_id=notice.id, channel="wechat", citizen_id=1, kind="booked", data={}, state="failed",
        reason="47003 argument", next_try_at=clock.now(), final_at=clock.now(),
    )  # fmt: skip
    page = await office.get("/admin/deliveries")
    assert "预约时间有调整 未留姓名 微信订阅消息 47003 argument" in page.words
    assert 'href="/admin/bookings/ABCDEFGH12345678"' in page.text
