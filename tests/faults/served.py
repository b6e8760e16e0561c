"""The product as a process of its own."""

import asyncio
import os
import signal
import subprocess
import sys
import urllib.error
import urllib.request
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

from tests.databases import Databases
from tests.running import free_port, serving, until
from tests.sandbox.__main__ import create_sandbox
from tests.sandbox.wechat_state import ACCOUNTS, MINI_PROGRAM


@asynccontextmanager
async def served(db: str, databases: Databases, keys_file: Path) -> AsyncIterator[str]:
    """`python -m app serve` on this database, with the stand-ins outside; yields its address.

    On SQLite the file is the server's meanwhile.
    """
    async with serving(create_sandbox("")) as outside, _served(db, databases, keys_file, outside) as url:
        yield url


@asynccontextmanager
async def _served(db: str, databases: Databases, keys_file: Path, outside: str) -> AsyncIterator[str]:
    await databases.close()
    values = {
        "WECHAT__BASE_URL": outside,
        "WECHAT__APPID": MINI_PROGRAM,
        "WECHAT__SECRET": ACCOUNTS[MINI_PROGRAM],
        "SMS__BASE_URL": outside,
        "SMS__ACCESS_KEY_ID": "sandbox",
        "SMS__ACCESS_KEY_SECRET": "sandbox-sms",
    }
    try:
        async with process(db, keys_file, **values) as url:
            yield url
    finally:
        await databases.use(db)


@asynccontextmanager
async def process(db: str, keys_file: Path, *, port: int = 0, **settings: str) -> AsyncIterator[str]:
    """`python -m app serve` with these settings, stopped by SIGTERM; yields its address."""
    port = port or free_port()
    values = {"DATABASE_URL": db, "KEYS_FILE": str(keys_file), "HTTP__PORT": str(port), **settings}
    server = _start({"PATH": os.environ["PATH"], **{f"ZHANGBAN_{name}": value for name, value in values.items()}})
    url = f"http://127.0.0.1:{port}"
    try:
        await until(lambda: answers(url), seconds=30)
        yield url
    finally:
        server.send_signal(signal.SIGTERM)
        assert await asyncio.to_thread(server.wait, 30) == 0


def _start(environment: dict[str, str]) -> subprocess.Popen[bytes]:
    return subprocess.Popen([sys.executable, "-m", "app", "serve"], env=environment, stderr=subprocess.DEVNULL)


def answers(url: str) -> bool:
    try:
        with urllib.request.urlopen(f"{url}/health/live", timeout=1):
            return True
    except (urllib.error.URLError, OSError):
        return False
