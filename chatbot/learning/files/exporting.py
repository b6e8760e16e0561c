"""All FAQs as a workbook, in the layout that the import reads."""

import asyncio
import importlib
from collections.abc import Mapping
from datetime import date
from io import BytesIO
from typing import Any

from app.matters.export import guarded
from chatbot.learning import knowledge
from chatbot.learning.files.layout import COLUMNS, EXPLANATIONS, NOTES, SHEET
from chatbot.learning.rules import STATUS_NAMES, Content


async def export_xlsx() -> bytes:
    """Those that are retired as well."""
    named = await knowledge.names()
    return await asyncio.to_thread(workbook, await knowledge.contents(), named.departments)


def workbook(known: Mapping[str, Content], departments: Mapping[str, str]) -> bytes:
    # Imported when needed: nothing that serves citizens writes workbooks.
    xlsxwriter = importlib.import_module("xlsxwriter")
    buffer = BytesIO()
    book = xlsxwriter.Workbook(buffer, {"in_memory": True, "strings_to_formulas": False, "strings_to_urls": False})
    head = book.add_format({"bold": True, "bg_color": "#EAF1FB", "border": 1})
    # A cell that looks like a formula stays a text also after somebody edits it.
    text = book.add_format({"text_wrap": True, "valign": "top", "quote_prefix": True})
    sheet = book.add_worksheet(SHEET)
    for place, column in enumerate(COLUMNS):
        sheet.set_column(place, place, column.width)
        sheet.write_string(0, place, column.title + ("*" if column.required else ""), head)
    for line, (code, content) in enumerate(known.items(), start=1):
        _write_line(sheet, line, cells_of(code, content, departments), text)
    sheet.freeze_panes(1, 2)
    sheet.autofilter(0, 0, len(known), len(COLUMNS) - 1)
    _write_notes(book.add_worksheet(NOTES))
    book.close()
    return buffer.getvalue()


def cells_of(code: str, content: Content, departments: Mapping[str, str]) -> list[str]:
    """One FAQ as its line says it."""
    return [
        code,
        content.question,
        content.answer,
        "\n".join(content.similar),
        "、".join(content.keywords),
        content.matter_code,
        departments.get(content.dept_code, ""),
        content.valid_from or "",
        content.valid_to or "",
        STATUS_NAMES[content.status],
    ]


def _write_line(sheet: Any, line: int, values: list[str], style: Any) -> None:
    for place, value in enumerate(values):
        if value:
            sheet.write_string(line, place, guarded(value), style)


def _write_notes(sheet: Any) -> None:
    sheet.set_column(0, 0, 90)
    for line, text in enumerate(EXPLANATIONS):
        sheet.write_string(line, 0, text)


def filename(on: date) -> str:
    return f"faqs-{on}.xlsx"
