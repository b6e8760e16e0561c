"""The booking with hand-written SQL in a Sanic handler: `python -m bench.rivals.handwritten PORT DATABASE_URL`.

The statements are those of the product, over the same driver, with the same pool, session settings and durability:
the session, the idempotency key, then in one transaction the consent, the contact, the slot, the claims, their two
rows, the booking, the event, the place, the kept answer. What a person would leave out in a quick version
(validation, masks, a log, an OpenAPI document, a deadline, a shield against clients that hang up) is left out.
"""

import asyncio
import hashlib
import json
import re
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import datetime, timedelta
from typing import Any
from urllib.parse import urlsplit

import aiomysql
import aiosqlite
from sanic import HTTPResponse, Request, Sanic
from sanic.response import json as answer_json

from app.clock import CHINA
from app.db import SESSION
from app.ids import new_code

POOL = 24

SELECT_SESSION = "SELECT subject_id, channel, opened_at, seen_at FROM http_session WHERE token_hash = %s AND kind = %s"
SELECT_ANSWER = "SELECT request_hash, body FROM http_idempotent_answer WHERE `key` = %s"
SELECT_CONSENT = "SELECT text_version FROM citizens_consent WHERE active_key = %s"
SELECT_CONTACT = "SELECT name_sealed, mobile_index FROM citizens_citizen WHERE id = %s"
SELECT_SLOT = (
    "SELECT id, hall_code, group_code, starts_at, minutes, `left`, staff_left, is_closed FROM booking_slot "
    "WHERE id IN (%s)"
)
SELECT_CLAIMS = "SELECT `key`, until FROM booking_claim WHERE `key` IN (%s, %s, %s, %s)"
INSERT_CLAIMS = "INSERT INTO booking_claim (`key`, booking_number, until) VALUES (%s, %s, NULL), (%s, %s, NULL)"
BOOKING_COLUMNS = (
    "number", "citizen_id", "person", "hall_code", "group_code", "matter_codes", "people", "slot_ids", "pools",
    "starts_at", "ends_at", "state", "hold_until", "channel", "by", "contact_name_sealed", "contact_mobile_sealed",
    "contact_mobile_index", "nonce", "version", "reschedules", "made_at", "remind_day_at", "remind_soon_at",
    "ended_at", "ended_why",
)  # fmt: skip
INSERT_BOOKING = (
    f"INSERT INTO booking_booking ({', '.join(f'`{name}`' for name in BOOKING_COLUMNS)}) "
    f"VALUES ({', '.join(['%s'] * len(BOOKING_COLUMNS))})"
)
INSERT_EVENT = "INSERT INTO outbox_event (name, payload, spread, recorded_at) VALUES (%s, %s, %s, %s)"
TAKE = "UPDATE booking_slot SET `left` = `left` - 1 WHERE id = %s AND `left` > 0 AND is_closed = %s"
INSERT_ANSWER = "INSERT INTO http_idempotent_answer (`key`, request_hash, body, made_at) VALUES (%s, %s, %s, %s)"

Row = tuple[Any, ...]


class MySql:
    """A pool; each request takes one connection for everything it asks."""

    def __init__(self, url: str) -> None:
        self._url = urlsplit(url)
        self._pool: Any = None

    async def open(self) -> None:
        self._pool = await aiomysql.create_pool(
            host=self._url.hostname, port=self._url.port, user=self._url.username, password=self._url.password or "",
            db=self._url.path.strip("/"), autocommit=True, charset="utf8mb4", maxsize=POOL, init_command=SESSION,
        )  # fmt: skip

    @asynccontextmanager
    async def connection(self) -> AsyncIterator["MySqlConnection"]:
        async with self._pool.acquire() as raw, raw.cursor() as cursor:
            yield MySqlConnection(raw, cursor)

    def moment(self, value: datetime) -> Any:
        return value

    def read_moment(self, value: Any) -> datetime:
        return value.replace(tzinfo=CHINA)


