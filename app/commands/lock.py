"""One process at a time on the embedded database."""

import fcntl
import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from app.settings import Settings


class DatabaseInUse(Exception):
    """Another process works with the SQLite file."""


@contextmanager
def only_process(settings: Settings) -> Iterator[None]:
    """Hold the SQLite database for this process; MySQL takes any number.

    Raises:
        DatabaseInUse: SQLite has one writer, and with two processes transactions would fail at random.
    """
    if not settings.uses_sqlite or ":memory:" in settings.database_url:
        yield
        return
    path = Path(settings.database_url.removeprefix("sqlite://").partition("?")[0])
    path.parent.mkdir(parents=True, exist_ok=True)
    with open(f"{path}.lock", "a+", encoding="ascii") as file:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            file.seek(0)
            raise DatabaseInUse(
                f"{path} is in use by process {file.read().strip() or 'unknown'}. SQLite serves one process: "
                "stop that one, or set ZHANGBAN_DATABASE_URL to MySQL for more."
            ) from None
        file.truncate(0)
        file.write(str(os.getpid()))
        file.flush()
        yield
