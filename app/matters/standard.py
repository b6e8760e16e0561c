"""The items of GB/T 39046-2020 table 4, as the city's data holds them, with those that must not be missing.

The standard's own text could not be read; names and obligation follow the published table definitions that implement
it (`reference/anchors.md` of the project's material), and the obligation of an item is ours to correct here.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True, slots=True)
class Item:
    """One data item: its Chinese name, its place in the guide (`a.b`, `a[].b` for each element), whether it must be."""

    name: str
    path: str
    required: bool = True


OPTIONAL = False

ITEMS = (
    Item("事项编码", "code"),
    Item("事项名称", "name"),
    Item("事项简称", "short_name", OPTIONAL),
    Item("事项别名", "aliases", OPTIONAL),
    Item("基本编码", "basic_code"),
    Item("实施编码", "impl_code"),
    Item("业务办理项编码", "handle_item_code", OPTIONAL),
    Item("事项类型", "matter_type.name"),
    Item("事项类型代码", "matter_type.code"),
    Item("设定依据", "legal_basis"),
    Item("依据名称", "legal_basis[].title"),
    Item("依据条款", "legal_basis[].article", OPTIONAL),
    Item("行使层级", "level"),
    Item("行使层级代码", "level_code"),
    Item("实施部门", "dept_name"),
    Item("实施部门编码", "dept_code"),
    Item("联办机构", "co_dept_codes", OPTIONAL),
    Item("服务对象", "service_objects"),
    Item("办件类型", "project_type"),
    Item("受理条件", "conditions"),
    Item("数量限制", "quota", OPTIONAL),
    Item("申请材料", "materials"),
    Item("材料名称", "materials[].name"),
    Item("材料类型", "materials[].kind", OPTIONAL),
    Item("原件份数", "materials[].original_count"),
    Item("复印件份数", "materials[].copy_count"),
    Item("材料形式", "materials[].forms", OPTIONAL),
    Item("来源渠道", "materials[].source", OPTIONAL),
    Item("出具单位", "materials[].issuing_dept", OPTIONAL),
    Item("材料必要性", "materials[].necessity"),
    Item("法定办结时限", "statutory_limit.days"),
    Item("法定办结时限单位", "statutory_limit.unit"),
    Item("承诺办结时限", "promised_limit.days"),
    Item("承诺办结时限单位", "promised_limit.unit"),
    Item("办理流程", "process"),
    Item("环节名称", "process[].name"),
    Item("环节时限", "process[].limit_days", OPTIONAL),
    Item("特别程序", "special_procedures", OPTIONAL),
    Item("是否收费", "fee.is_fee"),
    Item("收费项目", "fee.items[].name"),
    Item("收费标准", "fee.items[].amount_fen"),
    Item("收费依据", "fee.items[].basis", OPTIONAL),
    Item("是否支持网上支付", "fee.pay_online"),
    Item("是否网办", "online.is_online"),
    Item("网办深度", "online.depth_code"),
    Item("办理形式", "online.channels"),
    Item("到场次数", "online.visits"),
    Item("必须到场原因", "online.visit_reason", OPTIONAL),
    Item("办理结果类型", "result.type"),
    Item("办理结果名称", "result.name"),
    Item("办理结果有效期", "result.validity", OPTIONAL),
    Item("送达方式", "delivery"),
    Item("通办范围", "handle_area"),
    Item("办理窗口", "windows"),
    Item("是否支持预约", "appointment.supported"),
    Item("是否支持自助终端", "self_terminal", OPTIONAL),
    Item("主题分类", "nav_themes"),
    Item("国家主题分类(自然人)", "national_themes.natural", OPTIONAL),
    Item("国家主题分类(法人)", "national_themes.legal", OPTIONAL),
    Item("咨询电话", "consult.phones"),
    Item("监督投诉电话", "complaint.phones"),
    Item("常见问题", "faq_ids", OPTIONAL),
    Item("备注", "notes", OPTIONAL),
    Item("实施日期", "effective_from"),
)


def missing_items(guide: Mapping[str, Any]) -> list[str]:
    """The Chinese names of the mandatory items that a guide leaves out or empty, in the standard's order."""
    return [item.name for item in ITEMS if item.required and any(map(_is_empty, _values(guide, item.path)))]


def _values(node: Any, path: str) -> Iterator[Any]:
    head, _, rest = path.partition(".")
    inner = node.get(head.removesuffix("[]")) if isinstance(node, Mapping) else None
    if not rest:
        yield inner
    elif head.endswith("[]"):
        # No element, nothing to complain of: the list itself is an item of its own.
        for element in inner if isinstance(inner, list) else ():
            yield from _values(element, rest)
    else:
        yield from _values(inner, rest)


def _is_empty(value: Any) -> bool:
    return value is None or (isinstance(value, str) and not value.strip()) or value in ([], {})
