"""在线咨询: who waits for a person, and the conversations that staff hold."""

from collections.abc import Awaitable
from typing import Annotated

from pydantic import Field
from sanic import Blueprint, HTTPResponse, empty, redirect

from admin import kept_picture
from admin.caller import render, said, staff_page
from admin.chats import CodeList, about, inbox_view, line_views, stuck_at, transfer_choices
from app import clock, pictures
from app.booking.rules import STATE_NAMES
from app.errors import AppError, InvalidInput, NotFound
from app.http.context import AppRequest
from app.http.handing_out import handed_out
from app.http.messages import Form
from app.http.pages import read_form, typed
from app.ratings.rules import GRADES
from app.staff.queries import Member
from chatbot import agents, attachments, consults, desk, duty, keeper, labels, phrases, queries
from chatbot.errors import Unfitting

pages = Blueprint("admin_chats", url_prefix="/chats")

LIST = "/admin/chats"
MAX_UPLOAD = pictures.MAX_BYTES + 64 * 1024  # a picture, and what surrounds it
TO_QUEUE, TO_COLLEAGUE = "queue:", "staff:"


class ReplyForm(Form):
    text: str = ""
    sure: Annotated[str, Field(max_length=32)] = ""
    kept: Annotated[str, Field(max_length=300)] = ""


class NoteForm(Form):
    note: str = ""


class TransferForm(Form):
    why: str = ""
    to: Annotated[str, Field(max_length=32)] = ""


class DelayForm(Form):
    delay: str = ""


class LabelForm(Form):
    label: CodeList = Field(default_factory=list)


@pages.get("/")
@staff_page()
async def inbox(request: AppRequest, member: Member) -> HTTPResponse:
    """Who waits, the longest first, one's own queues before others, then who is being answered."""
    return await _list(request, member)


@pages.get("/live")
@staff_page()
async def live(request: AppRequest, member: Member) -> HTTPResponse:
    """The list of a page that is open; it names nobody."""
    view = await inbox_view(await queries.lines_now(clock.now()), member.by)
    return render(request, "chats_live.html", view=view)


@pages.post("/duty")
@staff_page()
async def begin(request: AppRequest, member: Member) -> HTTPResponse:
    """上岗"""
    await duty.begin(by=member.by, now=clock.now())
    return redirect(LIST, status=303)


@pages.post("/pause")
@staff_page()
async def pause(request: AppRequest, member: Member) -> HTTPResponse:
    """小休"""
    now = clock.now()
    await duty.pause(by=member.by, opens=await keeper.opens(request.app.ctx.settings.city, now), now=now)
    return redirect(LIST, status=303)


@pages.get("/<code:str>")
@staff_page()
async def conversation(request: AppRequest, member: Member, code: str) -> HTTPResponse:
    """What was said, and to whoever holds it, who asks."""
    return await _show(request, member, code)


@pages.get("/<code:str>/now")
@staff_page()
async def now(request: AppRequest, member: Member, code: str) -> HTTPResponse:
    """What was said, for the open page of whoever holds it; anybody else opens the page, which is written down."""
    view = await queries.of_holder(code, by=member.by, now=clock.now())
    if view is None:
        return redirect(f"{LIST}/{code}", status=303)
    return render(request, "chat_now.html", view=view, messages=view.messages)


@pages.post("/<code:str>/claim")
@staff_page()
async def claim(request: AppRequest, member: Member, code: str) -> HTTPResponse:
    """接待"""
    try:
        await desk.claim(code=code, by=member.by, most=_most(request), now=clock.now())
    except NotFound:
        raise
    except AppError as refusal:
        return await _list(request, member, refusal)
    return redirect(f"{LIST}/{code}#say", status=303)


@pages.post("/<code:str>/reply")
@staff_page(max_body=MAX_UPLOAD)
async def reply(request: AppRequest, member: Member, code: str) -> HTTPResponse:
    """回复"""
    file = None
    try:
        form, moment = read_form(request, ReplyForm), clock.now()
        file = await _picture(request, member, code, form.kept)
        await desk.reply(code=code, by=member.by, text=form.text, confirmed=form.sure, now=moment, file=file)
    except AppError as refusal:
        return await _show(request, member, code, refusal, file)
    return redirect(f"{LIST}/{code}#say", status=303)


async def _picture(request: AppRequest, member: Member, code: str, kept: str) -> attachments.Handed | None:
    """What was chosen now, else what came with the same reply before."""
    folder, photo = request.app.ctx.settings.files_folder, request.files.get("photo") if request.files else None
    if photo and photo.body:
        return await attachments.keep_picture(folder, photo.body, now=clock.now())
    return await kept_picture.again(folder, kept, code=code, by=member.by) if kept else None


@pages.post("/<code:str>/typing")
@staff_page()
async def typing(request: AppRequest, member: Member, code: str) -> HTTPResponse:
    """The holder is writing, says the page by itself."""
    await desk.typing(code=code, by=member.by, now=clock.now())
    return empty()


