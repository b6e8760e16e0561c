"""Preview, apply exactly that, undo: on both databases, and nothing half imported."""

import asyncio
import io
import json
import random
from datetime import timedelta

import pytest
from openpyxl import load_workbook

from app.db import transactional
from app.errors import AppError, NotFound
from app.halls.seed import load_seed as load_halls
from app.matters import imports, queries
from app.matters.actions import change_status, mark_checked, save_guide
from app.matters.errors import (
    FileRefused,
    ImportDiffers,
    ImportGone,
    ImportOutdated,
    NotApplied,
    UndoTooLate,
)
from app.matters.export import export_xlsx, workbook
from app.matters.importing.layout import MAIN
from app.matters.importing.planning import ImportReport
from app.matters.models import CANCELLED, SUSPENDED, Matter, MatterImport, Revision
from app.outbox import RecordedEvent
from tests.factories import NOW
from tests.marks import on_both, on_mariadb
from tests.matters.conftest import FOLDER

GUIDES = json.loads((FOLDER / "matters.json").read_text(encoding="utf-8"))["items"]
LATER = NOW + timedelta(hours=1)


async def preview(content: bytes) -> ImportReport:
    return await imports.preview(content, "事项.xlsx", by="li", now=NOW)


async def apply(report: ImportReport) -> ImportReport:
    return await imports.apply(code=report.code, digest=report.digest, by="li", now=NOW)


async def versions() -> dict[str, int]:
    return dict(await Matter.all().values_list("code", "version"))


def edited(content: bytes, cells: dict[str, object]) -> bytes:
    book = load_workbook(io.BytesIO(content))
    for cell, value in cells.items():
        book[MAIN][cell] = value
    buffer = io.BytesIO()
    book.save(buffer)
    return buffer.getvalue()


@on_both
async def test_a_preview_changes_no_matter(city: None, defects: bytes) -> None:
    report = await preview(defects)
    assert report.counts == {"new": 0, "changed": 2, "unchanged": 2, "error": 8}
    assert (report.error_count, report.warning_count, report.state) == (10, 3, "previewed")
    assert set((await versions()).values()) == {1}


@on_both
async def test_good_rows_go_in_and_rows_with_an_error_stay_out(city: None, defects: bytes) -> None:
    await apply(await preview(defects))
    changed = {code for code, version in (await versions()).items() if version == 2}
    assert changed == {"HN-MZ-004", "HN-SJ-006"}
    limit = (await queries.matter("HN-MZ-004")).guide["promised_limit"]
    assert limit == {"days": 10, "unit": "working_day", "text": "10个工作日", "status": "to_be_checked"}
    assert (await queries.matter("HN-ZJ-003")).guide == next(one for one in GUIDES if one["code"] == "HN-ZJ-003")


@on_both
async def test_a_thousand_rows_with_three_bad_ones_bring_in_997(db: str) -> None:
    guides = [guide | {"code": f"HN-T{number:04}"} for number in range(1000) for guide in (GUIDES[number % 103],)]
    content = edited(workbook(guides, today=NOW.date()), {"C104": None, "J505": "很快", "G1004": "外星人"})
    report = await apply(await preview(content))
    assert report.counts == {"new": 997, "changed": 0, "unchanged": 0, "error": 3}
    assert [(found["cell"], found["message"]) for found in report.findings] == [
        ("C104", "必填项“事项名称”为空"),
        ("J505", "时限无法识别"),
        ("G1004", "行使层级含不可识别的值“外星人”"),
    ]
    assert [row["line"] for row in report.rows if row["outcome"] == "error"] == [104, 505, 1004]
    assert (await Matter.all().count(), await Revision.all().count()) == (997, 997)


@on_both
async def test_the_same_file_a_second_time_changes_nothing(city: None, clean: bytes) -> None:
    await apply(await preview(clean))
    before = await versions()
    report = await apply(await preview(clean))
    assert report.counts == {"new": 0, "changed": 0, "unchanged": 12, "error": 0}
    assert await versions() == before


async def test_what_the_sheet_does_not_say_is_kept(city: None, clean: bytes) -> None:
    before = (await queries.matter("HN-GA-012")).guide
    await apply(await preview(edited(clean, {"J7": "6个工作日"})))
    after = (await queries.matter("HN-GA-012")).guide
    assert {key for key in before if before[key] != after[key]} == {"promised_limit"}
    assert after["promised_limit"] == before["promised_limit"] | {"days": 6, "text": "6个工作日"}


async def test_the_preview_says_what_changes_from_what_to_what(city: None, clean: bytes) -> None:
    report = await preview(edited(clean, {"J10": "6个工作日"}))
    row = next(row for row in report.rows if row["code"] == "HN-RS-014")
    assert row["changes"] == ["承诺时限"]
    assert row["differences"] == [{"label": "承诺时限", "before": "8个工作日", "after": "6个工作日"}]


