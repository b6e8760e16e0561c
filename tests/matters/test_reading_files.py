"""Reading departments' files: defects named, oddities tolerated, hostile files refused and nothing more."""

import io
import json
import struct
import zipfile
from collections.abc import Callable
from datetime import date

import pytest
import xlsxwriter
from openpyxl import Workbook, load_workbook

from app.city import MatterCodes, city_of
from app.matters.errors import FileRefused
from app.matters.export import workbook
from app.matters.importing import cells
from app.matters.importing.findings import finding
from app.matters.importing.layout import MAIN, MAIN_COLUMNS, MATERIALS
from app.matters.importing.sheets import Parsed
from app.matters.imports import read_file
from tests.matters.conftest import FOLDER, SAMPLES

EXPECTED = json.loads((SAMPLES / "expected_defects.json").read_text(encoding="utf-8"))
GUIDES = json.loads((FOLDER / "matters.json").read_text(encoding="utf-8"))["items"]
SHOWN = ("code", "severity", "sheet", "cell", "field", "raw", "message")


def as_shown(parsed: Parsed) -> set[tuple[object, ...]]:
    return {tuple(getattr(found, name) for name in SHOWN) for found in parsed.findings}


async def test_the_clean_sample_has_no_findings(clean: bytes) -> None:
    parsed = await read_file(clean)
    assert (len(parsed.rows), parsed.findings) == (12, [])
    assert [len(row.materials or ()) for row in parsed.rows] == [1, 1, 5, 4, 2, 5, 5, 6, 7, 5, 5, 5]


async def test_every_planted_defect_is_named_with_its_cell_and_nothing_else(defects: bytes) -> None:
    expected = {tuple(defect[name] for name in SHOWN) for defect in EXPECTED["defects"]}
    parsed = await read_file(defects)
    found = as_shown(parsed)
    assert expected <= found
    collateral = {(one["code"], one["sheet"], one["cell"]) for one in EXPECTED["collateral"]}
    assert {(one[0], one[2], one[3]) for one in found - expected} == collateral
    assert all(len(one.next_step) > 5 for one in parsed.findings)


async def test_what_was_put_right_is_told(defects: bytes) -> None:
    told = {found.cell: found.normalised for found in (await read_file(defects)).findings}
    assert [told[defect["cell"]] for defect in EXPECTED["defects"]] == [
        defect["normalised_value"] for defect in EXPECTED["defects"]
    ]


async def test_oddities_that_a_careful_reader_tolerates_are_tolerated(defects: bytes) -> None:
    parsed = await read_file(defects)
    by_line = {row.line: row for row in parsed.rows}
    assert [by_line[line].values["effective_from"] for line in (5, 7, 8, 10)] == [date(2026, 12, 1)] * 4
    assert (by_line[5].values["visits"], by_line[11].values["visits"]) == (1, 0)
    assert by_line[14].values["is_online"] is True
    assert max(by_line) == 16  # neither the total nor the signatures
    assert (by_line[5].materials or [])[0]["original_count"] == 1
    assert (by_line[6].materials or [])[0]["copy_count"] == 0


@pytest.mark.parametrize(
    ("value", "meaning"),
    [("20个工作日", (20, "working_day")), ("30日", (30, "calendar_day")), ("即时办结", (0, "immediate")),
     ("当场办结", (0, "immediate")), (" 5 个工作日", (5, "working_day")), ("尽快", None), ("", None)],
)  # fmt: skip
def test_time_limits(value: str, meaning: tuple[int, str] | None) -> None:
    assert cells.limit(value).value == meaning


@pytest.mark.parametrize(
    ("value", "meaning"),
    [("2026-12-01", date(2026, 12, 1)), ("2026年2月30日", None), (46357.0, date(2026, 12, 1)), ("明天", None),
     ("２０２６/１２/１", date(2026, 12, 1)), (7.0, None), ("20261301", None)],
)  # fmt: skip
def test_dates(value: str | float, meaning: date | None) -> None:
    assert cells.day(value).value == meaning


