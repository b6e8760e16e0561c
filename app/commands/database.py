"""`migrate` and `seed`."""

import sys
from collections.abc import Awaitable, Callable
from pathlib import Path

from tortoise.exceptions import OperationalError

from app import clock
from app.city import city_of, folder_of
from app.commands.lock import DatabaseInUse, only_process
from app.commands.progress import Progress
from app.db import close_db, open_db
from app.errors import AppError
from app.queue.demo import load_demo as load_demo_devices
from app.schema import migrate as migrate_schema
from app.server import SEEDS, database_config, use_keys
from app.settings import Settings
from app.staff.demo import load_demo

DEMO_STAFF = Path("var/demo-staff.txt")
DEMO_DEVICES = Path("var/demo-devices.txt")
WITHOUT_TABLES = ("no such table", "no such column", "1146", "1054")  # SQLite; MariaDB


class NotMigrated(AppError):
    """There are no tables, or older ones than this program works with."""

    code = "database.not_migrated"
    status = 503
    message = "数据库还没有建表或表已过时，请先运行 python -m app migrate"


Refuse = Callable[[AppError], int]


def say(refusal: AppError) -> int:
    """Print why not. Returns the exit code."""
    print(refusal.text, file=sys.stderr)
    return 1


async def with_database(settings: Settings, act: Callable[[], Awaitable[int]], *, refuse: Refuse = say) -> int:
    """Open the database for one command and close it again; on SQLite only when no other process has it.

    Args:
        refuse: says why the database cannot be worked with, and returns the exit code.
    """
    use_keys(settings)
    try:
        with only_process(settings):
            await open_db(database_config(settings))
            try:
                return await act()
            finally:
                await close_db()
    except DatabaseInUse as exc:
        return refuse(exc)
    except OperationalError as exc:
        if not any(sign in str(exc) for sign in WITHOUT_TABLES):
            raise
        return refuse(NotMigrated())


async def migrate(settings: Settings) -> int:
    """Bring the tables up to date; safe to repeat."""
    try:
        with only_process(settings):
            await migrate_schema(database_config(settings))
    except DatabaseInUse as exc:
        return say(exc)
    finally:
        await close_db()
    return 0


async def seed(settings: Settings) -> int:
    """Load the city's data; again and again without doubling anything."""
    folder = folder_of(settings.city)

    async def load_all() -> int:
        progress = Progress("seed", total=len(SEEDS))
        for name, load in SEEDS.items():
            count = await load(folder=folder, now=clock.now())
            progress.step(f"{name}: {count} new or corrected")
        return 0

    return await with_database(settings, load_all)


async def demo_staff(settings: Settings) -> int:
    """Make the demonstration sign-ins of a laptop, with random passwords. Production has none."""
    if settings.is_production:
        print("production has no demonstration accounts", file=sys.stderr)
        return 2

    async def make() -> int:
        await load_demo(file=DEMO_STAFF, main_hall=city_of(settings.city).main_hall, now=clock.now())
        return 0

    return await with_database(settings, make)


async def demo_devices(settings: Settings) -> int:
    """Make links that pair a laptop's demonstration tablet and kiosk. Production has none."""
    if settings.is_production:
        print("production has no demonstration devices", file=sys.stderr)
        return 2

    async def make() -> int:
        hall_code, url = city_of(settings.city).main_hall, settings.public_url
        await load_demo_devices(file=DEMO_DEVICES, hall_code=hall_code, public_url=url, now=clock.now())
        return 0

    return await with_database(settings, make)
