"""排队规则: the figures of a hall's queue, tried in words before they are saved."""

from dataclasses import asdict, dataclass, fields, replace
from typing import Any

from sanic import Blueprint, HTTPResponse, redirect

from admin import doing
from admin.caller import hall_chosen, my_halls, render, said, staff_page
from app import clock
from app.errors import AppError, InvalidInput
from app.http.context import AppRequest
from app.http.pages import typed
from app.queue.policy import LIMITS, ensure_within_limits, policy_of
from app.queue.rules import QueuePolicy
from app.queue.wording import in_words
from app.staff.queries import Member

pages = Blueprint("admin_queue_rules")


@dataclass(frozen=True, slots=True)
class Figure:
    """How one figure is asked. `choices` instead of a number, by value."""

    label: str
    unit: str = ""
    hint: str = ""
    choices: tuple[str, ...] = ()


GROUPS: dict[str, dict[str, Figure]] = {
    "到场": {
        "early_minutes": Figure("提前多久算来早", "分钟"),
        "late_minutes": Figure("迟到多久内保留位置", "分钟"),
        "late_is_refused": Figure("再晚的怎么办", choices=("按现场取号排队", "不再受理")),
        "walk_in_limit": Figure("每个业务每天的现场号", "个", "0 为不发现场号"),
        "printed_qr": Figure("海报上的二维码", choices=("不能用", "在大厅附近才能用", "可以直接用")),
        "presence_m": Figure("手机离大厅多近", "米"),
    },
    "叫号": {
        "walk_in_after": Figure("连叫几位后轮到现场", "位", "0 为不轮"),
        "recall_after_s": Figure("两次叫号相隔", "秒"),
        "calls_before_miss": Figure("叫满几次才能过号", "次"),
        "missed_after_minutes": Figure("多久未到自动过号", "分钟", "0 为不自动"),
        "skips": Figure("最多顺延", "次"),
        "skip_behind": Figure("顺延到几位之后", "位"),
    },
    "等候": {
        "leaves": Figure("可以暂时离开", "次"),
        "return_minutes": Figure("离开多久内保留位置", "分钟"),
        "near_ahead": Figure("前面几人时提醒", "人"),
        "near_pushes": Figure("最多提醒", "次"),
        "wait_target_minutes": Figure("等候目标", "分钟以内", "超过的在待办汇总中提示"),
    },
}


@pages.get("/queue-rules")
@staff_page()
async def ask(request: AppRequest, member: Member) -> HTTPResponse:
    """The hall's figures, and what they mean."""
    return await _show(request, member, hall_code=request.args.get("hall"))


@pages.post("/queue-rules")
@staff_page()
async def change(request: AppRequest, member: Member) -> HTTPResponse:
    """Say what the figures would mean; save them with the second button."""
    form = typed(request)
    hall_code, is_saved = form.pop("hall", ""), form.pop("do", "preview") == "save"
    try:
        figures = _figures(form)
        if is_saved:
            await doing.change_queue_rules(hall_code=hall_code, figures=figures, by=member.by, now=clock.now())
            return redirect(f"/admin/queue-rules?hall={hall_code}&done=1", status=303)
    except AppError as refusal:
        return await _show(request, member, hall_code=hall_code, form=form, refusal=refusal)
    return await _show(request, member, hall_code=hall_code, form=form, tried=replace(QueuePolicy(), **figures))


def _figures(form: dict[str, Any]) -> dict[str, int]:
    """Raises `InvalidInput` that names every fault at once."""
    faults, figures = {}, {}
    for field in fields(QueuePolicy):
        text = str(form.get(field.name, "")).strip()
        if text.isascii() and text.isdecimal() and len(text) < 8:
            figures[field.name] = int(text)
        else:
            faults[field.name] = "请填写整数"
    try:
        ensure_within_limits(figures)
    except InvalidInput as exc:
        faults |= exc.data["fields"]
    if faults:
        raise InvalidInput(faults)
    return figures


async def _show(
    request: AppRequest,
    member: Member,
    *,
    hall_code: str | None,
    form: dict[str, Any] | None = None,
    tried: QueuePolicy | None = None,
    refusal: AppError | None = None,
) -> HTTPResponse:
    hall = await hall_chosen(request, member.by, hall_code)
    now_holds = await policy_of(hall.code) if hall else QueuePolicy()
    before = in_words(now_holds)
    return render(
        request, "queue_rules.html", **said(refusal), hall=hall, halls=await my_halls(member.by), groups=GROUPS,
        values=form or asdict(now_holds), limits=LIMITS, defaults=asdict(QueuePolicy()), is_tried=tried is not None,
        sentences=[(text, text not in before) for text in in_words(tried or now_holds)],
        done=request.args.get("done"),
    )  # fmt: skip
