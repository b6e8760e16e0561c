"""Run real servers inside the tests: a Sanic app on a loopback port, MariaDB and Redis in private folders."""

import asyncio
import contextlib
import inspect
import os
import pwd
import shutil
import signal
import socket
import subprocess
import time
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager
from pathlib import Path

import aiohttp
import pymysql
from sanic import Sanic


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def from_address(http: aiohttp.ClientSession, app: str, address: str) -> None:
    """Let what this client sends next come from another address, by the word of the proxy that this app believes."""
    Sanic.get_app(app).config.FORWARDED_SECRET = "s"
    http.headers["forwarded"] = f'for="{address}";secret=s'


@asynccontextmanager
async def serving(app: Sanic, *, port: int = 0) -> AsyncIterator[str]:
    """Serve the app on a loopback port (any free one unless told) in this event loop; yields its address."""
    port = port or free_port()
    app.config.TOUCHUP = False  # it rewrites Sanic's classes for one app, and a second one then fails
    server = await app.create_server(host="127.0.0.1", port=port, return_asyncio_server=True)
    assert server is not None
    await server.startup()
    await server.before_start()
    await server.after_start()
    try:
        yield f"http://127.0.0.1:{port}"
    finally:
        Sanic._app_registry.pop(app.name, None)
        await server.before_stop()
        server.close()
        for connection in list(server.connections):
            connection.abort()
        await server.wait_closed()
        await server.after_stop()


HASTY = "?synchronous=OFF"  # SQLite: a test's rows need not outlive a power cut
HASTY_MARIADB = ["--innodb-flush-log-at-trx-commit=2", "--skip-innodb-doublewrite"]


@contextmanager
def mariadb(folder: Path, *, is_durable: bool = True) -> Iterator[str]:
    """A MariaDB server of our own; yields the address of an empty database.

    Args:
        is_durable: what is committed outlives a power cut, as in production; tests need no more than a killed process.
    """
    port, data = free_port(), folder / "data"
    as_user = _unprivileged(folder)
    log = (folder / "log").open("wb")
    subprocess.run(
        ["mariadb-install-db", "--no-defaults", f"--datadir={data}", "--auth-root-authentication-method=normal",
         "--skip-test-db", *as_user],
        check=True, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
    )  # fmt: skip
    server = subprocess.Popen(
        ["mariadbd", "--no-defaults", f"--datadir={data}", f"--port={port}", "--bind-address=127.0.0.1",
         f"--socket={folder}/sql.sock", f"--pid-file={folder}/sql.pid", "--innodb-buffer-pool-size=128M",
         "--character-set-server=utf8mb4", "--collation-server=utf8mb4_bin", "--max-connections=400",
         "--innodb-log-file-size=48M", *([] if is_durable else HASTY_MARIADB), *as_user],
        stdout=subprocess.DEVNULL, stderr=log,
    )  # fmt: skip
    try:
        create_database(port, "zhangban_test")
        yield f"mysql://root:@127.0.0.1:{port}/zhangban_test"
    finally:
        server.kill()
        server.wait()
        log.close()
        shutil.rmtree(data, ignore_errors=True)


def create_database(port: int, name: str) -> None:
    deadline = time.monotonic() + 30
    while True:
        try:
            connection = pymysql.connect(host="127.0.0.1", port=port, user="root")
            break
        except pymysql.err.OperationalError:
            if time.monotonic() > deadline:
                raise
            time.sleep(0.1)
    with contextlib.closing(connection), connection.cursor() as cursor:
        cursor.execute(f"CREATE DATABASE {name} CHARACTER SET utf8mb4 COLLATE utf8mb4_bin")


def _unprivileged(folder: Path) -> list[str]:
    """MariaDB refuses to run as root; its own account then owns the folder."""
    if os.geteuid() != 0:
        return []
    account = pwd.getpwnam("mysql")
    for path in (folder, *folder.parents):
        if path == Path("/tmp"):
            break
        if path.is_dir() and path.stat().st_uid == 0 and path != folder:
            path.chmod(path.stat().st_mode | 0o111)
    os.chown(folder, account.pw_uid, account.pw_gid)
    return ["--user=mysql"]


class RedisServer:
    """A Redis server of our own, which can be killed, frozen, and started again under the same address."""

    def __init__(self, folder: Path) -> None:
        self._folder, self._port = folder, free_port()
        self.url = f"redis://127.0.0.1:{self._port}/0"

    def start(self) -> None:
        port, folder = str(self._port), str(self._folder)
        self._server = subprocess.Popen(
            ["redis-server", "--port", port, "--bind", "127.0.0.1", "--dir", folder, "--save", "", "--appendonly",
             "no"],
            stdout=subprocess.DEVNULL,
        )  # fmt: skip
        _wait_for_port(self._port)

    def freeze(self) -> None:
        """It keeps its connections and answers nothing."""
        self._server.send_signal(signal.SIGSTOP)

    def kill(self) -> None:
        self._server.kill()
        self._server.wait()


@contextmanager
def redis(folder: Path) -> Iterator[str]:
    """A Redis server of our own; yields its address."""
    server = RedisServer(folder)
    server.start()
    try:
        yield server.url
    finally:
        server.kill()


def _wait_for_port(port: int) -> None:
    deadline = time.monotonic() + 20
    while time.monotonic() < deadline:
        with contextlib.suppress(OSError), socket.create_connection(("127.0.0.1", port), 1):
            return
        time.sleep(0.05)
    raise TimeoutError(f"nothing listens on port {port}")


async def until(check, *, seconds: float = 10) -> None:
    """Wait until `check()` (plain or async) is true; fail when it never is."""
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline:
        answer = check()
        if await answer if inspect.isawaitable(answer) else answer:
            return
        await asyncio.sleep(0.02)
    raise AssertionError(f"not within {seconds} s: {check}")
