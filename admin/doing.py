"""Acts of staff on subjects that keep no audit log of their own: the act and its audit row, in one transaction."""

from collections.abc import Sequence
from datetime import date, datetime

from app import outbox
from app.db import transactional
from app.matters import imports
from app.matters.actions import Write
from app.matters.importing.planning import ImportReport
from app.matters.models import MatterImport
from app.staff.auditing import audit
from app.staff.by import By
from app.workdays import actions as workdays
from app.workdays.errors import NothingChanges
from app.workdays.models import CalendarChange
from app.workdays.queries import OFFICIAL
from app.workdays.rules import Notice


async def preview_import(*, content: bytes, filename: str, by: By, now: datetime) -> ImportReport:
    """Read an uploaded file; changes no matter. Raises `FileRefused`."""
    checked = await imports.check(content, filename, by=by.name, now=now)
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
