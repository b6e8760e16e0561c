"""Where the database begins and ends: opening it, and the one way to open a transaction.

Tortoise's own transaction loses its connection (MySQL) or its lock (SQLite) for good when the task is cancelled
while BEGIN is under way, or when BEGIN fails. So an outermost transaction runs in a task of its own that nobody
cancels: whoever waited for it may go away, the transaction still ends in COMMIT or ROLLBACK and gives back what
it holds.
"""

import asyncio
import logging
import random
from collections.abc import Awaitable, Callable
from contextvars import ContextVar
from functools import wraps
from typing import Any, ParamSpec, TypeVar
from urllib.parse import parse_qsl, urlencode, urlsplit, urlunsplit

from tortoise import Tortoise, connections
from tortoise.backends.base.client import TransactionContextPooled
from tortoise.exceptions import DBConnectionError, OperationalError

from app.errors import Busy

P = ParamSpec("P")
R = TypeVar("R")

log = logging.getLogger(__name__)
_depth: ContextVar[int] = ContextVar("transaction_depth", default=0)
_joins: ContextVar[bool] = ContextVar("joins", default=False)
_after_commit: ContextVar[list[Callable[[], None]] | None] = ContextVar("after_commit", default=None)
_running: set[asyncio.Task[Any]] = set()

# MariaDB: 1020 snapshot conflict, 1205 lock wait, 1213 deadlock. The whole transaction is tried again, never
# continued: after 1205 the server has undone only the last statement.
CONFLICTS = frozenset({1020, 1205, 1213})
UNDONE = frozenset({1020, 1213})  # of these: the server has undone the whole transaction, savepoints and all
# 2006/2013/2014/2055 the connection died; nothing is known of a COMMIT under way, so only reads could be retried.
TRIES = 4


def transactional(act: Callable[P, Awaitable[R]]) -> Callable[P, Awaitable[R]]:
    """Make a function one transaction, or a savepoint of the transaction that is open already.

    Never wait for a network inside it, and never start a task: the task would keep this transaction's connection
    after it has gone back to the pool. The function may run up to four times (deadlock, lock wait, snapshot
    conflict), each time from a clean slate, so it must change nothing but the database.

    Raises `Busy` when the conflicts do not end or the database cannot be reached.
    """

    @wraps(act)
    async def run(*args: P.args, **kwargs: P.kwargs) -> R:
        if _depth.get():
            return await _nested(lambda: act(*args, **kwargs))
        task = asyncio.create_task(_retried(lambda: act(*args, **kwargs)), name=f"transaction {act.__name__}")
        _running.add(task)
        task.add_done_callback(_forget)
        return await asyncio.shield(task)

    return run


async def _nested(act: Callable[[], Awaitable[R]]) -> R:
    if _joins.get():
        token = _joins.set(False)
        try:
            return await act()
        finally:
            _joins.reset(token)
    savepoint = connections.get("default")._in_transaction()
    await savepoint.__aenter__()
    try:
        answer = await act()
    except BaseException as exc:
        if _error_number(exc) not in UNDONE:  # else there is no savepoint left: asking for it would hide the conflict
            await savepoint.__aexit__(type(exc), exc, exc.__traceback__)
        raise
    await savepoint.__aexit__(None, None, None)
    return answer


async def joined(act: Callable[[], Awaitable[R]]) -> R:
    """Run `act` so that a transactional function it calls is the open transaction itself, without a savepoint.

    Only where everything `act` raises undoes the whole transaction, because the caller lets it pass, or comes before
    anything was written.
    """
    token = _joins.set(True)
    try:
        return await act()
    finally:
        _joins.reset(token)


async def _retried(act: Callable[[], Awaitable[R]]) -> R:
    for tries_left in reversed(range(TRIES)):
        try:
            return await _once(act)
        except OperationalError as exc:
            if _error_number(exc) not in CONFLICTS:
                raise
            log.warning("transaction conflict", extra={"errno": _error_number(exc), "tries_left": tries_left})
        await asyncio.sleep(random.uniform(0.01, 0.06) * (TRIES - tries_left))
    raise Busy()


async def _once(act: Callable[[], Awaitable[R]]) -> R:
    context = connections.get("default")._in_transaction()
    try:
        await context.__aenter__()
    except BaseException:
        await _give_back(context)
        raise
    depth, callbacks = _depth.set(1), _after_commit.set([])
    try:
        async with _Entered(context):
            answer = await act()
        for callback in _after_commit.get() or ():
            callback()
        return answer
    finally:
        _depth.reset(depth)
        _after_commit.reset(callbacks)