@on_both
async def test_an_export_imported_again_changes_nothing(city: None) -> None:
    report = await preview(await export_xlsx(today=NOW.date()))
    assert (report.counts["unchanged"], report.findings) == (103, [])


async def test_a_guarded_cell_comes_back_without_its_guard(db: str) -> None:
    guide = GUIDES[0] | {"name": "=办事", "notes": "@备注", "place_text": "-1 楼"}
    await save_guide(guide=guide, seen_version=0, by="li", now=NOW)
    report = await preview(await export_xlsx(today=NOW.date()))
    assert (report.counts["unchanged"], report.findings) == (1, [])


@on_both
async def test_whole_guides_from_json_round_trip(db: str) -> None:
    content = json.dumps({"items": GUIDES[:3]}, ensure_ascii=False).encode()
    assert (await apply(await preview(content))).counts["new"] == 3
    assert (await queries.matter("HN-GA-002")).guide == GUIDES[1]
    assert (await preview(content)).counts["unchanged"] == 3


async def test_a_new_matter_from_a_sheet_tells_what_its_guide_still_lacks(db: str, clean: bytes) -> None:
    report = await apply(await preview(clean))
    assert report.counts["new"] == 12
    assert report.rows[0]["missing"][:4] == ["基本编码", "实施编码", "实施部门编码", "受理条件"]
    matter = await queries.matter("HN-GA-002")
    assert (matter.bookable, matter.checked_on, matter.guide["materials"][0]["name"]) == (
        False,
        NOW.date(),
        "居民身份证",
    )


async def test_a_department_that_is_not_in_the_directory_keeps_the_row_out(city: None, clean: bytes) -> None:
    report = await preview(edited(clean, {"E5": "淮南市魔法局"}))
    assert report.counts["error"] == 1
    found = report.findings[0]
    assert (found["code"], found["message"]) == ("UNKNOWN_DEPARTMENT", "实施部门“淮南市魔法局”不在机构目录中")


async def test_a_refused_file_leaves_no_trace(city: None) -> None:
    with pytest.raises(FileRefused):
        await preview(b"PK\x03\x04nothing")
    assert (await MatterImport.all().count(), set((await versions()).values())) == (0, {1})


@on_both
async def test_a_preview_is_applied_once_however_many_try(city: None, clean: bytes) -> None:
    report = await preview(clean)
    answers = await asyncio.gather(*(apply(report) for _ in range(5)), return_exceptions=True)
    refused = [answer for answer in answers if isinstance(answer, AppError)]
    assert (len(answers) - len(refused), {type(one) for one in refused}) == (1, {ImportGone})
    assert max((await versions()).values()) == 2
    assert await RecordedEvent.filter(name="matters.imported").count() == 1


@on_mariadb
async def test_two_previews_of_the_same_matters_applied_together_let_one_through(city: None, clean: bytes) -> None:
    reports = [await preview(edited(clean, {"J10": f"{days}个工作日"})) for days in (5, 6)]
    answers = await asyncio.gather(*map(apply, reports), return_exceptions=True)
    assert sorted(isinstance(answer, AppError) for answer in answers) == [False, True]
    assert max((await versions()).values()) == 2
    assert sorted(await MatterImport.all().values_list("state", flat=True)) == ["applied", "previewed"]


@on_both
async def test_a_preview_that_is_out_of_date_is_refused_whole(city: None, clean: bytes) -> None:
    report = await preview(clean)
    guide = (await Matter.get(code="HN-MZ-004")).guide | {"notes": "改"}
    await save_guide(guide=guide, seen_version=1, by="wang", now=NOW)
    with pytest.raises(ImportOutdated) as refused:
        await apply(report)
    assert "有 1 个事项" in refused.value.text
    assert {code for code, version in (await versions()).items() if version > 1} == {"HN-MZ-004"}
    assert (await MatterImport.get(code=report.code)).state == "previewed"


async def test_another_files_digest_or_an_unknown_preview_is_refused(city: None, clean: bytes) -> None:
    report = await preview(clean)
    with pytest.raises(ImportDiffers):
        await imports.apply(code=report.code, digest="0" * 64, by="li", now=NOW)
    with pytest.raises(NotFound):
        await imports.apply(code="NOSUCH", digest=report.digest, by="li", now=NOW)


async def test_what_takes_long_is_never_done_inside_a_transaction(city: None, clean: bytes) -> None:
    """A thousand guides' pinyin would keep rows and a connection from everybody for as long."""
    report = await preview(clean)
    with pytest.raises(RuntimeError, match="inside a transaction"):
        await transactional(apply)(report)
    await apply(report)
    with pytest.raises(RuntimeError, match="inside a transaction"):
        await transactional(imports.undo)(code=report.code, by="li", now=LATER)


