"""The figures of booking as managers read them: what they are called, between which numbers, and what they do."""

from app.halls.figures import Figure

_WINDOW, _LIMITS, _AFTER = "能约哪些时段", "一个人能约多少", "约好以后"
_HELD, _AWAY, _TOLD = "占号、退号和候补", "爽约", "提醒"

FIGURES = {
    "latest_days": Figure(_WINDOW, "最远可约", "天", 1, 90, "从今天起往后放这么多天的号。改大后立即放出后面的号。"),
    "earliest_minutes": Figure(
        _WINDOW, "群众最晚提前", "分钟", 0, 10080, "开始前不足这么久的时段，群众不能再约。0 为开始前都能约。"
    ),
    "staff_earliest_minutes": Figure(_WINDOW, "窗口代约最晚提前", "分钟", 0, 10080, "工作人员代约时的同一限制。"),
    "day_limit": Figure(_LIMITS, "每人每天", "个", 1, 20, "同一个人同一天最多有这么多个有效预约。"),
    "max_matters": Figure(_LIMITS, "一次可办事项", "项", 1, 10, "一个预约里最多合并办理的事项数。"),
    "max_people": Figure(_LIMITS, "一次可带人数", "人", 1, 20, "一个预约最多为几个人办理，人多会占连续的时段。"),
    "reschedules": Figure(_AFTER, "可改期", "次", 0, 10, "群众自己改期的次数。0 为不能改期，只能取消。"),
    "cancel_before_minutes": Figure(
        _AFTER, "改期取消须提前", "分钟", 0, 10080, "开始前不足这么久，群众不能自己改期或取消。"
    ),
    "hold_minutes": Figure(_HELD, "占号保留", "分钟", 1, 120, "占了号未确认的，到时自动放出。老年人加倍。"),
    "return_delay_minutes": Figure(_HELD, "退号延迟放出", "分钟", 0, 240, "退回的号至少过这么久才放出，防止倒号。"),
    "return_jitter_minutes": Figure(
        _HELD, "延迟再随机增加", "分钟以内", 0, 240, "在上一项之外随机多等，让人猜不到放出的时刻。"
    ),
    "return_by_minutes": Figure(_HELD, "最迟在办理前放出", "分钟", 0, 1440, "临近办理时不再延迟，免得号浪费。"),
    "rebooks": Figure(_HELD, "退后可再约", "次/天", 0, 20, "退掉的号，本人当天还能再约回同类号的次数。"),
    "offer_minutes": Figure(_HELD, "候补答复时限", "分钟", 1, 240, "有号后为候补的人保留这么久。老年人加倍。"),
    "waiting_limit": Figure(_HELD, "每人候补", "个", 0, 20, "一个人同时能排的候补数。0 为不开候补。"),
    "no_show_limit": Figure(_AWAY, "爽约达到", "次", 1, 20, "在下一项的天数内爽约达到这个次数，暂停预约。"),
    "no_show_days": Figure(_AWAY, "统计最近", "天", 1, 365, "只数最近这么多天内的爽约。"),
    "restriction_days": Figure(_AWAY, "暂停预约", "天", 1, 365, "达到次数后暂停多久。群众可以申诉。"),
    "remind_hour": Figure(_TOLD, "前一天提醒时刻", "点", 0, 23, "办理前一天几点发提醒。对以后新约的号起作用。"),
    "remind_before_minutes": Figure(
        _TOLD, "当天提前提醒", "分钟", 0, 1440, "办理前多久再提醒一次。对以后新约的号起作用。"
    ),
}
