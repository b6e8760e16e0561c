"""What WeChat lets into the fields of a subscription message (wechat.md 6.1); the limits count characters."""

import re
from dataclasses import dataclass
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


@dataclass(frozen=True)
class Registered:
    """A template as it is registered with WeChat: its name, and the label of each field, which the card shows."""

    title: str
    labels: dict[str, str]


REGISTERED = {
    "TPL_BOOKED": Registered(
        "预约成功通知", {"thing1": "办理事项", "time2": "预约时间", "thing3": "办理地点", "thing4": "温馨提示"}
    ),
    "TPL_CHANGED": Registered(
        "预约变更通知", {"thing1": "办理事项", "time2": "预约时间", "thing3": "变更内容", "thing4": "变更原因"}
    ),
    "TPL_REMINDER": Registered(
        "办事提醒", {"thing1": "办理事项", "time2": "预约时间", "thing3": "办理地点", "thing4": "温馨提示"}
    ),
    "TPL_CALLED": Registered(
        "叫号通知", {"character_string1": "排队号码", "thing2": "办理窗口", "thing3": "办理事项", "thing4": "温馨提示"}
    ),
    "TPL_OFFERED": Registered(
        "候补成功提醒", {"thing1": "办理事项", "time2": "预约时间", "thing3": "办理地点", "thing4": "温馨提示"}
    ),
    "TPL_NEAR": Registered(
        "排队进度提醒",
        {"character_string1": "排队号码", "thing2": "当前进度", "thing3": "办理地点", "thing4": "温馨提示"},
    ),
    "TPL_RETURN": Registered(
        "号码保留提醒", {"character_string1": "排队号码", "time2": "保留到", "thing3": "办理地点", "thing4": "温馨提示"}
    ),
    "TPL_NEWS": Registered("新消息提醒", {"thing1": "消息内容", "thing2": "温馨提示"}),
    "TPL_CHAT": Registered("咨询回复通知", {"thing1": "咨询类型", "time2": "回复时间", "thing3": "温馨提示"}),
    "TPL_READY": Registered(
        "证件领取通知",
        {
            "thing1": "办理事项",
            "thing2": "领取地点",
            "date3": "领取期限",
            "thing4": "温馨提示",
            "character_string5": "领取时间",
        },
    ),
}

# Our consents (notify/templates.py), as an installation names them in its settings.
KINDS = {
    "booked": "TPL_BOOKED",
    "changed": "TPL_CHANGED",
    "reminder": "TPL_REMINDER",
    "place_offered": "TPL_OFFERED",
    "turn_near": "TPL_NEAR",
    "called": "TPL_CALLED",
    "return_soon": "TPL_RETURN",
    "result_ready": "TPL_READY",
    "chat_answered": "TPL_CHAT",
    "news": "TPL_NEWS",
}

CONTROL = re.compile(r"[\x00-\x1f\x7f-\x9f\u2028\u2029]")
FIELD = re.compile(r"([a-z_]+)\d+")


def first_fault(data: Any, template_id: str = "") -> str | None:
    """The first field WeChat would refuse, as its errmsg names it, such as `data.thing1.value`.

    A registered template takes just its own fields; of others only the values are looked at.
    """
    if not isinstance(data, dict) or not data:
        return "data"
    if (template := REGISTERED.get(template_id)) and (strange := sorted(template.labels.keys() ^ data.keys())):
        return f"data.{strange[0]}"
    return next((f"data.{name}.value" for name, content in data.items() if not _is_good(name, content)), None)


def _is_good(name: str, content: Any) -> bool:
    field = FIELD.fullmatch(name)
    value = content.get("value") if isinstance(content, dict) else None
    if not field or field[1] not in PATTERNS or not isinstance(value, str):
        return False
    return not CONTROL.search(value) and bool(value.strip()) and bool(re.fullmatch(PATTERNS[field[1]], value))
