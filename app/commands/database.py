"""`migrate` and `seed`."""

import sys
from collections.abc import Awaitable, Callable
from datetime import datetime
from pathlib import Path

from app import clock
from app.commands.progress import Progress
from app.db import close_db, open_db
from app.schema import migrate as migrate_schema
from app.server import SEEDS, database_config, use_keys
from app.settings import Settings

CITIES = Path(__file__).parent.parent / "cities"
Seed = Callable[..., Awaitable[int]]


async def migrate(settings: Settings) -> int:
    """Bring the tables up to date; safe to repeat."""
    try:
        await migrate_schema(database_config(settings))
    finally:
        await close_db()
    return 0


async def seed(settings: Settings, *, now: datetime | None = None) -> int:
    """Load the city's data; again and again without doubling anything."""
    folder = CITIES / settings.city
    if not folder.is_dir():
        print(f"no city in {folder}", file=sys.stderr)
        return 2
    use_keys(settings)
    await open_db(database_config(settings))
    try:
        progress = Progress("seed", total=len(SEEDS))
        for name, load in SEEDS.items():
            count = await load(folder=folder, now=now or clock.now())
            progress.step(f"{name}: {count}")
    finally:
        await close_db()
    return 0
