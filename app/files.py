"""Files that people hand in: sealed, under names of ours, in a folder that no web server serves.

A file is written before the transaction that names it, so a refusal or a crash can leave one that no row names.
`drop` takes it back; what a crash left, `strays` finds.
"""

import asyncio
import os
import time
from collections.abc import Iterable
from datetime import datetime
from pathlib import Path

from app.errors import NotFound
from app.ids import new_code
from app.sealing import seal_bytes, unseal_bytes


async def keep(folder: Path, content: bytes, *, kind: str, now: datetime) -> str:
    """Seal the content and write it down. Returns its key, such as `pickup/2026-11/7KQ2X0D144AB9ZT3`."""
    key = f"{kind}/{now:%Y-%m}/{new_code()}"
    await asyncio.to_thread(_write, folder / key, seal_bytes(content, f"file:{key}"))
    return key


async def read(folder: Path, key: str) -> bytes:
    """The content of a file. Raises `NotFound` when it is gone, ValueError when it was altered or put elsewhere."""
    try:
        sealed = await asyncio.to_thread((folder / key).read_bytes)
    except FileNotFoundError:
        raise NotFound() from None
    return unseal_bytes(sealed, f"file:{key}")


async def drop(folder: Path, keys: Iterable[str]) -> None:
    """Remove files that no row names (any more)."""
    for key in keys:
        await asyncio.to_thread((folder / key).unlink, missing_ok=True)


async def strays(folder: Path, *, kind: str, months: Iterable[str], older_than_s: float) -> list[str]:
    """Keys of a kind's files of these months (`2026-11`) that were not written just now; a row may name them."""
    return await asyncio.to_thread(_old_enough, folder, [f"{kind}/{month}" for month in months], older_than_s)


def _old_enough(folder: Path, places: list[str], older_than_s: float) -> list[str]:
    # The clock of the disk, which need not be the one that is handed down.
    newest = time.time() - older_than_s  # noqa: TID251
    found = [(place, entry) for place in places if (folder / place).is_dir() for entry in os.scandir(folder / place)]
    return [f"{place}/{entry.name}" for place, entry in found if entry.stat().st_mtime < newest]


def _write(path: Path, content: bytes) -> None:
    """Readable by the owner and the group only, on the disk before anybody relies on it, never half there."""
    path.parent.mkdir(parents=True, exist_ok=True, mode=0o750)
    unfinished = path.with_suffix(".part")
    descriptor = os.open(unfinished, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o640)
    with os.fdopen(descriptor, "wb") as file:
        file.write(content)
        file.flush()
        os.fsync(file.fileno())
    unfinished.rename(path)
