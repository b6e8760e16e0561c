"""Bodies that go in and out, and how their faults are said in Chinese."""

import json
import re
from collections.abc import Callable, Mapping, Sequence
from functools import cache, partial
from typing import Any, ClassVar, TypeVar, get_args

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
    "twice": "重复填写，请只保留一个",
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


def read_body(kind: type[M], raw: bytes) -> M:
    """A JSON body read strictly: a truth, a text or 1.0 is no whole number, and a name given twice is refused.

    Raises `InvalidInput` or `BadRequest`.
    """
    body = checked(partial(kind.model_validate_json, strict=True), raw)
    _BODY.decode(raw.decode())  # the last, when it is known to be sound and not too deep
    return body


def read_query(kind: type[M], given: Mapping[str, Sequence[str]]) -> M:
    """The part of an address after `?`, as strictly as a body; a number is ASCII digits there, a truth true or false.

    A name given once is a value, given twice a list. Raises `InvalidInput`.
    """
    readers = _readers(kind)
    values = {
        name: readers.get(name, _as_it_is)(texts[0]) if len(texts) == 1 else texts for name, texts in given.items()
    }
    return checked(partial(kind.model_validate_json, strict=True), json.dumps(values))


def _once_each(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) < len(pairs):
        names = [name for name, _ in pairs]
        raise InvalidInput({name[:64]: _SENTENCES["twice"] for name in found if names.count(name) > 1})
    return found


_BODY = json.JSONDecoder(object_pairs_hook=_once_each)


def _as_it_is(text: str) -> object:
    return text


def _whole_number(text: str) -> object:
    return int(text) if re.fullmatch(r"-?[0-9]{1,18}", text, re.ASCII) else text


def _number(text: str) -> object:
    return float(text) if re.fullmatch(r"-?[0-9]{1,18}(\.[0-9]{1,18})?", text, re.ASCII) else text


def _truth(text: str) -> object:
    return {"true": True, "1": True, "false": False, "0": False}.get(text, text)


@cache
def _readers(kind: type[BaseModel]) -> dict[str, Callable[[str], object]]:
    """How to read the text of a field that is no text, by its name outside. What cannot be read stays for its fault."""
    named = {field.alias or name: _plain_kinds(field.annotation) for name, field in kind.model_fields.items()}
    reading = {bool: _truth, int: _whole_number, float: _number}
    return {name: read for name, kinds in named.items() for kind, read in reading.items() if kind in kinds}


def _plain_kinds(annotation: Any) -> set[Any]:
    return {annotation}.union(*(_plain_kinds(part) for part in get_args(annotation)))


def _refusal(exc: ValidationError) -> InvalidInput | BadRequest:
    fields: dict[str, str] = {}
    for fault in exc.errors(include_url=False, include_input=False):
        if fault["type"] == "json_invalid":
            return BadRequest()
        name = ".".join(str(part)[:64] for part in fault["loc"]) or "body"
        fields.setdefault(name, _sentence(fault["type"], fault["msg"], fault.get("ctx", {})))
    return InvalidInput(fields)


def _sentence(kind: str, message: str, context: dict[str, Any]) -> str:
    if context.get("field_type") == "Value":  # a text whose length was checked after it was cleaned
        kind = {"too_short": "string_too_short", "too_long": "string_too_long"}.get(kind, kind)
    if kind in _SENTENCES:
        return _SENTENCES[kind].format(**context)
    # our own checks (PydanticCustomError) speak Chinese already
    return message if message and not message.isascii() else "格式不正确"
