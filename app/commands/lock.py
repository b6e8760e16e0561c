"""One process at a time on the embedded database."""

import fcntl
import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from app.errors import AppError
from app.settings import Settings


class DatabaseInUse(AppError):
    """Another process works with the SQLite file."""

    code = "database.in_use"
    status = 503
    message = (
        "{path} 正由进程 {process} 使用。SQLite 一次只能由一个进程使用：请先停止该进程（例如 make run），"
        "或将 ZHANGBAN_DATABASE_URL 设为 MySQL"
    )


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
            raise DatabaseInUse(path=path, process=file.read().strip() or "（未知）") from None
        file.truncate(0)
        file.write(str(os.getpid()))
        file.flush()
        yield
