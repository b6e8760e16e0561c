"""Reads a workbook in a process of its own: `python -I reader.py SHEET…`, the file on stdin, JSON on stdout.

A file from outside may be a bomb, or crash a parser. Here that ends a child with limits on memory and time, and the
parent tells the clerk. Knows nothing of the rest of the product.
"""

import json
import resource
import sys
import zipfile
from datetime import date, datetime
from io import BytesIO
from typing import Any

from python_calamine import CalamineError, CalamineSheet, CalamineWorkbook, PasswordError

MEMORY = 1024**3
CPU_S = 20
MAX_PARTS = 300
MAX_UNPACKED = 80 * 1024**2
MAX_COLUMNS = 100
MAX_ROWS = 60_000
MAX_ANSWER = 48 * 1024**2


class Refused(Exception):
    """Said to the clerk as it is."""


def main(sheets: list[str]) -> None:
    resource.setrlimit(resource.RLIMIT_AS, (MEMORY, MEMORY))
    resource.setrlimit(resource.RLIMIT_CPU, (CPU_S, CPU_S))
    sys.stdout.write(answer(sys.stdin.buffer.read(), sheets))


def answer(content: bytes, sheets: list[str]) -> str:
    """JSON: `{"sheets": …}`, or `{"refused": why}`."""
    try:
        # Written as a whole: a short text repeated in a million cells must meet the limit here, not in the parent.
        text = json.dumps({"sheets": read(content, sheets)})
        if len(text) <= MAX_ANSWER:
            return text
        refused = "文件内容过多，请分成几个文件上传"
    except Refused as exc:
        refused = str(exc)
    except PasswordError:
        refused = "文件设有打开密码，请取消密码后重新上传"
    except (CalamineError, zipfile.BadZipFile, MemoryError, OSError):
        refused = "文件已损坏或不是 Excel 工作簿，请用 Excel 或 WPS 打开后另存为 .xlsx 再上传"
    return json.dumps({"refused": refused})


def read(content: bytes, wanted: list[str]) -> dict[str, Any]:
    """The wanted sheets that are there: rows of cells and merged ranges. Raises `Refused`."""
    _look_inside(content)
    book = CalamineWorkbook.from_filelike(BytesIO(content))
    names = {name.strip(): name for name in book.sheet_names}
    return {name: _sheet(book.get_sheet_by_name(names[name])) for name in wanted if name in names}


def _look_inside(content: bytes) -> None:
    """What is written about the sizes is checked before anything is unpacked; the memory limit holds if it lies."""
    with zipfile.ZipFile(BytesIO(content)) as file:
        parts = file.infolist()
    if "xl/workbook.xml" not in {part.filename for part in parts}:
        raise Refused("文件不是 .xlsx 工作簿，请用 Excel 或 WPS 另存为 .xlsx 再上传")
    if len(parts) > MAX_PARTS or sum(part.file_size for part in parts) > MAX_UNPACKED:
        raise Refused("文件解压后过大，请删除图片和无关工作表，或分成几个文件上传")


def _sheet(sheet: CalamineSheet) -> dict[str, Any]:
    height, width = sheet.total_height, sheet.total_width
    if height > MAX_ROWS or width > MAX_COLUMNS:
        raise Refused(
            f"工作表“{sheet.name}”有 {height} 行 {width} 列，最多 {MAX_ROWS} 行 {MAX_COLUMNS} 列；请分成几个文件上传"
        )
    rows = [[_cell(value) for value in row] for row in sheet.to_python(skip_empty_area=False)]
    return {"rows": rows, "merged": [[*first, *last] for first, last in sheet.merged_cell_ranges or ()]}


def _cell(value: Any) -> Any:
    if isinstance(value, date | datetime):
        return {"date": value.isoformat()[:10]}
    if value is None or isinstance(value, str | float | int | bool):
        return value
    return str(value)


if __name__ == "__main__":
    main(sys.argv[1:])
