"""The figures of a hall's queue as managers read them, and what each hall does differently."""

from app.halls.figures import Figure, Figures
from app.queue.models import HallQueuePolicy
from app.queue.rules import QueuePolicy

_ARRIVING, _CALLING, _WAITING = "到场", "叫号", "等候"

# 2 pushes at the most (features.md D9).
FIGURES = {
    "early_minutes": Figure(_ARRIVING, "提前多久算来早", "分钟", 0, 120, "来得更早的，到点前这么久起参加叫号。"),
    "late_minutes": Figure(_ARRIVING, "迟到多久内保留位置", "分钟", 0, 240, "迟到不超过这么久，仍按预约时间排。"),
    "late_is_refused": Figure(
        _ARRIVING, "再晚的怎么办", "", 0, 1, "超过上一项时间才到的人。", ("按现场取号排队", "不再受理")
    ),
    "walk_in_limit": Figure(
        _ARRIVING, "每个业务每天的现场号", "个", 0, 10_000, "发完为止，请群众改天或预约。0 为不发现场号。"
    ),
    "printed_qr": Figure(
        _ARRIVING, "海报上的二维码", "", 0, 2, "印出来的码可能被拍走，平板上的码每分钟更换。",
        ("不能用", "在大厅附近才能用", "可以直接用"),
    ),
    "presence_m": Figure(_ARRIVING, "手机离大厅多近", "米", 50, 10_000, "“在大厅附近”指手机定位在这个距离以内。"),
    "walk_in_after": Figure(
        _CALLING, "连叫几位后轮到现场", "位", 0, 20, "连续叫这么多位优先或预约群众后，叫 1 位现场取号群众。0 为不轮。"
    ),
    "recall_after_s": Figure(_CALLING, "两次叫号相隔", "秒", 0, 300, "叫同一个人至少间隔这么久。"),
    "calls_before_miss": Figure(_CALLING, "叫满几次才能过号", "次", 1, 10, "没叫满不能过号，给人走过来的时间。"),
    "missed_after_minutes": Figure(
        _CALLING, "多久未到自动过号", "分钟", 0, 60, "叫号后这么久没来，自动过号并叫下一位。0 为由窗口决定。"
    ),
    "skips": Figure(_CALLING, "最多顺延", "次", 0, 10, "叫到时未到的人，可往后排这么多次。0 为不能顺延。"),
    "skip_behind": Figure(_CALLING, "顺延到几位之后", "位", 0, 50, "每次顺延，排到后面这么多位之后。"),
    "leaves": Figure(_WAITING, "可以暂时离开", "次", 0, 5, "等候时可在手机上点“暂时离开”的次数。0 为不能离开。"),
    "return_minutes": Figure(_WAITING, "离开多久内保留位置", "分钟", 1, 120, "超时回来的，排到现场取号的最后。"),
    "near_ahead": Figure(_WAITING, "前面几人时提醒", "人", 0, 20, "前面剩这么多人时推送“快到您了”。"),
    "near_pushes": Figure(_WAITING, "最多提醒", "次", 0, 2, "每个号最多推送几次“快到您了”。0 为不提醒。"),
    "wait_target_minutes": Figure(_WAITING, "等候目标", "分钟", 1, 240, "等候超过这么久的，在待办汇总中提示。"),
}  # fmt: skip

POLICIES = Figures(QueuePolicy(), HallQueuePolicy, known=FIGURES)
policy_of, set_policy = POLICIES.of, POLICIES.set
