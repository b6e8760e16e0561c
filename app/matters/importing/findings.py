"""What is wrong in a file, said so that the clerk who filled it in can put it right."""

from dataclasses import asdict, dataclass
from typing import Any

from app.matters.guide import LONGEST_VISIT
from app.matters.importing.cells import plain

ERROR, WARNING = "error", "warning"


@dataclass(frozen=True, slots=True, kw_only=True)
class Finding:
    """One fault.

    Attributes:
        code: stable name of the kind, such as REQUIRED_MISSING.
        severity: `error` keeps the matter out; `warning` was put right by us and only wants a look.
        cell: such as J9; a JSON file has a path instead (`items[3].fee.items[0].amount_fen`).
        raw: what stands there.
        normalised: what we take it for, for warnings.
    """

    code: str
    severity: str
    sheet: str
    cell: str
    field: str
    raw: str | None
    message: str
    next_step: str
    normalised: Any = None

    @property
    def is_error(self) -> bool:
        return self.severity == ERROR

    def as_json(self) -> dict[str, Any]:
        return asdict(self)


# Kind of fault to: severity, what to do next. The message is made where the fault is found.
KINDS: dict[str, tuple[str, str]] = {
    "DUPLICATE_CODE": (ERROR, "请核对两行的事项编码，改正后重新上传；先出现的一行已按该编码处理"),
    "REQUIRED_MISSING": (ERROR, "请补填该单元格后重新上传；补填前该事项不会导入"),
    "BAD_CODE": (ERROR, "请按编码规则改正事项编码（字母、数字和 . _ -），不要带空格或其他符号"),
    "BAD_BASIC_CODE": (ERROR, "请核对编码（一般为 12 位数字），单元格设为文本格式；尚未赋码的请留空"),
    "BAD_IMPL_CODE": (
        ERROR,
        "请核对编码（一般为 18 位统一社会信用代码、1 位行使层级、12 位基本编码），单元格设为文本格式；尚未赋码的请留空",
    ),
    "TEXT_NORMALISED": (WARNING, "系统已识别，请核对；下次请只填“20个工作日”“30个自然日”或“即时办结”"),
    "FULLWIDTH_NORMALISED": (WARNING, "系统已转换，请核对；下次请用半角数字"),
    "TRIMMED": (WARNING, "系统已去除，无需处理；下次请勿在文字前后加空格"),
    "BAD_LIMIT": (ERROR, "请填写“20个工作日”“30个自然日”或“即时办结”"),
    "LIMIT_ORDER": (ERROR, "请核对两个时限，承诺时限不得长于法定时限"),
    "BAD_DATE": (ERROR, "请填写存在的日期，写作 2026-12-01"),
    "FEE_CONFLICT": (ERROR, "不收费的请清空“收费标准”；收费的请把“是否收费”改为“是”"),
    "BAD_ENUM": (ERROR, "请只填写说明中列出的值"),
    "BAD_USCC": (ERROR, "请核对 18 位统一社会信用代码（最后一位是校验码）"),
    "BAD_COUNT": (ERROR, "请填写 0 至 9999 的整数"),
    "BAD_MINUTES": (ERROR, f"请填写 1 至 {LONGEST_VISIT} 的整数，单位是分钟；不清楚的请留空"),
    "TOO_LONG": (ERROR, "请精简文字后重新上传"),
    "FORMULA_TEXT": (ERROR, "请删除开头的符号，填写文字本身；系统不接受公式"),
    "DANGLING_REF": (ERROR, "请核对附表的事项编码，或在主表补上该事项；这些材料不会导入"),
    "DUPLICATE_MATERIAL": (ERROR, "请合并或改名后重新上传"),
    "UNKNOWN_DEPARTMENT": (ERROR, "请按机构目录填写部门全称；新部门请先由管理员登记"),
    "UNKNOWN_HALL": (ERROR, "请改为大厅名录中的编码后重新上传；新大厅请先由管理员登记"),
    "MISSING_ITEM": (ERROR, "请补充所列内容后重新上传；补充前该事项不会导入"),
    "UNKNOWN_FIELD": (WARNING, "请核对字段名是否写错；确实不用的字段无需处理"),
    "BAD_VALUE": (ERROR, "请按字段要求的格式改正后重新上传"),
}

CODE_KINDS = {"basic_code": "BAD_BASIC_CODE", "impl_code": "BAD_IMPL_CODE"}


def finding(
    code: str, *, sheet: str, cell: str, field: str, raw: object, message: str, normalised: Any = None
) -> Finding:
    """A finding with the severity and next step of its kind."""
    severity, next_step = KINDS[code]
    text = None if raw is None or raw == "" else _short(_written(raw))
    return Finding(
        code=code,
        severity=severity,
        sheet=sheet,
        cell=cell,
        field=field,
        raw=text,
        message=message,
        next_step=next_step,
        normalised=normalised,
    )


def _written(raw: object) -> str:
    """As it stands in the sheet, where a number without decimals shows none; a text with all its blanks."""
    return plain(raw) if isinstance(raw, float) else str(raw)


def _short(text: str, limit: int = 200) -> str:
    return text if len(text) <= limit else text[:limit] + "…"