@pytest.mark.parametrize(("raw", "shown"), [(12345.0, "12345"), (0.5, "0.5"), ("12345.0", "12345.0"), (" 甲 ", " 甲 ")])
def test_what_stands_in_a_cell_is_shown_as_the_sheet_shows_it(raw: str | float, shown: str) -> None:
    found = finding("BAD_BASIC_CODE", sheet=MAIN, cell="B2", field="基本编码", raw=raw, message="")
    assert found.raw == shown


@pytest.mark.parametrize("text", ["=1+1", "+cmd|' /C calc'!A0", "@SUM(A1)", "-cmd", "|dir"])
def test_text_that_looks_like_a_formula_is_refused(text: str) -> None:
    assert cells.text(text, limit=100).fault == "FORMULA_TEXT"
    assert cells.text(f"'{text}", limit=100).value in (text, f"'{text}")


# --- files that mean harm, or are simply no workbook


def packed(parts: dict[str, bytes]) -> bytes:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as file:
        for name, content in parts.items():
            file.writestr(name, content)
    return buffer.getvalue()


def lying_bomb() -> bytes:
    """300 MB of zeros that the directory claims to be 1000 bytes."""
    content = bytearray(packed({"xl/workbook.xml": b"<a/>", "xl/worksheets/sheet1.xml": b"\0" * 300_000_000}))
    for signature, offset in ((b"PK\x01\x02", 24), (b"PK\x03\x04", 22)):
        place = content.rfind(signature)
        struct.pack_into("<I", content, place + offset, 1000)
    return bytes(content)


def sheet_with_rows(count: int) -> bytes:
    buffer = io.BytesIO()
    with xlsxwriter.Workbook(buffer, {"constant_memory": True}) as book:
        main, materials = book.add_worksheet(MAIN), book.add_worksheet(MATERIALS)
        materials.write_string(0, 0, "x")
        for column, title in enumerate(MAIN_COLUMNS):
            main.write_string(0, column, title.title)
        for row in range(1, count + 1):
            main.write_string(row, 0, f"HN-{row}")
            main.write_string(row, 1, "名称")
    return buffer.getvalue()


def far_cell() -> bytes:
    buffer = io.BytesIO()
    with xlsxwriter.Workbook(buffer) as book:
        book.add_worksheet(MAIN).write_string(1_048_575, 16_383, "x")
        book.add_worksheet(MATERIALS)
    return buffer.getvalue()


def one_text_in_every_cell() -> bytes:
    """A small file: each of 80 000 cells points to the same text of 20 000 characters, 5 GB when written out."""
    buffer = io.BytesIO()
    with xlsxwriter.Workbook(buffer) as book:
        main = book.add_worksheet(MAIN)
        book.add_worksheet(MATERIALS)
        for row in range(4_000):
            for column in range(20):
                main.write_string(row, column, "长" * 20_000)
    return buffer.getvalue()


HOSTILE: dict[str, Callable[[], bytes]] = {
    "empty": lambda: b"",
    "text": lambda: "不是表格".encode(),
    "picture": lambda: b"\x89PNG\r\n\x1a\n" + b"\0" * 100,
    "old xls": lambda: b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + b"\0" * 600,
    "broken zip": lambda: b"PK\x03\x04" + b"\xff" * 1000,
    "empty zip": lambda: packed({}),
    "other zip": lambda: packed({"a.txt": b"a"}),
    "nothing inside": lambda: packed({"xl/workbook.xml": b"", "[Content_Types].xml": b""}),
    "bomb": lambda: packed({"xl/workbook.xml": b"<a/>", "xl/worksheets/sheet1.xml": b"\0" * 200_000_000}),
    "lying bomb": lying_bomb,
    "one text in every cell": one_text_in_every_cell,
    "many parts": lambda: packed({"xl/workbook.xml": b"<a/>"} | {f"xl/media/{n}": b"" for n in range(400)}),
    "too large": lambda: b"PK" + b"\0" * (10 * 1024**2),
    "broken json": lambda: b'{"items": [',
    "deep json": lambda: b"[" * 200_000,
    "json without matters": lambda: b'{"items": []}',
    "json number": lambda: b"{}",
    "deep in one item": lambda: b'{"items": [' + b'{"a":' * 100_000 + b"1" + b"}" * 100_000 + b"]}",
    "json infinity": lambda: b'{"items": [{"a": Infinity}]}',
}


