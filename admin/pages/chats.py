"""在线咨询: who waits for a person, and the conversations that staff hold."""

from collections.abc import Awaitable

from sanic import Blueprint, HTTPResponse, empty, redirect
from sanic.request import File

from admin.caller import render, said, staff_page
from admin.chats import about, line_views
from app import clock, pictures
from app.booking.rules import STATE_NAMES
from app.errors import AppError, NotFound
from app.http.context import AppRequest
from app.http.handing_out import handed_out
from app.http.messages import Form
from app.http.pages import read_form, typed
from app.ratings.rules import GRADES
from app.staff.queries import Member
from chatbot import attachments, desk, queries

pages = Blueprint("admin_chats", url_prefix="/chats")

LIST = "/admin/chats"
MAX_UPLOAD = pictures.MAX_BYTES + 64 * 1024  # a picture, and what surrounds it


class ReplyForm(Form):
    text: str = ""


class NoteForm(Form):
    note: str = ""


class TransferForm(Form):
    why: str = ""


@pages.get("/")
@staff_page()
async def inbox(request: AppRequest, member: Member) -> HTTPResponse:
    """Who waits, the longest first, then who is being answered."""
    return await _list(request, member)


@pages.get("/live")
@staff_page()
async def live(request: AppRequest, member: Member) -> HTTPResponse:
    """The list of a page that is open; it names nobody."""
    lines = await line_views(await queries.lines_now(clock.now()), member.by)
    return render(request, "chats_live.html", lines=lines)


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
    return render(request, "chat_now.html", view=view) if view else redirect(f"{LIST}/{code}", status=303)


@pages.post("/<code:str>/claim")
@staff_page()
async def claim(request: AppRequest, member: Member, code: str) -> HTTPResponse:
    """接待"""
    most = request.app.ctx.settings.chat.at_once
    try:
        await desk.claim(code=code, by=member.by, most=most, now=clock.now())
    except NotFound:
        raise
    except AppError as refusal:
        return await _list(request, member, refusal)
    return redirect(f"{LIST}/{code}#say", status=303)


@pages.post("/<code:str>/reply")
@staff_page(max_body=MAX_UPLOAD)
async def reply(request: AppRequest, member: Member, code: str) -> HTTPResponse:
    """回复"""
    return await _act(request, member, code, _reply(request, member, code))


async def _reply(request: AppRequest, member: Member, code: str) -> None:
    text, moment, folder = read_form(request, ReplyForm).text, clock.now(), request.app.ctx.settings.files_folder
    photo: File | None = request.files.get("photo") if request.files else None
    file = await attachments.keep_picture(folder, photo.body, now=moment) if photo and photo.body else None
    await desk.reply(code=code, by=member.by, text=text, now=moment, file=file)


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
    """转回等候"""
    why = read_form(request, TransferForm).why
    doing = desk.transfer(code=code, by=member.by, why=why, now=clock.now())
    return await _act(request, member, code, doing, to=LIST)


@pages.post("/<code:str>/close")
@staff_page()
async def close(request: AppRequest, member: Member, code: str) -> HTTPResponse:
    """结束"""
    return await _act(request, member, code, desk.close(code=code, by=member.by, now=clock.now()), to=LIST)


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
    return render(request, "chats.html", **said(refusal), lines=await line_views(lines, member.by))


async def _show(request: AppRequest, member: Member, code: str, refusal: AppError | None = None) -> HTTPResponse:
    view = await queries.at_desk(code, by=member.by, now=clock.now())
    (line,) = await line_views([view.line], member.by)
    person = await about(view.citizen_id, member.by) if view.is_mine else None
    sent = {"text": "", "note": "", "why": "", **(typed(request) if refusal else {})}
    return render(
        request,
        "chat.html",
        **said(refusal),
        view=view,
        line=line,
        person=person,
        sent=sent,
        states=STATE_NAMES,
        grades=GRADES,
    )
