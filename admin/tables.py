"""Tables that leave the console, as CSV or as a workbook."""

import asyncio
import csv
import importlib
import io
from collections.abc import Iterable, Sequence
from typing import Any

from sanic import HTTPResponse
from sanic.response import raw

# What a spreadsheet would take for a formula (OWASP, CSV injection).
RISKY = ("=", "+", "-", "@", "\t", "\r")

XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"


def csv_text(columns: Sequence[str], rows: Iterable[Sequence[object]]) -> str:
    """A table with a head. Cells that a spreadsheet would run are made plain text by a leading quote."""
    buffer = io.StringIO()
    table = csv.writer(buffer)
    table.writerow(columns)
    table.writerows([[_cell(value) for value in row] for row in rows])
    return buffer.getvalue()


def _cell(value: object) -> str:
    text = "" if value is None else str(value)
    return f"'{text}" if text.startswith(RISKY) else text


async def xlsx(head: Sequence[str], rows: Iterable[Sequence[object]]) -> bytes:
    """A workbook of one sheet. Texts stay texts: no cell is a formula or a link."""
    return await asyncio.to_thread(_workbook, list(head), [list(row) for row in rows])


def _workbook(head: list[str], rows: list[list[object]]) -> bytes:
    # Imported when needed: nothing that serves citizens writes workbooks.
    xlsxwriter = importlib.import_module("xlsxwriter")
    buffer = io.BytesIO()
    book = xlsxwriter.Workbook(buffer, {"in_memory": True})
    sheet, bold = book.add_worksheet(), book.add_format({"bold": True})
    sheet.freeze_panes(1, 0)
    sheet.set_column(0, len(head), 16)
    for column, text in enumerate(head):
        sheet.write_string(0, column, text, bold)
    for line, row in enumerate(rows, start=1):
        for column, value in enumerate(row):
            _write(sheet, line, column, value)
    book.close()
    return buffer.getvalue()


def _write(sheet: Any, line: int, column: int, value: object) -> None:
    if isinstance(value, int | float):
        sheet.write_number(line, column, value)
    elif value not in (None, ""):
        sheet.write_string(line, column, str(value))


def as_file(content: bytes, name: str) -> HTTPResponse:
    """A table as a download; `name` says of which kind it is."""
    kind = XLSX if name.endswith(".xlsx") else "text/csv; charset=utf-8"
    headers = {"content-disposition": f'attachment; filename="{name}"', "cache-control": "no-store"}
    return raw(content, headers=headers, content_type=kind)


async def table_file(name: str, kind: str, head: Sequence[str], rows: Iterable[Sequence[object]]) -> HTTPResponse:
    """The table as a download: `kind` is xlsx or csv, with the mark by which Excel knows UTF-8."""
    if kind == "xlsx":
        return as_file(await xlsx(head, rows), f"{name}.xlsx")
    return as_file(csv_text(head, rows).encode("utf-8-sig"), f"{name}.csv")
