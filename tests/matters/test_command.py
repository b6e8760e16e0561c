"""`import-matters`: what a person at the terminal sees, and the exit codes a script relies on."""

import argparse
import json
from pathlib import Path

import pytest

from app.commands.import_matters import add_parser, run
from app.matters.models import Matter
from tests.matters.conftest import SAMPLES


def parsed(*words: str) -> argparse.Namespace:
    parser = argparse.ArgumentParser()
    add_parser(parser.add_subparsers())
    return parser.parse_args(["import-matters", *words])


async def test_a_clean_file_goes_in_and_exits_with_0(city: None, capsys: pytest.CaptureFixture[str]) -> None:
    assert await run(parsed(str(SAMPLES / "import_clean.xlsx"))) == 0
    seen = capsys.readouterr()
    assert seen.out.splitlines()[-1] == "已导入：新增 0，修改 6，无变化 6，未导入 0；错误 0，提醒 0"
    assert "4/4" in seen.err
    assert await Matter.filter(version=2).count() == 6


async def test_defects_are_printed_with_cell_and_next_step_and_exit_with_1(
    city: None, capsys: pytest.CaptureFixture[str]
) -> None:
    assert await run(parsed(str(SAMPLES / "import_defects.xlsx"), "--dry-run")) == 1
    seen = capsys.readouterr().out
    assert "错误 事项梳理表!J10 承诺时限：承诺时限(30)长于法定时限(20)。请核对两个时限" in seen
    assert seen.splitlines()[-1].startswith("预览（未写入）：新增 0，修改 2，无变化 2，未导入 8")
    assert await Matter.filter(version=2).count() == 0


async def test_the_report_comes_as_json(city: None, capsys: pytest.CaptureFixture[str]) -> None:
    assert await run(parsed(str(SAMPLES / "import_defects.xlsx"), "--dry-run", "--json")) == 1
    report = json.loads(capsys.readouterr().out)
    assert (report["counts"]["error"], report["error_count"], report["warning_count"]) == (8, 10, 3)
    assert {"code", "severity", "sheet", "cell", "field", "raw", "message", "next_step"} <= set(report["findings"][0])


@pytest.mark.parametrize("content", [b"PK nonsense", None])
async def test_a_refused_or_missing_file_exits_with_2(
    city: None, capsys: pytest.CaptureFixture[str], tmp_path: Path, content: bytes | None
) -> None:
    path = tmp_path / "a.xlsx"
    if content:
        path.write_bytes(content)
    assert await run(parsed(str(path))) == 2
    assert "文件未导入" in capsys.readouterr().err
