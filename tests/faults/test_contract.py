"""Hostile and odd input at every address of the API, made from its own description: the contract holds (D01, D06)."""

import asyncio
import shutil
import subprocess
import sys
from pathlib import Path

from app import clock
from app.http.session import open_session
from app.ids import new_code
from tests.databases import Databases
from tests.factories import make_citizen
from tests.faults.served import served
from tests.running import HASTY

# One worker: CPython 3.11 loses count of its syntax trees when two threads compile (gh-106905).
# Not among the checks: negative_data_rejection, because an empty query parameter is one that was not sent (?bookable=).
CHECKS = (
    "not_a_server_error,status_code_conformance,content_type_conformance,response_headers_conformance,"
    "response_schema_conformance,unsupported_method"
)


async def test_every_answer_to_anything_is_one_that_was_declared(
    huainan: Path, databases: Databases, keys_file: Path, tmp_path: Path
) -> None:
    file = tmp_path / "city.db"
    await asyncio.to_thread(shutil.copy, huainan, file)
    db, now = f"sqlite://{file}{HASTY}", clock.now()
    await databases.use(db)
    citizen = await make_citizen(new_code(), now=now)
    token = await open_session(kind="citizen", subject_id=citizen.id, channel="wechat", now=now)
    async with served(db, databases, keys_file) as url:
        run = await asyncio.to_thread(
            subprocess.run,
            [
                str(Path(sys.executable).with_name("schemathesis")), "run", f"{url}/openapi.json",
                "-H", f"Authorization: Bearer {token}", "--checks", CHECKS, "--max-examples", "20", "--seed", "7",
                "--generation-deterministic", "--phases", "examples,coverage,fuzzing", "--workers", "1",
                "--exclude-path-regex", "sessions/current", "--max-response-time", "5", "--continue-on-failure",
            ],
            cwd=tmp_path, capture_output=True, text=True, check=False, timeout=300,
        )  # fmt: skip
    assert run.returncode == 0, run.stdout
