"""What is said at each step, in the inbox and in WeChat's fields. Plain, short, and what to do next."""

import re
from dataclasses import dataclass, field

# Longest value of a field, in characters (WeChat, subscribe message, section 6.1 of our notes).
LIMITS = {"thing": 20, "character_string": 32, "phrase": 5, "time": 32, "date": 32, "number": 32, "name": 10}

SMS_VARIABLE = 35  # characters of one variable of a text message

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
        consent: under which consent a platform brings it, and by which of its templates; kinds may share one.
        sms: variable of the text message's template to the text it carries; empty: never by text message.
        is_urgent: loses its use within minutes, or takes something away; also over a channel that was switched off.
        can_wait: answers nothing that the citizen has just done: not at night, and not on top of many others.
        is_small: a small change, told together with others.
    """

    title: str
    body: str
    fields: dict[str, str]
    consent: str = ""
    sms: dict[str, str] = field(default_factory=dict)
    is_urgent: bool = False
    can_wait: bool = False
    is_small: bool = False


# What a citizen allows WeChat to bring, one message at a time, as the subscribe sheet names it.
CONSENTS = {
    "booked": "预约成功",
    "changed": "预约变更",
    "reminder": "办事提醒",
    "place_offered": "候补到号",
    "turn_near": "快到您了",
    "return_soon": "请回来等候",
    "called": "请到窗口办理",
    "result_ready": "办理结果可以领取",
    "chat_answered": "人工客服回复",
    "news": "办事进展汇总",
}
# When to ask for which: WeChat shows three in one sheet, and each is asked for where its use is plain.
MOMENTS = {
    "booking": ("booked", "changed", "reminder"),
    "arrival": ("turn_near", "called", "result_ready"),
    "leaving": ("turn_near", "called", "return_soon"),
    "waiting_list": ("place_offered",),
    "consulting": ("chat_answered",),
}
MUST_ARRIVE = ("changed",)  # whoever could not be told over WeChat is to be telephoned

SMS_CHANGED = {"matter": "{matter}", "when": "{when}"}
BOOKED = {"thing1": "{matter}", "time2": "{when}", "thing3": "{hall}"}
CHANGED = {"thing1": "{matter}", "time2": "{when}"}

TEMPLATES: dict[str, Template] = {
    "booked": Template(
        "预约成功",
        "{when} 到{hall}办理{matter}，请{arrive}到场，出示预约码签到。",
        BOOKED | {"thing4": "请{arrive}到场签到"},
        consent="booked",
    ),
    "booked_video": Template(
        "预约成功",
        "{when} 视频办理{matter}，不用到大厅。开始前 10 分钟起在预约页点“进入视频”。",
        {"thing1": "{matter}", "time2": "{when}", "thing3": "视频办理，不用到大厅", "thing4": "按时在预约页进入视频"},
        consent="booked",
    ),
    "booked_phone": Template(
        "预约成功",
        "{when} 电话办理{matter}，不用到大厅。工作人员会打您预约时留的手机号，请保持畅通。",
        {"thing1": "{matter}", "time2": "{when}", "thing3": "电话办理，不用到大厅", "thing4": "请保持手机畅通"},
        consent="booked",
    ),
    "cancelled": Template("预约已取消", "{when} 在{hall}办理{matter}的预约已取消，可重新预约。", {}),
    "cancelled_for": Template(
        "预约被大厅取消",
        "{when} 在{hall}办理{matter}的预约已由工作人员取消；如有疑问请致电大厅，可重新预约。",
        CHANGED | {"thing3": "已取消，请重新预约", "thing4": "如有疑问请致电大厅"},
        consent="changed",
        sms=SMS_CHANGED | {"change": "已被大厅取消"},
        is_urgent=True,
    ),
    "rescheduled": Template(
        "预约已改期",
        "办理{matter}的预约已由 {was} 改到 {when}，地点{hall}。",
        BOOKED | {"thing4": "已改期，请按新时间到场"},
        consent="booked",
    ),
    "rescheduled_for": Template(
        "预约被大厅改期",
        "办理{matter}的预约已由工作人员从 {was} 改到 {when}，地点{hall}；不便时可取消或改期，如有疑问请致电大厅。",
        CHANGED | {"thing3": "原定 {was}", "thing4": "工作人员已改期，不便时可取消或改期"},
        consent="changed",
        sms=SMS_CHANGED | {"change": "已改到以上时间"},
        is_urgent=True,
    ),
    "moved": Template(
        "预约时间有调整",
        "因{reason}，办理{matter}的预约由 {was} 改到 {when}，地点{hall}；不便时可取消或改期。",
        CHANGED | {"thing3": "原定 {was}", "thing4": "{reason}"},
        consent="changed",
        sms=SMS_CHANGED | {"change": "已改到以上时间"},
        is_urgent=True,
    ),
    "closed": Template(
        "预约被大厅取消",
        "因{reason}，{when} 在{hall}办理{matter}的预约已取消，请重新选择时间。",
        CHANGED | {"thing3": "已取消，请重新预约", "thing4": "{reason}"},
        consent="changed",
        sms=SMS_CHANGED | {"change": "已被大厅取消"},
        is_urgent=True,
    ),
    "reminder": Template(
        "办事提醒",
        "{when} 请到{hall}办理{matter}。不能来请及时取消，把名额让给他人。",
        BOOKED | {"thing4": "不能来请及时取消"},
        consent="reminder",
        can_wait=True,
    ),
    "reminder_video": Template(
        "办事提醒",
        "{when} 视频办理{matter}，开始前 10 分钟起在预约页点“进入视频”。",
        BOOKED | {"thing3": "视频办理，不用到大厅", "thing4": "按时在预约页进入视频"},
        consent="reminder",
        can_wait=True,
    ),
    "reminder_phone": Template(
        "办事提醒",
        "{when} 工作人员会打您留的手机号办理{matter}，请保持畅通。",
        BOOKED | {"thing3": "电话办理，不用到大厅", "thing4": "请保持手机畅通"},
        consent="reminder",
        can_wait=True,
    ),
    "place_offered": Template(
        "候补到号，请确认",
        "为您留了 {when} 到{hall}办理{matter}的号，请在 {until} 前确认或放弃，逾时让给下一位。",
        {"thing1": "{matter}", "time2": "{when}", "thing3": "{hall}", "thing4": "请在{until}前确认"},
        consent="place_offered",
        sms={"matter": "{matter}", "when": "{when}", "until": "{until}"},
        is_urgent=True,
    ),
    "waiting_over": Template(
        "没有等到空号", "{when}在{hall}办理{matter}没有空出号来，可改约其他日期或到大厅取号。", {}
    ),
    "checked_in": Template("签到成功", "您的号码是 {ticket}，前面还有 {ahead} 人，请留意叫号。", {}),
    "turn_near": Template(
        "快到您了",
        "{ticket} 号{near}，请回到{hall}等候区，留意叫号。",
        {"character_string1": "{ticket}", "thing2": "{near}", "thing3": "{hall}", "thing4": "请回到等候区留意叫号"},
        consent="turn_near",
        is_urgent=True,
    ),
    "called": Template(
        "请到窗口办理",
        "{ticket} 号，请到{counter}窗口办理{matter}。",
        {"character_string1": "{ticket}", "thing2": "{counter}窗口", "thing3": "{matter}", "thing4": "请现在前往"},
        consent="called",
        is_urgent=True,
    ),
    "missed": Template("已过号", "{ticket} 号已过号，请到咨询导办台处理。", {}),
    "return_soon": Template(
        "请回来等候",
        "{ticket} 号为您保留到 {back_by}，请在此之前回到{hall}，并在排队页面点“我回来了”。",
        {"character_string1": "{ticket}", "time2": "{back_by}", "thing3": "{hall}", "thing4": "超过时间要重新排队"},
        consent="return_soon",
        is_urgent=True,
    ),
    "finished": Template("窗口办理完成", "{ticket} 号{matter}已在窗口办理完成。", {}),
    "rate_visit": Template("请您评价", "{ticket} 号{matter}办得怎么样？点一下就能评价，工作人员看不到是谁评的。", {}),
    "result_ready": Template(
        "办理结果可以领取",
        "{matter}的结果已办好，请在 {until} 前到{hall}出示取件码领取。领取时间：{hours_text}。",
        {
            "thing1": "{matter}",
            "thing2": "{hall}",
            "date3": "{until}",
            "thing4": "出示取件码领取",
            "character_string5": "{hours}",
        },
        consent="result_ready",
        sms={"matter": "{matter}", "hall": "{hall}", "until": "{until}"},
        can_wait=True,
    ),
    "handed_over": Template("已领取", "{matter}的结果已于 {when} 领取。非本人操作请拨打 12345。", {}),
    "handed_to_proxy": Template(
        "已由代领人领取", "{matter}的结果已于 {when} 由您委托的代领人领取。非本人委托请拨打 12345。", {}
    ),
    "overdue": Template(
        "结果已逾期未领", "{matter}的结果已逾期 {days} 天，请尽快到{hall}出示取件码领取，可请人代取。", {}
    ),
    "overdue_offer": Template(
        "逾期未领，可申请邮寄",
        "{matter}的结果已逾期 {days} 天。可在取件页面申请邮寄，或到{hall}领取；{until} 仍未领取将归档保存。",
        {},
    ),
    "courier_asked": Template("已申请邮寄", "{matter}的结果将由{hall}寄出，寄出后告知您单号。", {}),
    "sent": Template("结果已寄出", "{matter}的结果已交{carrier}寄出，单号 {waybill}。", {}),
    "archived": Template(
        "结果已归档", "{matter}的结果逾期未领，已由{hall}归档保存。需要时请带证件到该大厅或拨打{phone}申请调回。", {}
    ),
    "brought_back": Template("结果可以领取", "{matter}的结果已调回，请在 {until} 前到{hall}出示取件码领取。", {}),
    "in_locker": Template(
        "结果已放入自助柜", "{matter}的结果已放入{hall}的自助柜“{machine}”（{site}），请出示取件码领取。", {}
    ),
    "hand_over_undone": Template("领取已撤销", "{matter}的领取记录有误，窗口已撤销，结果仍待您领取。", {}),
    "restricted": Template("预约已暂停", "因多次预约未到，{until} 前不能预约；如有异议可在“我的预约”中申诉。", {}),
    "appeal_accepted": Template("申诉已同意", "预约限制已解除，可以重新预约。工作人员答复：{answer}", {}),
    "appeal_refused": Template("申诉未获同意", "限制期内仍不能预约，如有疑问请拨打 12345。工作人员答复：{answer}", {}),
    "chat_answered": Template(
        "人工客服回复了您",
        "人工客服已于 {when} 回复您的咨询，点开查看，可以继续追问。",
        {"thing1": "在线咨询", "time2": "{when}", "thing3": "点开查看回复，可以继续追问"},
        consent="chat_answered",
        sms={"when": "{when}"},
    ),
    "digest": Template(
        "您有新消息",
        "您有 {count} 条新消息，请到消息中心查看。",
        {"thing1": "您有 {count} 条新消息", "thing2": "点开到消息中心查看"},
        consent="news",
        can_wait=True,
    ),
    "mobile_relinked": Template(
        "手机号已解绑", "您绑定的手机号已被其持有人绑定到另一账号。非本人操作请拨打 12345。", {}
    ),
}


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
    return {name: cut(name, text.format(**values)) for name, text in template.fields.items()}


def said_on(channel: str, template: Template, values: dict[str, str]) -> dict[str, str]:
    """What a channel is given to say, in its own form; empty when it does not bring this kind.

    WeChat's field types hold for its official account as well; Alipay numbers its keywords.
    """
    if channel == "sms":
        return {name: _short(text.format(**values), SMS_VARIABLE) for name, text in template.sms.items()}
    said = filled(template, values)
    if channel == "alipay":
        return {f"keyword{n}": value for n, value in enumerate(said.values(), 1)}
    return said


def _short(text: str, most: int) -> str:
    return text if len(text) <= most else text[: most - 1] + "…"
