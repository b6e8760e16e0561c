"""Whole guides from JSON: `{"items": [...]}` or a list, as `matters.json` of a city has them. Pure."""

import copy
import json
import re
from typing import Any

from pydantic import ValidationError
from pydantic_core import ErrorDetails

from app.city import MatterCodes
from app.matters.errors import FileRefused
from app.matters.guide import Guide
from app.matters.importing.findings import CODE_KINDS, Finding, finding
from app.matters.importing.sheets import MAX_MATTERS, ImportRow, Parsed
from app.matters.rules import STANDARD, code_faults, is_code
from app.matters.standard import ITEMS, missing_items

NAMES = {item.path: item.name for item in ITEMS} | {"duration_min": "办理分钟数"}
AWAITED = {NAMES[key] for key in CODE_KINDS}
UNKNOWN = "extra_forbidden"  # what pydantic calls an item that no model knows
KEPT = {"version"}  # items that are not the guide's own and are known all the same
MAX_FINDINGS_EACH = 20
MAX_GUIDE = 128 * 1024  # bytes of one guide; a full one has about 8 KB


def parse_json(content: bytes, *, codes: MatterCodes = STANDARD) -> Parsed:
    """All guides of a file. Raises `FileRefused` when it is not such a file at all."""
    items = _items(content)
    parsed = Parsed()
    first: dict[str, int] = {}
    for number, item in enumerate(items):
        path = f"items[{number}]"
        found = _faults(item, path, codes)
        code = str(item.get("code", ""))[:64] if isinstance(item, dict) else ""
        if code and code in first:
            found.append(_fault("DUPLICATE_CODE", f"{path}.code", code, f"事项编码与 items[{first[code]}] 重复"))
        first.setdefault(code, number)
        name = str(item.get("name", ""))[:200] if isinstance(item, dict) else ""
        values = _known(item, found) if isinstance(item, dict) else {}
        parsed.rows.append(
            ImportRow(
                line=number + 1,
                code=code,
                name=name,
                values=values,
                is_whole=True,
                has_error=any(fault.is_error for fault in found),
            )
        )
        parsed.findings += found
    return parsed


def _items(content: bytes) -> list[Any]:
    try:
        data = json.loads(content, parse_constant=_refuse_constant)
    except (ValueError, RecursionError):
        raise FileRefused(reason="文件不是正确的 JSON，请检查后重新上传") from None
    items = data.get("items") if isinstance(data, dict) else data
    if not isinstance(items, list) or not items:
        raise FileRefused(reason="JSON 中没有事项列表，应为 {“items”: [事项…]}")
    if len(items) > MAX_MATTERS:
        raise FileRefused(reason=f"一次最多导入 {MAX_MATTERS} 个事项，文件中有 {len(items)} 个；请分成几个文件上传")
    return items


def _refuse_constant(name: str) -> None:
    raise ValueError(name)


def _faults(item: Any, path: str, codes: MatterCodes) -> list[Finding]:
    if not isinstance(item, dict):
        return [_fault("BAD_VALUE", path, item, "应为一个事项（JSON 对象）")]
    if not _can_be_stored(item):
        return [_fault("BAD_VALUE", path, None, "内容过大（一个事项最多 128 KB），或含有无法保存的字符、数值")]
    missing = _missing(item)
    found = [fault for fault in _wrong_values(item, path) if fault.field not in missing]
    if missing:
        found.append(_fault("MISSING_ITEM", path, None, f"缺少必填项:{'、'.join(missing)}"))
    code = item.get("code")
    if isinstance(code, str) and code and not is_code(code, pattern=codes.matter):
        found.append(_fault("BAD_CODE", f"{path}.code", code, "事项编码格式不正确"))
    found += [
        _named(CODE_KINDS[key], f"{path}.{key}", NAMES[key], item[key], sentence)
        for key, sentence in code_faults(item, codes).items()
    ]
    return found


def _missing(item: dict[str, Any]) -> list[str]:
    """Mandatory items that are not there. Codes that the authority has yet to give may be empty."""
    are_awaited = item.get("code_status") == "to_be_checked"
    return [name for name in missing_items(item) if not (are_awaited and name in AWAITED)]


def _can_be_stored(item: Any) -> bool:
    """No half characters (lone surrogates), no infinite numbers, no endless nesting, and not too large."""
    try:
        return len(json.dumps(item, ensure_ascii=False, allow_nan=False).encode()) <= MAX_GUIDE
    except (ValueError, RecursionError):
        return False


def _wrong_values(item: dict[str, Any], path: str) -> list[Finding]:
    faults = [fault for fault in _read(item) if fault["type"] != "missing"]
    faults.sort(key=lambda fault: fault["type"] == UNKNOWN)  # what keeps the matter out first
    return [_wrong_value(path, fault) for fault in faults[:MAX_FINDINGS_EACH]]


def _read(item: dict[str, Any]) -> list[ErrorDetails]:
    """What the model of a guide finds wrong."""
    try:
        Guide.model_validate({key: value for key, value in item.items() if key not in KEPT}, extra="forbid")
    except ValidationError as exc:
        return exc.errors(include_url=False)
    return []


def _known(item: dict[str, Any], found: list[Finding]) -> dict[str, Any]:
    """The guide without the fields that nobody knows: they were told, and are not kept."""
    if not any(fault.code == "UNKNOWN_FIELD" for fault in found):
        return item
    known = copy.deepcopy(item)
    for *way, last in (fault["loc"] for fault in _read(item) if fault["type"] == UNKNOWN):
        part: Any = known
        for step in way:
            part = part[step]
        del part[last]
    return known


def _wrong_value(path: str, fault: ErrorDetails) -> Finding:
    place, last = _path(fault["loc"]), str(fault["loc"][-1])[:60]
    if fault["type"] == UNKNOWN:
        return _named("UNKNOWN_FIELD", path + place, last, None, f"未识别的字段“{last}”，已忽略")
    name = NAMES.get(re.sub(r"\[\d+\]", "[]", place).removeprefix("."), last)
    return _named("BAD_VALUE", path + place, name, fault["input"], f"“{name}”的值不符合要求")


def _path(places: tuple[int | str, ...]) -> str:
    return "".join(f"[{place}]" if isinstance(place, int) else f".{place}" for place in places)


def _fault(code: str, path: str, raw: Any, message: str) -> Finding:
    return _named(code, path, path.rpartition(".")[2], raw, message)


def _named(code: str, path: str, name: str, raw: Any, message: str) -> Finding:
    return finding(code, sheet="JSON", cell=path, field=name, raw=raw, message=message)