@on_both
async def test_an_undo_puts_back_what_was_and_cancels_what_came(city: None, clean: bytes) -> None:
    await change_status(code="HN-RS-009", status=SUSPENDED, by="li", now=NOW)
    before = {row.code: row.guide for row in await Matter.all()}
    report = await apply(await preview(edited(clean, {"B16": "HN-NEW-01"})))
    assert (await queries.matter("HN-RS-009")).status == "suspended"
    assert await imports.undo(code=report.code, by="li", now=LATER) == 6
    after = {row.code: row.guide for row in await Matter.exclude(code="HN-NEW-01")}
    assert after == before
    assert (await Matter.get(code="HN-NEW-01")).status == CANCELLED
    assert (await MatterImport.get(code=report.code)).state == "undone"
    with pytest.raises(NotApplied):
        await imports.undo(code=report.code, by="li", now=LATER)


@on_both
async def test_an_undo_after_a_newer_change_is_refused_whole(city: None, clean: bytes) -> None:
    report = await apply(await preview(clean))
    matter = await Matter.get(code="HN-MZ-004")
    await save_guide(guide=matter.guide | {"notes": "改"}, seen_version=2, by="wang", now=LATER)
    before = await versions()
    with pytest.raises(UndoTooLate) as refused:
        await imports.undo(code=report.code, by="li", now=LATER)
    assert "有 1 个事项" in refused.value.text
    assert (await versions(), (await MatterImport.get(code=report.code)).state) == (before, "applied")


async def test_a_cancelled_matter_comes_back_by_an_import(city: None, clean: bytes) -> None:
    await change_status(code="HN-JY-003", status=CANCELLED, by="li", now=NOW)
    await apply(await preview(clean))
    assert (await queries.matter("HN-JY-003")).status == "published"


async def test_an_import_counts_as_a_check_only_for_what_it_changed(city: None, clean: bytes) -> None:
    await mark_checked(code="HN-JY-003", seen_version=1, on=NOW.date() - timedelta(days=300))
    await apply(await preview(clean))
    assert [row.code for row in await queries.stale(today=NOW.date())] == ["HN-JY-003"]


async def test_the_list_of_imports_shows_the_latest_first(city: None, clean: bytes, defects: bytes) -> None:
    first, second = await preview(clean), await apply(await preview(defects))
    shown = [(upload.code, upload.state) for upload in await queries.imports()]
    assert shown == [(second.code, "applied"), (first.code, "previewed")]
    assert imports.report_of(await MatterImport.get(code=second.code)) == second


async def test_hostile_names_of_files_are_kept_as_plain_text(city: None, clean: bytes) -> None:
    report = await imports.preview(clean, "..\\..\\etc/" + "长" * 300 + ".xlsx", by="li", now=NOW)
    assert report.filename == "长" * 200


async def test_random_damage_to_a_workbook_never_ends_in_anything_but_a_refusal(clean: bytes) -> None:
    chance = random.Random(11)
    for _ in range(12):
        content = bytearray(clean)
        for _ in range(40):
            content[chance.randrange(4, len(content))] = chance.randrange(256)
        try:
            await imports.read_file(bytes(content))
        except FileRefused as refused:
            assert not refused.text.isascii()


async def test_a_window_in_a_hall_that_nobody_knows_keeps_the_guide_out_and_says_where(city: None) -> None:
    await load_halls(folder=FOLDER, now=NOW)
    good, bad = GUIDES[0], GUIDES[1]
    windows = [*bad["windows"], {"hall_code": "HALL-XX", "group": "HZ"}]
    content = json.dumps([{**good, "name": "改过的名称"}, {**bad, "windows": windows}], ensure_ascii=False)
    report = await preview(content.encode())
    assert (report.counts["changed"], report.counts["error"]) == (1, 1)
    (found,) = report.findings
    assert (found["code"], found["sheet"], found["cell"], found["raw"]) == (
        "UNKNOWN_HALL",
        "JSON",
        f"items[1].windows[{len(bad['windows'])}].hall_code",
        "HALL-XX",
    )
    assert found["message"] == "没有编码为“HALL-XX”的大厅"
    assert found["next_step"] == "请改为大厅名录中的编码后重新上传；新大厅请先由管理员登记"


async def test_the_minutes_of_a_sheet_decide_how_long_a_visit_is_booked_for(city: None) -> None:
    export = await export_xlsx(today=NOW.date())
    column = next(
        cell.column_letter for cell in load_workbook(io.BytesIO(export))[MAIN][4] if cell.value == "办理分钟数"
    )
    report = await apply(await preview(edited(export, {f"{column}5": 40})))
    assert (report.counts["changed"], report.findings) == (1, [])
    (row,) = [row for row in report.rows if row["outcome"] == "changed"]
    assert row["differences"] == [{"label": "办理分钟数", "before": "", "after": "40"}]
    assert await queries.duration_min(row["code"]) == 40
    assert (await preview(await export_xlsx(today=NOW.date()))).counts["unchanged"] == 103
