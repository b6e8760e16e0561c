"""FAQs as a workbook: export; import with preview by sheet and cell, apply, undo."""

from sanic import Blueprint, HTTPResponse, raw, redirect

from admin import asked
from admin.caller import render, said, staff_page
from admin.pages.faqs import brain_of
from app import clock
from app.errors import AppError, NotFound
from app.http.context import AppRequest
from app.matters.errors import FileRefused
from app.staff.auditing import audit
from app.staff.queries import Member
from chatbot.learning.files import exporting, importing
from chatbot.learning.models import FaqImport

pages = Blueprint("admin_faq_files")

LIST = "/admin/faqs/imports"
XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
STATES = {"previewed": "待确认", "applied": "已导入", "undone": "已撤销"}
SHOWN_ROWS, SHOWN_FILES = 300, 20


@pages.get("/faqs/export")
@staff_page()
async def export(request: AppRequest, member: Member) -> HTTPResponse:
    """All FAQs as the workbook that the import reads."""
    content = await exporting.export_xlsx()
    await audit(by=member.by, action="faqs.export", now=clock.now())
    name = exporting.filename(asked.today())
    headers = {"content-disposition": f'attachment; filename="{name}"', "cache-control": "no-store"}
    return raw(content, headers=headers, content_type=XLSX)


@pages.get("/faqs/imports")
@staff_page()
async def overview(request: AppRequest, member: Member) -> HTTPResponse:
    return await _list(request)


async def _list(request: AppRequest, refusal: AppError | None = None) -> HTTPResponse:
    rows = await FaqImport.all().order_by("-at").limit(SHOWN_FILES)
    return render(request, "faq_imports.html", **said(refusal), imports=rows, states=STATES)


@pages.post("/faqs/imports")
@staff_page(max_body=importing.MAX_BYTES + 64 * 1024)
async def upload(request: AppRequest, member: Member) -> HTTPResponse:
    """Read and check; nothing is imported yet."""
    file = request.files.get("file") if request.files else None
    try:
        if file is None or not file.body:
            raise FileRefused(reason="没有选择文件或文件是空的，请选择 .xlsx 文件")
        language = (await brain_of(request)).index.language
        kept = await importing.preview(
            content=file.body, filename=file.name, language=language, by=member.by, now=clock.now()
        )
    except AppError as refusal:
        return await _list(request, refusal)
    return redirect(f"{LIST}/{kept.code}", status=303)


@pages.get("/faqs/imports/<code:str>")
@staff_page()
async def report(request: AppRequest, member: Member, code: str) -> HTTPResponse:
    return await _report(request, code)


async def _report(request: AppRequest, code: str, refusal: AppError | None = None) -> HTTPResponse:
    kept = await FaqImport.get_or_none(code=code)
    if kept is None:
        raise NotFound()
    rows = kept.report["rows"]
    return render(
        request, "faq_import.html", **said(refusal), kept=kept, counts=kept.report["counts"], rows=rows[:SHOWN_ROWS],
        more=len(rows) - len(rows[:SHOWN_ROWS]), findings=kept.report["findings"], outcomes=importing.OUTCOMES,
        states=STATES,
    )  # fmt: skip


@pages.post("/faqs/imports/<code:str>/apply")
@staff_page()
async def apply(request: AppRequest, member: Member, code: str) -> HTTPResponse:
    """Exactly what was previewed, all of it or nothing."""
    digest = (request.form.get("digest") if request.form else None) or ""
    try:
        await importing.apply(code=code, digest=digest, by=member.by, now=clock.now())
    except AppError as refusal:
        return await _report(request, code, refusal)
    return redirect(f"{LIST}/{code}", status=303)


@pages.post("/faqs/imports/<code:str>/undo")
@staff_page()
async def undo(request: AppRequest, member: Member, code: str) -> HTTPResponse:
    try:
        await importing.undo(code=code, by=member.by, now=clock.now())
    except AppError as refusal:
        return await _report(request, code, refusal)
    return redirect(f"{LIST}/{code}", status=303)
