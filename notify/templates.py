"""What is said at each step, in the inbox and in WeChat's fields. Plain, short, and what to do next."""

import re
from dataclasses import dataclass
from typing import Literal

# Longest value of a field, in characters (WeChat, subscribe message, section 6.1 of our notes).
LIMITS = {"thing": 20, "character_string": 32, "phrase": 5, "time": 32, "date": 32, "number": 32, "name": 10}

# What such a field does not take at all; the others take anything, cut with an ellipsis.
KEPT = {
    "character_string": re.compile(r"[^\x21-\x7e]"),
    "phrase": re.compile(r"[^\u3400-\u9fff\uf900-\ufaff]"),
}


@dataclass(frozen=True)
class Template:
    """A kind of notice.

    Attributes:
        body: inbox text; the names in braces are values of the notice.
        fields: WeChat's field to the text it carries.
        asked: after what the subscribe sheet asks for it: a booking, or joining a waiting list; empty: never.
    """

    title: str
    body: str
    fields: dict[str, str]
    asked: Literal["", "booking", "waiting"] = ""


TEMPLATES: dict[str, Template] = {
    "booked": Template(
        "预约成功",
        "{when} 到{hall}办理{matter}，请提前 15 分钟到场，出示预约码签到。",
        {"thing1": "{matter}", "time2": "{when}", "thing3": "{hall}", "thing4": "请提前15分钟到场签到"},
        asked="booking",
    ),
    "booked_video": Template(
        "预约成功",
        "{when} 视频办理{matter}，不用到大厅。开始前 10 分钟起在预约页点“进入视频”。",
        {"thing1": "{matter}", "time2": "{when}", "thing3": "视频办理，不用到大厅", "thing4": "按时在预约页进入视频"},
    ),
    "booked_phone": Template(
        "预约成功",
        "{when} 电话办理{matter}，不用到大厅。工作人员会打您预约时留的手机号，请保持畅通。",
        {"thing1": "{matter}", "time2": "{when}", "thing3": "电话办理，不用到大厅", "thing4": "请保持手机畅通"},
    ),
    "cancelled": Template("预约已取消", "{when} 在{hall}办理{matter}的预约已取消，可重新预约。", {}),
    "rescheduled": Template("预约已改期", "办理{matter}的预约已改到 {when}，地点{hall}。", {}),
    "moved": Template("预约时间有调整", "大厅调整开放时间，办理{matter}的预约已改到 {when}；不便时可取消或改期。", {}),
    "closed": Template("预约被大厅取消", "大厅调整开放时间，{when} 办理{matter}的预约已取消，请重新选择时间。", {}),
    "reminder": Template("办事提醒", "{when} 请到{hall}办理{matter}。不能来请及时取消，把名额让给他人。", {}),
    "place_offered": Template(
        "候补到号，请确认",
        "为您留了 {when} 到{hall}办理{matter}的号，请在 {until} 前确认或放弃，逾时让给下一位。",
        {"thing1": "{matter}", "time2": "{when}", "thing3": "{hall}", "thing4": "请在{until}前确认"},
        asked="waiting",
    ),
    "waiting_over": Template(
        "没有等到空号", "{when}在{hall}办理{matter}没有空出号来，可改约其他日期或到大厅取号。", {}
    ),
    "reminder_video": Template("办事提醒", "{when} 视频办理{matter}，开始前 10 分钟起在预约页点“进入视频”。", {}),
    "reminder_phone": Template("办事提醒", "{when} 工作人员会打您留的手机号办理{matter}，请保持畅通。", {}),
    "checked_in": Template("签到成功", "您的号码是 {ticket}，前面还有 {ahead} 人，请留意叫号。", {}),
    "called": Template(
        "请到窗口办理",
        "{ticket} 号，请到{counter}窗口办理{matter}。",
        {"character_string1": "{ticket}", "thing2": "{counter}窗口", "thing3": "{matter}", "thing4": "请现在前往"},
        asked="booking",
    ),
    "missed": Template("已过号", "{ticket} 号已过号，请到咨询导办台处理。", {}),
    "finished": Template("窗口办理完成", "{matter}已在窗口办理完成。", {}),
    "result_ready": Template(
        "办理结果可以领取",
        "{matter}的结果已办好，请在 {until} 前到{hall}出示取件码领取。",
        {"thing1": "{matter}", "thing2": "{hall}", "date3": "{until}", "thing4": "出示取件码领取"},
        asked="booking",
    ),
    "handed_over": Template("已领取", "{matter}的结果已于 {when} 领取。非本人操作请拨打 12345。", {}),
    "restricted": Template("预约已暂停", "因多次预约未到，{until} 前不能预约；如有异议可在“我的预约”中申诉。", {}),
    "mobile_relinked": Template(
        "手机号已解绑", "您绑定的手机号已被其持有人绑定到另一账号。非本人操作请拨打 12345。", {}
    ),
}
MOST_ASKED = 3


def cut(field: str, value: str) -> str:
    """Make a text fit WeChat's field, named by kind and number such as `thing1`: never refused for what it holds.

    A time, date or number must be well formed already; only its length is cut.
    """
    kind = re.sub(r"\d+$", "", field)
    text = re.sub(r"[\s\x00-\x1f\x7f-\x9f]+", " ", value).strip()
    if kind in KEPT:
        text = KEPT[kind].sub("", text)[: LIMITS[kind]]
    elif len(text) > LIMITS[kind]:
        text = text[: LIMITS[kind] - 1] + "…"
    return text or ("-" if kind == "character_string" else "无")


def filled(template: Template, values: dict[str, str]) -> dict[str, str]:
    """WeChat's fields with their values, each within its limit."""
    return {field: cut(field, text.format(**values)) for field, text in template.fields.items()}
