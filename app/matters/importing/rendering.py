"""A guide as the departments' sheets show it: for exports, and for saying what an import changes. Pure."""

from collections.abc import Mapping
from typing import Any

from app.matters.importing.cells import limit_text
from app.matters.importing.layout import MAIN_COLUMNS
from app.matters.importing.merging import LEVEL_NAMES, NO_PLACE, TYPE_NAMES, laws_text, price_text, subject_code

Guide = Mapping[str, Any]

_AUDIENCES = {"natural": "自然人", "legal": "法人"}
_TITLES = {column.key: column.title for column in MAIN_COLUMNS}


def main_cells(guide: Guide) -> dict[str, str | int]:
    """One matter as the main sheet has it, in the order of its columns."""
    online, fee = guide.get("online", {}), guide.get("fee", {})
    return {
        "code": guide["code"],
        "name": guide["name"],
        "type_code": TYPE_NAMES.get(guide.get("matter_type", {}).get("code"), ""),
        "dept_name": guide.get("dept_name", ""),
        "subject_code": subject_code(guide),
        "level_code": LEVEL_NAMES.get(guide.get("level_code", ""), ""),
        "service_objects": "、".join(
            word for key, word in _AUDIENCES.items() if key in guide.get("service_objects", ())
        ),
        "statutory_limit": _limit(guide.get("statutory_limit")),
        "promised_limit": _limit(guide.get("promised_limit")),
        "is_fee": _yes_no(fee.get("is_fee", False)),
        "price": price_text(fee),
        "visits": online.get("visits", 1),
        "is_online": _yes_no(online.get("is_online", False)),
        "legal_basis": laws_text(guide),
        "place_text": guide.get("place_text") or NO_PLACE,
        "effective_from": guide.get("effective_from") or "",
        "phones": "、".join(guide.get("consult", {}).get("phones", ())),
        "notes": guide.get("notes") or "",
        "basic_code": guide.get("basic_code") or "",
        "impl_code": guide.get("impl_code") or "",
        "duration_min": guide.get("duration_min") or "",
    }


def _limit(limit: Mapping[str, Any] | None) -> str:
    return limit_text(limit["days"], limit["unit"]) if limit and "days" in limit else ""


def _yes_no(value: bool) -> str:
    return "是" if value else "否"


def material_cells(material: Mapping[str, Any]) -> list[str | int]:
    """One material as the second sheet has it, without its matter's code."""
    return [
        material["name"],
        material.get("original_count", 0),
        material.get("copy_count", 0),
        material.get("source") or "",
        material.get("necessity") or "必要",
        _yes_no(material.get("exempt_by_elicence", False)),
    ]


def differences(before: Guide, after: Guide) -> list[dict[str, str]]:
    """What a clerk would see changed in the sheets, short name and aliases: what it is, text before, text after."""
    old, new = _shown(before), _shown(after)
    return [
        {"label": key, "before": _short(old[key]), "after": _short(new[key])} for key in new if old[key] != new[key]
    ]


def _short(text: str, limit: int = 300) -> str:
    return text if len(text) <= limit else text[:limit] + "…"


def _shown(guide: Guide) -> dict[str, str]:
    cells = {_TITLES[key]: "" if value is None else str(value) for key, value in main_cells(guide).items()}
    cells |= {"事项简称": guide.get("short_name") or "", "事项别名": "、".join(guide.get("aliases") or ())}
    lines = ("、".join(str(cell) for cell in material_cells(item)) for item in guide.get("materials", ()))
    return cells | {"申请材料": "\n".join(lines)}
