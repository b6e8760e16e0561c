"""From a sheet to FAQs: reads each cell, and says what is wrong where and what to do. Pure."""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Any

from app.matters.errors import FileRefused
from app.matters.importing.cells import plain
from app.matters.importing.findings import ERROR, WARNING, Finding
from app.matters.importing.workbook import Grid, cell_name, title
from chatbot.learning.files.layout import CODE, COLUMNS, DEPARTMENT, MATTER, SHEET, Column
from chatbot.learning.models import TO_BE_CHECKED
from chatbot.learning.rules import Content, faults_of

MAX_ROWS = 5_000
HEADING_WITHIN = 10  # rows from the top
_LINES, _WORDS = re.compile(r"[\r\n]+"), re.compile(r"[、,，;；\r\n]+")
_WARNINGS = {"TRIMMED"}  # what was put right, and only wants a look
NEXT_STEPS = {
    "REQUIRED_MISSING": "请补填该单元格后重新上传；补填前这条问答不会导入",
    "TRIMMED": "系统已去除，无需处理；下次请勿在文字前后加空格",
    "FORMULA_TEXT": "请删除开头的符号，填写文字本身；系统不接受公式",
    "TOO_LONG": "请精简文字后重新上传",
    "BAD_DATE": "请填写存在的日期，写作 2026-12-01",
    "BAD_ENUM": "请只填“已发布”“待核对”或“已停用”",
    "UNKNOWN_CODE": "新增的问答请把编码留空；修改已有的请核对编码",
    "DUPLICATE_CODE": "请只保留一行后重新上传",
    "UNKNOWN_DEPARTMENT": "请按机构目录填写部门全称，或留空",
    "UNKNOWN_MATTER": "请到“事项指南”查到编码后填写，或留空",
    "DUPLICATE_QUESTION": "请删除其中一条，或改写成不同的问题；需要合并的，请在问答页面用“合并”",
    "NEAR_QUESTION": "请核对是否同一件事；是的话请合并成一条，把另一条写成相似问法",
    "SHARED_SIMILAR": "同一种问法只能归一条问答，请从其中一条删除",
    "BAD_VALUE": "请按提示改正后重新上传",
}


@dataclass(frozen=True, slots=True)
class Known:
    """What there is already. `departments`: names to codes."""

    contents: Mapping[str, Content]
    versions: Mapping[str, int]
    departments: Mapping[str, str]
    matters: frozenset[str]


@dataclass(kw_only=True)
class Row:
    """One line. `code`: "" for a new FAQ; `content`: None when it cannot be read."""

    line: int
    code: str
    content: Content | None
    findings: list[Finding] = field(default_factory=list)

    @property
    def has_error(self) -> bool:
        return self.content is None or any(found.is_error for found in self.findings)

    def complain(self, kind: str, column: str, cell: str, raw: Any, message: str, *, is_error: bool = True) -> None:
        text = plain(raw)[:200] or None
        self.findings.append(
            Finding(
                code=kind, severity=ERROR if is_error else WARNING, sheet=SHEET, cell=cell, field=column, raw=text,
                message=message, next_step=NEXT_STEPS[kind],
            )
        )  # fmt: skip


@dataclass(frozen=True, slots=True)
class Sheet:
    """Where the columns stand."""

    grid: Grid
    heading: int
    places: Mapping[str, int]

    def cell(self, line: int, column: str) -> str:
        return cell_name(line, self.places.get(column, 1))

    def value(self, line: int, column: str) -> Any:
        place = self.places.get(column)
        return self.grid.at(line, place) if place else None


def sheet_of(grids: Mapping[str, Grid]) -> Sheet:
    """Raises `FileRefused` for a missing sheet or column."""
    if SHEET not in grids:
        raise FileRefused(reason=f"缺少工作表“{SHEET}”，请先导出 Excel，在导出的表上修改，不要改动工作表名称")
    grid, needed = grids[SHEET], {column.title for column in COLUMNS if column.required}
    for number, row in enumerate(grid.rows[:HEADING_WITHIN], start=1):
        places = {title(value): place for place, value in enumerate(row, start=1) if title(value)}
        if needed <= places.keys():
            return Sheet(grid, number, places)
    raise FileRefused(reason=f"工作表“{SHEET}”缺少列：{'、'.join(sorted(needed))}；请在导出的表上修改，不要改动表头")


def rows_of(sheet: Sheet, known: Known, *, dated: str) -> list[Row]:
    """Every line that says something. Raises `FileRefused` for none, or too many."""
    lines = [line for line in range(sheet.heading + 1, len(sheet.grid.rows) + 1) if _says_something(sheet, line)]
    if not lines:
        raise FileRefused(reason=f"工作表“{SHEET}”中没有问答，请填写后再上传")
    if len(lines) > MAX_ROWS:
        raise FileRefused(reason=f"一次最多导入 {MAX_ROWS} 条，文件中有 {len(lines)} 条；请分成几个文件上传")
    return [_row(sheet, line, known, dated) for line in lines]


def _says_something(sheet: Sheet, line: int) -> bool:
    return any(plain(sheet.value(line, column.title)) for column in COLUMNS)


def _row(sheet: Sheet, line: int, known: Known, dated: str) -> Row:
    row = Row(line=line, code=plain(sheet.value(line, CODE)), content=None)
    old = known.contents.get(row.code)
    if row.code and old is None:
        row.complain("UNKNOWN_CODE", CODE, sheet.cell(line, CODE), row.code, "没有这个编码的问答")
        return row
    values = _values(sheet, row, known, is_new=old is None)
    if row.findings and any(found.is_error for found in row.findings):
        return row
    start = old or Content(question="", answer="", status=TO_BE_CHECKED, dated=dated)
    content = replace(start, **values)
    if (content.question, content.answer) != (start.question, start.answer):
        content = replace(content, dated=dated)
    titles = {column.key: column.title for column in COLUMNS}
    for key, message in faults_of(content).items():
        row.complain("BAD_VALUE", titles[key], sheet.cell(line, titles[key]), sheet.value(line, titles[key]), message)
    row.content = content
    return row


def _values(sheet: Sheet, row: Row, known: Known, *, is_new: bool) -> dict[str, Any]:
    found: dict[str, Any] = {}
    for column in COLUMNS[1:]:
        raw = sheet.value(row.line, column.title)
        cell = sheet.cell(row.line, column.title)
        if not plain(raw):
            if column.required and is_new:
                row.complain("REQUIRED_MISSING", column.title, cell, raw, f"必填项“{column.title}”为空")
            continue
        read = column.read(raw)
        if read.fault:
            row.complain(read.fault, column.title, cell, raw, read.note, is_error=read.fault not in _WARNINGS)
        if read.value is not None:
            found[column.key] = _meant(column, read.value, row, cell, known)
    return found


def _meant(column: Column, value: Any, row: Row, cell: str, known: Known) -> Any:
    if column.key in ("similar", "keywords"):
        pattern = _LINES if column.key == "similar" else _WORDS
        return tuple(part for piece in pattern.split(value) if (part := piece.strip()))
    if column.title == DEPARTMENT and value not in known.departments:
        row.complain("UNKNOWN_DEPARTMENT", DEPARTMENT, cell, value, "机构目录中没有这个部门")
    if column.title == MATTER and value not in known.matters:
        row.complain("UNKNOWN_MATTER", MATTER, cell, value, "没有这个事项")
    if column.title == DEPARTMENT:
        return known.departments.get(value, "")
    return str(value) if column.key in ("valid_from", "valid_to") else value
