"""Which database the tests have open."""

from tortoise import Tortoise
from tortoise.backends.base.executor import EXECUTOR_CACHE

from app.db import close_db, open_db, tortoise_config
from app.schema import compare_exactly
from app.server import TABLES


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