@pytest.mark.parametrize("name", HOSTILE)
async def test_what_is_no_harmless_workbook_is_refused_in_chinese(name: str) -> None:
    with pytest.raises(FileRefused) as refused:
        await read_file(HOSTILE[name]())
    assert refused.value.text.startswith("文件未导入：")
    assert not refused.value.data["reason"].isascii()


@pytest.mark.parametrize(("content", "said"), [(100_000, "最多 60000 行"), (6_000, "最多导入 5000 个事项")])
async def test_a_file_of_too_many_rows_is_refused_with_the_limit(content: int, said: str) -> None:
    with pytest.raises(FileRefused) as refused:
        await read_file(sheet_with_rows(content))
    assert said in refused.value.text


async def test_a_cell_at_the_end_of_the_world_is_refused() -> None:
    with pytest.raises(FileRefused):
        await read_file(far_cell())


def changed(clean: bytes, change: object) -> bytes:
    book = load_workbook(io.BytesIO(clean))
    change(book)  # type: ignore[operator]
    buffer = io.BytesIO()
    book.save(buffer)
    return buffer.getvalue()


async def test_a_missing_sheet_refuses_the_file_and_is_named(clean: bytes) -> None:
    def drop(book: Workbook) -> None:
        book.remove(book[MATERIALS])

    with pytest.raises(FileRefused, match=r"matters\.file_refused") as refused:
        await read_file(changed(clean, drop))
    assert "缺少工作表“申请材料”" in refused.value.text


async def test_missing_columns_refuse_the_file_and_are_named(clean: bytes) -> None:
    def rename(book: Workbook) -> None:
        book[MAIN]["I4"], book[MAIN]["J4"] = "期限一", "期限二"

    with pytest.raises(FileRefused) as refused:
        await read_file(changed(clean, rename))
    assert "工作表“事项梳理表”缺少列：法定时限、承诺时限" in refused.value.text


async def test_columns_may_stand_in_another_order_and_lines_lower(clean: bytes) -> None:
    def move(book: Workbook) -> None:
        book[MAIN].insert_rows(1, 3)
        book[MAIN].insert_cols(3)

    parsed = await read_file(changed(clean, move))
    assert (len(parsed.rows), parsed.findings, parsed.rows[0].line) == (12, [], 8)


# --- JSON


async def test_whole_guides_are_read_from_json() -> None:
    parsed = await read_file(json.dumps({"items": GUIDES}).encode())
    assert (len(parsed.rows), parsed.findings) == (103, [])
    assert parsed.rows[0].values == GUIDES[0]


async def test_faults_in_json_are_named_with_their_path() -> None:
    wrong = GUIDES[0] | {"fee": GUIDES[0]["fee"] | {"is_fee": "no"}, "conditions": [], "code": "a b"}
    parsed = await read_file(json.dumps([GUIDES[1], wrong, GUIDES[1], 7, {"name": "\ud800"}]).encode())
    assert [(found.code, found.cell) for found in parsed.findings] == [
        ("BAD_VALUE", "items[1].fee.is_fee"),
        ("MISSING_ITEM", "items[1]"),
        ("BAD_CODE", "items[1].code"),
        ("DUPLICATE_CODE", "items[2].code"),
        ("BAD_VALUE", "items[3]"),
        ("BAD_VALUE", "items[4]"),
    ]
    assert parsed.findings[1].message == "缺少必填项:受理条件"
    assert [row.has_error for row in parsed.rows] == [False, True, True, True, True]


