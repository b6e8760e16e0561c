"""Migrations make exactly the tables the models describe, on both databases, and nobody forgot to write one."""

import sqlite3
from collections.abc import AsyncIterator
from pathlib import Path
from typing import NamedTuple
from urllib.parse import urlsplit

import pymysql
import pytest
from tortoise import Tortoise
from tortoise.backends.base.executor import EXECUTOR_CACHE
from tortoise.migrations.autodetector import MigrationAutodetector

from app.db import close_db, open_db, tortoise_config
from app.schema import compare_exactly, migrate
from app.server import TABLES
from tests.databases import Databases
from tests.running import create_database

Facts = dict[str, set[tuple[object, ...]]]


class Migrated(NamedTuple):
    """A SQLite file, and the port and name of a database of MariaDB."""

    file: Path
    port: int
    name: str


def facts_of_sqlite(path: Path) -> Facts:
    """Columns with type, null and key; unique and plain indexes with their columns; per table."""
    with sqlite3.connect(path) as connection:
        names = [row[0] for row in connection.execute("SELECT name FROM sqlite_master WHERE type='table'")]
        facts: Facts = {}
        for name in names:
            columns = {
                (row[1], row[2].replace("INTEGER", "INT"), *row[3:4], *row[5:])
                for row in connection.execute(f"PRAGMA table_info('{name}')")
            }
            for index in connection.execute(f"PRAGMA index_list('{name}')").fetchall():
                if index[3] == "pk":
                    continue  # how a key that is no rowid is kept
                parts = [row[2] for row in connection.execute(f"PRAGMA index_info('{index[1]}')")]
                columns.add(("index", bool(index[2]), *parts))
            facts[name] = columns
    connection.close()
    return facts


def facts_of_mariadb(port: int, database: str) -> Facts:
    connection = pymysql.connect(host="127.0.0.1", port=port, user="root", database=database)
    facts: Facts = {}
    with connection, connection.cursor() as cursor:
        cursor.execute(
            "SELECT TABLE_NAME, COLUMN_NAME, COLUMN_TYPE, IS_NULLABLE, COLLATION_NAME FROM information_schema.COLUMNS "
            "WHERE TABLE_SCHEMA=%s", [database]
        )  # fmt: skip
        for table, *column in cursor.fetchall():
            facts.setdefault(table, set()).add(tuple(column))
        cursor.execute(
            "SELECT TABLE_NAME, NON_UNIQUE, GROUP_CONCAT(COLUMN_NAME ORDER BY SEQ_IN_INDEX) "
            "FROM information_schema.STATISTICS WHERE TABLE_SCHEMA=%s GROUP BY TABLE_NAME, INDEX_NAME, NON_UNIQUE",
            [database],
        )
        for table, *index in cursor.fetchall():
            facts[table].add(("index", *index))
    return facts


def without_bookkeeping(facts: Facts) -> Facts:
    return {name: parts for name, parts in facts.items() if "migration" not in name and not name.startswith("sqlite_")}


async def made_by_models(url: str) -> None:
    EXECUTOR_CACHE.clear()
    await open_db(tortoise_config(url, TABLES))
    await Tortoise.generate_schemas()
    await compare_exactly()
    await close_db()


async def made_by_migrations(url: str) -> None:
    EXECUTOR_CACHE.clear()
    for _ in range(2):  # the second time there is nothing to do
        await migrate(tortoise_config(url, TABLES))
        await close_db()


@pytest.fixture
async def nothing_open(databases: Databases) -> AsyncIterator[None]:
    await databases.close()
    yield
    EXECUTOR_CACHE.clear()


@pytest.fixture(scope="module")
async def migrated(databases: Databases, mariadb_url: str, tmp_path_factory: pytest.TempPathFactory) -> Migrated:
    """Both databases with all migrations, applied twice."""
    await databases.close()
    made = Migrated(tmp_path_factory.mktemp("migrated") / "a.db", urlsplit(mariadb_url).port or 0, "by_migrations")
    create_database(made.port, made.name)
    await made_by_migrations(f"sqlite://{made.file}")
    await made_by_migrations(f"mysql://root:@127.0.0.1:{made.port}/{made.name}")
    return made


async def test_sqlite_migrates_to_what_the_models_say(migrated: Migrated, nothing_open: None, tmp_path: Path) -> None:
    await made_by_models(f"sqlite://{tmp_path}/models.db")
    facts = facts_of_sqlite(migrated.file)
    assert without_bookkeeping(facts) == without_bookkeeping(facts_of_sqlite(tmp_path / "models.db"))


async def test_mariadb_migrates_to_what_the_models_say(migrated: Migrated, nothing_open: None) -> None:
    create_database(migrated.port, "by_models")
    await made_by_models(f"mysql://root:@127.0.0.1:{migrated.port}/by_models")
    facts = facts_of_mariadb(migrated.port, migrated.name)
    assert without_bookkeeping(facts) == facts_of_mariadb(migrated.port, "by_models")


AUDIT_TRIGGERS = {"staff_audit_row_update", "staff_audit_row_delete"}


def test_a_migrated_database_guards_the_audit_log(migrated: Migrated) -> None:
    with sqlite3.connect(migrated.file) as connection:
        names = {row[0] for row in connection.execute("SELECT name FROM sqlite_master WHERE type='trigger'")}
    connection.close()
    assert names == AUDIT_TRIGGERS | {"staff_audit_row_replace"}
    server = pymysql.connect(host="127.0.0.1", port=migrated.port, user="root", database=migrated.name)
    with server, server.cursor() as cursor:
        cursor.execute("SHOW TRIGGERS")
        assert {row[0] for row in cursor.fetchall()} == AUDIT_TRIGGERS


async def test_no_change_of_a_model_lacks_its_migration(nothing_open: None) -> None:
    config = tortoise_config("sqlite://:memory:", TABLES)
    await open_db(config)
    assert Tortoise.apps is not None
    for app in Tortoise.apps.values():
        for model in app.values():
            model._meta.table_description = ""  # left out by deploy/write-migrations.sh
    writers = await MigrationAutodetector(Tortoise.apps, config["apps"]).changes()
    await close_db()
    assert [f"{writer.app_label}.{writer.name}" for writer in writers] == []
