"""Fixtures that every room shares: a database (SQLite or a real MariaDB), and the whole site on a loopback port."""

import tempfile
from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import pytest
from tortoise import connections
from tortoise.backends.base.executor import EXECUTOR_CACHE
from tortoise.contrib.test import truncate_all_models

from app import clock, sealing
from app.booking import kinds
from app.keys import load_keys, make_keys
from app.recent import forget_all
from tests import running
from tests.city import ROOMS, Calendar, Doors, city, seeded
from tests.databases import Databases

LONGEST = ("tests/journeys/", "tests/faults/")


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """The longest first, so that both cores end together."""
    items.sort(key=lambda item: not item.nodeid.startswith(LONGEST))


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
    with running.mariadb(place, is_durable=False) as url:
        yield url


@pytest.fixture(scope="session")
def redis_url(folder: Path) -> Iterator[str]:
    with running.redis(folder) as url:
        yield url


@pytest.fixture(scope="session")
async def databases() -> AsyncIterator[Databases]:
    held = Databases()
    yield held
    await held.close()


@pytest.fixture
async def db(request: pytest.FixtureRequest, databases: Databases, folder: Path) -> AsyncIterator[str]:
    """An empty database: SQLite, or what `@on_mariadb` / `@on_both` ask for. Yields its address."""
    kind = getattr(request, "param", "sqlite")
    forget_all()  # figures of the test before, remembered for a second
    kinds.use_rooms(ROOMS)
    url = request.getfixturevalue("mariadb_url") if kind == "mariadb" else f"sqlite://{folder}/test.db{running.HASTY}"
    await databases.use(url)
    yield url
    await truncate_all_models()
    forget_all()


@pytest.fixture
def sql(db: str):
    """Ask the open database directly."""
    return connections.get("default").execute_query_dict


@pytest.fixture
def calendar(monkeypatch: pytest.MonkeyPatch) -> Calendar:
    """The time of the whole product, in the test's hands."""
    moved = Calendar()
    monkeypatch.setattr(clock, "now", moved.now)
    return moved


@pytest.fixture
def mid_morning(calendar: Calendar) -> None:
    """Ten o'clock today: what began an hour ago is of the same day, at whatever hour the tests run."""
    calendar.jump_to(clock.now().replace(hour=10, minute=0))


@pytest.fixture(scope="session")
async def huainan(databases: Databases, folder: Path) -> Path:
    """The city's data in a SQLite file, made once; `doors` works on a copy of it."""
    return await seeded(folder, databases)


@pytest.fixture
async def doors(huainan: Path, databases: Databases, tmp_path: Path, keys_file: Path) -> AsyncIterator[Doors]:
    """The whole product with Huainan's data, and the phone page beside it."""
    await databases.close()
    EXECUTOR_CACHE.clear()
    async with city(huainan, tmp_path, keys_file) as opened:
        yield opened
