"""工作日历: a notice or a correction is looked at, applied, and taken back; bookings and slots follow."""

import csv
import json
from datetime import date, timedelta
from io import StringIO

import aiohttp
import pytest

from app import clock
from app.booking import openings
from app.booking.models import Booking, HoursChange, Slot
from app.outbox import RecordedEvent
from app.server import make_outbox
from app.staff.models import AuditRow
from app.staff.rules import ALL_HALLS, Role
from app.workdays import notices, queries
from app.workdays.models import CalendarChange, CalendarDay
from app.workdays.seed import FILES
from tests.admin.console import Browser, Page
from tests.admin.test_booking_rules import HALL, next_weekday, slot_at, today
from tests.booking.town import book, make_matter
from tests.queue.day import make_hall
from tests.staff.people import make_staff
from tests.workdays.test_rules import HOLIDAYS, VECTORS

SOURCE = "国办发明电〔2026〕9号"


@pytest.fixture
async def admin(browser: Browser) -> Browser:
    """A system administrator who is a manager too; two weeks of slots in one hall."""
    await make_hall()
    await make_matter("ID", (HALL, "HZ"))
    await openings.open_days(first=today(), last=today() + timedelta(days=15))
    await make_staff(roles=(Role.ADMIN, Role.MANAGER), halls=(ALL_HALLS,))
    await browser.sign_in()
    await browser.get("/admin/password")
    return browser


def day_off(on: date) -> dict[str, object]:
    return {"day": str(on), "kind": "off", "name": "临时放假", "source": SOURCE}


async def hear() -> None:
    """The worker, a moment later."""
    outbox = make_outbox()
    while await outbox.relay(clock.now()):
        pass


async def upload(admin: Browser, name: str, content: bytes, **fields: str) -> Page:
    form = aiohttp.FormData([("csrf", admin.csrf), *fields.items()])
    form.add_field("file", content, filename=name)
    return await admin.post("/admin/calendar/imports", form)


async def confirm(admin: Browser, page: Page) -> Page:
    """Press the button under a preview: post what it holds."""
    form = {name: page.field(name) for name in ("status", "source", "notice")}
    return await admin.post("/admin/calendar/imports/apply", form)


async def test_a_correction_shows_whom_it_meets_before_it_counts(admin: Browser) -> None:
    on = next_weekday()
    number = (await book(1, await slot_at("0900", on), now=clock.now())).number
    page = await admin.post("/admin/calendar", day_off(on))
    assert "1 个预约受影响 1 个可以改到之后最近的空闲时段，0 个没有空位" in page.words
    assert number in page.words
    assert (await CalendarDay.all().count(), await RecordedEvent.filter(name__startswith="workdays").count()) == (0, 0)
    page = await admin.post("/admin/calendar/apply", day_off(on))
    assert f"已更正 {on}" in page.words
    assert (await queries.load()).is_working(on) is False
    row = await AuditRow.get(action="workdays.set_day")
    assert (row.subject, row.why) == (f"day:{on}", SOURCE)
    await hear()
    assert (await Booking.get()).starts_at.date() > on
    assert await Slot.filter(on=on, is_closed=False).count() == 0


async def test_taken_back_the_day_the_slots_and_the_booking_are_as_they_were(admin: Browser) -> None:
    on = next_weekday()
    slot = await slot_at("0900", on)
    await book(1, slot, now=clock.now())
    await admin.post("/admin/calendar/apply", day_off(on))
    await hear()
    code = (await CalendarChange.get()).code
    assert "更改 1 天" in (await admin.get(f"/admin/calendar/changes/{code}/undo")).words
    page = await admin.post(f"/admin/calendar/changes/{code}/undo")
    assert ("已撤销，号源会在几秒内恢复" in page.words, await CalendarDay.all().count()) == (True, 0)
    await hear()
    assert ((await Booking.get()).slot_ids, await Slot.filter(is_closed=True).count()) == ([slot], 0)
    again = await admin.post(f"/admin/calendar/changes/{code}/undo")
    assert (again.status, "该更改已撤销" in again.words) == (409, True)


async def test_a_change_that_was_changed_again_is_taken_back_last_first(admin: Browser) -> None:
    on = next_weekday()
    await admin.post("/admin/calendar/apply", day_off(on))
    first = await CalendarChange.get()
    await admin.post("/admin/calendar/apply", day_off(on) | {"kind": "working", "name": ""})
    page = await admin.post(f"/admin/calendar/changes/{first.code}/undo")
    assert (page.status, "请先撤销之后的更改" in page.words) == (409, True)
    assert (await queries.load()).is_working(on) is True
    second = await CalendarChange.get(id__gt=first.id)
    for code in (second.code, first.code):
        assert (await admin.post(f"/admin/calendar/changes/{code}/undo")).status == 200
    assert await CalendarDay.all().count() == 0


async def test_the_citys_notices_imported_here_give_every_deadline_of_the_vectors(admin: Browser) -> None:
    for name in FILES:
        page = await upload(admin, name, (HOLIDAYS / name).read_bytes())
        assert await CalendarDay.all().count() == (730 if "2027" in name else 0)  # looking writes nothing
        done = await confirm(admin, page)
        assert "已导入，号源和预约会在几秒内随之调整" in done.words
    assert "2027 年（" in page.words and "按暂定处理" in page.words
    calendar = await queries.load()
    wrong = [
        vector["desc"]
        for vector in VECTORS
        if (
            due := calendar.due(
                submitted=date.fromisoformat(vector["submitted"]),
                days=vector["days"],
                kind=vector["kind"],
                pauses=[tuple(map(date.fromisoformat, pair)) for pair in vector.get("pauses", [])],
            )
        )
        and (str(due.counted_from), str(due.due_on), not due.is_provisional)
        != (vector["counted_from"], vector["due"], vector["final"])
    ]
    assert wrong == []
    assert sum(calendar.is_working(date(2026, 1, 1) + timedelta(days=n)) for n in range(365)) == 248
    assert "虚线框为暂定" in (await admin.get("/admin/calendar?year=2027")).words
    rows = await AuditRow.filter(action="workdays.import").order_by("id").values_list("subject", flat=True)
    assert rows == ["calendar:2025、2026", "calendar:2027"]


