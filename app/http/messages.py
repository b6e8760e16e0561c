"""Bodies that go in and out, and how their faults are said in Chinese."""

from collections.abc import Callable
from typing import Any, ClassVar, TypeVar

from pydantic import BaseModel, ConfigDict, ValidationError
from pydantic.alias_generators import to_camel

from app.errors import BadRequest, InvalidInput

M = TypeVar("M", bound=BaseModel)


class Message(BaseModel):
    """A body that goes in or out: snake_case here, camelCase on the wire, unknown fields refused.

    `private`: names in a query, such as of where somebody is, with which neither address nor answer is remembered.
    """

    private: ClassVar[frozenset[str]] = frozenset()

    model_config = ConfigDict(extra="forbid", frozen=True, alias_generator=to_camel, populate_by_name=True)


class Form(BaseModel):
    """The fields of an HTML form: names as they stand in the page."""

    model_config = ConfigDict(extra="forbid", frozen=True)


# pydantic's kind of fault -> what to say. {names} come from the fault's context.
_SENTENCES = {
    "missing": "此项必填",
    "extra_forbidden": "不支持的字段，请删除",
    "string_type": "应为文字",
    "string_too_short": "至少填写 {min_length} 个字",
    "string_too_long": "最多填写 {max_length} 个字",
    "string_pattern_mismatch": "格式不正确",
    "int_type": "应为整数",
    "int_parsing": "应为整数",
    "int_from_float": "应为整数",
    "bool_type": "应为是或否",
    "bool_parsing": "应为是或否",
    "greater_than_equal": "不能小于 {ge}",
    "less_than_equal": "不能大于 {le}",
    "greater_than": "应大于 {gt}",
    "less_than": "应小于 {lt}",
    "too_short": "至少选择 {min_length} 项",
    "too_long": "最多选择 {max_length} 项",
    "date_type": "日期应写作 2026-11-24",
    "date_parsing": "日期应写作 2026-11-24",
    "date_from_datetime_parsing": "日期应写作 2026-11-24",
    "date_from_datetime_inexact": "日期应写作 2026-11-24",
    "datetime_parsing": "时间格式不正确",
    "enum": "请从给出的选项中选择",
    "literal_error": "请从给出的选项中选择",
    "list_type": "应为列表",
    "model_type": "应为对象",
    "model_attributes_type": "应为对象",
    "dict_type": "应为对象",
}


def checked(parse: Callable[[Any], M], source: Any) -> M:
    """Parse, or raise `InvalidInput` that names every fault at once; `BadRequest` when it is not JSON at all."""
    try:
        return parse(source)
    except ValidationError as exc:
        raise _refusal(exc) from None


def _refusal(exc: ValidationError) -> InvalidInput | BadRequest:
    fields: dict[str, str] = {}
    for fault in exc.errors(include_url=False, include_input=False):
        if fault["type"] == "json_invalid":
            return BadRequest()
        name = ".".join(str(part)[:64] for part in fault["loc"]) or "body"
        fields.setdefault(name, _sentence(fault["type"], fault["msg"], fault.get("ctx", {})))
    return InvalidInput(fields)


def _sentence(kind: str, message: str, context: dict[str, Any]) -> str:
    if kind in _SENTENCES:
        return _SENTENCES[kind].format(**context)
    # our own checks (PydanticCustomError) speak Chinese already
    return message if message and not message.isascii() else "格式不正确"
