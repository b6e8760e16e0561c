"""扫码: one field for scanner guns, the camera and typing. The code itself decides: check-in, or hand-over."""

import re
from dataclasses import dataclass
from typing import Annotated, Literal

from pydantic import StringConstraints
from sanic import Blueprint, HTTPResponse, redirect

from admin.caller import Desk, desk_needed, staff_page
from admin.face import clock_time
from admin.pages.today import TODAY, show
from app import clock, codes
from app.codes import Purpose
from app.errors import AppError
from app.http.context import AppRequest
from app.http.messages import Form
from app.http.pages import read_form
from app.matters import queries as matters
from app.pickup.errors import DigitsWrong, TailMissing
from app.pickup.present import present
from app.queue.check_in import CheckIn, check_in
from app.queue.rules import MESSAGES, Arrival
from app.queue.states import NAMES, State
from app.staff import queries as staff
from app.staff.queries import Member

pages = Blueprint("admin_scan")

PICKING_UP = (Purpose.PICKUP, Purpose.PROXY)


# How somebody checked in without staff.
BY_THEMSELVES = {"wall": "扫大厅屏幕自助", "printed": "扫大厅海报自助", "kiosk": "在自助机"}


class ScanForm(Form):
    text: Annotated[str, StringConstraints(min_length=1, max_length=2000, strip_whitespace=True)]
    tail: Annotated[str, StringConstraints(max_length=4, strip_whitespace=True)] = ""
    priority: Literal["", "elder", "disabled", "military", "other"] = ""


@dataclass(frozen=True)
class Card:
    """What came of a scan, in words and a colour: good, warn or bad. `asks_tail`: digits that need four more,
    or others; they stay in their field and need not be typed again."""

    kind: str
    title: str
    lines: tuple[str, ...]
    asks_tail: str = ""


@pages.get("/scan")
@staff_page()
async def back(request: AppRequest, member: Member) -> HTTPResponse:
    """Somebody reloaded the answer to a scan."""
    return redirect(TODAY, status=303)


@pages.post("/scan")
@staff_page()
async def scan(request: AppRequest, member: Member) -> HTTPResponse:
    """Check in, or go on to the hand-over."""
    desk = await desk_needed(request, member.by)
    form, now = read_form(request, ScanForm), clock.now()
    try:
        if _is_pickup(form.text):
            pickup = await present(text=form.text, tail=form.tail, hall_code=desk.hall.code, by=member.by, now=now)
            return redirect(f"/admin/pickups/{pickup.code}", status=303)
        done = await check_in(text=form.text, hall_code=desk.hall.code, by=member.by, now=now, priority=form.priority)
    except AppError as refusal:
        return await show(request, member, desk, status=refusal.status, card=_refused(refusal, form.text))
    return await show(request, member, desk, card=await _checked_in(done, desk))


def _is_pickup(text: str) -> bool:
    """Eight digits, or a code of ours for picking up, whatever its age: an old one is refused as such."""
    return bool(re.fullmatch(r"[0-9\s-]{8,11}", text, re.ASCII)) or codes.purpose_of(text) in PICKING_UP


def _refused(refusal: AppError, text: str) -> Card:
    if isinstance(refusal, TailMissing):
        return Card("warn", "请核对尾号", (refusal.text_to_staff,), asks_tail=text)
    if isinstance(refusal, DigitsWrong):
        return Card("bad", "不能办理", (refusal.text_to_staff,), asks_tail=text)
    return Card("bad", "不能办理", (refusal.text_to_staff,))


async def _checked_in(done: CheckIn, desk: Desk) -> Card:
    ticket = done.ticket
    what = f"{ticket.number} · {await matters.name(ticket.matter_code)}"
    if done.is_repeat:
        who = (await staff.names_of({ticket.checked_in_by or 0})).get(ticket.checked_in_by or 0, "")
        state = NAMES[State(ticket.state)]
        by_whom = f"由 {who} " if who else BY_THEMSELVES.get(ticket.channel, "自助")
        told = f"{clock_time(ticket.arrived_at)} 已{by_whom}签到，没有重复取号。当前：{state}"
        return Card("warn", "已签到过", (what, told))
    kind = "good" if ticket.arrival == Arrival.ON_TIME else "warn"
    title = {"early": "已签到，来早了", "late": "已签到，迟到"}.get(ticket.arrival, "签到成功")
    return Card(kind, title, (what, f"{MESSAGES[Arrival(ticket.arrival)]}。前面还有 {done.ahead} 人"))