async def test_an_empty_name_is_one_finding_in_chinese_and_a_wrong_value_is_named_as_the_standard_names_it() -> None:
    for name in ("", None):
        (found,) = (await read_file(json.dumps([GUIDES[0] | {"name": name}]).encode())).findings
        assert (found.code, found.message) == ("MISSING_ITEM", "缺少必填项:事项名称")
    wrong = [GUIDES[0]["materials"][0] | {"original_count": "两份"}]
    (found,) = (await read_file(json.dumps([GUIDES[0] | {"materials": wrong}]).encode())).findings
    assert (found.cell, found.message) == ("items[0].materials[0].original_count", "“原件份数”的值不符合要求")


@pytest.mark.parametrize(
    ("content", "reason"),
    [
        (b"null", "JSON 中没有事项列表，应为 {“items”: [事项…]}"),
        (b" 5\n", "JSON 中没有事项列表，应为 {“items”: [事项…]}"),
        (b"", "文件是空的，请检查所选文件"),
        (b"\xef\xbb\xbf \n", "文件是空的，请检查所选文件"),
    ],
)
async def test_a_file_without_matters_says_what_it_lacks(content: bytes, reason: str) -> None:
    with pytest.raises(FileRefused) as refused:
        await read_file(content)
    assert refused.value.text == f"文件未导入：{reason}"


# --- the way back


async def test_an_export_reads_without_a_finding() -> None:
    parsed = await read_file(workbook(GUIDES, today=date(2026, 11, 24)))
    assert (len(parsed.rows), parsed.findings) == (103, [])


def test_no_cell_of_an_export_can_be_a_formula() -> None:
    guide = GUIDES[0] | {"name": "=cmd|' /C calc'!A0", "notes": "@SUM(A1)", "place_text": "+1", "short_name": "-1"}
    book = load_workbook(io.BytesIO(workbook([guide], today=date(2026, 11, 24))))
    cells_of_line = {cell.value for cell in book[MAIN][5] if isinstance(cell.value, str)}
    assert {"'=cmd|' /C calc'!A0", "'@SUM(A1)", "'+1"} <= cells_of_line
    assert not any(value[0] in "=+-@" for value in cells_of_line)
    assert not any(cell.data_type == "f" for sheet in book for row in sheet for cell in row)


# --- codes and minutes

SUBJECT, BASIC = "113404000000000192", "340709902000"


def with_columns(clean: bytes, **values: object) -> bytes:
    """The clean sample with three more columns, filled in its first line."""

    def add(book: Workbook) -> None:
        sheet = book[MAIN]
        for place, (title, value) in enumerate(values.items(), start=sheet.max_column + 1):
            sheet.cell(4, place).value, sheet.cell(5, place).value = title, value

    return changed(clean, add)


async def test_codes_and_minutes_of_a_sheet_are_read(clean: bytes) -> None:
    content = with_columns(clean, 基本编码=BASIC, 实施编码=f"{SUBJECT}4{BASIC}", 办理分钟数="30分钟")
    parsed = await read_file(content)
    assert parsed.findings == []
    read = {key: parsed.rows[0].values[key] for key in ("basic_code", "impl_code", "duration_min")}
    assert read == {"basic_code": BASIC, "impl_code": f"{SUBJECT}4{BASIC}", "duration_min": 30}
    empty = await read_file(with_columns(clean, 基本编码=None, 实施编码="", 办理分钟数=None))
    assert (empty.findings, "basic_code" in empty.rows[0].values) == ([], False)


