"""`import-matters FILE [--dry-run] [--json]`: exit code 0 all in, 1 some rows left out, 2 refused."""

import argparse
import json
from pathlib import Path
from typing import Any

from app import clock
from app.city import MatterCodes
from app.commands.progress import Progress
from app.commands.refusing import refuse
from app.errors import AppError
from app.matters import imports
from app.matters.errors import FileRefused
from app.matters.importing.planning import OUTCOMES, ImportReport
from app.matters.rules import STANDARD

OK, FINDINGS, REFUSED = 0, 1, 2
BY = "command line"


def add_parser(sub: Any) -> None:
    """Add the command to the parser's subcommands."""
    parser: argparse.ArgumentParser = sub.add_parser("import-matters", help="import guides from .xlsx or .json")
    parser.add_argument("file", type=Path, help="the departments' workbook, or JSON with whole guides")
    parser.add_argument("--dry-run", action="store_true", help="only say what would be done")
    parser.add_argument("--json", action="store_true", help="print the report as JSON")


async def run(args: argparse.Namespace, *, codes: MatterCodes = STANDARD) -> int:
    """Preview, and apply unless it is a dry run. The database is open. `codes`: what the city's codes look like."""
    progress = Progress("import", total=3 if args.dry_run else 4)
    try:
        content = _content(args.file)
        report = await imports.preview(
            content, args.file.name, by=BY, now=clock.now(), codes=codes, on_step=progress.step
        )
        if not args.dry_run:
            report = await imports.apply(code=report.code, digest=report.digest, by=BY, now=clock.now())
            progress.step("已导入")
    except AppError as exc:
        return refuse(exc, as_json=args.json)
    _print(report, as_json=args.json)
    return FINDINGS if report.error_count else OK


def _content(path: Path) -> bytes:
    try:
        if path.stat().st_size > imports.MAX_BYTES:
            raise FileRefused(reason=f"文件超过 {imports.MAX_BYTES // 1024**2} MB，请删除图片或分成几个文件上传")
        return path.read_bytes()
    except OSError:
        raise FileRefused(reason=f"读不到文件 {path}，请检查路径和权限") from None


def _print(report: ImportReport, *, as_json: bool) -> None:
    if as_json:
        print(json.dumps(report.as_json(), ensure_ascii=False, indent=1))
        return
    for found in report.findings:
        mark = "错误" if found["severity"] == "error" else "提醒"
        print(f"{mark} {found['sheet']}!{found['cell']} {found['field']}：{found['message']}。{found['next_step']}")
    for row in report.rows:
        changes = f"（{'、'.join(row['changes'])}）" if row["changes"] else ""
        print(f"第{row['line']}行 {row['code']} {row['name']}：{OUTCOMES[row['outcome']]}{changes}")
        if row["missing"]:
            print(f"    指南还缺：{'、'.join(row['missing'])}")
    said = "，".join(f"{text} {report.counts[key]}" for key, text in OUTCOMES.items())
    verb = "预览（未写入）" if report.state == "previewed" else "已导入"
    print(f"{verb}：{said}；错误 {report.error_count}，提醒 {report.warning_count}")
