"""Whole guides from JSON: `{"items": [...]}` or a list, as `matters.json` of a city has them. Pure."""

import json
import re
from typing import Any

from pydantic import ValidationError

from app.matters.errors import FileRefused
from app.matters.guide import Guide
from app.matters.importing.findings import Finding, finding
from app.matters.importing.sheets import MAX_MATTERS, ImportRow, Parsed
from app.matters.rules import CODE_PATTERN, is_code
from app.matters.standard import ITEMS, missing_items

NAMES = {item.path: item.name for item in ITEMS}
MAX_FINDINGS_EACH = 20
MAX_GUIDE = 128 * 1024  # bytes of one guide; a full one has about 8 KB


def parse_json(content: bytes, *, code_pattern: str = CODE_PATTERN) -> Parsed:
    """All guides of a file. Raises `FileRefused` when it is not such a file at all."""
    items = _items(content)
    parsed = Parsed()
    first: dict[str, int] = {}
    for number, item in enumerate(items):
        path = f"items[{number}]"
        found = _faults(item, path, code_pattern)
        code = str(item.get("code", ""))[:64] if isinstance(item, dict) else ""
        if code and code in first:
            found.append(_fault("DUPLICATE_CODE", f"{path}.code", code, f"事项编码与 items[{first[code]}] 重复"))
        first.setdefault(code, number)
        name = str(item.get("name", ""))[:200] if isinstance(item, dict) else ""
        values = item if isinstance(item, dict) else {}
        parsed.rows.append(
            ImportRow(line=number + 1, code=code, name=name, values=values, is_whole=True, has_error=bool(found))
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


def _faults(item: Any, path: str, code_pattern: str) -> list[Finding]:
    if not isinstance(item, dict):
        return [_fault("BAD_VALUE", path, item, "应为一个事项（JSON 对象）")]
    if not _can_be_stored(item):
        return [_fault("BAD_VALUE", path, None, "内容过大（一个事项最多 128 KB），或含有无法保存的字符、数值")]
    missing = missing_items(item)
    found = [fault for fault in _wrong_values(item, path) if fault.field not in missing]
    if missing:
        found.append(_fault("MISSING_ITEM", path, None, f"缺少必填项:{'、'.join(missing)}"))
    code = item.get("code")
    if isinstance(code, str) and code and not is_code(code, pattern=code_pattern):
        found.append(_fault("BAD_CODE", f"{path}.code", code, "事项编码格式不正确"))
    return found


def _can_be_stored(item: Any) -> bool:
    """No half characters (lone surrogates), no infinite numbers, no endless nesting, and not too large."""
    try:
        return len(json.dumps(item, ensure_ascii=False, allow_nan=False).encode()) <= MAX_GUIDE
    except (ValueError, RecursionError):
        return False


def _wrong_values(item: dict[str, Any], path: str) -> list[Finding]:
    try:
        Guide.model_validate(item)
    except ValidationError as exc:
        faults = exc.errors(include_url=False)[:MAX_FINDINGS_EACH]
        return [_wrong_value(path, fault["loc"], fault["input"]) for fault in faults if fault["type"] != "missing"]
    return []


def _wrong_value(path: str, loc: tuple[int | str, ...], raw: Any) -> Finding:
    place = _path(loc)
    name = NAMES.get(re.sub(r"\[\d+\]", "[]", place).removeprefix("."), str(loc[-1]))
    return finding("BAD_VALUE", sheet="JSON", cell=path + place, field=name, raw=raw, message=f"“{name}”的值不符合要求")


def _path(places: tuple[int | str, ...]) -> str:
    return "".join(f"[{place}]" if isinstance(place, int) else f".{place}" for place in places)


def _fault(code: str, path: str, raw: Any, message: str) -> Finding:
    return finding(code, sheet="JSON", cell=path, field=path.rpartition(".")[2], raw=raw, message=message)