class _Entered:
    """The second half of a Tortoise transaction context whose `__aenter__` has been awaited."""

    def __init__(self, context: Any) -> None:
        self._context = context

    async def __aenter__(self) -> None: ...

    async def __aexit__(self, kind: Any, exc: Any, trace: Any) -> None:
        try:
            await self._context.__aexit__(kind, exc, trace)
        finally:
            if exc is not None:
                await _wake_waiters(self._context)


async def _give_back(context: Any) -> None:
    """Return what a failed BEGIN took: Tortoise does not (reproduced with 1.1.9)."""
    if isinstance(context, TransactionContextPooled):
        pool: Any = context.client._parent._pool
        connection: Any = getattr(context.client, "_connection", None)
        if pool is not None and connection in pool._used:
            connection.close()
            pool.release(connection)
        await _wake_waiters(context)
    elif context._trxlock.locked():
        context._trxlock.release()


async def _wake_waiters(context: Any) -> None:
    """aiomysql forgets those who wait for a connection when one comes back closed."""
    if isinstance(context, TransactionContextPooled) and context.client._parent._pool is not None:
        await context.client._parent._pool._wakeup()


def after_commit(callback: Callable[[], None]) -> None:
    """Call back once the open transaction has committed (at once when none is open). For wake-ups, not for truth."""
    waiting = _after_commit.get()
    if waiting is None:
        callback()
    else:
        waiting.append(callback)


def _forget(task: asyncio.Task[Any]) -> None:
    _running.discard(task)
    if not task.cancelled():
        task.exception()  # seen: whoever waited may have gone away


def _error_number(exc: BaseException) -> int | None:
    inner = exc.args[0] if exc.args else None
    number = inner.args[0] if isinstance(inner, BaseException) and inner.args else None
    return number if isinstance(number, int) else None


def forbid_in_transaction(what: str) -> None:
    """Raise when called inside a transaction: a slow network would hold rows and a connection meanwhile."""
    if _depth.get():
        raise RuntimeError(f"{what} inside a transaction")


# Every connection, not only the pool's first: times in China, no waiting for ever, no query without end, and
# statements that see what is committed now. The comments are executed by MariaDB and by MySQL 8 respectively.
SESSION = (
    "SET time_zone='+08:00', innodb_lock_wait_timeout=3, "
    "sql_mode='STRICT_TRANS_TABLES,NO_ZERO_DATE,NO_ZERO_IN_DATE,ERROR_FOR_DIVISION_BY_ZERO' "
    "/*M!100100 , max_statement_time=10, tx_isolation='READ-COMMITTED' */ "
    "/*!80003 , max_execution_time=10000, transaction_isolation='READ-COMMITTED' */"
)


def tortoise_config(url: str, rooms: dict[str, list[str]]) -> dict[str, Any]:
    """Tortoise's configuration: one app label per room, migrations beside each room's models.

    Args:
        url: `sqlite://path` or `mysql://user:password@host:port/name`.
        rooms: label to the modules that define its tables, such as `{"app": ["app.booking.models"]}`.
    """
    apps = {
        room: {"models": models, "default_connection": "default", "migrations": f"{room}.migrations"}
        for room, models in rooms.items()
    }
    return {
        "connections": {"default": _with_defaults(url)},
        "apps": apps,
        "use_tz": True,
        "timezone": "Asia/Shanghai",
    }


def _with_defaults(url: str) -> str:
    parts = urlsplit(url)
    if parts.scheme == "mysql":
        defaults = {"maxsize": "24", "connect_timeout": "3", "charset": "utf8mb4", "init_command": SESSION}
    else:
        # FULL: an acknowledged booking outlives a power cut.
        defaults = {"journal_mode": "WAL", "synchronous": "FULL", "busy_timeout": "3000"}
    return urlunsplit(parts._replace(query=urlencode({**defaults, **dict(parse_qsl(parts.query))})))


async def open_db(config: dict[str, Any]) -> None:
    """Connect. The global fallback lets tasks other than the opener's find the connection."""
    await Tortoise.init(config=config, _enable_global_fallback=True)


async def close_db() -> None:
    """Let running transactions end, then close all connections."""
    if _running:
        await asyncio.wait(_running, timeout=10)
    await Tortoise.close_connections()


async def ping() -> None:
    """Ask the database one trivial question. Raises `Busy` when it does not answer within 2 s."""
    try:
        async with asyncio.timeout(2):
            await connections.get("default").execute_query("SELECT 1")
    except (TimeoutError, OSError, OperationalError, DBConnectionError) as exc:
        raise Busy() from exc