@pytest.mark.parametrize(
    ("values", "code", "cell", "message"),
    [
        ({"基本编码": "34070990200"}, "BAD_BASIC_CODE", "T5", "基本编码不符合编码规则"),
        ({"基本编码": "A40709902000"}, "BAD_BASIC_CODE", "T5", "基本编码不符合编码规则"),
        ({"实施编码": 1.13404e30}, "BAD_IMPL_CODE", "T5", "实施编码不符合编码规则"),
        (
            {"实施编码": f"{SUBJECT[:-1]}34{BASIC}"}, "BAD_IMPL_CODE", "T5",
            "实施编码开头的统一社会信用代码校验位错误",
        ),
        (
            {"实施编码": f"{SUBJECT}3{BASIC}"}, "BAD_IMPL_CODE", "T5",
            "实施编码中的行使层级是 3，与所填的行使层级不一致",
        ),
        (
            {"基本编码": "340709903000", "实施编码": f"{SUBJECT}4{BASIC}"}, "BAD_IMPL_CODE", "U5",
            f"实施编码末尾的基本编码是 {BASIC}，与所填的基本编码不一致",
        ),
        ({"办理分钟数": "0"}, "BAD_MINUTES", "T5", "应为 1 至 480 的整数分钟,不可识别的值“0”"),
        ({"办理分钟数": "481"}, "BAD_MINUTES", "T5", "应为 1 至 480 的整数分钟,不可识别的值“481”"),
    ],
)  # fmt: skip
async def test_a_wrong_code_or_time_is_named_with_its_cell(
    clean: bytes, values: dict[str, object], code: str, cell: str, message: str
) -> None:
    parsed = await read_file(with_columns(clean, **values))
    (found,) = parsed.findings
    assert (found.code, found.sheet, found.cell, found.message) == (code, MAIN, cell, message)
    assert (found.is_error, parsed.rows[0].has_error, len(found.next_step) > 5) == (True, True, True)


async def test_a_wrong_code_in_json_is_named_with_its_path_and_the_citys_rule_decides() -> None:
    guide = GUIDES[0] | {"basic_code": "370117002011", "impl_code": f"{SUBJECT}4370117002011"}
    content = json.dumps([guide]).encode()
    assert (await read_file(content)).findings == []
    (found,) = (await read_file(content, codes=city_of("huainan").matter_codes)).findings
    assert (found.code, found.cell, found.field) == ("BAD_BASIC_CODE", "items[0].basic_code", "基本编码")
    longer = json.dumps([GUIDES[0] | {"impl_code": "1" * 36}]).encode()
    assert (await read_file(longer, codes=MatterCodes(implementation="[0-9]{24,36}"))).findings == []


async def test_the_citys_own_guides_keep_its_rule() -> None:
    parsed = await read_file(json.dumps({"items": GUIDES}).encode(), codes=city_of("huainan").matter_codes)
    assert (len(parsed.rows), parsed.findings) == (103, [])


async def test_codes_that_the_authority_has_yet_to_give_may_be_empty() -> None:
    empty = GUIDES[0] | {"basic_code": "", "impl_code": None}
    waiting = json.dumps([empty | {"code_status": "to_be_checked"}]).encode()
    assert (await read_file(waiting)).findings == []
    (found,) = (await read_file(json.dumps([empty]).encode())).findings
    assert found.message == "缺少必填项:基本编码、实施编码"


async def test_a_field_that_nobody_knows_is_named_and_keeps_nothing_out() -> None:
    windows = [GUIDES[0]["windows"][0] | {"floor": 2}]
    parsed = await read_file(json.dumps([GUIDES[0] | {"conditons": [], "windows": windows}]).encode())
    assert [(found.cell, found.severity, found.message) for found in parsed.findings] == [
        ("items[0].windows[0].floor", "warning", "未识别的字段“floor”，已忽略"),
        ("items[0].conditons", "warning", "未识别的字段“conditons”，已忽略"),
    ]
    assert (parsed.rows[0].has_error, parsed.rows[0].values == GUIDES[0] | {"windows": GUIDES[0]["windows"][:1]}) == (
        False,
        True,
    )  # told, and not kept


@pytest.mark.parametrize("minutes", [0, 481, "30", 1.5])
async def test_minutes_out_of_bounds_in_json_are_named(minutes: object) -> None:
    (found,) = (await read_file(json.dumps([GUIDES[0] | {"duration_min": minutes}]).encode())).findings
    assert (found.code, found.cell, found.field) == ("BAD_VALUE", "items[0].duration_min", "办理分钟数")
