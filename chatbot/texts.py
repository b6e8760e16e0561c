"""What may be kept of a text: no control characters, no number that identifies a person. Pure."""

import re
import unicodedata
from collections.abc import Mapping
from dataclasses import fields, is_dataclass
from typing import Any

from app.errors import InvalidInput
from app.log import mask

MOST = 500  # characters of a message
_CONTROL = re.compile(r"[\x00-\x08\x0b-\x1f\x7f-\x9f\u200b-\u200f\u202a-\u202e\u2060-\u2064\ufeff\ud800-\udfff]")
_DIGIT = re.compile(r"[\d０-９]", re.ASCII)
_WIDE = {ord("０") + n: str(n) for n in range(10)} | {ord("Ｘ"): "X", ord("ｘ"): "x"}
# An identity number however it is typed: in groups, or right behind letters, where `mask` sees a code.
_SPREAD = re.compile(r"(?<!\d)\d(?:[ \t.·-]?\d){16}[ \t.·-]?[\dXx](?!\d)", re.ASCII)


def cleaned(text: str, *, field: str = "text") -> str:
    """The text as it is read. Raises `InvalidInput` for one that is empty or too long."""
    plain = unicodedata.normalize("NFC", _CONTROL.sub("", text)).strip()
    if not plain:
        raise InvalidInput({field: "请先写下要说的话，再发送"})
    if len(plain) > MOST:
        raise InvalidInput({field: f"一次最多 {MOST} 个字，请分几条发送"})
    return plain


def masked(text: str) -> str:
    """The text as it is kept: identity numbers, bank cards and mobiles hidden."""
    return mask(_SPREAD.sub(_hidden, text.translate(_WIDE))) if _DIGIT.search(text) else text


def masked_all(value: Any) -> Any:
    """The same for every text inside plain values and dataclasses, which come back as JSON would hold them."""
    if isinstance(value, str):
        return masked(value)
    if isinstance(value, Mapping):
        return {name: masked_all(part) for name, part in value.items()}
    if isinstance(value, list | tuple):
        return [masked_all(part) for part in value]
    if is_dataclass(value):
        return {part.name: masked_all(getattr(value, part.name)) for part in fields(value)}
    return value


def _hidden(found: re.Match[str]) -> str:
    digits = re.sub(r"[^\dXx]", "", found[0])
    return f"{digits[:6]}********{digits[-4:]}"
