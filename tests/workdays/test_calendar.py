"""The calendar as a table: seeds, a year's notice, one day by hand."""

from datetime import date

import pytest

from app.outbox import RecordedEvent
from app.workdays import actions, notices, queries
from app.workdays.errors import BadNotice
from app.workdays.models import CalendarDay
from app.workdays.rules import Notice
from app.workdays.seed import load_seed
from tests.factories import NOW
from tests.marks import on_both
from tests.workdays.test_rules import HOLIDAYS, VECTORS

CITY = HOLIDAYS.parent
NOTICE_2027 = Notice(year=2027, off={date(2027, 1, 1): "元旦"}, worked={date(2027, 1, 9): "元旦"})


@on_both
async def test_the_seed_fills_three_years_and_a_second_run_changes_nothing(db: str):
    assert await load_seed(folder=CITY, now=NOW) == 365 * 3
    assert await load_seed(folder=CITY, now=NOW) == 0
    assert await CalendarDay.filter(status="provisional").count() == 365


async def test_a_deadline_in_2027_is_provisional_and_one_in_2026_is_not(db: str):
    await load_seed(folder=CITY, now=NOW)
    workdays = await queries.load()
    across = next(v for v in VECTORS if v["desc"] == "跨年，到期日暂定" or not v["final"])
    due = workdays.due(submitted=date.fromisoformat(across["submitted"]), days=across["days"], kind="working_day")
    assert due.is_provisional
    assert workdays.add(date(2026, 11, 23), 5) == (date(2026, 11, 30), False)


async def test_a_dry_run_tells_the_changes_and_writes_nothing(db: str):
    await load_seed(folder=CITY, now=NOW)
    told = await actions.import_calendar(
        notices=[NOTICE_2027], source="国办通知", status="official", by="周主任", now=NOW, dry_run=True
    )
    assert (told.is_dry_run, len(told.changes)) == (True, 365)
    assert await CalendarDay.filter(status="provisional").count() == 365


async def test_the_official_notice_replaces_the_provisional_year(db: str):
    await load_seed(folder=CITY, now=NOW)
    await actions.import_calendar(notices=[NOTICE_2027], source="国办通知", status="official", by="周主任", now=NOW)
    workdays = await queries.load()
    assert workdays.is_official(date(2027, 6, 1)) and workdays.is_working(date(2027, 1, 9))
    assert workdays.is_working(date(2027, 2, 8))


async def test_a_provisional_file_never_replaces_official_days(db: str):
    await actions.import_calendar(notices=[NOTICE_2027], source="国办通知", status="official", by="周主任", now=NOW)
    late = Notice(year=2027, off={date(2027, 3, 3): "误"}, worked={})
    done = await actions.import_calendar(notices=[late], source="推算", status="provisional", by="seed", now=NOW)
    assert done.changes == []
    assert (await queries.load()).is_working(date(2027, 3, 3))


async def test_a_bad_notice_imports_nothing_and_leaves_no_event(db: str):
    bad = Notice(year=2027, off={date(2026, 1, 1): "元旦"}, worked={})
    with pytest.raises(BadNotice) as refusal:
        await actions.import_calendar(notices=[bad], source="国办通知", status="official", by="周主任", now=NOW)
    assert refusal.value.text == "放假通知有误，未导入：2026-01-01 不在 2027 年"
    assert (await CalendarDay.all().count(), await RecordedEvent.all().count()) == (0, 0)


async def test_one_day_edited_by_hand_counts_at_once(db: str):
    await load_seed(folder=CITY, now=NOW)
    await actions.set_day(
        day=date(2026, 11, 25), is_working=False, name="临时放假", by="周主任", source="市政府通知", now=NOW
    )
    workdays = await queries.load()
    assert workdays.add(date(2026, 11, 24), 1) == (date(2026, 11, 26), False)
    assert workdays.name(date(2026, 11, 25)) == "临时放假"


async def test_a_worked_weekend_day_keeps_a_weekdays_hours_and_a_holiday_none(db: str):
    await load_seed(folder=CITY, now=NOW)
    workdays = await queries.load()
    days = [date(2026, 10, 10), date(2026, 9, 20), date(2026, 10, 1), date(2026, 11, 24), date(2026, 11, 28)]
    assert [workdays.pattern_weekday(day) for day in days] == [5, 1, None, 2, 6]


@on_both
async def test_an_import_taken_back_leaves_every_day_as_it_was(db: str):
    await load_seed(folder=CITY, now=NOW)
    before = await CalendarDay.all().order_by("date").values()
    done = await actions.import_calendar(
        notices=[NOTICE_2027], source="国办通知", status="official", by="周主任", now=NOW
    )
    assert (await CalendarDay.filter(status="official").count(), len(done.changes)) == (365 * 3, 365)
    await actions.undo_change(code=done.code, by="周主任", now=NOW)
    assert await CalendarDay.all().order_by("date").values() == before
    assert [row.undone_at is not None for row in await queries.changes()] == [True]


async def test_new_years_holiday_may_begin_in_the_december_before(db: str):
    rows = [("2026-12-31", "放假", "元旦"), *((f"2027-{m:02}-01", "放假", "节") for m in range(1, 12))]
    sheet = notices.read("\n".join(map(",".join, rows)).encode(), "2027.csv")
    assert [notice.year for notice in sheet.notices] == [2027]
    await load_seed(folder=CITY, now=NOW)
    done = await actions.import_calendar(
        notices=sheet.notices, source="国办通知", status="official", by="周主任", now=NOW
    )
    workdays = await queries.load()
    assert (len(done.changes), workdays.is_holiday(date(2026, 12, 31)), workdays.is_working(date(2026, 12, 30))) == (
        366, True, True,
    )  # fmt: skip


async def test_what_is_written_out_is_read_again_the_same(db: str):
    sheet = notices.read((HOLIDAYS / "holidays_2025_2026.json").read_bytes(), ".json")
    assert notices.read(notices.as_json(sheet.notices).encode(), ".json").notices == sheet.notices


async def test_pages_share_one_reading_of_the_calendar_and_whoever_makes_slots_reads_it_anew(db: str):
    await load_seed(folder=CITY, now=NOW)
    seen = await queries.shown()
    await CalendarDay.filter(date=date(2026, 11, 25)).update(is_working=False, name="停电")
    assert await queries.shown() is seen
    assert (seen.is_working(date(2026, 11, 25)), (await queries.load()).is_working(date(2026, 11, 25))) == (True, False)
