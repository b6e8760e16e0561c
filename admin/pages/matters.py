"""事项指南: finding a matter; import with preview by sheet and cell, apply, undo; export; what citizens searched in
vain; guides nobody has checked for long.
"""

from datetime import timedelta

from sanic import Blueprint, HTTPResponse, raw, redirect

from admin import doing
from admin.caller import render, said, staff_page
from app import clock
from app.clock import CHINA
from app.errors import AppError, NotFound
from app.http.context import AppRequest
from app.matters import imports, queries
from app.matters.errors import FileRefused
from app.matters.export import export_xlsx
from app.matters.importing.planning import OUTCOMES
from app.matters.models import MatterImport
from app.staff.auditing import audit
from app.staff.queries import Member

pages = Blueprint("admin_matters")

STATES = {"previewed": "待确认", "applied": "已导入", "undone": "已撤销"}
SHOWN_ROWS = 300
FOUND = 20  # matters on the page
XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
MISSES_OF = timedelta(days=30)


@pages.get("/matters")
@staff_page()
async def overview(request: AppRequest, member: Member) -> HTTPResponse:
    """Matters and imports; whoever types a code is taken to the matter."""
    text = _sought(request)
    is_code = bool(text) and bool(await queries.mentioned([text]))
    return redirect(f"/admin/matters/{text}", status=303) if is_code else await _show(request)


def _sought(request: AppRequest) -> str:
    return (request.args.get("q") or "").strip()[:100]


async def _show(request: AppRequest, *, refusal: AppError | None = None) -> HTTPResponse:
    text = _sought(request)
    found = await queries.search(text, page_size=FOUND)
    return render(
        request, "matters.html", **said(refusal), imports=await queries.imports(), states=STATES, q=text, found=found
    )


@pages.get("/matters/export")
@staff_page()
async def export(request: AppRequest, member: Member) -> HTTPResponse:
    """All matters as the workbook that the import reads."""
    now = clock.now()
    today = now.astimezone(CHINA).date()
    content = await export_xlsx(today=today)
    await audit(by=member.by, action="matters.export", now=now)
    headers = {"content-disposition": f'attachment; filename="matters-{today}.xlsx"', "cache-control": "no-store"}
    return raw(content, headers=headers, content_type=XLSX)


@pages.get("/matters/imports")
@staff_page()
async def again(request: AppRequest, member: Member) -> HTTPResponse:
    """Reloading the page of a refused upload leads back to the form."""
    return redirect("/admin/matters", status=303)


@pages.post("/matters/imports")
@staff_page(max_body=imports.MAX_BYTES + 64 * 1024)
async def upload(request: AppRequest, member: Member) -> HTTPResponse:
    """Read and check; nothing is imported yet."""
    file = request.files.get("file") if request.files else None
    try:
        if file is None or not file.body:
            raise FileRefused(reason="没有选择文件或文件是空的，请选择 .xlsx 或 .json 文件")
        report = await doing.preview_import(
            content=file.body, filename=file.name, codes=request.app.ctx.city.matter_codes, by=member.by,
            now=clock.now(),
        )  # fmt: skip
    except AppError as refusal:
        return await _show(request, refusal=refusal)
    return redirect(f"/admin/matters/imports/{report.code}", status=303)


@pages.get("/matters/imports/<code:str>")
@staff_page()
async def report(request: AppRequest, member: Member, code: str) -> HTTPResponse:
    return await _report(request, code)


async def _report(request: AppRequest, code: str, *, refusal: AppError | None = None) -> HTTPResponse:
    kept = await MatterImport.get_or_none(code=code)
    if kept is None:
        raise NotFound()
    seen = imports.report_of(kept)
    return render(
        request, "matters_import.html", **said(refusal), seen=seen, kept=kept,
        rows=seen.rows[:SHOWN_ROWS], outcomes=OUTCOMES, states=STATES, 
    )  # fmt: skip


@pages.post("/matters/imports/<code:str>/apply")
@staff_page()
async def apply(request: AppRequest, member: Member, code: str) -> HTTPResponse:
    """Exactly what was previewed, all of it or nothing."""
    form = request.form
    digest = (form.get("digest") if form else None) or ""
    try:
        await doing.apply_import(code=code, digest=digest, by=member.by, now=clock.now())
    except AppError as refusal:
        return await _report(request, code, refusal=refusal)
    return redirect(f"/admin/matters/imports/{code}", status=303)


@pages.post("/matters/imports/<code:str>/undo")
@staff_page()
async def undo(request: AppRequest, member: Member, code: str) -> HTTPResponse:
    try:
        await doing.undo_import(code=code, by=member.by, now=clock.now())
    except AppError as refusal:
        return await _report(request, code, refusal=refusal)
    return redirect(f"/admin/matters/imports/{code}", status=303)


@pages.get("/matters/searches")
@staff_page()
async def searches(request: AppRequest, member: Member) -> HTTPResponse:
    """What citizens typed in vain, so that the missing words can be added."""
    since = (clock.now() - MISSES_OF).astimezone(CHINA).date()
    return render(request, "searches.html", misses=await queries.searches_without_answer(since=since), since=since)


@pages.get("/matters/stale")
@staff_page()
async def stale(request: AppRequest, member: Member) -> HTTPResponse:
    """Guides nobody has checked for half a year; one that was checked is confirmed by one tap."""
    today = clock.now().astimezone(CHINA).date()
    done = (request.args.get("done") or "")[:64]
    name = next((matter.name for matter in await queries.mentioned([done])), None)
    return render(request, "stale.html", rows=await queries.stale(today=today), done=name)
