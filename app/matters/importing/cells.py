"""What stands in one cell, and what it means. Pure; every reader says what it had to put right."""

import re
import unicodedata
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any

from stdnum.cn import uscc as credit_code

from app.matters.guide import LONGEST_VISIT

Value = str | float | int | bool | date | datetime | None


@dataclass(frozen=True, slots=True)
class Read:
    """What a cell means. `fault` names the kind of finding and `note` is its message; `value` is None on an error."""

    value: Any
    fault: str | None = None
    note: str = ""


_BLANKS = " \t\r\n\u00a0\u3000\u200b\ufeff"
_CONTROL = re.compile(r"[\x00-\x08\x0b-\x1f\x7f]")
_LIMIT = re.compile(r"(\d{1,4})\s*个?\s*(工作日|自然日|日历日|日|天)")
_AT_ONCE = re.compile(r"即时|当场|即办")
_DATE = re.compile(r"(\d{4})\D?(\d{1,2})\D?(\d{1,2})\D?")
_COUNT = re.compile(r"(\d{1,4})\s*[次份个套张]?")
_MINUTES = re.compile(r"(\d{1,4})\s*(?:分钟?)?")
_FULL_WIDTH_DIGIT = re.compile("[０-９]")
_EXCEL_EPOCH = date(1899, 12, 30)
_GUARDED = re.compile(r"'(?=[=+\-@])")
_FORMULA = re.compile(r"[=+@|]|-(?=[^\d\s])")
_NOTHING = {"-", "—", "--", "/", "\\"}


def plain(value: Value) -> str:
    """A cell as text: whole numbers without `.0`, dates written out, blanks around taken off."""
    if value is None:
        return ""
    if isinstance(value, float) and value.is_integer():
        return str(int(value))
    if isinstance(value, datetime):
        return value.date().isoformat()
    if isinstance(value, date):
        return value.isoformat()
    content = _CONTROL.sub("", str(value)).strip(_BLANKS)
    return "" if content in _NOTHING else content


def half_width(value: Value) -> str:
    return unicodedata.normalize("NFKC", plain(value)).strip()


def text(value: Value, *, limit: int) -> Read:
    """Free text. Blanks around are taken off and told; a formula's beginning is refused, our own guard taken off."""
    content = plain(value)
    if _FORMULA.match(content):
        return Read(None, "FORMULA_TEXT", f"内容以“{content[0]}”开头，像是公式")
    content = _GUARDED.sub("", content, count=1) if content.startswith("'") else content
    if len(content) > limit:
        return Read(None, "TOO_LONG", f"内容 {len(content)} 个字，最多 {limit} 个字")
    if isinstance(value, str) and value != value.strip(_BLANKS):
        return Read(content, "TRIMMED", "首尾有空格或不间断空格,已去除")
    return Read(content)


def limit(value: Value) -> Read:
    """A time limit as (days, unit): `20个工作日`, `30个自然日`, `即时办结`."""
    content = half_width(value)
    if _AT_ONCE.search(content):
        return Read((0, "immediate"))
    hit = _LIMIT.search(content)
    if hit is None:
        return Read(None, "BAD_LIMIT", "时限无法识别")
    unit = "working_day" if hit[2] == "工作日" else "calendar_day"
    meaning = (int(hit[1]), unit)
    if _FULL_WIDTH_DIGIT.search(str(value)):
        return Read(meaning, "FULLWIDTH_NORMALISED", "含全角数字,已转为半角")
    if hit[0] != content:
        return Read(meaning, "TEXT_NORMALISED", f"时限含多余文字,已识别为{limit_text(*meaning)}")
    return Read(meaning)


def limit_text(days: int, unit: str) -> str:
    """As the departments' sheets write it."""
    if unit == "immediate":
        return "即时办结"
    return f"{days}个工作日" if unit == "working_day" else f"{days}个自然日"


def day(value: Value) -> Read:
    """A date in any of the ways clerks write one: 2026-12-01, 2026/12/1, 2026.12.01, 20261201, Excel's number."""
    if isinstance(value, datetime):
        return Read(value.date())
    if isinstance(value, date):
        return Read(value)
    if isinstance(value, int | float) and 30_000 < value < 80_000:
        return Read(_EXCEL_EPOCH + timedelta(days=int(value)))
    hit = _DATE.fullmatch(half_width(value))
    try:
        return Read(date(int(hit[1]), int(hit[2]), int(hit[3]))) if hit else Read(None, "BAD_DATE", "日期无效")
    except ValueError:
        return Read(None, "BAD_DATE", "日期无效")


def yes_no(value: Value) -> Read:
    """是 or 否; a remark in brackets behind it is let pass."""
    content = re.sub(r"\(.*\)$", "", half_width(value)).strip()
    if content in ("是", "否"):
        return Read(content == "是")
    return Read(None, "BAD_ENUM", f"应填“是”或“否”,不可识别的值“{plain(value)[:20]}”")


def count(value: Value) -> Read:
    """A whole number: 1, 1次, １, and 无 for none."""
    content = half_width(value)
    if content in ("无", "否", "不需要"):
        return Read(0)
    hit = _COUNT.fullmatch(content)
    return Read(int(hit[1])) if hit else Read(None, "BAD_COUNT", f"应为整数,不可识别的值“{plain(value)[:20]}”")


def minutes(value: Value) -> Read:
    """How long a visit takes: 30, 30分钟."""
    hit = _MINUTES.fullmatch(half_width(value))
    if hit and 0 < int(hit[1]) <= LONGEST_VISIT:
        return Read(int(hit[1]))
    return Read(None, "BAD_MINUTES", f"应为 1 至 {LONGEST_VISIT} 的整数分钟,不可识别的值“{plain(value)[:20]}”")


def one_of(value: Value, *, choices: dict[str, str], field: str) -> Read:
    content = half_width(value)
    if content in choices:
        return Read(choices[content])
    return Read(None, "BAD_ENUM", f"{field}含不可识别的值“{plain(value)[:20]}”")


AUDIENCES = {"自然人": "natural", "法人": "legal"}


def audiences(value: Value) -> Read:
    """自然人, 法人 or both."""
    words = [word for word in re.split("[、,;/ ]+", half_width(value)) if word]
    strange = [word for word in words if word not in AUDIENCES]
    if strange:
        return Read(None, "BAD_ENUM", f"服务对象含不可识别的值“{'、'.join(strange)[:20]}”")
    return Read([AUDIENCES[word] for word in AUDIENCES if word in words])


def credit(value: Value) -> Read:
    """A unified social credit code, GB 32100-2015."""
    content = half_width(value).upper()
    if credit_code.is_valid(content):
        return Read(content)
    well_formed = re.fullmatch("[0-9A-HJ-NPQRTUWXY]{18}", content)
    return Read(None, "BAD_USCC", "统一社会信用代码校验位错误" if well_formed else "统一社会信用代码应为 18 位")
