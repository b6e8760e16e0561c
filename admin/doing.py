"""Acts of staff on subjects that keep no audit log of their own: the act and its audit row, in one transaction."""

from collections.abc import Sequence
from datetime import date, datetime

from app import outbox
from app.city import MatterCodes
from app.db import transactional
from app.matters import actions as matters
from app.matters import imports
from app.matters.actions import Write
from app.matters.correcting import Texts, corrected
from app.matters.importing.planning import ImportReport
from app.matters.models import SUSPENDED, MatterImport
from app.staff.auditing import audit
from app.staff.by import By
from app.workdays import actions as workdays
from app.workdays.errors import NothingChanges
from app.workdays.models import CalendarChange
from app.workdays.queries import OFFICIAL
from app.workdays.rules import Notice


async def preview_import(*, content: bytes, filename: str, codes: MatterCodes, by: By, now: datetime) -> ImportReport:
    """Read an uploaded file; changes no matter. Raises `FileRefused`."""
    checked = await imports.check(content, filename, by=by.name, now=now, codes=codes)
    await _keep_import(checked, by=by, now=now)
    return imports.report_of(checked)


@transactional
async def _keep_import(checked: MatterImport, *, by: By, now: datetime) -> None:
    await imports.keep(checked)
    details = {"filename": checked.filename, "digest": checked.digest}
    await audit(by=by, action="matters.preview_import", subject=f"import:{checked.code}", details=details, now=now)


async def apply_import(*, code: str, digest: str, by: By, now: datetime) -> None:
    """Write what a preview showed. Raises what `imports.apply` does."""
    await _write_import(await imports.prepare(code=code, digest=digest), by=by, now=now)


@transactional
async def _write_import(ready: imports.Ready, *, by: By, now: datetime) -> None:
    await imports.write(ready, by=by.name, now=now)
    await audit(by=by, action="matters.apply_import", subject=f"import:{ready.upload.code}", now=now)


async def undo_import(*, code: str, by: By, now: datetime) -> int:
    """Take an import back. Returns how many matters were put back. Raises what `imports.undo` does."""
    writes = await imports.prepare_undo(code)
    await _put_back(code, writes, by=by, now=now)
    return len(writes)


@transactional
async def _put_back(code: str, writes: list[Write], *, by: By, now: datetime) -> None:
    await imports.put_back(code, writes, by=by.name, now=now)
    details = {"count": len(writes)}
    await audit(by=by, action="matters.undo_import", subject=f"import:{code}", details=details, now=now)


@transactional
async def confirm_matter(*, code: str, seen_version: int, on: date, why: str, by: By, now: datetime) -> None:
    """Note that a guide was checked on a day. `why`: with whom, or by what. Raises NotFound, ChangedMeanwhile."""
    await matters.mark_checked(code=code, seen_version=seen_version, on=on)
    details = {"日期": str(on), "版本": seen_version}
    await audit(by=by, action="matters.confirm", subject=f"matter:{code}", why=why, details=details, now=now)


@transactional
async def set_matter_status(*, code: str, status: str, why: str, by: By, now: datetime) -> None:
    """Suspend a matter or take it up again. Raises NotFound, ChangedMeanwhile."""
    if not await matters.change_status(code=code, status=status, by=by.name, now=now):
        return
    await audit(
        by=by, action="matters.suspend" if status == SUSPENDED else "matters.resume", subject=f"matter:{code}", why=why,
        now=now,
    )  # fmt: skip


async def correct_matter(*, code: str, texts: Texts, seen_version: int, by: By, now: datetime) -> bool:
    """Correct the texts people read most. Returns whether there was anything to change. Raises as `corrected`."""
    write = await corrected(code=code, texts=texts, seen_version=seen_version)
    if write is not None:
        await _save_matter(write, by=by, now=now)
    return write is not None


@transactional
async def _save_matter(write: Write, *, by: By, now: datetime) -> None:
    await matters.save(write, by=by.name, now=now)
    code = write.guide["code"]
    await audit(by=by, action="matters.correct", subject=f"matter:{code}", now=now)


@transactional
async def change_day(*, day: date, is_working: bool, name: str, source: str, by: By, now: datetime) -> None:
    """Correct a day of the calendar, on somebody's word."""
    await workdays.set_day(day=day, is_working=is_working, name=name, by=by.name, source=source, now=now)
    details = {"改为": "上班" if is_working else "放假", "名称": name}
    await audit(by=by, action="workdays.set_day", subject=f"day:{day}", why=source, details=details, now=now)


@transactional
async def import_calendar(*, notices: Sequence[Notice], source: str, status: str, by: By, now: datetime) -> int:
    """Import a holiday notice. Returns how many days changed. Raises BadNotice, NothingChanges."""
    done = await workdays.import_calendar(notices=notices, source=source, status=status, by=by.name, now=now)
    if not done.changes:
        raise NothingChanges()
    subject = f"calendar:{'、'.join(map(str, done.years))}"
    details = {"天数": len(done.changes), "暂定": "否" if status == OFFICIAL else "是"}
    await audit(by=by, action="workdays.import", subject=subject, why=source, details=details, now=now)
    return len(done.changes)


@transactional
async def undo_calendar(*, code: str, by: By, now: datetime) -> CalendarChange:
    """Put the days of a change back. Raises NotFound, ChangeUndone, ChangedSince."""
    row = await workdays.undo_change(code=code, by=by.name, now=now)
    await audit(by=by, action="workdays.undo", subject=f"calendar:{code}", why=row.source, now=now)
    return row


@transactional
async def retry_delivery(*, delivery_id: int, by: By, now: datetime) -> bool:
    """Let the worker try a dead delivery again, from the first try on. False when it is not dead any more."""
    if not await outbox.retry(delivery_id=delivery_id, now=now):
        return False
    await audit(by=by, action="outbox.retry", subject=f"delivery:{delivery_id}", now=now)
    return True
