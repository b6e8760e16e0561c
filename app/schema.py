"""Bringing the tables up to date: Tortoise's migrations, one package for each room, and what they leave out."""

from typing import Any

from tortoise import connections
from tortoise.migrations.api import migrate as run_migrations

from app.db import close_db, open_db

COLLATION = "utf8mb4_bin"

# Rows of these tables are only ever added, whoever is at the database: a log that can be corrected proves nothing.
ADDED_ONLY = ("staff_audit_row",)
# SQLite's INSERT OR REPLACE passes by the trigger of DELETE, so a second row with a known id is refused as well.
_ONLY_ADD = {
    "sqlite": {
        "update": "BEFORE UPDATE ON {table} BEGIN SELECT RAISE(ABORT, '{table} is only added to'); END",
        "delete": "BEFORE DELETE ON {table} BEGIN SELECT RAISE(ABORT, '{table} is only added to'); END",
        "replace": "BEFORE INSERT ON {table} WHEN EXISTS (SELECT 1 FROM {table} WHERE id = NEW.id) "
        "BEGIN SELECT RAISE(ABORT, '{table} is only added to'); END",
    },
    "mysql": {
        act: f"BEFORE {act.upper()} ON {{table}} FOR EACH ROW "
        "SIGNAL SQLSTATE '45000' SET MESSAGE_TEXT = '{table} is only added to'"
        for act in ("update", "delete")
    },
}
_TRIGGERS = {
    "sqlite": ("sqlite_master WHERE type = 'trigger' AND name", "?"),
    "mysql": ("information_schema.TRIGGERS WHERE TRIGGER_SCHEMA = DATABASE() AND TRIGGER_NAME", "%s"),
}


async def migrate(config: dict[str, Any]) -> None:
    """Apply all migrations that are missing. Leaves the database open, also when it fails; safe to repeat."""
    await _ensure_opens(config)
    await run_migrations(config=config)
    await compare_exactly()
    await only_add()


async def _ensure_opens(config: dict[str, Any]) -> None:
    """Connect once by ourselves: Tortoise 1.1.9 keeps the lock of a connection that could not be opened, and its
    migrations then ask again and wait for themselves for ever.
    """
    await open_db(config)
    try:
        await connections.get("default").execute_query("SELECT 1")
    finally:
        await close_db()


async def compare_exactly() -> None:
    """Give every MySQL table the binary collation: openids that differ only in case are two people.

    Tortoise writes `CHARACTER SET utf8mb4` into each CREATE TABLE and with it the charset's default collation,
    whatever the database says.
    """
    client = connections.get("default")
    if client.capabilities.dialect != "mysql":
        return
    rows = await client.execute_query_dict(
        "SELECT TABLE_NAME AS name FROM information_schema.TABLES "
        "WHERE TABLE_SCHEMA = DATABASE() AND TABLE_TYPE = 'BASE TABLE' AND TABLE_COLLATION <> %s",
        [COLLATION],
    )
    for row in rows:
        await client.execute_script(f"ALTER TABLE `{row['name']}` CONVERT TO CHARACTER SET utf8mb4 COLLATE {COLLATION}")


async def only_add() -> None:
    """Have the database itself refuse UPDATE and DELETE (and REPLACE) on the tables of `ADDED_ONLY`; safe to repeat.

    TRUNCATE and DROP pass by triggers: in production the account of the serving processes has neither DROP nor TRIGGER,
    only whoever runs `migrate` does.
    """
    client = connections.get("default")
    for table in ADDED_ONLY:
        for act, body in _ONLY_ADD[client.capabilities.dialect].items():
            if not await _has_trigger(f"{table}_{act}"):
                await client.execute_script(f"CREATE TRIGGER {table}_{act} {body.format(table=table)}")


async def _has_trigger(name: str) -> bool:
    client = connections.get("default")
    listed, mark = _TRIGGERS[client.capabilities.dialect]
    return bool(await client.execute_query_dict(f"SELECT 1 FROM {listed} = {mark}", [name]))
