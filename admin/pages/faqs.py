"""智能问答: the FAQs that the bot answers with; writing one, seeing what that does, publishing it."""

from dataclasses import replace
from math import ceil
from typing import Any

from sanic import Blueprint, HTTPResponse, redirect

from admin import asked
from admin.caller import render, said, staff_page
from admin.faqs import LABELS, FaqForm, departments, fields_of, ids_of, unknown_codes
from app import clock
from app.errors import AppError, InvalidInput, NotFound
from app.http.context import AppRequest
from app.http.pages import read_form, typed
from app.staff.queries import Member
from chatbot import keeper
from chatbot.engine.answering import Brain
from chatbot.learning import actions, deciding, previewing, queries
from chatbot.learning.rules import STATUS_NAMES, Content, checked, with_similar

pages = Blueprint("admin_faqs")

EMPTY = dict.fromkeys(
    ("question", "answer", "similar", "keywords", "matter_code", "dept_code", "valid_from", "valid_to"), ""
)


@pages.get("/faqs")
@staff_page()
async def overview(request: AppRequest, member: Member) -> HTTPResponse:
    """FAQs by words, department and state."""
    text, dept, kind = (_argument(request, name) for name in ("q", "dept", "kind"))
    kept, page = await keeper.refresh(request.app.ctx.settings.city), asked.page(request)
    rows, total = await queries.listing(
        q=text, brain=kept.brain, dept_code=dept, kind=kind, today=asked.today(), page=page
    )
    return render(
        request, "faqs.html", rows=rows, total=total, page=page, pages=ceil(total / queries.PAGE_SIZE), q=text,
        dept=dept, kind=kind, kinds=queries.FILTERS, names=STATUS_NAMES, departments=await departments(),
        edition=kept.edition.number if kept.edition else 0, stale=await queries.stale(asked.today()).count(),
    )  # fmt: skip


@pages.get("/faqs/new")
@staff_page()
async def new(request: AppRequest, member: Member) -> HTTPResponse:
    """An empty form, or one for questions that were not answered."""
    ids = ids_of(_argument(request, "ids", most=1000))
    rows = await deciding.rows_of(ids) if ids else []
    texts = [row.text for row in rows]
    start = {"question": texts[0], "similar": "\n".join(texts[1:])} if texts else {}
    form = {**EMPTY, **start, "code": "", "version": 0, "ids": ",".join(str(row.id) for row in rows)}
    return await form_page(request, form)


@pages.post("/faqs/preview")
@staff_page()
async def preview(request: AppRequest, member: Member) -> HTTPResponse:
    """What citizens would see, and what that does to the figures. Changes nothing."""
    try:
        form = read_form(request, FaqForm)
        content = await _checked(form)
        return await _preview(request, form, content)
    except NotFound:
        raise
    except AppError as refusal:
        return await form_page(request, _again(request), refusal)


@pages.post("/faqs/publish")
@staff_page()
async def publish(request: AppRequest, member: Member) -> HTTPResponse:
    """From here on the bot answers with it."""
    try:
        form = read_form(request, FaqForm)
        code = await _published(form, await _checked(form), member)
    except NotFound:
        raise
    except AppError as refusal:
        return await form_page(request, _again(request), refusal)
    return redirect(f"/admin/faqs/{code}?done=saved", status=303)


async def _published(form: FaqForm, content: Content, member: Member) -> str:
    now = clock.now()
    if form.code:
        await actions.edit(code=form.code, content=content, seen_version=form.version, by=member.by, now=now)
        return form.code
    if form.asked_ids:
        return await deciding.settle_as_new(ids=form.asked_ids, content=content, by=member.by, now=now)
    return await actions.add(content=content, by=member.by, now=now)


async def _checked(form: FaqForm) -> Content:
    """With what the form does not hold as it was. Raises InvalidInput, NotFound."""
    content = checked(form.content(str(asked.today())))
    if faults := await unknown_codes(content):
        raise InvalidInput(faults)
    if not form.code:
        return content
    old = (await queries.faq(form.code)).content
    return replace(content, status=old.status, is_guide=old.is_guide)


async def _preview(request: AppRequest, form: FaqForm, content: Content) -> HTTPResponse:
    code = form.code or "（新问答）"
    if form.asked_ids:
        content = with_similar(content, [row.text for row in await deciding.rows_of(form.asked_ids)])
    fields = {**fields_of(content), "code": form.code, "version": form.version, "ids": form.ids}
    return await show_preview(request, {code: content}, action="/admin/faqs/publish", fields=fields)


async def show_preview(
    request: AppRequest,
    changed: dict[str, Content],
    *,
    action: str,
    fields: dict[str, Any],
    refusal: AppError | None = None,
) -> HTTPResponse:
    """The answer as citizens would see it, the figures, and whose answer changes; `fields` go to `action` again."""
    kept = await brain_of(request)
    trial = await previewing.preview(changed, kept, asked.today())
    code, content = next(iter(changed.items()))
    questions = {document.faq.id: document.faq.question for document in kept.index.documents}
    return render(
        request, "faq_preview.html", **said(refusal), trial=trial, content=content, code=code, action=action,
        shown=await previewing.as_citizens_see(code, content), fields=fields,
        questions={**questions, code: content.question},
    )  # fmt: skip


async def brain_of(request: AppRequest) -> Brain:
    """The bot with everything that is published now."""
    return (await keeper.refresh(request.app.ctx.settings.city)).brain


async def form_page(request: AppRequest, form: dict[str, Any], refusal: AppError | None = None) -> HTTPResponse:
    return render(request, "faq_form.html", **said(refusal), form=form, labels=LABELS, departments=await departments())


def _again(request: AppRequest) -> dict[str, Any]:
    sent = {name: str(value) for name, value in typed(request).items()}
    return {**EMPTY, "code": "", "version": "0", "ids": "", **sent}


def _argument(request: AppRequest, name: str, *, most: int = 100) -> str:
    return (request.args.get(name) or "").strip()[:most]
