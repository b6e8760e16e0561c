"""扫码记录: every scan of a hall's day, who scanned and what came of it, the refused ones and their reasons too."""

from dataclasses import dataclass
from datetime import datetime
from math import ceil

from sanic import Blueprint, HTTPResponse

from admin import asked
from admin.caller import hall_chosen, my_halls, render, staff_page
from app import clock
from app.errors import NotFound
from app.http.context import AppRequest
from app.queue import queries
from app.queue.models import Scan
from app.queue.scans import OK, REPEAT
from app.staff import queries as staff
from app.staff.auditing import audit
from app.staff.queries import Member

pages = Blueprint("admin_scans")

PAGE_SIZE = 50
PURPOSES = {"check_in": "签到", "walk_in": "现场取号", "pickup": "取件", "locker": "自助柜取件", "wall": "到场"}
THEMSELVES = {"wall": "自助（大厅屏幕）", "printed": "自助（海报）", "kiosk": "自助（自助机）"}
OUTCOMES = {
    OK: "成功",
    REPEAT: "重复，没有再取号",
    "code.not_ours": "不是本平台的码",
    "code.wrong_purpose": "码的用途不符",
    "code.expired": "码已过期",
    "queue.wrong_hall": "预约在其他大厅",
    "queue.wrong_day": "不是今天的预约",
    "queue.booking_cancelled": "预约已取消",
    "queue.booking_not_confirmed": "预约还没有确认",
    "queue.booking_over": "预约已结束",
    "queue.code_replaced": "码已更换或不是本人的",
    "queue.no_such_booking": "没有这个预约",
    "queue.too_late": "已过签到时间",
    "queue.no_such_group": "没有这个业务",
    "queue.walk_ins_full": "当日号已取完",
    "queue.already_waiting": "已有号码",
    "queue.no_tickets_here": "该大厅不取号",
    "queue.hall_closed": "大厅未开放",
    "queue.group_closed": "业务未开放",
    "queue.hall_code_expired": "大厅码已更换",
    "queue.not_hall_code": "不是大厅码",
    "queue.presence_over": "到场已过期",
    "queue.printed_not_enough": "海报不能签到",
    "queue.printed_needs_account": "海报取号没有登录",
    "queue.too_many_guests": "同一码取号的人太多",
    "queue.place_needed": "没有提供位置",
    "queue.hall_without_place": "大厅没有登记位置",
    "queue.too_far": "离大厅太远",
    "booking.no_check_in": "远程预约，不用签到",
    "pickup.wrong_hall": "结果在其他大厅",
    "pickup.code_replaced": "取件码已更换",
    "pickup.digits_wrong": "取件数字或尾号不对",
    "pickup.tail_missing": "没有输入尾号",
    "pickup.not_ready": "结果还在制作",
    "pickup.already_handed_over": "已领取过",
    "pickup.in_locker": "结果在自助柜",
    "pickup.courier_asked": "已申请邮寄",
    "pickup.already_sent": "已寄出",
    "pickup.archived": "已归档",
    "pickup.proxy_revoked": "代领已撤销",
    "pickup.proxy_expired": "代领已过期",
    "pickup.proxy_used": "代领已用过",
    "pickup.proxy_needs_counter": "代领须到窗口",
    "pickup.not_in_this_locker": "不在这台自助柜",
    "pickup.being_opened": "柜门正在打开",
    "staff.too_many_tries": "输错次数过多",
    "not_found": "没有找到",
    "busy": "系统繁忙，没有办成",
}


@dataclass(frozen=True, slots=True)
class ScanView:
    """`about`: the end of a booking's or a result's number, or the group; `tone` is the colour of what came of it."""

    at: datetime
    purpose: str
    who: str
    about: str
    outcome: str
    tone: str


@pages.get("/scans")
@staff_page()
async def scans(request: AppRequest, member: Member) -> HTTPResponse:
    """A hall's scans of a day, newest first."""
    hall = await hall_chosen(request, member.by, request.args.get("hall"))
    if hall is None:
        raise NotFound()
    on, only_refused, page = asked.day(request, "on"), request.args.get("only") == "refused", asked.page(request)
    details = {"on": str(on), "only_refused": only_refused, "page": page}
    await audit(by=member.by, action="scans.list", hall_code=hall.code, details=details, now=clock.now())
    rows, total = await queries.scans_of(hall.code, on, only_refused=only_refused, page=page, page_size=PAGE_SIZE)
    names = await staff.names_of({row.staff_id for row in rows})
    return render(
        request, "scans.html", hall=hall, halls=await my_halls(member.by), on=on, only_refused=only_refused,
        rows=[_view(row, names) for row in rows], total=total, page=page, pages=ceil(total / PAGE_SIZE),
    )  # fmt: skip


def _view(row: Scan, names: dict[int, str]) -> ScanView:
    alone = "自助柜" if row.purpose == "locker" else THEMSELVES.get(row.channel, "自助")
    return ScanView(
        at=row.at,
        purpose=PURPOSES.get(row.purpose, row.purpose),
        who=names.get(row.staff_id, "工作人员") if row.staff_id else alone,
        about=row.subject if len(row.subject) < 12 else f"…{row.subject[-4:]}",
        outcome=OUTCOMES.get(row.outcome, row.outcome),
        tone={OK: "good", REPEAT: "warn"}.get(row.outcome, "bad"),
    )
