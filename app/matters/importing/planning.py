"""What an import would do: new, changed, unchanged, or left out for its faults. Pure."""

from collections.abc import Collection, Mapping
from dataclasses import asdict, dataclass, field
from typing import Any

from app.matters.importing.findings import Finding, finding
from app.matters.importing.merging import merged
from app.matters.importing.rendering import differences
from app.matters.importing.sheets import ImportRow, Parsed
from app.matters.standard import ITEMS, missing_items

NEW, CHANGED, UNCHANGED, BAD = "new", "changed", "unchanged", "error"
MAX_FINDINGS = 2_000  # kept in a report: whoever has more has another problem than single cells
OUTCOMES = {NEW: "新增", CHANGED: "修改", UNCHANGED: "无变化", BAD: "未导入"}

# Top-level items of a guide as people call them, for the list of what changes.
_LABELS = {item.path: item.name for item in reversed(ITEMS) if "." not in item.path} | {
    "matter_type": "事项类型", "statutory_limit": "法定时限", "promised_limit": "承诺时限", "fee": "收费",
    "online": "网上办理", "result": "办理结果", "appointment": "预约", "consult": "咨询电话", "complaint": "投诉电话",
    "place_text": "办理地点", "subject_code": "统一社会信用代码", "form_fields": "表单", "national_themes": "国家主题",
    "duration_min": "办理分钟数", "keywords": "关键词", "verification": "核验情况", "hot_rank": "热度",
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Known:
    """A matter that is there already."""

    guide: Mapping[str, Any]
    version: int
    is_cancelled: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class RowPlan:
    """What becomes of one row.

    Attributes:
        changes: items that change, by their Chinese names.
        differences: for those that the sheets show: label, before, after.
        missing: items of the standard that the guide will still lack.
    """

    line: int
    code: str
    name: str
    outcome: str
    changes: list[str] = field(default_factory=list)
    differences: list[dict[str, str]] = field(default_factory=list)
    missing: list[str] = field(default_factory=list)
    guide: dict[str, Any] | None = None
    seen_version: int = 0

    @property
    def is_due(self) -> bool:
        return self.outcome in (NEW, CHANGED)

    def as_json(self) -> dict[str, Any]:
        shown = asdict(self)
        del shown["guide"]
        return shown


@dataclass(frozen=True)
class Departments:
    """Names and codes of departments; when none are known, none is refused."""

    codes: Mapping[str, str]  # name to code

    def fault(self, row: ImportRow, sheet: str) -> Finding | None:
        """Why the row's department is not one of ours."""
        name, code = row.values.get("dept_name"), row.values.get("dept_code")
        known = code in self.codes.values() if row.is_whole else name in self.codes
        if known or not self.codes:
            return None
        shown = code if row.is_whole else name
        return finding(
            "UNKNOWN_DEPARTMENT",
            sheet=sheet,
            cell=f"第{row.line}行",
            field="实施部门",
            raw=shown,
            message=f"实施部门“{shown}”不在机构目录中",
        )


@dataclass(frozen=True)
class Halls:
    """Codes of the halls; when none are known, none is refused."""

    codes: Collection[str]

    def faults(self, row: ImportRow) -> list[Finding]:
        """Windows of a whole guide in halls that are not ours; the sheets name none."""
        if not row.is_whole or not self.codes:
            return []
        named = [window["hall_code"] for window in row.values.get("windows", ())]
        return [self._fault(row, n, code) for n, code in enumerate(named) if code not in self.codes]

    def _fault(self, row: ImportRow, n: int, code: str) -> Finding:
        return finding(
            "UNKNOWN_HALL",
            sheet="JSON",
            cell=f"items[{row.line - 1}].windows[{n}].hall_code",
            field="办理窗口",
            raw=code,
            message=f"没有编码为“{code}”的大厅",
        )


def plan(
    parsed: Parsed, known: Mapping[str, Known], departments: Departments, halls: Halls, *, sheet: str
) -> list[RowPlan]:
    """A plan for every row; faults found here are added to `parsed.findings`."""
    plans = []
    for row in parsed.rows:
        if not row.has_error:
            fault = departments.fault(row, sheet)
            found = [fault] if fault else halls.faults(row)
            parsed.findings += found
            row.has_error = bool(found)
        plans.append(_plan_row(row, known.get(row.code), departments))
    return plans


def _plan_row(row: ImportRow, known: Known | None, departments: Departments) -> RowPlan:
    if row.has_error:
        return RowPlan(line=row.line, code=row.code, name=row.name, outcome=BAD)
    guide = _guide(row, known, departments)
    changes = _changes(known.guide if known else {}, guide)
    outcome = _outcome(known, changes)
    return RowPlan(
        line=row.line,
        code=row.code,
        name=row.name,
        outcome=outcome,
        changes=changes if outcome == CHANGED else [],
        differences=differences(known.guide, guide) if known and outcome == CHANGED else [],
        missing=missing_items(guide),
        guide=guide,
        seen_version=known.version if known else 0,
    )


def _outcome(known: Known | None, changes: list[str]) -> str:
    if known is None:
        return NEW
    return CHANGED if changes or known.is_cancelled else UNCHANGED


def _guide(row: ImportRow, known: Known | None, departments: Departments) -> dict[str, Any]:
    before = dict(known.guide) if known else {}
    if row.is_whole:
        return {**before, **row.values}
    guide = merged(row.values, row.materials, before)
    if guide["dept_name"] != before.get("dept_name") or not guide.get("dept_code"):
        guide["dept_code"] = departments.codes.get(guide["dept_name"], "")
    return guide


def _changes(before: Mapping[str, Any], after: Mapping[str, Any]) -> list[str]:
    keys = [key for key in {**before, **after} if key != "version" and before.get(key) != after.get(key)]
    return list(dict.fromkeys(_LABELS.get(key, key) for key in keys))


@dataclass(frozen=True, kw_only=True)
class ImportReport:
    """What was found in a file, and what an import of it does or did."""

    code: str
    filename: str
    digest: str
    state: str
    rows: list[dict[str, Any]]
    findings: list[dict[str, Any]]  # the first MAX_FINDINGS; the counts are of all
    error_count: int
    warning_count: int

    @property
    def counts(self) -> dict[str, int]:
        """How many rows for each outcome: new, changed, unchanged, error."""
        return {outcome: sum(row["outcome"] == outcome for row in self.rows) for outcome in OUTCOMES}

    def as_json(self) -> dict[str, Any]:
        return asdict(self) | {"counts": self.counts}
