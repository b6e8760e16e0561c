"""`import-workdays FILE [--dry-run] [--json]`: exit code 0 done (or nothing to change), 2 file refused."""

import argparse
import json
from functools import partial
from pathlib import Path
from typing import Any

from app import clock
from app.booking import foreseeing
from app.booking.foreseeing import HallPreview
from app.commands.progress import Progress
from app.commands.refusing import refuse
from app.errors import AppError
from app.workdays import actions, notices
from app.workdays.actions import Imported
from app.workdays.errors import BadNotice
from app.workdays.queries import OFFICIAL

OK, REFUSED = 0, 2
BY = "command line"
STATUS_NAMES = {"official": "正式", "provisional": "暂定"}


def add_parser(sub: Any) -> None:
    """Add the command to the parser's subcommands."""
    parser: argparse.ArgumentParser = sub.add_parser("import-workdays", help="import a holiday notice, .json or .csv")
    parser.add_argument("file", type=Path, help="JSON of years with off and work, or CSV of date,kind,name")
    parser.add_argument("--status", choices=notices.STATUSES, help="what the file says, else official")
    parser.add_argument("--source", help="number or name of the notice; what the file says, else its name")
    parser.add_argument("--dry-run", action="store_true", help="only say what would be done")
    parser.add_argument("--json", action="store_true", help="print the report as JSON")


async def run(args: argparse.Namespace) -> int:
    """Look, and import unless it is a dry run. The database is open. Slots follow by the worker."""
    progress = Progress("import", total=2 if args.dry_run else 3)
    try:
        done, seen = await _import(args, progress)
    except AppError as exc:
        return refuse(exc, as_json=args.json)
    _print(done, seen, as_json=args.json)
    return OK


async def _import(args: argparse.Namespace, progress: Progress) -> tuple[Imported, list[HallPreview]]:
    sheet = notices.read(_content(args.file), args.file.name)
    status = args.status or sheet.status or OFFICIAL
    source = args.source or sheet.source or args.file.name
    now = clock.now()
    act = partial(actions.import_calendar, notices=sheet.notices, source=source[:200], status=status, by=BY, now=now)
    told = await act(dry_run=True)
    progress.step("已读取")
    calendar = await actions.proposed(told.changes, status=status)
    seen = await foreseeing.preview_calendar(proposed=calendar, now=now)
    progress.step("已看影响")
    if not args.dry_run:
        told = await act()
        progress.step("已导入")
    return told, seen


def _content(path: Path) -> bytes:
    try:
        if path.stat().st_size > notices.MAX_BYTES:
            raise BadNotice(faults=f"文件超过 {notices.MAX_BYTES // 1024} KB，放假通知只需列出放假和调休的日子")
        return path.read_bytes()
    except OSError:
        raise BadNotice(faults=f"读不到文件 {path}，请检查路径和权限") from None


def _print(done: Imported, seen: list[HallPreview], *, as_json: bool) -> None:
    if as_json:
        print(json.dumps(_as_json(done, seen), ensure_ascii=False, indent=1))
        return
    shown = [change for change in done.changes if change.shows]
    for change in shown:
        print(f"{change.date} {'上班' if change.is_working else '休息'} {change.name}".rstrip())
    for each in seen:
        conflicts, movable = len(each.preview.conflicts), each.preview.movable
        print(f"{each.hall.name}：{conflicts} 个预约受影响，可改期 {movable}，取消 {conflicts - movable}")
    working = "，".join(f"{year} 年 {count} 个工作日" for year, count in done.working_days.items())
    verb = "预览（未写入）" if done.is_dry_run else "已导入"
    others = len(done.changes) - len(shown)
    print(f"{verb}（{STATUS_NAMES[done.status]}）：更改 {len(shown)} 天，另有 {others} 天只更新状态；{working}")


def _as_json(done: Imported, seen: list[HallPreview]) -> dict[str, Any]:
    return {
        "state": "previewed" if done.is_dry_run else "imported",
        "code": done.code,
        "status": done.status,
        "workingDays": {str(year): count for year, count in done.working_days.items()},
        "changed": len(done.changes),
        "changes": [
            {"date": str(change.date), "isWorking": change.is_working, "name": change.name}
            for change in done.changes
            if change.shows
        ],
        "conflicts": [
            {"hall": each.hall.code, "bookings": len(each.preview.conflicts), "movable": each.preview.movable}
            for each in seen
            if each.preview.conflicts
        ],
    }
