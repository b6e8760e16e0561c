"""Importing departments' files: preview, apply exactly what was previewed, undo."""

import asyncio
import base64
import hashlib
import json
import zlib
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import PurePath
from typing import Any

from app.city import MatterCodes
from app.db import forbid_in_transaction, transactional
from app.directory.models import Department
from app.errors import NotFound
from app.halls import queries as halls
from app.ids import new_code
from app.matters.actions import Write, write_guides
from app.matters.errors import FileRefused, ImportDiffers, ImportGone, ImportOutdated, NotApplied, UndoTooLate
from app.matters.events import MattersImported
from app.matters.importing.json_file import parse_json
from app.matters.importing.layout import MAIN, MATERIALS
from app.matters.importing.planning import MAX_FINDINGS, NEW, Departments, Halls, ImportReport, Known, RowPlan, plan
from app.matters.importing.sheets import Parsed, parse_sheets
from app.matters.importing.workbook import read_sheets
from app.matters.models import (
    APPLIED,
    CANCELLED,
    PREVIEWED,
    PUBLISHED,
    SUSPENDED,
    UNDONE,
    Matter,
    MatterImport,
    Revision,
)
from app.matters.readings import readings_of
from app.matters.rules import STANDARD
from app.outbox import record

MAX_BYTES = 10 * 1024 * 1024
FILES = 20  # that are forgotten at once: each holds up to some megabytes
Progress = Callable[[str], None]


async def preview(
    content: bytes,
    filename: str,
    *,
    by: str,
    now: datetime,
    codes: MatterCodes = STANDARD,
    on_step: Progress | None = None,
) -> ImportReport:
    """Read and check a file, and keep what was read so that exactly this can be applied. Changes no matter.

    Raises:
        FileRefused: the file as a whole cannot be read; says why and what to do.
    """
    checked = await check(content, filename, by=by, now=now, codes=codes, on_step=on_step)
    await keep(checked)
    return report_of(checked)


async def check(
    content: bytes,
    filename: str,
    *,
    by: str,
    now: datetime,
    codes: MatterCodes = STANDARD,
    on_step: Progress | None = None,
) -> MatterImport:
    """Read and check a file, and keep nothing yet: it takes too long for a transaction. Raises FileRefused."""
    step = on_step or _silent
    step("读取文件")
    parsed = await read_file(content, codes=codes)
    step("核对现有事项")
    plans = await _planned(parsed, [row.code for row in parsed.rows])
    errors = sum(found.is_error for found in parsed.findings)
    report = ImportReport(
        code=new_code(),
        filename=PurePath(filename.replace("\\", "/")).name[:200] or "未命名",
        digest=hashlib.sha256(content).hexdigest(),
        state=PREVIEWED,
        rows=[row.as_json() for row in plans],
        findings=[found.as_json() for found in parsed.findings[:MAX_FINDINGS]],
        error_count=errors,
        warning_count=len(parsed.findings) - errors,
    )
    due = [row for row in plans if row.is_due]
    guides = await asyncio.to_thread(_packed, [row.guide for row in due])
    step("预览完成")
    return MatterImport(
        code=report.code,
        filename=report.filename,
        digest=report.digest,
        report=report.as_json(),
        rows=guides,
        base={row.code: row.seen_version for row in due},
        by=by,
        at=now,
    )


def _silent(step: str) -> None:
    """Nobody watches."""


