"""What holds for matters: codes, staleness, and the columns that follow from a guide. Pure."""

import re
from collections.abc import Mapping
from datetime import date, timedelta
from typing import Any

from stdnum.cn import uscc as credit_code

from app.city import MatterCodes
from app.errors import InvalidInput
from app.matters.guide import Guide

STANDARD = MatterCodes()
CODE_PATTERN = STANDARD.matter
STALE_AFTER_DAYS = 180
MAX_WORDS = 40  # aliases or keywords of one matter


def is_code(code: str, *, pattern: str = CODE_PATTERN) -> bool:
    return re.fullmatch(pattern, code, re.ASCII) is not None


def ensure_code(code: str, *, pattern: str = CODE_PATTERN) -> None:
    """Raises `InvalidInput` for the field `code` when it does not match the city's pattern."""
    if not is_code(code, pattern=pattern):
        raise InvalidInput({"code": "事项编码格式不正确，请按编码规则填写（字母、数字和 . _ -，2 至 64 位）"})


def code_faults(values: Mapping[str, Any], codes: MatterCodes = STANDARD) -> dict[str, str]:
    """What is wrong with a matter's basic and its implementation code, by item; one that is not given yet is right.

    Args:
        values: a guide, or the part of it that a file says.
    """
    basic, implementation = _text(values, "basic_code"), _text(values, "impl_code")
    faults = {}
    if basic and not is_code(basic, pattern=codes.basic):
        faults["basic_code"] = "基本编码不符合编码规则"
    if implementation and (fault := _implementation_fault(implementation, basic, values, codes)):
        faults["impl_code"] = fault
    return faults


def _implementation_fault(code: str, basic: str, values: Mapping[str, Any], codes: MatterCodes) -> str:
    hit = re.fullmatch(codes.implementation, code, re.ASCII)
    if hit is None:
        return "实施编码不符合编码规则"
    parts, level = hit.groupdict(), _text(values, "level_code")
    if "subject" in parts and not credit_code.is_valid(parts["subject"]):
        return "实施编码开头的统一社会信用代码校验位错误"
    if level and parts.get("level", level) != level:
        return f"实施编码中的行使层级是 {parts['level']}，与所填的行使层级不一致"
    if basic and parts.get("basic", basic) != basic:
        return f"实施编码末尾的基本编码是 {parts['basic']}，与所填的基本编码不一致"
    return ""


def _text(values: Mapping[str, Any], key: str) -> str:
    value = values.get(key)
    return value if isinstance(value, str) else ""


def is_stale(checked_on: date | None, *, today: date, days: int = STALE_AFTER_DAYS) -> bool:
    """Whether a guide has not been checked for `days` days or more (never checked counts as stale)."""
    return checked_on is None or checked_on + timedelta(days=days) <= today


def stale_before(today: date, *, days: int = STALE_AFTER_DAYS) -> date:
    """Guides last checked on this day or earlier are stale."""
    return today - timedelta(days=days)


def is_bookable(guide: Guide, *, is_published: bool) -> bool:
    """Appointments are offered only for a published matter that some window serves."""
    return is_published and guide.appointment.supported and bool(guide.windows)


def columns(raw: Mapping[str, Any], *, is_published: bool) -> dict[str, Any]:
    """The columns of `Matter` that repeat what the guide says."""
    guide = Guide.model_validate(raw)
    return _naming(guide) | {
        "dept_code": guide.dept_code,
        "dept_name": guide.dept_name,
        "level_code": guide.level_code,
        "type_code": guide.matter_type.code[:2],
        "project_type": guide.project_type,
        "bookable": is_bookable(guide, is_published=is_published),
        "booking_required": guide.appointment.required,
        "payable": guide.fee.is_fee and guide.fee.pay_online,
        "couriable": "courier" in guide.delivery,
        "online": guide.online.is_online,
        "natural": "natural" in guide.service_objects,
        "legal": "legal" in guide.service_objects,
        "visits": guide.online.visits,
        "duration_min": guide.visit_minutes,
        "themes": guide.nav_themes,
        "windows": [{"hall_code": window.hall_code, "group": window.group} for window in guide.windows],
    }


def _naming(guide: Guide) -> dict[str, Any]:
    return {
        "name": guide.name,
        "short_name": guide.short_name or guide.name[:100],
        "aliases": guide.aliases[:MAX_WORDS],
        "keywords": guide.keywords[:MAX_WORDS],
        "result_name": (guide.result.name or "")[:200],
        "hot_rank": guide.hot_rank,
    }


def texts_to_read(raw: Mapping[str, Any]) -> list[str]:
    """The texts of a guide whose pinyin is kept."""
    return [raw["name"], raw.get("short_name") or "", *raw.get("aliases", ()), *raw.get("keywords", ())]