@pages.get("/<code:str>/files/<file:str>")
@staff_page()
async def file(request: AppRequest, member: Member, code: str, file: str) -> HTTPResponse:
    """A picture, or a voice to be saved; the look is written down, and no cache keeps it."""
    folder = request.app.ctx.settings.files_folder
    kind, content = await queries.file_of(folder, code, file, by=member.by, now=clock.now())
    return handed_out(kind, content)


@pages.post("/<code:str>/note")
@staff_page()
async def note(request: AppRequest, member: Member, code: str) -> HTTPResponse:
    """备注"""
    text = read_form(request, NoteForm).note
    return await _act(request, member, code, desk.note(code=code, by=member.by, text=text, now=clock.now()))


@pages.post("/<code:str>/transfer")
@staff_page()
async def transfer(request: AppRequest, member: Member, code: str) -> HTTPResponse:
    """转给同事、转到队列、转回等候"""
    form, now = read_form(request, TransferForm), clock.now()
    if form.to.startswith(TO_COLLEAGUE):
        to = form.to.removeprefix(TO_COLLEAGUE)
        doing = desk.pass_on(code=code, by=member.by, to=to, why=form.why, most=_most(request), now=now)
    else:
        queue = form.to.removeprefix(TO_QUEUE) if form.to.startswith(TO_QUEUE) else None
        doing = desk.transfer(code=code, by=member.by, why=form.why, now=now, queue=queue)
    return await _act(request, member, code, doing, to=LIST)


@pages.post("/<code:str>/close")
@staff_page()
async def close(request: AppRequest, member: Member, code: str) -> HTTPResponse:
    """结束"""
    return await _act(request, member, code, desk.close(code=code, by=member.by, now=clock.now()), to=LIST)


@pages.post("/<code:str>/labels")
@staff_page()
async def label(request: AppRequest, member: Member, code: str) -> HTTPResponse:
    """标签"""
    wanted = read_form(request, LabelForm).label
    doing = labels.set_labels(code=code, wanted=wanted, by=member.by, now=clock.now())
    return await _act(request, member, code, doing, to=f"{LIST}/{code}")


@pages.post("/<code:str>/delay")
@staff_page()
async def delay(request: AppRequest, member: Member, code: str) -> HTTPResponse:
    """延期原因"""
    why = read_form(request, DelayForm).delay
    doing = consults.set_reason(code=code, why=why, by=member.by, now=clock.now())
    return await _act(request, member, code, doing, to=f"{LIST}/{code}")


def _most(request: AppRequest) -> int:
    most: int = request.app.ctx.settings.chat.at_once
    return most


async def _act(
    request: AppRequest, member: Member, code: str, doing: Awaitable[object], *, to: str = ""
) -> HTTPResponse:
    try:
        await doing
    except AppError as refusal:
        return await _show(request, member, code, refusal)
    return redirect(to or f"{LIST}/{code}#say", status=303)


async def _list(request: AppRequest, member: Member, refusal: AppError | None = None) -> HTTPResponse:
    lines = await queries.inbox(by=member.by, now=clock.now())
    is_there = await agents.is_on_duty(member.by.staff_id, clock.now())
    view = await inbox_view(lines, member.by)
    return render(request, "chats.html", **said(refusal), view=view, is_there=is_there)


async def _show(
    request: AppRequest,
    member: Member,
    code: str,
    refusal: AppError | None = None,
    file: attachments.Handed | None = None,
) -> HTTPResponse:
    """`file`: a picture that came with the reply that is refused."""
    view = await queries.at_desk(code, by=member.by, now=clock.now())
    (line,) = await line_views([view.line], member.by)
    person = await about(view.citizen_id, member.by) if view.is_mine else None
    sent = {"text": "", "note": "", "why": "", "to": "", "delay": view.delay_reason}
    known = {"姓名": phrases.addressed(person.name) if person else "", "事项": line.matter, "客服": member.by.name}
    if (used := request.args.get("use")) and view.is_mine:
        sent["text"] = phrases.filled((await phrases.phrase(used[:16], staff_id=member.by.staff_id)).text, known)
    sought = (request.args.get("phrase") or "")[:30]
    found = await phrases.phrases(member.by.staff_id, sought) if view.is_mine else []
    return render(
        request, "chat.html", **said(refusal), view=view, line=line, person=person, states=STATE_NAMES, grades=GRADES,
        sent=sent | (typed(request) if refusal else {}), sought=sought,
        phrases=[(row, phrases.filled(row.text, known)) for row in found],
        sure=refusal.data["stamp"] if isinstance(refusal, Unfitting) else "",
        kept=kept_picture.held(file, code=code, by=member.by) if file else "",
        labels=await labels.labels(), stuck=await stuck_at(view.about, member.by),
        choices=await transfer_choices(view.line, clock.now()),
        is_field_fault=isinstance(refusal, InvalidInput),
    )  # fmt: skip