async def read_file(content: bytes, *, codes: MatterCodes = STANDARD) -> Parsed:
    """The rows and findings of an .xlsx or .json file. Raises `FileRefused`."""
    text = content.strip(b"\xef\xbb\xbf \t\r\n")
    if not text:
        raise FileRefused(reason="文件是空的，请检查所选文件")
    if len(content) > MAX_BYTES:
        raise FileRefused(reason=f"文件超过 {MAX_BYTES // 1024**2} MB，请删除图片或分成几个文件上传")
    if content.startswith(b"PK"):
        grids = await read_sheets(content, (MAIN, MATERIALS))
        return await asyncio.to_thread(parse_sheets, grids, codes=codes)
    if text[:1] in (b"{", b"[") or text in (b"null", b"true", b"false") or text.isdigit():
        return await asyncio.to_thread(parse_json, content.removeprefix(b"\xef\xbb\xbf"), codes=codes)
    if content.startswith(b"\xd0\xcf\x11\xe0"):
        raise FileRefused(reason="文件是旧版 .xls 或设有密码，请另存为不加密的 .xlsx 再上传")
    raise FileRefused(reason="只能导入 .xlsx 工作簿或 .json 文件，请检查所选文件")


async def _planned(parsed: Parsed, codes: Sequence[str]) -> list[RowPlan]:
    known = {
        row.code: Known(row.guide, row.version, row.status == CANCELLED)
        for row in await Matter.filter(code__in=list(set(codes)))
    }
    departments = Departments({row.name: row.code for row in await Department.all()})
    sheet = "JSON" if any(row.is_whole for row in parsed.rows) else MAIN
    places = Halls({hall.code for hall in await halls.halls()})
    return await asyncio.to_thread(plan, parsed, known, departments, places, sheet=sheet)


async def keep(checked: MatterImport) -> None:
    """Keep what was checked, in the open transaction if there is one (which may run more than once)."""
    await checked.clone().save(force_create=True)


def _packed(guides: list[Any]) -> str:
    return base64.b64encode(zlib.compress(json.dumps(guides, ensure_ascii=False).encode())).decode()


def _unpacked(content: str) -> list[dict[str, Any]]:
    guides: list[dict[str, Any]] = json.loads(zlib.decompress(base64.b64decode(content)))
    return guides


@dataclass(frozen=True, slots=True)
class Ready:
    """An upload with what is to be written of it, so that the writing itself takes no longer than it must."""

    upload: MatterImport
    guides: list[dict[str, Any]]
    pinyin: list[dict[str, str]]


async def apply(*, code: str, digest: str, by: str, now: datetime) -> ImportReport:
    """Write what the preview `code` showed, all of it in one transaction. Raises what `prepare` and `write` do."""
    ready = await prepare(code=code, digest=digest)
    await write(ready, by=by, now=now)
    return report_of(ready.upload, state=APPLIED)


async def prepare(*, code: str, digest: str) -> Ready:
    """Unpack a preview and read its pinyin, which takes too long for a transaction.

    Args:
        digest: of the file as the preview gave it; guards against applying another upload than the one looked at.

    Raises:
        NotFound: no such preview.
        ImportDiffers: the digest is another file's.
        ImportGone: applied or undone already.
    """
    forbid_in_transaction("preparing an import")
    upload = await MatterImport.get_or_none(code=code)
    if upload is None:
        raise NotFound()
    if upload.digest != digest:
        raise ImportDiffers()
    if upload.state != PREVIEWED:
        raise ImportGone()
    guides = await asyncio.to_thread(_unpacked, upload.rows)
    pinyin = await asyncio.to_thread(lambda: [readings_of(guide) for guide in guides])
    return Ready(upload, guides, pinyin)


@transactional
async def write(ready: Ready, *, by: str, now: datetime) -> None:
    """Raises ImportGone, and ImportOutdated when matters were changed since the preview; nothing is written then."""
    upload = ready.upload
    waiting = MatterImport.filter(id=upload.id, state=PREVIEWED)
    if not await waiting.update(state=APPLIED, applied_at=now):
        raise ImportGone()
    statuses = await _statuses(upload.base)
    writes = [
        Write(
            guide=guide,
            pinyin=read,
            seen_version=upload.base[guide["code"]],
            status=SUSPENDED if statuses.get(guide["code"]) == SUSPENDED else PUBLISHED,
            checked_on=now.date(),
        )
        for guide, read in zip(ready.guides, ready.pinyin, strict=True)
    ]
    await write_guides(writes, by=by, now=now, import_code=upload.code)
    counts = upload.report["counts"]
    await record(MattersImported(occurred_at=now, import_code=upload.code, new=counts[NEW], changed=counts["changed"]))


