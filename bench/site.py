"""What is measured: databases with the city's own data, and servers as processes of their own, pinned to a core."""

import asyncio
import gc
import hashlib
import json
import os
import secrets
import shutil
import signal
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import AsyncIterator, Iterator
from contextlib import ExitStack, asynccontextmanager, contextmanager
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path

from tortoise.backends.base.executor import EXECUTOR_CACHE

from app import clock
from app.booking.models import Slot
from app.citizens.consents import CURRENT, active_key
from app.citizens.models import Citizen, Consent
from app.commands.serving import settle
from app.db import close_db, open_db, tortoise_config
from app.http.session import Session
from app.ids import new_code
from app.matters.models import Matter
from app.server import TABLES
from tests.running import free_port, mariadb

KINDS = ("SQLite", "MariaDB")
PLACES = 100_000  # in each slot: no booking is to be refused
# The server has a core for itself; load generator and database share the rest.
CORES = sorted(os.sched_getaffinity(0))
SERVER_CORE, OTHER_CORES = str(CORES[0]), ",".join(map(str, CORES[1:] or CORES))


@dataclass(frozen=True)
class Site:
    """A database with the city's data, and the environment under which the product works with it."""

    folder: Path
    database_url: str

    @property
    def kind(self) -> str:
        return "SQLite" if self.database_url.startswith("sqlite") else "MariaDB"

    def environment(self, port: int = 0, **settings: str) -> dict[str, str]:
        values = {
            "DATABASE_URL": self.database_url,
            "KEYS_FILE": str(self.folder / "keys.json"),
            "HTTP__PORT": str(port),
            **settings,
        }
        return {**os.environ, **{f"ZHANGBAN_{name}": value for name, value in values.items()}}

    def rival(self) -> "Site":
        """The database for a rival: on SQLite a copy of the file, because one process has it at a time."""
        if self.kind == "MariaDB":
            return self
        path = Path(self.database_url.removeprefix("sqlite://"))
        copy = path.with_name("rival.db")
        shutil.copyfile(path, copy)
        return Site(self.folder, f"sqlite://{copy}")


@contextmanager
def seeded(kind: str, folder: Path) -> Iterator[Site]:
    """A site of this kind, SQLite or MariaDB, with tables and the city's data as after a first start."""
    place = folder / kind
    place.mkdir()
    with ExitStack() as stack:
        url = f"sqlite://{place}/zhangban.db" if kind == "SQLite" else stack.enter_context(mariadb(place))
        site = Site(folder, url)
        for command in ("migrate", "seed"):
            subprocess.run(
                [sys.executable, "-m", "app", command],
                env=site.environment(), check=True, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
            )  # fmt: skip
        yield site


@asynccontextmanager
async def opened(site: Site) -> AsyncIterator[None]:
    """The site's database, open in this process."""
    EXECUTOR_CACHE.clear()  # Tortoise keeps statements per model, not per dialect
    await open_db(tortoise_config(site.database_url, TABLES))
    try:
        yield
    finally:
        await close_db()


@dataclass(frozen=True)
class Stock:
    """What a load is made of: a matter, a hall and a day with slots, free slots, and signed-in citizens."""

    matter: str
    hall: str
    day: str
    slots: list[str]
    tokens: list[str]

    def bookings(self, first: int, count: int, port: int) -> list[str]:
        """Booking requests of so many citizens, each for one slot, as texts ready to be sent."""
        return [self._booking(n, port) for n in range(first, first + count)]

    def _booking(self, n: int, port: int) -> str:
        body = json.dumps({"slotId": self.slots[n % len(self.slots)], "matterCode": self.matter})
        return (
            f"POST /api/v1/bookings HTTP/1.1\r\nHost: 127.0.0.1:{port}\r\nAuthorization: Bearer {self.tokens[n]}\r\n"
            f"Idempotency-Key: tap-{n:08}-{len(self.tokens)}\r\nContent-Type: application/json\r\n"
            f"Content-Length: {len(body)}\r\n\r\n{body}"
        )


def stock(site: Site, *, citizens: int) -> Stock:
    """Sign citizens in, and make room in the slots of the matter with the most of them."""

    async def fill() -> Stock:
        async with opened(site):
            matter, hall, slots = await _busiest()
            await Slot.filter(id__in=slots).update(capacity=PLACES, left=PLACES)
            tokens = await _signed_in(citizens)
            day = slots[-1].rpartition(".")[2]
            return Stock(matter, hall, f"{day[:4]}-{day[4:6]}-{day[6:8]}", slots, tokens)

    return asyncio.run(fill())


