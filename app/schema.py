"""Bringing the tables up to date: Tortoise's migrations, one package for each room, and what they leave out."""

from typing import Any

from tortoise import connections
from tortoise.migrations.api import migrate as run_migrations

COLLATION = "utf8mb4_bin"


async def migrate(config: dict[str, Any]) -> None:
    """Apply all migrations that are missing. Leaves the database open; safe to repeat."""
    await run_migrations(config=config)
    await compare_exactly()


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
