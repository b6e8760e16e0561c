"""A workbook's sheets as grids, with merged cells filled. Reading happens in a child process with limits."""

import asyncio
import contextlib
import json
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any

from app.matters.errors import FileRefused
from app.matters.importing.cells import Value, half_width

READER = Path(__file__).with_name("reader.py")
SECONDS = 25.0
AT_ONCE = 2  # children at a time, each up to 1 GB

_turns = asyncio.Semaphore(AT_ONCE)
_ENDED = "文件过大或结构异常，读取被中止；请用 Excel 或 WPS 另存为新的 .xlsx，删除图片和空白行后再上传"


async def read_sheets(content: bytes, wanted: Sequence[str]) -> dict[str, "Grid"]:
    """The wanted sheets that exist. Raises `FileRefused` for whatever is not a harmless workbook."""
    async with _turns:
        output = await _run(content, wanted)
    return await asyncio.to_thread(_grids, output)


def _grids(output: bytes) -> dict[str, "Grid"]:
    try:
        answer = json.loads(output)
    except ValueError:
        raise FileRefused(reason=_ENDED) from None
    if "refused" in answer:
        raise FileRefused(reason=answer["refused"])
    return {name: Grid.of(name, raw) for name, raw in answer["sheets"].items()}


async def _run(content: bytes, wanted: Sequence[str]) -> bytes:
    pipe = asyncio.subprocess.PIPE
    child = await asyncio.create_subprocess_exec(
        sys.executable, "-I", str(READER), *wanted,
        stdin=pipe, stdout=pipe, stderr=asyncio.subprocess.DEVNULL, env={},
    )  # fmt: skip
    try:
        async with asyncio.timeout(SECONDS):
            output, _ = await child.communicate(content)
    except (TimeoutError, BrokenPipeError, ConnectionResetError):
        raise FileRefused(reason=_ENDED) from None
    finally:
        with contextlib.suppress(ProcessLookupError):
            child.kill()
        await child.wait()
    return output


@dataclass(frozen=True)
class Grid:
    """One sheet. Rows and columns count from 1, as clerks count."""

    name: str
    rows: list[list[Value]]

    @classmethod
    def of(cls, name: str, raw: dict[str, Any]) -> "Grid":
        rows = [[_value(cell) for cell in row] for row in raw["rows"]]
        for first_row, first_column, last_row, last_column in raw["merged"]:
            _fill(rows, (first_row, first_column), (last_row, last_column))
        return cls(name, rows)

    def at(self, row: int, column: int) -> Value:
        """A cell's value; None when it is empty or outside."""
        try:
            value = self.rows[row - 1][column - 1]
        except IndexError:
            return None
        return None if value == "" else value


def _value(cell: Any) -> Value:
    if isinstance(cell, dict):
        return date.fromisoformat(cell["date"])
    return cell  # type: ignore[no-any-return]


def _fill(rows: list[list[Value]], first: tuple[int, int], last: tuple[int, int]) -> None:
    """A merged range says the same in all its cells; never beyond the cells there are."""
    if first[0] >= len(rows) or first[1] >= len(rows[first[0]]):
        return
    value = rows[first[0]][first[1]]
    for row in rows[first[0] : last[0] + 1]:
        for column in range(first[1], min(last[1] + 1, len(row))):
            row[column] = value


def letter(column: int) -> str:
    """1 is A, 27 is AA."""
    letters = ""
    while column:
        column, rest = divmod(column - 1, 26)
        letters = chr(65 + rest) + letters
    return letters


def cell_name(row: int, column: int) -> str:
    return f"{letter(column)}{row}"


def title(value: Value) -> str:
    """A column's heading without its star and line breaks."""
    return "".join(half_width(value).split()).rstrip("*")
