"""咨询队列: who answers what, where it overflows, and how many each may be busy with."""

import re
from typing import Annotated

from pydantic import Field, StringConstraints
from sanic import Blueprint, HTTPResponse, redirect

from admin.asked import OptionalNumber
from admin.caller import render, said, staff_page
from admin.chats import CodeList
from app import clock
from app.directory import queries as directory
from app.errors import AppError, InvalidInput, NotFound
from app.http.context import AppRequest
from app.http.fields import Text
from app.http.messages import Form
from app.http.pages import read_form, typed
from app.matters import queries as matters
from app.staff.queries import Member
from chatbot import agents, duty, queue_editing, queues
from chatbot.queue_editing import QueueFields

pages = Blueprint("admin_chat_queues", url_prefix="/chats/queues")

HERE = "/admin/chats/queues"
NOWHERE = "none"  # the choice that nobody helps


class QueueForm(Form):
    code: Annotated[str, Field(max_length=16)] = ""
    version: int = 0
    name: Annotated[Text, StringConstraints(max_length=20)] = ""
    depts: CodeList = Field(default_factory=list)
    matters: Annotated[str, Field(max_length=2000)] = ""
    staff: CodeList = Field(default_factory=list)
    overflow_to: Annotated[str, Field(max_length=16)] = ""
    overflow_minutes: int = 3


class MostForm(Form):
    staff: Annotated[str, Field(max_length=16)]
    most: OptionalNumber = None


@pages.get("/")
@staff_page()
async def show(request: AppRequest, member: Member) -> HTTPResponse:
    """All queues, the form of the one in the address or of a new one, and everybody who may answer."""
    return await _show(request)


@pages.post("/")
@staff_page()
async def save(request: AppRequest, member: Member) -> HTTPResponse:
    try:
        form = read_form(request, QueueForm)
        wanted = await _wanted(form)
        await queue_editing.save(code=form.code, version=form.version, wanted=wanted, by=member.by, now=clock.now())
    except AppError as refusal:
        return await _show(request, refusal)
    return redirect(f"{HERE}?done=1", status=303)


@pages.post("/most")
@staff_page()
async def most(request: AppRequest, member: Member) -> HTTPResponse:
    """How many citizens at once."""
    try:
        form = read_form(request, MostForm)
        if form.most is not None and not 1 <= form.most <= 50:
            raise InvalidInput({"most": "请填写 1 至 50，或留空"})
        agent = next((each for each in await agents.colleagues() if each.code == form.staff), None)
        if agent is None:
            raise NotFound()
        await duty.set_most(staff_id=agent.staff_id, most=form.most, by=member.by, now=clock.now())
    except AppError as refusal:
        return await _show(request, refusal)
    return redirect(f"{HERE}?done=1#agents", status=303)


@pages.post("/<code:str>/remove")
@staff_page()
async def remove(request: AppRequest, member: Member, code: str) -> HTTPResponse:
    await queue_editing.remove(code=code, by=member.by, now=clock.now())
    return redirect(HERE, status=303)


async def _wanted(form: QueueForm) -> QueueFields:
    """Raises InvalidInput for matters that are not there."""
    codes = list(dict.fromkeys(re.findall(r"[^\s,，、;；]+", form.matters)))
    known = {matter.code for matter in await matters.mentioned(codes)}
    if unknown := [code for code in codes if code not in known]:
        raise InvalidInput({"matters": f"没有这些事项：{'、'.join(unknown[:5])}，请填写事项编码"})
    ids = {each.code: each.staff_id for each in await agents.colleagues()}
    return QueueFields(
        name=form.name, dept_codes=form.depts, matter_codes=codes,
        staff_ids=[ids[code] for code in form.staff if code in ids],
        overflow_to=None if form.overflow_to == NOWHERE else form.overflow_to, overflow_minutes=form.overflow_minutes,
    )  # fmt: skip


async def _show(request: AppRequest, refusal: AppError | None = None) -> HTTPResponse:
    rows, people = await queues.all_queues(), await agents.agents(clock.now())
    codes = {person.staff_id: person.code for person in people}
    chosen = next((row for row in rows if row.code == request.args.get("queue")), None)
    sent = {"code": "", "version": 0, "name": "", "depts": [], "matters": "", "staff": [], "overflow_to": "",
            "overflow_minutes": 3}  # fmt: skip
    if chosen is not None:
        sent |= {
            "code": chosen.code, "version": chosen.version, "name": chosen.name, "depts": chosen.dept_codes,
            "matters": "、".join(chosen.matter_codes), "overflow_minutes": chosen.overflow_minutes,
            "staff": [codes[staff_id] for staff_id in chosen.staff_ids if staff_id in codes],
            "overflow_to": NOWHERE if chosen.overflow_to is None else chosen.overflow_to,
        }  # fmt: skip
    return render(
        request, "chat_queues.html", **said(refusal), rows=rows, people=people, depts=await directory.departments(),
        names=await queues.names(), chosen=chosen, sent=sent | (typed(request) if refusal else {}),
        at_once=request.app.ctx.settings.chat.at_once, done=bool(request.args.get("done")),
    )  # fmt: skip
