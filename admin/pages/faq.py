"""One FAQ: what it says, its history, and what can be done about it besides editing."""

from collections.abc import Awaitable
from typing import Annotated

from pydantic import StringConstraints
from sanic import Blueprint, HTTPResponse, redirect

from admin import asked
from admin.caller import render, said, staff_page
from admin.faqs import LABELS, departments, fields_of
from app import clock
from app.errors import AppError, NotFound
from app.http.context import AppRequest
from app.http.fields import Text
from app.http.messages import Form
from app.http.pages import read_form
from app.staff.queries import Member
from chatbot.learning import actions, previewing, queries
from chatbot.learning.rules import STALE_AFTER, STATUS_NAMES, as_date

pages = Blueprint("admin_faq")

Code = Annotated[Text, StringConstraints(max_length=32)]
DONE = {
    "saved": "已发布，几秒钟内智能客服按新内容回答", "confirm": "已记录核对", "retire": "已停用，智能客服不再用它回答",
    "resume": "已恢复使用", "restore": "已恢复到所选版本", "merge": "已合并",
    "split": "已拆出一条新问答，请修改它的答案后核对",
    "settle": "已归入，下次这样问就能答上",
}  # fmt: skip


class SeenForm(Form):
    version: int


class RetireForm(SeenForm):
    why: Annotated[Text, StringConstraints(min_length=2, max_length=200)]


class RestoreForm(SeenForm):
    to: int


class MergeForm(SeenForm):
    other: Code


class SplitForm(SeenForm):
    question: Annotated[str, StringConstraints(max_length=500)]


@pages.get("/faqs/<code:str>")
@staff_page()
async def show(request: AppRequest, member: Member, code: str) -> HTTPResponse:
    return await _show(request, code)


async def _show(request: AppRequest, code: str, refusal: AppError | None = None) -> HTTPResponse:
    view = await queries.faq(code)
    dated = as_date(view.content.dated)
    return render(
        request, "faq.html", **said(refusal), view=view, content=view.content, names=STATUS_NAMES, labels=LABELS,
        shown=await previewing.as_citizens_see(code, view.content), departments=await departments(),
        form={**fields_of(view.content), "code": code, "version": view.version, "ids": ""},
        is_stale=dated is not None and dated < asked.today() - STALE_AFTER,
        done=DONE.get(request.args.get("done", ""), ""),
    )  # fmt: skip


@pages.post("/faqs/<code:str>/confirm")
@staff_page()
async def confirm(request: AppRequest, member: Member, code: str) -> HTTPResponse:
    """The department has confirmed it as it stands."""

    async def act() -> None:
        form = read_form(request, SeenForm)
        await actions.confirm(code=code, seen_version=form.version, by=member.by, now=clock.now())

    return await _done(request, code, "confirm", act())


@pages.post("/faqs/<code:str>/retire")
@staff_page()
async def retire(request: AppRequest, member: Member, code: str) -> HTTPResponse:
    async def act() -> None:
        form = read_form(request, RetireForm)
        await actions.retire(code=code, seen_version=form.version, why=form.why, by=member.by, now=clock.now())

    return await _done(request, code, "retire", act())


@pages.post("/faqs/<code:str>/resume")
@staff_page()
async def resume(request: AppRequest, member: Member, code: str) -> HTTPResponse:
    async def act() -> None:
        form = read_form(request, SeenForm)
        await actions.resume(code=code, seen_version=form.version, by=member.by, now=clock.now())

    return await _done(request, code, "resume", act())


@pages.post("/faqs/<code:str>/restore")
@staff_page()
async def restore(request: AppRequest, member: Member, code: str) -> HTTPResponse:
    async def act() -> None:
        form = read_form(request, RestoreForm)
        await actions.restore(code=code, version=form.to, seen_version=form.version, by=member.by, now=clock.now())

    return await _done(request, code, "restore", act())


@pages.post("/faqs/<code:str>/merge")
@staff_page()
async def merge(request: AppRequest, member: Member, code: str) -> HTTPResponse:
    """Another FAQ's questions become this one's."""

    async def act() -> None:
        form = read_form(request, MergeForm)
        other = await queries.faq(form.other)
        await actions.merge(
            code=code, other=other.code, seen=(form.version, other.version), by=member.by, now=clock.now()
        )

    return await _done(request, code, "merge", act())


@pages.post("/faqs/<code:str>/split")
@staff_page()
async def split(request: AppRequest, member: Member, code: str) -> HTTPResponse:
    """A similar question becomes an FAQ of its own."""
    await queries.faq(code)
    try:
        form = read_form(request, SplitForm)
        fresh = await actions.split(
            code=code, question=form.question, seen_version=form.version, by=member.by, now=clock.now()
        )
    except AppError as refusal:
        return await _show(request, code, refusal)
    return redirect(f"/admin/faqs/{fresh}?done=split", status=303)


async def _done(request: AppRequest, code: str, what: str, act: Awaitable[None]) -> HTTPResponse:
    try:
        await act
    except NotFound:
        raise
    except AppError as refusal:
        return await _show(request, code, refusal)
    return redirect(f"/admin/faqs/{code}?done={what}", status=303)
