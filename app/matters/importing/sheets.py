"""From grids to rows: finds the headings, reads each cell, and says what is wrong where. Pure."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

from app.city import MatterCodes
from app.matters.errors import FileRefused
from app.matters.importing.cells import half_width, plain
from app.matters.importing.findings import CODE_KINDS, Finding, finding
from app.matters.importing.layout import (
    CODE,
    FEE,
    LAW,
    MAIN,
    MAIN_COLUMNS,
    MATERIAL_COLUMNS,
    MATERIALS,
    NAME,
    NUMBER,
    PRICE,
    PROMISED,
    Column,
)
from app.matters.importing.workbook import Grid, cell_name, title
from app.matters.rules import STANDARD, code_faults, is_code

MAX_MATTERS = 5_000
HEADING_WITHIN = 15  # rows from the top
TITLES = {column.key: column.title for column in MAIN_COLUMNS}


@dataclass(kw_only=True)
class ImportRow:
    """One matter of a file.

    Attributes:
        values: what the file says; what it leaves out is not there. From JSON: the whole guide.
        materials: as listed for it; None when the file lists none.
        is_whole: the file holds the whole guide (JSON), not only the sheet's part.
    """

    line: int
    code: str
    name: str
    values: dict[str, Any]
    materials: list[dict[str, Any]] | None = None
    is_whole: bool = False
    has_error: bool = False


@dataclass
class Parsed:
    rows: list[ImportRow] = field(default_factory=list)
    findings: list[Finding] = field(default_factory=list)


@dataclass(frozen=True)
class Heading:
    """Where the headings stand, and which columns they name."""

    row: int
    columns: dict[str, int]
    starred: frozenset[str]


def parse_sheets(grids: dict[str, Grid], *, codes: MatterCodes = STANDARD) -> Parsed:
    """All matters of a workbook. Raises `FileRefused` for a missing sheet or column."""
    for name in (MAIN, MATERIALS):
        if name not in grids:
            raise FileRefused(reason=f"缺少工作表“{name}”，请使用下发的模板，不要改动工作表名称")
    parsed = Parsed()
    _read_main(grids[MAIN], parsed, codes)
    _read_materials(grids[MATERIALS], parsed)
    return parsed


def _heading(grid: Grid, wanted: Sequence[Column]) -> Heading:
    needed = {column.title for column in wanted if column.required}
    best: dict[str, int] = {}
    for number, row in enumerate(grid.rows[:HEADING_WITHIN], start=1):
        found = {title(value): place for place, value in enumerate(row, start=1) if title(value)}
        if needed <= found.keys():
            starred = {title(value) for value in row if half_width(value).endswith("*")}
            return Heading(number, found, frozenset(starred))
        best = max(best, found, key=lambda names: len(needed & names.keys()))
    missing = "、".join(column.title for column in wanted if column.required and column.title not in best)
    raise FileRefused(reason=f"工作表“{grid.name}”缺少列：{missing}；请使用下发的模板，不要改动表头")


def _read_main(grid: Grid, parsed: Parsed, codes: MatterCodes) -> None:
    heading = _heading(grid, MAIN_COLUMNS)
    lines = [line for line in range(heading.row + 1, len(grid.rows) + 1) if _is_data(grid, heading, line)]
    if len(lines) > MAX_MATTERS:
        raise FileRefused(reason=f"一次最多导入 {MAX_MATTERS} 个事项，文件中有 {len(lines)} 个；请分成几个文件上传")
    if not lines:
        raise FileRefused(reason=f"工作表“{MAIN}”中没有事项，请填写后再上传")
    first_line: dict[str, int] = {}
    for line in lines:
        reader = _LineReader(grid, heading, line)
        row = reader.matter(codes)
        if row.code and row.code in first_line:
            reader.complain(CODE, "DUPLICATE_CODE", f"事项编码与第{first_line[row.code]}行重复")
        first_line.setdefault(row.code, line)
        row.has_error = any(found.is_error for found in reader.findings)
        parsed.rows.append(row)
        parsed.findings += reader.findings


def _is_data(grid: Grid, heading: Heading, line: int) -> bool:
    """A numbered line, or one that has a code and a name; totals and signatures have neither."""
    number = half_width(grid.at(line, heading.columns.get(NUMBER, 0)))
    if number.isascii() and number.isdigit():
        return True
    code, name = (plain(grid.at(line, heading.columns.get(column, 0))) for column in (CODE, NAME))
    return bool(name) and is_code(code)


class _LineReader:
    """Reads one line of a sheet and collects what is wrong with it."""

    def __init__(self, grid: Grid, heading: Heading, line: int) -> None:
        self._grid, self._heading, self._line = grid, heading, line
        self.findings: list[Finding] = []

    def matter(self, codes: MatterCodes) -> ImportRow:
        values = self.values(MAIN_COLUMNS)
        code = values.get("code", "")
        if code and not is_code(code, pattern=codes.matter):
            self.complain(CODE, "BAD_CODE", "事项编码格式不正确")
        for key, sentence in code_faults(values, codes).items():
            self.complain(TITLES[key], CODE_KINDS[key], sentence)
        self._compare_limits(values)
        if values.get("is_fee") is False and values.get("price"):
            self.complain(PRICE, "FEE_CONFLICT", f"“{FEE}”为否但填写了收费标准")
        return ImportRow(line=self._line, code=code, name=values.get("name", ""), values=values)

    def _compare_limits(self, values: dict[str, Any]) -> None:
        law, promised = values.get("statutory_limit"), values.get("promised_limit")
        if law and promised and law[1] == promised[1] and promised[0] > law[0]:
            self.complain(PROMISED, "LIMIT_ORDER", f"承诺时限({promised[0]})长于法定时限({law[0]})")

    def values(self, columns: Sequence[Column]) -> dict[str, Any]:
        found: dict[str, Any] = {}
        for column in columns:
            raw = self._raw(column.title)
            if plain(raw) == "":
                if column.required or column.title in self._heading.starred:
                    self.complain(column.title, "REQUIRED_MISSING", f"必填项“{column.title}”为空")
                continue
            read = column.read(raw)
            if read.fault:
                self.complain(column.title, read.fault, read.note, _shown(column, read.value))
            if read.value is not None:
                found[column.key] = read.value
        return found

    def complain(self, column: str, code: str, message: str, normalised: Any = None) -> None:
        self.findings.append(
            finding(
                code,
                sheet=self._grid.name,
                cell=cell_name(self._line, self._heading.columns[column]),
                field=column,
                raw=self._raw(column),
                message=message,
                normalised=normalised,
            )
        )

    def _raw(self, column: str) -> Any:
        place = self._heading.columns.get(column)
        return self._grid.at(self._line, place) if place else None


def _shown(column: Column, value: Any) -> Any:
    if column.title in (LAW, PROMISED) and value:
        return {"days": value[0], "unit": value[1]}
    return value


def _read_materials(grid: Grid, parsed: Parsed) -> None:
    heading = _heading(grid, MATERIAL_COLUMNS)
    # Materials go with the first line of a code: a second one is refused anyway.
    owners = {row.code: row for row in reversed(parsed.rows)}
    strangers: set[str] = set()
    for line in range(heading.row + 1, len(grid.rows) + 1):
        if not _is_material(grid, heading, line):
            continue
        code = plain(grid.at(line, heading.columns[CODE]))
        reader = _LineReader(grid, heading, line)
        if code in owners:
            _add_material(owners[code], reader)
        elif code not in strangers:
            strangers.add(code)
            reader.complain(CODE, *_stranger(code))
        parsed.findings += reader.findings


def _stranger(code: str) -> tuple[str, str]:
    if not code:
        return "REQUIRED_MISSING", f"必填项“{CODE}”为空"
    return "DANGLING_REF", "附表事项编码在主表中不存在"


def _is_material(grid: Grid, heading: Heading, line: int) -> bool:
    number = half_width(grid.at(line, heading.columns.get(NUMBER, 0)))
    if number.isascii() and number.isdigit():
        return True
    name = plain(grid.at(line, heading.columns["材料名称"]))
    return bool(name) and is_code(plain(grid.at(line, heading.columns[CODE])))


def _add_material(row: ImportRow, reader: _LineReader) -> None:
    values = reader.values(MATERIAL_COLUMNS)
    values.pop("code", None)
    row.materials = row.materials or []
    if values.get("name") in {known.get("name") for known in row.materials}:
        reader.complain("材料名称", "DUPLICATE_MATERIAL", "同一事项的材料名称重复")
    row.materials.append(values)
    row.has_error = row.has_error or any(found.is_error for found in reader.findings)
