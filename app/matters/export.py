"""The matters as the departments' workbook, in the layout that the import reads."""

import asyncio
import importlib
from collections.abc import Mapping, Sequence
from datetime import date
from io import BytesIO
from typing import Any

from app.matters.importing.layout import (
    MAIN,
    MAIN_COLUMNS,
    MATERIAL_COLUMNS,
    MATERIALS,
    NOTES,
    NUMBER,
    Column,
)
from app.matters.importing.rendering import main_cells, material_cells
from app.matters.models import CANCELLED, Matter

EXPLANATIONS = (
    "1. 带*号为必填。",
    "2. 时限填写“20个工作日”“30个自然日”或“即时办结”。",
    "3. 日期填写 yyyy-mm-dd。",
    "4. 服务对象只能填“自然人”“法人”或“自然人、法人”。",
    "5. 是否收费填“否”的,收费标准应留空;收费的写作“项目名称:20元/证”,多项用分号隔开。",
    "6. 附表事项编码应与主表一致。",
    "7. 办理分钟数是一位群众在窗口办理所需的时间，预约按它安排时段，留空按 15 分钟；基本编码、实施编码尚未赋码的留空。",
    "8. 修改后可直接上传导入:没有改动的事项保持不变,留空的单元格不会清除原有内容。",
)

Guide = Mapping[str, Any]


async def export_xlsx(*, today: date, dept_code: str | None = None) -> bytes:
    """All matters that are not cancelled, or one department's, as a workbook."""
    rows = Matter.exclude(status=CANCELLED).order_by("code")
    if dept_code is not None:
        rows = rows.filter(dept_code=dept_code)
    guides = [row.guide for row in await rows]
    return await asyncio.to_thread(workbook, guides, today=today)


def workbook(guides: Sequence[Guide], *, today: date) -> bytes:
    """The workbook of these guides."""
    # Imported when needed: nothing that serves citizens writes workbooks.
    xlsxwriter = importlib.import_module("xlsxwriter")
    buffer = BytesIO()
    options = {"in_memory": True, "strings_to_formulas": False, "strings_to_urls": False}
    book = xlsxwriter.Workbook(buffer, options)
    styles = _Styles(book)
    _write_main(book.add_worksheet(MAIN), styles, guides, today)
    _write_materials(book.add_worksheet(MATERIALS), styles, guides)
    notes = book.add_worksheet(NOTES)
    notes.set_column(0, 0, 90)
    for line, text in enumerate(EXPLANATIONS):
        notes.write_string(line, 0, text)
    book.close()
    return buffer.getvalue()


class _Styles:
    def __init__(self, book: Any) -> None:
        box = {"border": 1, "border_color": "#BFBFBF", "valign": "top", "text_wrap": True}
        head = {**box, "bold": True, "align": "center", "valign": "vcenter", "bg_color": "#EAF1FB"}
        self.title = book.add_format({"bold": True, "font_size": 16, "align": "center"})
        self.head = book.add_format(head)
        # A cell that looks like a formula stays a text also after somebody edits it.
        self.text = book.add_format({**box, "quote_prefix": True})
        self.number = book.add_format(box)


def _write_main(sheet: Any, styles: _Styles, guides: Sequence[Guide], today: date) -> None:
    last = len(MAIN_COLUMNS)
    sheet.merge_range(0, 0, 0, last, f"政务服务事项梳理表({today.year}年)", styles.title)
    sheet.merge_range(1, 0, 1, last, f"填报单位:        导出日期:{today.isoformat()}")
    sheet.merge_range(2, 0, 3, 0, NUMBER, styles.head)
    _write_groups(sheet, styles)
    _write_heads(sheet, styles, MAIN_COLUMNS, row=3)
    for number, guide in enumerate(guides, start=1):
        _write_line(sheet, styles, number + 3, [number, *main_cells(guide).values()])
    sheet.freeze_panes(4, 3)
    sheet.autofilter(3, 0, 3 + len(guides), last)


def _write_groups(sheet: Any, styles: _Styles) -> None:
    names = [column.group for column in MAIN_COLUMNS]
    for name in dict.fromkeys(names):
        first = names.index(name) + 1
        last = first + names.count(name) - 1
        sheet.merge_range(2, first, 2, last, name, styles.head)


def _write_heads(sheet: Any, styles: _Styles, columns: Sequence[Column], *, row: int) -> None:
    sheet.set_column(0, 0, 6)
    for place, column in enumerate(columns, start=1):
        sheet.set_column(place, place, column.width)
        sheet.write_string(row, place, column.title + ("*" if column.required else ""), styles.head)


def _write_line(sheet: Any, styles: _Styles, row: int, values: Sequence[str | int]) -> None:
    for column, value in enumerate(values):
        if isinstance(value, int):
            sheet.write_number(row, column, value, styles.number)
        elif value:
            sheet.write_string(row, column, guarded(value), styles.text)
        else:
            sheet.write_blank(row, column, None, styles.text)


def guarded(text: str) -> str:
    """A text that a spreadsheet could take for a formula, with an apostrophe in front; the import takes it off."""
    return f"'{text}" if text[:1] in "=+-@" else text


def _write_materials(sheet: Any, styles: _Styles, guides: Sequence[Guide]) -> None:
    sheet.merge_range(0, 0, 0, len(MATERIAL_COLUMNS), "附表:申请材料清单", styles.title)
    sheet.write_string(1, 0, NUMBER, styles.head)
    _write_heads(sheet, styles, MATERIAL_COLUMNS, row=1)
    lines = [(guide["code"], material) for guide in guides for material in guide.get("materials", ())]
    for number, (code, material) in enumerate(lines, start=1):
        _write_line(sheet, styles, number + 1, [number, code, *material_cells(material)])
    sheet.freeze_panes(2, 2)
