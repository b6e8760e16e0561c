"""Fixtures that every room shares: a database (SQLite or a real MariaDB), and the whole site on a loopback port."""

import tempfile
from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import pytest
from tortoise import Tortoise, connections
from tortoise.backends.base.executor import EXECUTOR_CACHE
from tortoise.contrib.test import truncate_all_models

from app import sealing
from app.db import close_db, open_db, tortoise_config
from app.keys import load_keys, make_keys
from app.schema import compare_exactly
from app.server import TABLES
from tests import running


@pytest.fixture(scope="session")
def folder() -> Iterator[Path]:
    """A private folder for this run, outside the repository."""
    with tempfile.TemporaryDirectory(prefix="zhangban-test-", dir="/tmp") as name:
        yield Path(name)


@pytest.fixture(scope="session", autouse=True)
def keys_file(folder: Path) -> Path:
    path = folder / "keys.json"
    make_keys(path)
    sealing.use(load_keys(path))
    return path


@pytest.fixture(scope="session")
def mariadb_url(folder: Path) -> Iterator[str]:
    place = folder / "mariadb"
    place.mkdir()
    with running.mariadb(place) as url:
        yield url


@pytest.fixture(scope="session")
def redis_url(folder: Path) -> Iterator[str]:
    with running.redis(folder) as url:
        yield url


class Databases:
    """Which database is open now. One at a time: Tortoise's connection is the process's."""

    def __init__(self) -> None:
        self.open: str | None = None
        self.made: set[str] = set()

    async def use(self, url: str) -> None:
        if self.open != url:
            await self.close()
            EXECUTOR_CACHE.clear()  # Tortoise keeps statements per model, not per dialect
            await open_db(tortoise_config(url, TABLES))
            self.open = url
        if url not in self.made:
            await Tortoise.generate_schemas()
            await compare_exactly()
            self.made.add(url)

    async def close(self) -> None:
        if self.open is not None:
            await close_db()
            self.open = None


@pytest.fixture(scope="session")
async def databases() -> AsyncIterator[Databases]:
    held = Databases()
    yield held
    await held.close()


@pytest.fixture
async def db(request: pytest.FixtureRequest, databases: Databases, folder: Path) -> AsyncIterator[str]:
    """An empty database: SQLite, or what `@on_mariadb` / `@on_both` ask for. Yields its address."""
    kind = getattr(request, "param", "sqlite")
    url = request.getfixturevalue("mariadb_url") if kind == "mariadb" else f"sqlite://{folder}/test.db"
    await databases.use(url)
    yield url
    await truncate_all_models()


@pytest.fixture
def sql(db: str):
    """Ask the open database directly."""
    return connections.get("default").execute_query_dict