class MySqlConnection:
    def __init__(self, raw: Any, cursor: Any) -> None:
        self._raw, self._cursor = raw, cursor

    async def rows(self, sql: str, *values: Any) -> list[Row]:
        await self._cursor.execute(sql, values)
        return await self._cursor.fetchall()

    async def change(self, sql: str, *values: Any) -> int:
        await self._cursor.execute(sql, values)
        return self._cursor.rowcount

    async def insert(self, sql: str, *values: Any) -> int:
        await self._cursor.execute(sql, values)
        return self._cursor.lastrowid

    @asynccontextmanager
    async def transaction(self) -> AsyncIterator[None]:
        await self._raw.begin()
        try:
            yield
        except BaseException:
            await self._raw.rollback()
            raise
        await self._raw.commit()


class Sqlite:
    """One connection; a transaction has it for itself."""

    def __init__(self, url: str) -> None:
        self._path = url.removeprefix("sqlite://")
        self._raw: Any = None
        self._lock = asyncio.Lock()

    async def open(self) -> None:
        self._raw = await aiosqlite.connect(self._path, isolation_level=None)
        for pragma in ("journal_mode=WAL", "synchronous=FULL", "busy_timeout=3000", "journal_size_limit=16384"):
            await self._raw.execute(f"PRAGMA {pragma}")

    @asynccontextmanager
    async def connection(self) -> AsyncIterator["SqliteConnection"]:
        yield SqliteConnection(self._raw, self._lock)

    def moment(self, value: datetime) -> Any:
        return value.isoformat(" ")

    def read_moment(self, value: Any) -> datetime:
        return datetime.fromisoformat(value).astimezone(CHINA)


class SqliteConnection:
    def __init__(self, raw: Any, lock: asyncio.Lock) -> None:
        self._raw, self._lock, self._is_mine = raw, lock, False

    async def rows(self, sql: str, *values: Any) -> list[Row]:
        if self._is_mine:
            return await self._raw.execute_fetchall(_question_marks(sql), values)
        async with self._lock:
            return await self._raw.execute_fetchall(_question_marks(sql), values)

    async def change(self, sql: str, *values: Any) -> int:
        return (await self._raw.execute(_question_marks(sql), values)).rowcount

    async def insert(self, sql: str, *values: Any) -> int:
        return (await self._raw.execute_insert(_question_marks(sql), values))[0]

    @asynccontextmanager
    async def transaction(self) -> AsyncIterator[None]:
        async with self._lock:
            self._is_mine = True
            await self._raw.execute("BEGIN")
            try:
                yield
            except BaseException:
                await self._raw.rollback()
                raise
            finally:
                self._is_mine = False
            await self._raw.commit()


_texts: dict[str, str] = {}


def _question_marks(sql: str) -> str:
    if sql not in _texts:
        _texts[sql] = sql.replace("%s", "?")
    return _texts[sql]


def make_app(url: str) -> Sanic:
    app = Sanic("handwritten", configure_logging=False)
    app.config.update({"AUTO_EXTEND": False, "MOTD": False, "KEEP_ALIVE_TIMEOUT": 75})
    database = MySql(url) if url.startswith("mysql") else Sqlite(url)

    @app.before_server_start
    async def start(_: Sanic) -> None:
        await database.open()

    @app.post("/api/v1/bookings")
    async def book(request: Request) -> HTTPResponse:
        status, body = await answer(database, request)
        return answer_json(body, status=status)

    return app


