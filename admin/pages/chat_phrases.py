"""常用语 and 标签: canned replies, one's own and everybody's, and the labels of conversations."""

from typing import Annotated

from pydantic import Field
from sanic import Blueprint, HTTPResponse, redirect

from admin.caller import render, said, staff_page
from app import clock
from app.errors import AppError
from app.http.context import AppRequest
from app.http.messages import Form
from app.http.pages import read_form, typed
from app.staff.queries import Member
from chatbot import labels, phrases

pages = Blueprint("admin_chat_phrases", url_prefix="/chats/phrases")

HERE = "/admin/chats/phrases"


class PhraseForm(Form):
    code: Annotated[str, Field(max_length=16)] = ""
    title: str = ""
    text: str = ""
    shared: str = ""


class LabelForm(Form):
    name: str = ""


@pages.get("/")
@staff_page()
async def show(request: AppRequest, member: Member) -> HTTPResponse:
    return await _show(request, member)


@pages.post("/")
@staff_page()
async def save(request: AppRequest, member: Member) -> HTTPResponse:
    """Add one, or change the one whose code is sent."""
    form = read_form(request, PhraseForm)
    try:
        await phrases.save(
            code=form.code, title=form.title, text=form.text, is_shared=bool(form.shared), by=member.by,
            now=clock.now(),
        )  # fmt: skip
    except AppError as refusal:
        return await _show(request, member, refusal)
    return redirect(f"{HERE}?done=1", status=303)


@pages.post("/<code:str>/remove")
@staff_page()
async def remove(request: AppRequest, member: Member, code: str) -> HTTPResponse:
    await phrases.remove(code=code, by=member.by, now=clock.now())
    return redirect(HERE, status=303)


@pages.post("/labels")
@staff_page()
async def add_label(request: AppRequest, member: Member) -> HTTPResponse:
    try:
        await labels.add(name=read_form(request, LabelForm).name, by=member.by, now=clock.now())
    except AppError as refusal:
        return await _show(request, member, refusal)
    return redirect(f"{HERE}#labels", status=303)


@pages.post("/labels/<code:str>/remove")
@staff_page()
async def remove_label(request: AppRequest, member: Member, code: str) -> HTTPResponse:
    await labels.remove(code=code, by=member.by, now=clock.now())
    return redirect(f"{HERE}#labels", status=303)


async def _show(request: AppRequest, member: Member, refusal: AppError | None = None) -> HTTPResponse:
    sought, code = (request.args.get("text") or "")[:30], request.args.get("edit") or ""
    chosen = await phrases.phrase(code, staff_id=member.by.staff_id) if code else None
    sent = {"code": "", "title": "", "text": "", "shared": "", "name": ""}
    if chosen is not None:
        is_shared = "1" if chosen.staff_id is None else ""
        sent |= {"code": chosen.code, "title": chosen.title, "text": chosen.text, "shared": is_shared}
    return render(
        request, "chat_phrases.html", **said(refusal), rows=await phrases.phrases(member.by.staff_id, sought),
        sought=sought, sent=sent | (typed(request) if refusal else {}), labels=await labels.labels(),
        done=bool(request.args.get("done")),
    )  # fmt: skip
