"""答不上的问题: what citizens asked in vain, those that are alike together; two taps make it an FAQ's question."""

from typing import Annotated

from pydantic import StringConstraints
from sanic import Blueprint, HTTPResponse, redirect

from admin.caller import render, said, staff_page
from admin.faqs import ids_of
from admin.pages.faqs import brain_of, show_preview
from app import clock
from app.errors import AppError, NotFound
from app.http.context import AppRequest
from app.http.fields import Text
from app.http.messages import Form
from app.http.pages import read_form
from app.staff.queries import Member
from chatbot.learning import deciding, grouping, queries
from chatbot.learning.rules import with_similar

pages = Blueprint("admin_unmatched", url_prefix="/unmatched")

LIST = "/admin/unmatched"
DONE = {"dismiss": "已忽略，可在下面撤销", "reopen": "已撤销忽略"}
Ids = Annotated[str, StringConstraints(max_length=1000)]


class SettleForm(Form):
    """`ids`: of the questions, joined by commas; of those that were left ticked, one each."""

    code: Annotated[Text, StringConstraints(max_length=32)]
    ids: Ids


class DismissForm(Form):
    ids: Ids
    why: Text = ""


class ReopenForm(Form):
    id: int


@pages.get("/")
@staff_page()
async def overview(request: AppRequest, member: Member) -> HTTPResponse:
    return await _list(request)


async def _list(request: AppRequest, refusal: AppError | None = None) -> HTTPResponse:
    return render(
        request, "unmatched.html", **said(refusal), groups=await grouping.groups(await brain_of(request)),
        dismissed=await grouping.dismissed(), done=DONE.get(request.args.get("done", ""), ""),
    )  # fmt: skip


@pages.get("/preview")
@staff_page()
async def preview(request: AppRequest, member: Member) -> HTTPResponse:
    """What it does when these questions become an FAQ's. Changes nothing."""
    return await _preview(request, request.args.get("code") or "", request.args.get("ids") or "")


async def _preview(request: AppRequest, code: str, ids: str, refusal: AppError | None = None) -> HTTPResponse:
    rows = await deciding.rows_of(ids_of(ids[:1000]))
    content = with_similar((await queries.faq(code)).content, [row.text for row in rows])
    fields = {"code": code, "ids": ",".join(str(row.id) for row in rows)}
    return await show_preview(request, {code: content}, action=f"{LIST}/settle", fields=fields, refusal=refusal)


@pages.post("/settle")
@staff_page()
async def settle(request: AppRequest, member: Member) -> HTTPResponse:
    """From here on the bot answers them with that FAQ."""
    try:
        form = read_form(request, SettleForm)
        await deciding.settle(ids=ids_of(form.ids), code=form.code, by=member.by, now=clock.now())
    except NotFound:
        raise
    except AppError as refusal:
        return await _list(request, refusal)
    return redirect(f"/admin/faqs/{form.code}?done=settle", status=303)


@pages.post("/dismiss")
@staff_page()
async def dismiss(request: AppRequest, member: Member) -> HTTPResponse:
    try:
        form = read_form(request, DismissForm)
        await deciding.dismiss(ids=ids_of(form.ids), why=form.why, by=member.by, now=clock.now())
    except NotFound:
        raise
    except AppError as refusal:
        return await _list(request, refusal)
    return redirect(f"{LIST}?done=dismiss", status=303)


@pages.post("/reopen")
@staff_page()
async def reopen(request: AppRequest, member: Member) -> HTTPResponse:
    form = read_form(request, ReopenForm)
    await deciding.reopen(asked_id=form.id, by=member.by, now=clock.now())
    return redirect(f"{LIST}?done=reopen", status=303)