def as_csv(rows: list[tuple[str, str, str]], *, encoding: str = "utf-8") -> bytes:
    text = StringIO()
    csv.writer(text).writerows([("date", "kind", "name"), *rows])
    return text.getvalue().encode(encoding)


def rows_2026() -> list[tuple[str, str, str]]:
    days = json.loads((HOLIDAYS / FILES[0]).read_text(encoding="utf-8"))["years"]["2026"]
    off = [(row["date"], "放假", row["name"]) for row in days["off"]]
    return off + [(row["date"], "上班", row.get("name", "")) for row in days["work"]]


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "gb18030"])
async def test_a_sheet_as_excel_writes_it_says_the_same_as_the_json(admin: Browser, encoding: str) -> None:
    page = await upload(admin, "2026.csv", as_csv(rows_2026(), encoding=encoding), source=SOURCE)
    assert "导入 2026 年（248 个工作日）" in page.words
    await confirm(admin, page)
    calendar = await queries.load()
    assert (calendar.name(date(2026, 10, 1)), calendar.is_working(date(2026, 10, 10))) == ("国庆节", True)
    assert calendar.is_official(date(2026, 6, 1))


async def test_a_notice_shows_and_moves_whom_it_meets_and_undone_brings_them_back(admin: Browser) -> None:
    on = next_weekday()
    slot = await slot_at("0900", on)
    await book(1, slot, now=clock.now())
    rows = [(f"{on.year}-{month:02}-01", "放假", "每月一日") for month in range(1, 13)]
    rows = [row for row in rows if row[0] != str(on)] + [(str(on), "放假", "临时放假")]
    page = await upload(admin, "2026.csv", as_csv(rows), source=SOURCE)
    assert "1 个预约受影响 1 个可以改到" in page.words
    await confirm(admin, page)
    await hear()
    assert (await Booking.get()).slot_ids != [slot]
    code = (await CalendarChange.get()).code
    await admin.post(f"/admin/calendar/changes/{code}/undo")
    await hear()
    assert ((await Booking.get()).slot_ids, await CalendarDay.all().count()) == ([slot], 0)


@pytest.mark.parametrize(
    ("name", "content", "says"),
    [
        ("a.csv", b"", "文件是空的，请选择放假通知文件"),
        ("a.csv", "2026-13-01,放假,元旦\n2026-01-01,加班,元旦".encode(), "第 1 行：日期“2026-13-01”应写作 2027-01-01"),
        ("a.csv", "2026-01-01,加班,元旦".encode(), "第 1 行：第二列“加班”应为 放假 或 上班"),
        ("a.csv", "2026-01-01,放假,元旦\n2026-1-1,放假,元旦".encode(), "第 2 行：2026-01-01 重复出现"),
        ("a.csv", "2026-01-01,放假,元旦".encode(), "2026 年只列了 1 个放假日"),
        ("a.json", b"[1]", "JSON 应写作"),
        ("a.json", b"null", "JSON 应写作"),
        ("a.json", b'{"years": {"20x6": {}}}', "年份“20x6”应为 2000 到 2100 之间的四位数字"),
        ("a.json", b'{"years": {"2026": {"off": 3}}}', "2026 年的 off 应为列表"),
        ("a.json", b"[" * 100_000, "不是有效的 JSON 文件"),
        ("a.csv", b"\xff\xff\x00", "文件不是文本"),
        ("a.csv", b"x" * (notices.MAX_BYTES + 1), "文件超过 256 KB"),
    ],
)
async def test_a_file_that_is_no_notice_is_named_and_changes_nothing(
    admin: Browser, name: str, content: bytes, says: str
) -> None:
    page = await upload(admin, name, content, source=SOURCE)
    assert (page.status, says in page.words) == (422, True)
    assert (await CalendarDay.all().count(), await CalendarChange.all().count()) == (0, 0)


async def test_without_a_source_nothing_is_imported(admin: Browser) -> None:
    page = await upload(admin, "2026.csv", as_csv(rows_2026()))
    assert (page.status, 'id="e-source">请填写通知的文号或名称' in page.text) == (422, True)


async def test_what_the_calendar_brought_is_listed_where_it_had_an_effect_and_undone_there_only(admin: Browser) -> None:
    """Finding 27: no row for a change that did nothing, no button for what only the calendar can take back."""
    on = next_weekday()
    await admin.post("/admin/calendar/apply", day_off(on) | {"kind": "working", "name": ""})
    await hear()
    assert await HoursChange.all().count() == 0
    assert "还没有调整过" in (await admin.get(f"/admin/hours?hall={HALL}")).words
    await admin.post("/admin/calendar/apply", day_off(on))
    await hear()
    change = await HoursChange.get()
    page = await admin.get(f"/admin/hours?hall={HALL}")
    assert f"随工作日历调整，{on} 起" in page.words
    assert f"/admin/hours/{change.code}/undo" not in page.text
    page = await admin.post(f"/admin/hours/{change.code}/undo")
    assert (page.status, "请由系统管理员在“工作日历”中撤销或更正" in page.words) == (409, True)
    assert (await HoursChange.get()).undone_at is None
