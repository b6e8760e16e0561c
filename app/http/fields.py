"""Kinds of field that forms and bodies share, each with its check and its Chinese fault."""

import re
import unicodedata
from typing import Annotated, Any

from pydantic import AfterValidator, BeforeValidator, Field, StringConstraints
from pydantic_core import PydanticCustomError

_CONTROL = re.compile(r"[\x00-\x08\x0b-\x1f\x7f\u200b-\u200f\u202a-\u202e\u2060-\u2064\ufeff]")


def _plain_text(value: Any) -> Any:
    """NFC, no control or direction-changing characters, no blanks around."""
    if isinstance(value, str):
        return unicodedata.normalize("NFC", _CONTROL.sub("", value)).strip()
    return value


def _mobile(value: Any) -> Any:
    """Full-width digits, blanks, dashes and +86 are what people type; the eleven digits are what they mean."""
    if isinstance(value, str):
        digits = re.sub(r"[\s\-]", "", unicodedata.normalize("NFKC", value))
        return digits.removeprefix("+86")
    return value


def _check_mobile(value: str) -> str:
    if not re.fullmatch(r"1[3-9][0-9]{9}", value, re.ASCII):
        raise PydanticCustomError("mobile", "请输入 11 位手机号码")
    return value


def _id_digits(value: Any) -> Any:
    return unicodedata.normalize("NFKC", value).strip().upper() if isinstance(value, str) else value


def _check_id_tail(value: str) -> str:
    if not re.fullmatch(r"[0-9]{3}[0-9X]", value, re.ASCII):
        raise PydanticCustomError("id_tail", "请输入证件号码的后四位，如 1234 或 123X")
    return value


# The constraint comes first: applied to the cleaned text, and named as a fault of a text.
_Plain = BeforeValidator(_plain_text)
Text = Annotated[str, _Plain]
ShortText = Annotated[str, StringConstraints(min_length=1, max_length=60), _Plain]
LongText = Annotated[str, StringConstraints(min_length=1, max_length=500), _Plain]
PostalAddress = Annotated[str, StringConstraints(min_length=8, max_length=120), _Plain]
PersonName = Annotated[str, StringConstraints(min_length=1, max_length=30, pattern=r"^[^0-9<>&\"/\\]+$"), _Plain]
Mobile = Annotated[str, BeforeValidator(_mobile), AfterValidator(_check_mobile), Field(examples=["13800000001"])]
OutsideCode = Annotated[str, StringConstraints(min_length=1, max_length=64, pattern=r"^[\x21-\x7e]+$")]
IdTail = Annotated[str, BeforeValidator(_id_digits), AfterValidator(_check_id_tail), Field(examples=["123X"])]
