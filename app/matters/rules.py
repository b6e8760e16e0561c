"""What holds for matters: codes, staleness, and the columns that follow from a guide. Pure."""

import re
from collections.abc import Mapping
from datetime import date, timedelta
from typing import Any

from app.errors import InvalidInput
from app.matters.guide import Guide

# Codes come from the authorities in several lengths (24, 31, 33, 36); only what would break a URL is refused.
CODE_PATTERN = r"[0-9A-Za-z](?:[0-9A-Za-z._\-]{1,62}[0-9A-Za-z])"
STALE_AFTER_DAYS = 180
MAX_WORDS = 40  # aliases or keywords of one matter
DEFAULT_MINUTES = 15


def is_code(code: str, *, pattern: str = CODE_PATTERN) -> bool:
    return re.fullmatch(pattern, code, re.ASCII) is not None


def ensure_code(code: str, *, pattern: str = CODE_PATTERN) -> None:
    """Raises `InvalidInput` for the field `code` when it does not match the city's pattern."""
    if not is_code(code, pattern=pattern):
        raise InvalidInput({"code": "事项编码格式不正确，请按编码规则填写（字母、数字和 . _ -，2 至 64 位）"})


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
        "duration_min": _minutes(raw),
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


def _minutes(raw: Mapping[str, Any]) -> int:
    minutes = raw.get("duration_min")
    return minutes if isinstance(minutes, int) and 0 < minutes <= 480 else DEFAULT_MINUTES


def texts_to_read(raw: Mapping[str, Any]) -> list[str]:
    """The texts of a guide whose pinyin is kept."""
    return [raw["name"], raw.get("short_name") or "", *raw.get("aliases", ()), *raw.get("keywords", ())]