async def _statuses(base: dict[str, int]) -> dict[str, str]:
    """State of each matter; raises `ImportOutdated` when versions are no longer those of the preview."""
    rows = await Matter.filter(code__in=list(base)).values("code", "version", "status")
    versions = {row["code"]: row["version"] for row in rows}
    if changed := sum(versions.get(code, 0) != version for code, version in base.items()):
        raise ImportOutdated(count=changed)
    return {row["code"]: row["status"] for row in rows}


def report_of(upload: MatterImport, *, state: str | None = None) -> ImportReport:
    """The stored report of an upload, in its present state."""
    kept = {name: value for name, value in upload.report.items() if name not in ("state", "counts")}
    return ImportReport(**kept, state=state or upload.state)


async def undo(*, code: str, by: str, now: datetime) -> int:
    """Take an applied import back: changed matters return to what they were, new ones are cancelled.

    Each becomes a new version, so that nothing of the history is lost. Returns how many matters were put back. Raises
    what `prepare_undo` and `put_back` do.
    """
    writes = await prepare_undo(code)
    await put_back(code, writes, by=by, now=now)
    return len(writes)


async def prepare_undo(code: str) -> list[Write]:
    """What takes an import back, with its pinyin, which takes too long for a transaction. Raises NotFound."""
    forbid_in_transaction("preparing to undo an import")
    if not await MatterImport.exists(code=code):
        raise NotFound()
    written = await Revision.filter(import_code=code)
    codes = [row.matter_code for row in written]
    before = {(row.matter_code, row.version): row for row in await Revision.filter(matter_code__in=codes)}
    returns = [(row, before.get((row.matter_code, row.version - 1))) for row in written]
    return await asyncio.to_thread(lambda: [_back(row, earlier) for row, earlier in returns])


@transactional
async def put_back(code: str, writes: list[Write], *, by: str, now: datetime) -> None:
    """Raises NotApplied, and UndoTooLate when some of the matters were changed since; nothing is put back then."""
    if not await MatterImport.filter(code=code, state=APPLIED).update(state=UNDONE, undone_at=now):
        raise NotApplied()
    seen = {write.guide["code"]: write.seen_version for write in writes}
    current = dict(await Matter.filter(code__in=list(seen)).values_list("code", "version"))
    if late := sum(current.get(code) != version for code, version in seen.items()):
        raise UndoTooLate(count=late)
    await write_guides(writes, by=by, now=now)


@transactional
async def purge(now: datetime, *, keep_days: int) -> int:
    """Forget a batch of old previews that were never applied, and the rows of old applied files: nothing reads those
    any more, because taking an import back goes by the versions it made. The report stays. A periodic job.
    """
    old = MatterImport.filter(at__lt=now - timedelta(days=keep_days))
    never = await old.filter(state=PREVIEWED).order_by("at").limit(FILES).values_list("id", flat=True)
    used = old.filter(state__in=(APPLIED, UNDONE)).exclude(rows="")
    kept = await used.order_by("at").limit(FILES).values_list("id", flat=True)
    emptied = await MatterImport.filter(id__in=kept).update(rows="") if kept else 0
    return emptied + (await MatterImport.filter(id__in=never, state=PREVIEWED).delete() if never else 0)


def _back(row: Revision, before: Revision | None) -> Write:
    """A matter that the import brought has nothing to return to: bookings may name it, so it is cancelled."""
    state = before or row
    return Write(
        guide=state.guide,
        pinyin=readings_of(state.guide),
        seen_version=row.version,
        status=before.status if before else CANCELLED,
        checked_on=state.checked_on,
    )
