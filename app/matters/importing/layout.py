"""How the departments' sheets are laid out: what each column is called, means, and whether it must be filled."""

from collections.abc import Callable
from dataclasses import dataclass
from functools import partial

from app.matters.importing import cells
from app.matters.importing.cells import Read, Value

MAIN, MATERIALS, NOTES = "事项梳理表", "申请材料", "填表说明"
CODE, NAME, DEPARTMENT, LAW = "事项编码", "事项名称", "实施部门", "法定时限"
PROMISED, FEE, PRICE, NUMBER = "承诺时限", "是否收费", "收费标准", "序号"

MATTER_TYPES = {
    "行政许可": "01", "行政处罚": "02", "行政强制": "03", "行政征收": "04", "行政给付": "05", "行政检查": "06",
    "行政确认": "07", "行政奖励": "08", "行政裁决": "09", "其他行政权力": "10", "公共服务": "20",
}  # fmt: skip
LEVELS = {"国家级": "1", "省级": "2", "市级": "3", "县级": "4", "乡级": "5", "村级": "6"}
NECESSITIES = {word: word for word in ("必要", "非必要", "可容缺后补")}


@dataclass(frozen=True, slots=True)
class Column:
    """One column: its heading, the key of what is read from it, its reader, and its width in an export."""

    title: str
    key: str
    read: Callable[[Value], Read]
    required: bool = True
    group: str = ""
    width: int = 14


def _text(limit: int) -> Callable[[Value], Read]:
    return partial(cells.text, limit=limit)


def _choice(choices: dict[str, str], field: str) -> Callable[[Value], Read]:
    return partial(cells.one_of, choices=choices, field=field)


OPTIONAL = False

MAIN_COLUMNS = (
    Column(CODE, "code", _text(64), group="事项标识", width=18),
    Column(NAME, "name", _text(200), group="事项标识", width=36),
    Column("事项类型", "type_code", _choice(MATTER_TYPES, "事项类型"), group="事项标识"),
    Column(DEPARTMENT, "dept_name", _text(64), group="实施主体", width=24),
    Column("统一社会信用代码", "subject_code", cells.credit, OPTIONAL, "实施主体", 22),
    Column("行使层级", "level_code", _choice(LEVELS, "行使层级"), group="实施主体"),
    Column("服务对象", "service_objects", cells.audiences, group="办理要求"),
    Column(LAW, "statutory_limit", cells.limit, group="办理要求"),
    Column(PROMISED, "promised_limit", cells.limit, group="办理要求"),
    Column(FEE, "is_fee", cells.yes_no, group="办理要求"),
    Column(PRICE, "price", _text(2000), OPTIONAL, "办理要求", 30),
    Column("到场次数", "visits", cells.count, group="网办情况"),
    Column("是否网办", "is_online", cells.yes_no, group="网办情况"),
    Column("设定依据", "legal_basis", _text(4000), group="其他信息", width=44),
    Column("办理地点", "place_text", _text(500), OPTIONAL, "其他信息", 22),
    Column("实施日期", "effective_from", cells.day, group="其他信息"),
    Column("咨询电话", "phones", _text(200), OPTIONAL, "其他信息"),
    Column("备注", "notes", _text(2000), OPTIONAL, "其他信息", 24),
    Column("基本编码", "basic_code", _text(64), OPTIONAL, "编码与时长", 18),
    Column("实施编码", "impl_code", _text(64), OPTIONAL, "编码与时长", 36),
    Column("办理分钟数", "duration_min", cells.minutes, OPTIONAL, "编码与时长"),
)

MATERIAL_COLUMNS = (
    Column(CODE, "code", _text(64), width=18),
    Column("材料名称", "name", _text(300), width=40),
    Column("原件份数", "original_count", cells.count),
    Column("复印件份数", "copy_count", cells.count),
    Column("来源渠道", "source", _text(60), OPTIONAL),
    Column("是否必要", "necessity", _choice(NECESSITIES, "是否必要")),
    Column("可电子证照免交", "exempt_by_elicence", cells.yes_no, OPTIONAL),
)
