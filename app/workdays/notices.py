"""Reading a holiday notice as staff have it: JSON of the city's own form, or a sheet of date, kind and name as CSV."""

import csv
import json
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import date
from io import StringIO
from typing import Any

from app.workdays.errors import BadNotice
from app.workdays.rules import Notice

MAX_BYTES = 256 * 1024
LEAST_OFF = 11  # days off by law in any year since 2008: fewer, and the file is not a whole year
STATUSES = ("official", "provisional")
KINDS = {
    **dict.fromkeys(("off", "放假", "休", "休息", "节假日"), "off"),
    **dict.fromkeys(("work", "上班", "班", "调休", "调休上班", "补班"), "work"),
}


Row = tuple[str, str, str, str]  # where it stands, date, kind, name


@dataclass(frozen=True)
class Sheet:
    """What a file says. `status` and `source` are empty when it does not say."""

    notices: list[Notice]
    status: str = ""
    source: str = ""


@dataclass(frozen=True)
class _Line:
    """A day a file names, and where."""

    where: str
    day: date
    kind: str
    name: str


def read(content: bytes, filename: str) -> Sheet:
    """Raises BadNotice that names every line with a fault."""
    if not content.strip():
        raise BadNotice(faults="文件是空的，请选择放假通知文件")
    if len(content) > MAX_BYTES:
        raise BadNotice(faults=f"文件超过 {MAX_BYTES // 1024} KB，放假通知只需列出放假和调休的日子")
    text = _text(content)
    is_json = filename.lower().endswith(".json") or text.lstrip().startswith("{")
    sheet = _json(text) if is_json else _csv(text)
    if few := [notice for notice in sheet.notices if len(notice.off) < LEAST_OFF]:
        raise BadNotice(faults="；".join(map(_too_few, few)))
    return sheet


def _too_few(notice: Notice) -> str:
    return (
        f"{notice.year} 年只列了 {len(notice.off)} 个放假日。通知要列出全年的放假和调休，没有列出的日子按周末休息处理；"
        "只改个别日子请用“更正一天”"
    )


def _text(content: bytes) -> str:
    """UTF-8, or what Excel writes in China."""
    for encoding in ("utf-8-sig", "gb18030"):
        try:
            return content.decode(encoding)
        except UnicodeDecodeError:
            continue
    raise BadNotice(faults="文件不是文本，请另存为 CSV（UTF-8）或 JSON 后上传")


def _json(text: str) -> Sheet:
    try:
        raw = json.loads(text)
    except (ValueError, RecursionError):
        raise BadNotice(faults="不是有效的 JSON 文件") from None
    if not isinstance(raw, dict) or not isinstance(raw.get("years"), dict):
        raise BadNotice(faults="JSON 应写作 {“years”: {“2027”: {“off”: […], “work”: […]}}}")
    meta = raw["meta"] if isinstance(raw.get("meta"), dict) else {}
    sources = meta.get("sources", [])
    source = "；".join(map(str, sources)) if isinstance(sources, list) else str(sources)
    notices = [_gather(_of_year(year, days), year=_year(year)) for year, days in sorted(raw["years"].items())]
    status = str(meta.get("status", ""))
    return Sheet(notices, status if status in STATUSES else "", source[:200])


def _year(text: str) -> int:
    if not (text.isascii() and text.isdecimal() and 2000 <= int(text) <= 2100):
        raise BadNotice(faults=f"年份“{text[:10]}”应为 2000 到 2100 之间的四位数字")
    return int(text)


def _of_year(year: str, days: Any) -> Iterator[Row]:
    for key, kind in (("off", "off"), ("work", "work")):
        rows = days.get(key, []) if isinstance(days, dict) else None
        if not isinstance(rows, list):
            raise BadNotice(faults=f"{year} 年的 {key} 应为列表")
        for number, row in enumerate(rows, start=1):
            given = row if isinstance(row, dict) else {}
            yield f"{year} 年 {key} 第 {number} 项", str(given.get("date", "")), kind, str(given.get("name") or "")


def _csv(text: str) -> Sheet:
    rows = enumerate(csv.reader(StringIO(text)), start=1)
    cells = [_cells(number, row) for number, row in rows if any(map(str.strip, row)) and not _is_heading(row)]
    if not cells:
        raise BadNotice(faults="没有读到日期，每行应写作 2027-01-01,放假,元旦")
    return Sheet([_gather(year_rows, year=year) for year, year_rows in _by_year(cells)])


def _cells(number: int, row: list[str]) -> Row:
    day, kind, name = (cell.strip() for cell in (*row, "", "", "")[:3])
    return f"第 {number} 行", day, kind, name


def _is_heading(row: list[str]) -> bool:
    return bool(row) and row[0].strip().lower() in ("date", "日期")


def _by_year(cells: list[Row]) -> list[tuple[int, list[Row]]]:
    """The years a sheet speaks of. Days of a December alone are those before New Year, and belong to the next one."""
    years: dict[int, list[Row]] = {}
    for row in cells:
        day = _day(row[1])
        years.setdefault(day.year if day else 0, []).append(row)
    for year in sorted(years):
        if year + 1 in years and all((_day(row[1]) or date.min).month == 12 for row in years[year]):
            years[year + 1] = years.pop(year) + years[year + 1]
    return sorted(years.items())


def _gather(rows: Iterable[Row], *, year: int) -> Notice:
    """Rows of where, date, kind and name as a notice. Raises BadNotice with every fault."""
    lines, faults = [], []
    seen: set[date] = set()
    for where, day_text, kind_text, name in rows:
        line, fault = _line(where, day_text, kind_text, name)
        if line is None:
            faults.append(fault)
        elif line.day in seen:
            faults.append(f"{where}：{line.day} 重复出现")
        else:
            seen.add(line.day)
            lines.append(line)
    if faults:
        raise BadNotice(faults="；".join(faults[:20]))
    named = {kind: {line.day: line.name for line in lines if line.kind == kind} for kind in ("off", "work")}
    return Notice(year=year, off={day: name or "节假日" for day, name in named["off"].items()}, worked=named["work"])


def _line(where: str, day_text: str, kind_text: str, name: str) -> tuple[_Line | None, str]:
    day, kind = _day(day_text), KINDS.get(kind_text.lower())
    if day is None:
        return None, f"{where}：日期“{day_text[:20]}”应写作 2027-01-01"
    if kind is None:
        return None, f"{where}：第二列“{kind_text[:20]}”应为 放假 或 上班"
    if len(name) > 32:
        return None, f"{where}：节日名称最多 32 个字"
    return _Line(where, day, kind, name), ""


def _day(text: str) -> date | None:
    """2027-01-01, 2027/1/1 or 2027年1月1日."""
    parts = text.replace("年", "-").replace("月", "-").replace("日", "").replace("/", "-").replace(".", "-").split("-")
    if len(parts) != 3 or not all(part.isascii() and part.isdecimal() and len(part) <= 4 for part in parts):
        return None
    try:
        return date(*map(int, parts))
    except ValueError:
        return None


def as_json(notices: Iterable[Notice]) -> str:
    """Notices as `read` takes them again: what was looked at is what is imported."""
    years = {
        str(notice.year): {
            "off": [{"date": str(day), "name": name} for day, name in sorted(notice.off.items())],
            "work": [{"date": str(day), "name": name} for day, name in sorted(notice.worked.items())],
        }
        for notice in notices
    }
    return json.dumps({"years": years}, ensure_ascii=False, separators=(",", ":"))
