"""`python -m app …` as whoever installs the product meets it: real processes, exit codes, what is printed."""

import fcntl
import json
import os
import re
import shutil
import sqlite3
import subprocess
import sys
from pathlib import Path

import pytest

from app.staff import passwords

ROOT = Path(__file__).parents[2]
LIMIT_S = 20


def run(folder: Path, *words: str, database: str = "", **settings: str) -> subprocess.CompletedProcess[str]:
    """One command in a process of its own, which must end by itself."""
    names = {"DATABASE_URL": database or f"sqlite://{folder}/a.db", "KEYS_FILE": f"{folder}/keys.json"} | settings
    environment = {key: value for key, value in os.environ.items() if not key.startswith("ZHANGBAN_")}
    environment |= {f"ZHANGBAN_{name}": value for name, value in names.items()}
    command = [sys.executable, "-m", "app", *words]
    return subprocess.run(command, cwd=ROOT, env=environment, capture_output=True, text=True, timeout=LIMIT_S)


@pytest.fixture(scope="module")
def tables(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("tables")
    assert run(folder, "migrate").returncode == 0
    return folder


@pytest.fixture
def migrated(tables: Path, tmp_path: Path) -> Path:
    """A folder whose database has its tables, and nothing in them."""
    shutil.copy(tables / "a.db", tmp_path)
    return tmp_path


def ask(folder: Path, sql: str) -> list[tuple[object, ...]]:
    connection = sqlite3.connect(folder / "a.db")
    rows = connection.execute(sql).fetchall()
    connection.close()
    return rows


def break_file(folder: Path) -> None:
    (folder / "a.db").write_bytes(b"this is no database" * 500)


def break_migration(folder: Path) -> None:
    """A table of that name is there already, so the first migration fails in the middle."""
    with sqlite3.connect(folder / "a.db") as connection:
        connection.execute("CREATE TABLE booking_slot (x)")
    connection.close()


@pytest.mark.parametrize(
    ("broken", "says"), [(break_file, "file is not a database"), (break_migration, "already exists")]
)
def test_a_failed_migration_ends_and_says_why(tmp_path: Path, broken, says: str) -> None:
    broken(tmp_path)
    done = run(tmp_path, "migrate")
    assert (done.returncode, says in done.stderr) == (1, True)


def test_a_database_out_of_reach_ends_the_migration(tmp_path: Path) -> None:
    done = run(tmp_path, "migrate", database="mysql://root:@127.0.0.1:1/nowhere")
    assert (done.returncode, "Can't connect" in done.stderr) == (1, True)


NEW = ("staff-add", "--login", "zhao.guan", "--name", "赵管", "--role", "admin")


def test_the_first_administrator_gets_a_password_once_that_must_be_changed(migrated: Path) -> None:
    done = run(migrated, *NEW)
    assert (done.returncode, "已新增账号 zhao.guan（赵管，系统管理员）" in done.stdout) == (0, True)
    found = re.search(r"初始密码：([0-9a-z]{5}-[0-9a-z]{5}-[0-9a-z]{5})\n", done.stdout)
    assert found is not None
    [(kept, must_change, roles, halls)] = ask(
        migrated, "SELECT password_hash, must_change_password, roles, hall_codes FROM staff_staff"
    )
    assert (must_change, roles, halls) == (1, '["admin"]', '["*"]')
    assert passwords._fits(str(kept), found[1])
    assert ask(migrated, "SELECT staff_name, action FROM staff_audit_row") == [("系统", "staff.add")]

    again = run(migrated, *NEW)
    assert (again.returncode, again.stdout, "该账号已存在" in again.stderr) == (1, "", True)
    assert ask(migrated, "SELECT password_hash FROM staff_staff") == [(kept,)]


@pytest.mark.parametrize("wrong", [("--login", "赵"), ("--name", " "), ("--role", "king")])
def test_a_wrong_word_adds_nobody(tmp_path: Path, wrong: tuple[str, str]) -> None:
    assert run(tmp_path, *NEW, *wrong).returncode == 2
    assert not (tmp_path / "a.db").exists()


@pytest.mark.parametrize(("command", "things"), [("demo-staff", "accounts"), ("demo-devices", "devices")])
def test_production_makes_no_demonstration(tmp_path: Path, keys_file: Path, command: str, things: str) -> None:
    done = run(
        tmp_path, command, database="mysql://zb:x@127.0.0.1:1/zb", ENVIRONMENT="production",
        PUBLIC_URL="https://zb.huainan.gov.cn", KEYS_FILE=str(keys_file), WORKER_INSIDE="false", WECHAT__SECRET="s",
        WECHAT__OA_SECRET="s", SMS__ACCESS_KEY_SECRET="s", HTTP__FORWARDED_SECRET="s",
    )  # fmt: skip
    assert (done.returncode, done.stderr) == (2, f"production has no demonstration {things}\n")


def test_wrong_settings_are_named_and_no_secret_is_printed(tmp_path: Path) -> None:
    done = run(tmp_path, "serve", ENVIRONMENT="production", SMS__ACCESS_KEY_SECRET="TOPSECRET123", HTTP__PORT="x")
    assert (done.returncode, done.stdout) == (2, "")
    assert "ZHANGBAN_HTTP__PORT: Input should be a valid integer" in done.stderr
    done = run(tmp_path, "serve", ENVIRONMENT="production", SMS__ACCESS_KEY_SECRET="TOPSECRET123")
    assert done.stderr.startswith("settings: production refuses to start: SQLite serves one process;")
    broken = run(tmp_path, "serve", WECHAT='{"secret": "TOPSECRET123"')
    assert (broken.returncode, len(broken.stderr.splitlines())) == (2, 1)
    assert "TOPSECRET123" not in done.stderr + broken.stderr


SAMPLE = str(ROOT / "tests" / "samples" / "import_clean.xlsx")


def test_an_import_beside_a_running_product_is_refused_in_words_and_in_json(tmp_path: Path) -> None:
    with open(tmp_path / "a.db.lock", "w", encoding="ascii") as held:
        held.write("4711")
        held.flush()
        fcntl.flock(held, fcntl.LOCK_EX)
        said = run(tmp_path, "import-matters", SAMPLE, "--dry-run")
        told = run(tmp_path, "import-matters", SAMPLE, "--dry-run", "--json")
    assert (said.returncode, said.stdout) == (2, "")
    assert f"{tmp_path}/a.db 正由进程 4711 使用" in said.stderr
    assert (told.returncode, json.loads(told.stdout)["error"]["code"]) == (2, "database.in_use")


def test_an_import_into_a_database_without_tables_says_what_to_do(tmp_path: Path) -> None:
    done = run(tmp_path, "import-matters", SAMPLE, "--dry-run")
    assert (done.returncode, done.stdout) == (2, "")
    assert done.stderr.splitlines()[-1] == "数据库还没有建表或表已过时，请先运行 python -m app migrate"
    assert "Traceback" not in done.stderr


def test_seeding_twice_doubles_nothing_and_says_so(migrated: Path) -> None:
    first = run(migrated, "seed")
    tables = (
        "booking_slot",
        "halls_hall",
        "halls_counter",
        "matters_matter",
        "directory_region",
        "workdays_day",
        "chatbot_faq",
        "chatbot_faq_version",
        "chatbot_rule",
    )
    counts = [ask(migrated, f"SELECT count(*) FROM {table}") for table in tables]
    [(slots,)] = counts[0]
    assert f"slots: {slots} new or corrected" in first.stderr
    assert int(str(slots)) > 10_000
    second = run(migrated, "seed")
    assert re.findall(r"(\d+) new or corrected", second.stderr) == ["0"] * 7
    assert [ask(migrated, f"SELECT count(*) FROM {table}") for table in tables] == counts


def test_a_holiday_notice_is_looked_at_then_imported_and_a_second_time_changes_nothing(migrated: Path) -> None:
    notice = str(ROOT / "app/cities/huainan/holidays/holidays_2025_2026.json")
    looked = run(migrated, "import-workdays", notice, "--dry-run", "--json")
    told = json.loads(looked.stdout)
    assert (looked.returncode, told["state"], told["changed"]) == (0, "previewed", 730)
    assert told["workingDays"] == {"2025": 248, "2026": 248}
    assert ask(migrated, "SELECT count(*) FROM workdays_day") == [(0,)]
    done = run(migrated, "import-workdays", notice)
    assert "2026-10-10 上班" in done.stdout
    assert done.stdout.endswith("2025 年 248 个工作日，2026 年 248 个工作日\n")
    assert ask(migrated, "SELECT count(*), sum(is_working) FROM workdays_day WHERE date >= '2026-01-01'") == [
        (365, 248)
    ]
    again = json.loads(run(migrated, "import-workdays", notice, "--json").stdout)
    assert (again["changed"], ask(migrated, "SELECT count(*) FROM workdays_change")) == (0, [(1,)])


def test_a_file_that_is_no_notice_is_refused_in_words_and_as_json(migrated: Path) -> None:
    (migrated / "a.csv").write_text("2026-01-01,加班,元旦", encoding="utf-8")
    words = run(migrated, "import-workdays", str(migrated / "a.csv"))
    assert (words.returncode, words.stderr.splitlines()[-1]) == (
        2, "放假通知有误，未导入：第 1 行：第二列“加班”应为 放假 或 上班",
    )  # fmt: skip
    as_json = json.loads(run(migrated, "import-workdays", str(migrated / "b.csv"), "--json").stdout)
    assert as_json["error"]["code"] == "workdays.bad_notice"
    assert ask(migrated, "SELECT count(*) FROM workdays_day") == [(0,)]
