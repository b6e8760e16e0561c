"""The whole product with Huainan's data, beside the stand-ins and the phone page, each on a loopback port."""

import asyncio
import shutil
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path

from app import clock, recent
from app.server import SEEDS, create_app, make_outbox
from app.settings import Settings
from tests.databases import Databases
from tests.running import HASTY, free_port, serving
from tests.sandbox.__main__ import create_sandbox
from tests.sandbox.template_fields import KINDS
from tests.sandbox.wechat_chat import PUSH
from tests.sandbox.wechat_state import ACCOUNTS, MINI_PROGRAM, OFFICIAL_ACCOUNT

CITY = Path(__file__).parent.parent / "app" / "cities" / "huainan"
RECEIPTS = "a-secret-in-the-address"
ROOMS = "https://video.example/{room}"


@dataclass(frozen=True)
class Doors:
    """Addresses of the product and of the phone page."""

    product: str
    phone: str


class Calendar:
    """The time of the whole product, which a test may move forward: put `now` in the place of `clock.now`."""

    def __init__(self) -> None:
        self.ahead = timedelta()

    def now(self) -> datetime:
        return datetime.now(clock.CHINA) + self.ahead

    def jump_to(self, moment: datetime) -> None:
        self.ahead = moment - datetime.now(clock.CHINA)


async def seeded(folder: Path, databases: Databases) -> Path:
    """A SQLite file with Huainan's data and nothing left for the worker, to be copied: seeding takes seconds."""
    file = folder / "huainan.db"
    await databases.use(f"sqlite://{file}{HASTY}")
    for load in SEEDS.values():
        await load(folder=CITY, now=clock.now())
    outbox = make_outbox()
    while await outbox.relay(clock.now()):
        pass
    await databases.close()
    return file


@asynccontextmanager
async def city(seed: Path, folder: Path, keys_file: Path) -> AsyncIterator[Doors]:
    """The product on a copy of the seeded file. Its database stays open to the test meanwhile."""
    file = folder / "city.db"
    await asyncio.to_thread(shutil.copy, seed, file)
    ports = free_port(), free_port()
    doors = Doors(*(f"http://127.0.0.1:{port}" for port in ports))
    settings = Settings(
        database_url=f"sqlite://{file}{HASTY}",
        keys_file=keys_file,
        files_folder=folder / "files",
        public_url=doors.product,
        wechat={
            "base_url": doors.phone,
            "oauth_url": doors.phone,
            "appid": MINI_PROGRAM,
            "secret": ACCOUNTS[MINI_PROGRAM],
            "oa_appid": OFFICIAL_ACCOUNT,
            "oa_secret": ACCOUNTS[OFFICIAL_ACCOUNT],
            "templates": KINDS,
            **PUSH,
        },
        sms={"base_url": doors.phone, "receipts_token": RECEIPTS},
        video={"room_url": ROOMS},
        http={"frame_ancestors": f"'self' {doors.phone}"},
    )
    recent.forget_all()
    product, phone = ports
    async with serving(create_sandbox(doors.product), port=phone), serving(create_app(settings), port=product):
        yield doors
