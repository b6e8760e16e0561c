"""Rules of the house that no linter knows."""

import ast
import re
import subprocess
import sys
import zipfile
from pathlib import Path

import pytest
from pydantic import ValidationError
from sanic import Sanic

from admin.pages.audit import ACTIONS
from admin.pages.pickup import PROOFS
from app.commands.describing import every_error
from app.http.openapi import contract_of
from app.log import JsonFormatter, mask
from app.queue.history import ARRIVE
from app.server import create_app
from app.settings import Settings

ROOT = Path(__file__).parent.parent.parent


def test_error_codes_are_unique_and_their_messages_chinese() -> None:
    errors = every_error()
    codes = [error.code for error in errors]
    assert sorted(codes) == sorted(set(codes))
    assert [e.code for e in errors if not re.search(r"[\u4e00-\u9fff]", e.message)] == []
    assert [e.code for e in errors if not 400 <= e.status < 600] == []


def test_every_api_route_states_its_contract(keys_file: Path) -> None:
    app = create_app(Settings(keys_file=keys_file))
    app.router.finalize()
    bare = [r.path for r in app.router.routes if r.path.startswith("api/") and not contract_of(r.handler)]
    Sanic._app_registry.clear()
    assert bare == []


def test_the_wheel_has_no_tests_and_no_sandbox(tmp_path: Path) -> None:
    subprocess.run(
        [sys.executable, "-m", "pip", "wheel", ROOT, "--no-deps", "--no-build-isolation", "-q", "-w", tmp_path],
        check=True, cwd=tmp_path,
    )  # fmt: skip
    (wheel,) = tmp_path.glob("*.whl")
    names = zipfile.ZipFile(wheel).namelist()
    assert [name for name in names if name.startswith("tests/") or "sandbox" in name] == []
    assert "app/server.py" in names
    assert "app/cities/huainan/matters.json" in names


SAFE = {
    "environment": "production",
    "public_url": "https://zw.example.gov.cn",
    "database_url": "mysql://zhangban@db/zhangban",
    "worker_inside": False,
    "wechat": {"secret": "s", "oa_secret": "s"},
    "sms": {"access_key_secret": "s"},
    "http": {"forwarded_secret": "s"},
}


def test_what_ships_is_pinned_as_what_is_tested() -> None:
    pins = re.compile(r"^[a-z0-9][\w.-]*==[\w.]+", re.I | re.M)
    shipped = set(pins.findall((ROOT / "requirements.lock").read_text()))
    assert shipped - set(pins.findall((ROOT / "requirements-dev.lock").read_text())) == set()
    assert len(shipped) > 30


def test_a_complete_production_starts(keys_file: Path) -> None:
    assert Settings(**SAFE, keys_file=keys_file).is_production


@pytest.mark.parametrize(
    ("change", "reason"),
    [
        ({"database_url": "sqlite://x.db"}, "SQLite"),
        ({"public_url": "http://zw.example.gov.cn"}, "https"),
        ({"worker_inside": True}, "worker"),
        ({"wechat": {"secret": "s", "oa_secret": "s", "base_url": "http://127.0.0.1:8100"}}, "WECHAT__BASE_URL"),
        ({"wechat": {"secret": "s", "oa_secret": "s", "base_url": "https://api.weixin.qq.com.evil.cn"}}, "BASE_URL"),
        ({"wechat": {"oa_secret": "s"}}, "WECHAT__SECRET"),
        ({"sms": {}}, "SMS__ACCESS_KEY_SECRET"),
        ({"http": {}}, "FORWARDED_SECRET is missing"),
        ({"http": {"forwarded_secret": ""}}, "FORWARDED_SECRET is missing"),
        ({"keys_file": "/nowhere/keys.json"}, "no keys"),
    ],
)
def test_an_unsafe_production_refuses_to_start(keys_file: Path, change: dict[str, object], reason: str) -> None:
    with pytest.raises(ValidationError, match=reason):
        Settings(**{**SAFE, "keys_file": keys_file, **change})


def test_an_unknown_setting_of_a_group_is_refused() -> None:
    with pytest.raises(ValidationError, match="extra"):
        Settings(wechat={"app_id": "wx1"})


def test_numbers_that_identify_people_are_masked_in_logs() -> None:
    text = "身份证 340403190001010016 手机 13812341234、+8613812341234 卡 6222021234567890123 编号 20261124"
    assert mask(text) == ("身份证 340403********0016 手机 138****1234、138****1234 卡 ************0123 编号 20261124")


def test_a_log_record_is_one_line_of_json_whatever_it_holds() -> None:
    record = __import__("logging").makeLogRecord({"msg": 'x\n{"forged": 1}\x1b[31m', "path": "/a\r\nb"})
    line = JsonFormatter().format(record)
    assert "\n" not in line
    assert "\x1b" not in line


# What writes acts of staff down, by where and how it is called: what stands before the verb it is handed.
VERBS = {
    ("app/queue/desks.py", "_tell"): "desk.",
    ("app/queue/alarms.py", "_tell"): "alarm.",
    ("app/queue/devices.py", "_audit"): "device.",
    ("chatbot/desk.py", "_tell"): "chat.",
    **{("app/queue", name): "queue." for name in ("history.note", "take", "_step", "_check")},
    ("app/pickup", "audit_step"): "pickup.",
}
NOT_BY_STAFF = re.compile(r"who=(CITIZEN|THE_SYSTEM)\b")
NO_ACT = {"why", "details", "changes", "subject", "hall_code", "source"}


def acts_written(path: Path) -> set[str]:
    """The acts that a file hands to the audit log, as literals."""
    place, acts = str(path.relative_to(ROOT)), set[str]()
    for call in ast.walk(ast.parse(path.read_text())):
        if not isinstance(call, ast.Call) or NOT_BY_STAFF.search(ast.unparse(call)):
            continue
        given = [*call.args, *(keyword.value for keyword in call.keywords if keyword.arg not in NO_ACT)]
        parts = (part for each in given if not isinstance(each, ast.Dict) for part in ast.walk(each))
        texts = {part.value for part in parts if isinstance(part, ast.Constant)}
        name = ast.unparse(call.func)
        prefixes = {VERBS.get((where, name)) for where in (place, str(path.parent.relative_to(ROOT)))} - {None}
        acts |= {f"{prefix}{text}" for prefix in prefixes for text in texts if re.fullmatch("[a-z_]+", str(text))}
        if name in ("audit", "_audit", "audit_booking") or any(keyword.arg == "action" for keyword in call.keywords):
            acts |= {str(text) for text in texts if re.fullmatch(r"[a-z]+\.[a-z_]*[a-z]", str(text))}
    return acts


def test_the_auditor_can_look_for_every_act_that_is_written_down_and_for_no_other() -> None:
    written = {f"queue.{ARRIVE}", *(f"pickup.view_{kind}" for kind in PROOFS)}
    written |= {"pickup.view", "pickup.list"}  # unless said otherwise
    for room in ("app", "admin", "chatbot"):
        for path in (ROOT / room).rglob("*.py"):
            written |= acts_written(path)
    assert sorted(written) == sorted(ACTIONS)