async def _busiest() -> tuple[str, str, list[str]]:
    """A matter that one slot is long enough for, one of its halls, and that group's slots from tomorrow on."""
    tomorrow = clock.now() + timedelta(days=1)
    best: tuple[str, str, list[str]] = ("", "", [])
    for matter in await Matter.filter(bookable=True, status="published", duration_min__lte=15).order_by("code"):
        for window in matter.windows:
            rows = Slot.filter(
                hall_code=window["hall_code"], group_code=window["group"], is_closed=False, starts_at__gt=tomorrow,
                starts_at__lt=tomorrow + timedelta(days=12), minutes__gte=matter.duration_min,
            )  # fmt: skip
            slots = await rows.order_by("id").values_list("id", flat=True)
            if len(slots) > len(best[2]):
                best = (matter.code, window["hall_code"], [str(slot) for slot in slots])
        if best[2]:
            return best
    raise LookupError("the city's data has no free slot")


async def _signed_in(count: int) -> list[str]:
    """As many new citizens who may book, each with a session as `open_session` writes it. Returns their tokens."""
    now, tokens = clock.now(), [secrets.token_urlsafe(32) for _ in range(count)]
    told = {"name_sealed": "a name, sealed", "mobile_index": "m"}  # bookings ask whether they are there
    await Citizen.bulk_create((Citizen(code=new_code(), created_at=now, **told) for _ in tokens), batch_size=500)
    newest = await Citizen.all().order_by("-id").limit(count).values_list("id", flat=True)
    await Consent.bulk_create((_consent(int(str(citizen_id)), now) for citizen_id in newest), batch_size=500)
    sessions = (
        Session(
            token_hash=hashlib.sha256(token.encode()).hexdigest(), kind="citizen", subject_id=citizen_id,
            channel="wechat", opened_at=now, seen_at=now,
        )
        for token, citizen_id in zip(tokens, newest, strict=True)
    )  # fmt: skip
    await Session.bulk_create(sessions, batch_size=500)
    return tokens


def _consent(citizen_id: int, now: datetime) -> Consent:
    text = CURRENT["privacy"]
    return Consent(
        citizen_id=citizen_id, text_name=text.name, text_version=text.version, text_sha256=text.sha256,
        channel="wechat", given_at=now, active_key=active_key(citizen_id, text.name),
    )  # fmt: skip


def start(command: list[str], env: dict[str, str], log: Path) -> subprocess.Popen[bytes]:
    """A server, its log in a file."""
    with log.open("ab") as file:
        return subprocess.Popen(command, env=env, stdout=file, stderr=file)


def stop(server: subprocess.Popen[bytes]) -> None:
    server.send_signal(signal.SIGTERM)
    try:
        server.wait(timeout=20)
    except subprocess.TimeoutExpired:
        server.kill()
        server.wait()


def wait_for(url: str, server: subprocess.Popen[bytes], *, seconds: float = 30) -> None:
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline and server.poll() is None:
        try:
            with urllib.request.urlopen(url, timeout=2):
                return
        except urllib.error.HTTPError as exc:
            if exc.code in (404, 405):  # it answers; this path is none of its own
                return
        except OSError:
            pass
        time.sleep(0.01)
    raise TimeoutError(f"{url} does not answer")


@contextmanager
def on_server_core() -> Iterator[None]:
    """This process as a server is: on its own core, and with what it has loaded left alone by the garbage collector."""
    before = os.sched_getaffinity(0)
    os.sched_setaffinity(0, {int(SERVER_CORE)})
    settle()
    try:
        yield
    finally:
        gc.unfreeze()
        os.sched_setaffinity(0, before)


@contextmanager
def running(command: list[str], env: dict[str, str], port: int, log: Path) -> Iterator[int]:
    """A server on its own core while it is needed; yields its port."""
    server = start(["taskset", "-c", SERVER_CORE, sys.executable, *command], env, log)
    try:
        wait_for(f"http://127.0.0.1:{port}/health/live", server)
        yield port
    finally:
        stop(server)


@contextmanager
def product(site: Site, **settings: str) -> Iterator[int]:
    """The product without a worker inside: what it does after a booking is not part of the booking. A whole city books
    from one address here, which would rightly arouse suspicion; tries are counted all the same.
    """
    port = free_port()
    calm = {"PRESSURE__SOURCE_BOOKINGS": "1000000000", "PRESSURE__RUSH_A_MINUTE": "1000000000"}
    env = site.environment(port, WORKER_INSIDE="false", **calm, **settings)
    with running(["-m", "app", "serve"], env, port, site.folder / "app.log") as port:
        yield port


@contextmanager
def rival(name: str, site: Site, argument: str) -> Iterator[int]:
    """One of `bench.rivals`."""
    port = free_port()
    env = dict(os.environ)
    with running(["-m", f"bench.rivals.{name}", str(port), argument], env, port, site.folder / f"{name}.log") as port:
        yield port
