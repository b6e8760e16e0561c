"""The rules of a hall's queue in words, for whoever sets them and whoever asks."""

from datetime import datetime

from app.queue.estimating import Wait
from app.queue.measuring import MINUTE
from app.queue.order import explain
from app.queue.rules import CHINA, QueuePolicy

PRINTED = (
    "大厅海报上的二维码不能用来签到取号。",
    "大厅海报上的二维码要手机定位在大厅 {presence_m} 米以内才能用。",
    "大厅海报上的二维码可以直接用来签到取号。",
)


def in_words(policy: QueuePolicy) -> list[str]:
    """One sentence or two for each thing that is decided."""
    return [
        explain(policy),
        _arrival(policy),
        _calls(policy),
        _skips(policy),
        _leaves(policy),
        *_walk_ins(policy),
        _target(policy),
    ]


def _arrival(policy: QueuePolicy) -> str:
    late = "不再受理，请重新预约" if policy.late_is_refused else "按现场取号排队"
    return (
        f"比预约时间早 {policy.early_minutes} 分钟以上到场的，到点前 {policy.early_minutes} 分钟起参加叫号；"
        f"迟到 {policy.late_minutes} 分钟以内保留预约的位置，再晚的{late}。"
    )


def when_to_check_in(policy: QueuePolicy) -> str:
    """For whoever books: between when and when the booked place holds."""
    early, late = policy.early_minutes, policy.late_minutes
    return f"请在约定时间前 {early} 分钟至后 {late} 分钟内签到" if early or late else "请按约定时间签到"


def how_early(policy: QueuePolicy) -> str:
    """When to be there: 提前 15 分钟, or 按时 in a hall where coming early gains nothing at all."""
    return f"提前 {policy.early_minutes} 分钟" if policy.early_minutes else "按时"


def across(wait: Wait) -> str:
    """A wait that a break of the hall falls into, by the clock: 11:55 至 14:30 之间（12:00–14:00 休息）; else empty."""
    if wait.pause is None:
        return ""
    closes, opens = wait.pause
    earliest, latest = (wait.computed_at + minutes * MINUTE for minutes in (wait.low, wait.high))
    begin = opens if closes <= earliest < opens else earliest
    rest = f"{_clock(closes)}–{_clock(opens)} 休息" if wait.computed_at < closes else f"{_clock(opens)} 前休息"
    return f"{_clock(begin)} 至 {_clock(latest)} 之间（{rest}）"


def _clock(moment: datetime) -> str:
    return f"{moment.astimezone(CHINA):%H:%M}"


def _calls(policy: QueuePolicy) -> str:
    text = f"两次叫号至少相隔 {policy.recall_after_s} 秒，叫满 {policy.calls_before_miss} 次仍未到才能过号。"
    if policy.missed_after_minutes:
        return text + f"叫号 {policy.missed_after_minutes} 分钟未到的自动过号，并叫下一位。"
    return text + "不自动过号，由窗口决定。"


def _skips(policy: QueuePolicy) -> str:
    if not policy.skips:
        return "不能顺延。"
    return f"每个号最多顺延 {policy.skips} 次，每次排到后面第 {policy.skip_behind} 位之后。"


def _leaves(policy: QueuePolicy) -> str:
    if not policy.leaves:
        return "等候中不能暂时离开。"
    return (
        f"等候中可以暂时离开 {policy.leaves} 次，{policy.return_minutes} 分钟内回来保留位置，超时排到现场取号的最后。"
    )


def _walk_ins(policy: QueuePolicy) -> list[str]:
    near = f"前面还有 {policy.near_ahead} 人时提醒，每个号最多 {policy.near_pushes} 次。"
    limit = f"每个业务每天最多发 {policy.walk_in_limit} 个现场号。" if policy.walk_in_limit else "不发现场号。"
    return [
        near if policy.near_pushes else "快到时不发提醒。",
        limit,
        PRINTED[policy.printed_qr].format(presence_m=policy.presence_m),
    ]


def _target(policy: QueuePolicy) -> str:
    return f"等候超过 {policy.wait_target_minutes} 分钟的，在待办汇总中提示。"
