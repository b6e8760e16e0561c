"""告警: the button at the counter, the banner on every page of the hall's colleagues, and the list of what was."""

from collections.abc import Awaitable
from typing import Annotated

from pydantic import StringConstraints
from sanic import Blueprint, HTTPResponse, redirect

from admin.caller import desk_needed, hall_chosen, my_halls, render, staff_page
from admin.chats import late_chats
from admin.pages.today import TODAY
from app import clock
from app.errors import AppError
from app.http.context import AppRequest
from app.http.fields import Text
from app.http.messages import Form
from app.http.pages import read_form
from app.queue import alarms
from app.staff.queries import Member
from app.staff.rules import Role

pages = Blueprint("admin_alarms", url_prefix="/alarms")


class AlarmForm(Form):
    note: Annotated[Text, StringConstraints(max_length=60)] = ""


@pages.get("/")
@staff_page()
async def seen(request: AppRequest, member: Member) -> HTTPResponse:
    """What is open; for managers, what was."""
    return await _show(request, member)


async def _show(request: AppRequest, member: Member, refusal: AppError | None = None) -> HTTPResponse:
    hall = await hall_chosen(request, member.by, request.args.get("hall"))
    mine = await my_halls(member.by)
    past = await alarms.past_alarms(hall.code) if hall and Role.MANAGER in member.by.roles else []
    return render(
        request, "alarms.html", status=refusal.status if refusal else 200, fault=refusal.text if refusal else "",
        alarms=await alarms.open_alarms([each.code for each in mine]), past=past, hall=hall, halls=mine,
        late=await late_chats(member.by, clock.now()),
    )  # fmt: skip


@pages.get("/open")
@staff_page()
async def open_now(request: AppRequest, member: Member) -> HTTPResponse:
    """The banner, for the script that renews it."""
    mine = [hall.code for hall in await my_halls(member.by)]
    late = await late_chats(member.by, clock.now())
    return render(request, "alarms_open.html", alarms=await alarms.open_alarms(mine), late=late)


@pages.post("/")
@staff_page()
async def press(request: AppRequest, member: Member) -> HTTPResponse:
    """Call colleagues to this counter."""
    desk = await desk_needed(request, member.by)
    form = read_form(request, AlarmForm)
    await alarms.raise_alarm(counter_code=desk.counter.code, by=member.by, now=clock.now(), note=form.note)
    return redirect(TODAY, status=303)


@pages.post("/<code:str>/take")
@staff_page()
async def take(request: AppRequest, member: Member, code: str) -> HTTPResponse:
    """我来处理"""
    return await _act(request, member, alarms.take_alarm(code=code, by=member.by, now=clock.now()))


@pages.post("/<code:str>/end")
@staff_page()
async def end(request: AppRequest, member: Member, code: str) -> HTTPResponse:
    """解除"""
    return await _act(request, member, alarms.end_alarm(code=code, by=member.by, now=clock.now()))


async def _act(request: AppRequest, member: Member, doing: Awaitable[object]) -> HTTPResponse:
    try:
        await doing
    except AppError as refusal:
        return await _show(request, member, refusal)
    return redirect("/admin/alarms", status=303)