async def answer(database: MySql | Sqlite, request: Request) -> tuple[int, dict[str, Any]]:
    now = datetime.now(CHINA)
    async with database.connection() as sql:
        found = await sql.rows(SELECT_SESSION, _hashed(request.token or ""), "citizen")
        if not found or now - database.read_moment(found[0][3]) > timedelta(hours=24):
            return 401, {}
        citizen_id, channel = found[0][:2]
        key, asked = request.headers["idempotency-key"], hashlib.sha256(request.body).hexdigest()
        if not re.fullmatch(r"[\x21-\x7e]{8,128}", key):
            return 422, {}
        row_key = _hashed(f"citizen:{citizen_id}:{request.path}\n{key}")
        if kept := await sql.rows(SELECT_ANSWER, row_key):
            return (201, json.loads(kept[0][1])) if kept[0][0] == asked else (409, {})
        try:
            async with sql.transaction():
                body = await book(database, sql, citizen_id, channel, request.json, now)
                await sql.insert(INSERT_ANSWER, row_key, asked, json.dumps(body), database.moment(now))
        except Refused as refused:
            return refused.args[0], {}
    return 201, body


class Refused(Exception):
    pass


async def book(
    database: MySql | Sqlite, sql: Any, citizen_id: int, channel: str, wanted: dict[str, Any], now: datetime
) -> dict[str, Any]:
    slot_id, matter = wanted["slotId"], wanted["matterCode"]
    if not await sql.rows(SELECT_CONSENT, f"{citizen_id}:privacy"):
        raise Refused(403)
    if not all((await sql.rows(SELECT_CONTACT, citizen_id))[0]):
        raise Refused(422)
    slots = await sql.rows(SELECT_SLOT, slot_id)
    if not slots:
        raise Refused(404)
    _, hall, group, begins, minutes, left, _, is_closed = slots[0]
    starts_at = database.read_moment(begins)
    if is_closed or left < 1 or starts_at < now + timedelta(minutes=30):
        raise Refused(409)
    number, person = new_code(), f"c{citizen_id}"
    days = [f"d:{person}:{starts_at:%Y%m%d}:{n}" for n in (1, 2)]
    claim = f"m:{person}:{matter}"
    taken = {row[0] for row in await sql.rows(SELECT_CLAIMS, f"r:{person}", claim, *days)}
    free = [day for day in days if day not in taken]
    if claim in taken or not free:
        raise Refused(409)
    await sql.change(INSERT_CLAIMS, claim, number, free[0], number)
    ends_at, moment = starts_at + timedelta(minutes=minutes), database.moment
    booking_id = await sql.insert(
        INSERT_BOOKING,
        number, citizen_id, person, hall, group, json.dumps([matter]), 1, json.dumps([slot_id]), "p",
        moment(starts_at), moment(ends_at), "booked", None, channel, "", None, None, None, new_code(), 0, 0,
        moment(now), moment(starts_at - timedelta(days=1)), moment(starts_at - timedelta(hours=2)), None, "",
    )  # fmt: skip
    event = {
        "occurred_at": now.isoformat(), "booking_id": booking_id, "booking_number": number, "citizen_id": citizen_id,
        "hall_code": hall, "group_code": group, "matter_codes": [matter], "starts_at": starts_at.isoformat(),
        "ends_at": ends_at.isoformat(), "channel": channel,
    }  # fmt: skip
    await sql.insert(INSERT_EVENT, "booking.slot_booked", json.dumps(event), False, moment(now))
    if not await sql.change(TAKE, slot_id, False):
        raise Refused(409)
    return {
        "number": number, "state": "booked", "stateName": "已预约", "slotId": slot_id,
        "startsAt": starts_at.isoformat(), "endsAt": ends_at.isoformat(), "hall": {"code": hall, "name": hall},
        "group": {"code": group, "name": group}, "matters": [{"code": matter, "name": matter}], "people": 1,
        "contactName": None, "contactMobile": None, "holdUntil": None, "madeAt": now.isoformat(), "version": 0,
    }  # fmt: skip


def _hashed(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()


if __name__ == "__main__":
    app = make_app(sys.argv[2])
    app.prepare(port=int(sys.argv[1]), single_process=True, access_log=False)
    Sanic.serve_single(app)
