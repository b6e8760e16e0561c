"""What WeChat lets into the fields of a subscription message (wechat.md 6.1); the limits count characters."""

import re
from typing import Any

DATE = r"\d{4}(?:年\d{1,2}月\d{1,2}日|[-/.]\d{1,2}[-/.]\d{1,2})"
TIME = r"(?:[01]?\d|2[0-3]):[0-5]\d(?::[0-5]\d)?"
HAN = r"[\u3400-\u9fff\uf900-\ufaff]"

PATTERNS = {
    "thing": r".{1,20}",
    "number": r"(?=.{1,33}$)-?\d{1,32}(?:\.\d+)?",
    "letter": r"[A-Za-z]{1,32}",
    "symbol": r"[^\w\s]{1,5}",
    "character_string": r"[\x20-\x7e]{1,32}",
    "time": rf"(?:{DATE} ?)?{TIME}(?: ?~ ?(?:{DATE} ?)?{TIME})?",
    "date": rf"{DATE}(?: ?{TIME})?(?: ?~ ?(?:{DATE}(?: ?{TIME})?|{TIME}))?",
    "amount": r"[¥￥$€£]?\d{1,10}(?:\.\d+)?元?",
    "phone_number": r"[\d+\-() ]{1,17}",
    "car_number": r".{1,8}",
    "name": rf"(?=.*{HAN}).{{1,10}}|(?!.*{HAN}).{{1,20}}",
    "phrase": rf"{HAN}{{1,5}}",
    "enum": r".+",
}
CONTROL = re.compile(r"[\x00-\x1f\x7f-\x9f\u2028\u2029]")
FIELD = re.compile(r"([a-z_]+)\d+")


def first_fault(data: Any) -> str | None:
    """The first field WeChat would refuse, as its errmsg names it, such as `data.thing1.value`."""
    if not isinstance(data, dict) or not data:
        return "data"
    return next((f"data.{name}.value" for name, content in data.items() if not _is_good(name, content)), None)


def _is_good(name: str, content: Any) -> bool:
    field = FIELD.fullmatch(name)
    value = content.get("value") if isinstance(content, dict) else None
    if not field or field[1] not in PATTERNS or not isinstance(value, str):
        return False
    return not CONTROL.search(value) and bool(value.strip()) and bool(re.fullmatch(PATTERNS[field[1]], value))
