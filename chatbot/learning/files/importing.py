"""Importing a workbook of FAQs: preview, apply exactly what was previewed, undo. Each is audited."""

import asyncio
import hashlib
from collections import Counter
from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from pathlib import PurePath
from typing import Any

from app.db import transactional
from app.errors import NotFound
from app.ids import new_code
from app.matters.errors import FileRefused
from app.matters.importing.workbook import Grid, read_sheets
from app.staff.auditing import audit
from app.staff.by import By
from chatbot.engine.reading import Language
from chatbot.learning import actions, knowledge
from chatbot.learning.errors import ImportDiffers, ImportGone, NotApplied
from chatbot.learning.files import duplicates
from chatbot.learning.files.layout import SHEET
from chatbot.learning.files.reading import Known, Row, rows_of, sheet_of
from chatbot.learning.models import APPLIED, PREVIEWED, RETIRED, UNDONE, Faq, FaqImport, FaqVersion
from chatbot.learning.rules import Content, changes, content_of, distinct
from chatbot.learning.writing import Write, write

MAX_BYTES = 10 * 1024 * 1024
MAX_FINDINGS = 500
FILES = 20  # forgotten at once
NEW, CHANGED, UNCHANGED, FAULTY = "new", "changed", "unchanged", "error"
OUTCOMES = {NEW: "新增", CHANGED: "修改", UNCHANGED: "无变化", FAULTY: "不导入"}


async def preview(*, content: bytes, filename: str, language: Language, by: By, now: datetime) -> FaqImport:
    """Read and check a file, and keep what was read so that exactly this can be applied. Changes no FAQ.

    Raises:
        FileRefused: the file as a whole cannot be read; says why and what to do.
    """
    if len(content) > MAX_BYTES:
        raise FileRefused(reason=f"文件超过 {MAX_BYTES // 1024**2} MB，请分成几个文件上传")
    if not content.startswith(b"PK"):
        raise FileRefused(reason="只能导入 .xlsx 工作簿，请另存为 .xlsx（不加密）再上传")
    grids, known = await read_sheets(content, (SHEET,)), await _known()
    rows = await asyncio.to_thread(_read, grids, known, language, str(actions.today(now)))
    kept = FaqImport(
        code=new_code(),
        filename=PurePath(filename.replace("\\", "/")).name[:200] or "未命名",
        digest=hashlib.sha256(content).hexdigest(),
        report=_report(rows, known),
        rows=[_due(row, known) for row in rows if _outcome(row, known) in (NEW, CHANGED)],
        by=by.name,
        at=now,
    )
    await _keep(kept, by, now)
    return kept


async def _known() -> Known:
    named = await knowledge.names()
    return Known(
        contents=await knowledge.contents(),
        versions=dict(await Faq.all().values_list("code", "version")),
        departments={name: code for code, name in named.departments.items()},
        matters=frozenset(named.matters),
    )


def _read(grids: dict[str, Grid], known: Known, language: Language, dated: str) -> list[Row]:
    sheet = sheet_of(grids)
    rows = rows_of(sheet, known, dated=dated)
    duplicates.report(rows, known.contents, sheet, language)
    return rows


def _outcome(row: Row, known: Known) -> str:
    if row.has_error:
        return FAULTY
    if not row.code:
        return NEW
    return UNCHANGED if known.contents[row.code] == _clean(row) else CHANGED


def _clean(row: Row) -> Content:
    assert row.content is not None
    return replace(row.content, similar=distinct(row.content.similar, known=(row.content.question,)))


def _due(row: Row, known: Known) -> dict[str, Any]:
    code = row.code or actions.new_faq_code()
    return {"code": code, "seen_version": known.versions.get(code, 0), "content": _clean(row).as_json()}


def _report(rows: Sequence[Row], known: Known) -> dict[str, Any]:
    lines = [_line(row, _outcome(row, known), known) for row in rows]
    findings = [found.as_json() for row in rows for found in row.findings]
    counts = Counter(line["outcome"] for line in lines)
    return {
        "rows": [line for line in lines if line["outcome"] != UNCHANGED],
        "findings": findings[:MAX_FINDINGS],
        "counts": {outcome: counts[outcome] for outcome in OUTCOMES},
    }


def _line(row: Row, outcome: str, known: Known) -> dict[str, Any]:
    old = known.contents.get(row.code)
    new = None if row.content is None else _clean(row)
    shown = new or old
    return {
        "line": row.line,
        "code": row.code,
        "question": shown.question if shown else "",
        "outcome": outcome,
        "differences": changes(old, new) if old and new and outcome == CHANGED else [],
    }


@transactional
async def _keep(kept: FaqImport, by: By, now: datetime) -> None:
    await kept.clone().save(force_create=True)
    details = {"filename": kept.filename, "digest": kept.digest}
    await audit(by=by, action="faqs.preview_import", subject=f"import:{kept.code}", details=details, now=now)


@transactional
async def apply(*, code: str, digest: str, by: By, now: datetime) -> None:
    """Write what the preview showed, all or none. Raises NotFound, ImportDiffers, ImportGone, FaqChanged."""
    upload = await FaqImport.get_or_none(code=code)
    if upload is None:
        raise NotFound()
    if upload.digest != digest:
        raise ImportDiffers()
    if not await FaqImport.filter(id=upload.id, state=PREVIEWED).update(state=APPLIED, applied_at=now):
        raise ImportGone()
    writes = [
        Write(code=row["code"], content=content_of(row["content"]), seen_version=row["seen_version"], what="导入")
        for row in upload.rows
    ]
    if writes:
        await write(writes, by=by.name, now=now, import_code=code)
    await audit(by=by, action="faqs.apply_import", subject=f"import:{code}", details={"count": len(writes)}, now=now)


@transactional
async def undo(*, code: str, by: By, now: datetime) -> None:
    """Changed FAQs say again what they said, new ones are retired. Raises NotApplied, FaqChanged."""
    if not await FaqImport.filter(code=code, state=APPLIED).update(state=UNDONE, undone_at=now):
        raise NotApplied()
    written = await FaqVersion.filter(import_code=code)
    versions = {row.faq_code: row.version for row in written}
    before = {
        row.faq_code: row.content
        for row in await FaqVersion.filter(faq_code__in=list(versions))
        if row.version + 1 == versions[row.faq_code]
    }
    writes = [_back(row, before.get(row.faq_code)) for row in written]
    if writes:
        await write(writes, by=by.name, now=now)
    await audit(by=by, action="faqs.undo_import", subject=f"import:{code}", details={"count": len(writes)}, now=now)


def _back(row: FaqVersion, before: dict[str, Any] | None) -> Write:
    content = content_of(before) if before else replace(content_of(row.content), status=RETIRED)
    return Write(code=row.faq_code, content=content, seen_version=row.version, what="撤销导入")


@transactional
async def purge(now: datetime, *, keep_days: int) -> int:
    """Forget a batch of old files; what they wrote stands in the histories."""
    ids = (
        await FaqImport.filter(at__lt=now - timedelta(days=keep_days))
        .order_by("at")
        .limit(FILES)
        .values_list("id", flat=True)
    )
    return await FaqImport.filter(id__in=ids).delete() if ids else 0
