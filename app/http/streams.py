"""Server-sent events: a page that stays open is sent what it shows, at once, and whenever it has changed.

A stream keeps nothing for its reader but the newest: whoever reads slowly misses what came between, and whoever does
not read at all is dropped. Behind nginx nothing is to be set: `X-Accel-Buffering: no` turns its buffering off.
"""

import asyncio
import logging
import random
import socket
import time
from collections.abc import Awaitable, Callable, Coroutine
from functools import partial, wraps
from typing import Any

from sanic.response import BaseHTTPResponse
from tortoise.exceptions import DBConnectionError, OperationalError

from app import clock
from app.errors import AppError
from app.http.context import AppRequest, network_of
from app.http.feeds import Feed, Show
from app.http.session import Caller, Kind, caller_of, ensure_our_origin, still_holds

log = logging.getLogger(__name__)

Choose = Callable[..., Awaitable[Show[Any]]]

HEADERS = {"cache-control": "no-store, no-transform", "x-accel-buffering": "no"}
SEND_S = 5.0  # for a reader to take what was sent before
SILENT_S = 20.0  # without a look that succeeded; then the stream ends and the page says so
CHECK_S = 5.0  # between two looks whether the session goes on
BUFFER = 32 * 1024  # bytes that the kernel keeps for a reader, else megabytes


def stream(*, caller: Kind | None = None) -> Callable[[Choose], Callable[..., Coroutine[Any, Any, None]]]:
    """Declare the route of a stream. The handler says what to show; it gets the request and its path parameters.

    Only the handler takes a turn of `Admission`; the stream itself counts among `OpenStreams`.

    Args:
        caller: whose session it needs. Then a page of another site is refused, one person has few of them, and it
            ends with the session.
    """

    def decorate(choose: Choose) -> Callable[..., Coroutine[Any, Any, None]]:
        @wraps(choose)
        async def respond(request: AppRequest, **path: Any) -> None:
            async def prepare() -> Show[Any]:
                if caller:
                    ensure_our_origin(request)
                    # A stream comes back by itself whenever it ended: that is no touch.
                    await caller_of(request, kind=caller, now=clock.now(), by_cookie=True, is_active=False)
                return await choose(request, **path)

            show = await request.app.ctx.admission.run(prepare)
            with request.app.ctx.streams.entered(holders_of(request), drop=partial(drop_connection, request)) as bell:
                await _pour(request, show, bell)

        return respond

    return decorate


def holders_of(request: AppRequest) -> dict[str, str]:
    """For whom a stream is open: `OpenStreams` counts by it."""
    holders = {"source": network_of(request)}
    person = request.ctx.caller
    return {**holders, "person": f"{person.kind}:{person.id}"} if person else holders


async def _pour(request: AppRequest, show: Show[Any], bell: asyncio.Event) -> None:
    response = await request.respond(headers=HEADERS, content_type="text/event-stream; charset=utf-8")
    bound_buffer(request)
    feeds = request.app.ctx.streams.feeds
    feed = feeds.join(show.source, bell)
    try:
        # Not all at once when a process stops and everybody comes to the next one.
        await _send(response, f"retry: {random.randint(1000, 4000)}\n\n".encode())
        await _follow(request, response, feed, show, bell)
    except TimeoutError:
        log.info("stream dropped: its reader does not read", extra={"path": request.path})
        drop_connection(request)
    except (AppError, DBConnectionError, OperationalError, OSError) as exc:
        # Nobody knows whether the session goes on: the page comes back and is told.
        log.warning("stream ended", extra={"path": request.path, "kind": type(exc).__name__})
    finally:
        feeds.leave(feed, bell)


async def _follow(
    request: AppRequest, response: BaseHTTPResponse, feed: Feed, show: Show[Any], bell: asyncio.Event
) -> None:
    streams, sent = request.app.ctx.streams, ""
    check = SessionCheck(request)
    while await rings(bell) and not streams.is_stopping:
        bell.clear()
        if not await check.holds():
            await _send(response, b"event: over\ndata: \n\n")
            return
        newest = feed.event(show)
        await _send(response, feed.alive if newest.id == sent else newest.event + feed.alive)
        sent = newest.id


class SessionCheck:
    """Whether the session of a personal stream goes on, asked now and then."""

    def __init__(self, request: AppRequest) -> None:
        self._request = request
        self._caller: Caller | None = request.ctx.caller
        self._asked_at = time.monotonic()

    async def holds(self) -> bool:
        caller, now = self._caller, time.monotonic()
        if caller is None or now - self._asked_at < CHECK_S:
            return True
        self._asked_at = now
        # A client that hangs up must not cut the query off.
        return await self._request.app.ctx.admission.run(lambda: still_holds(caller, now=clock.now()))


async def rings(bell: asyncio.Event) -> bool:
    """Wait for the bell. False when nothing could be read for too long."""
    try:
        async with asyncio.timeout(SILENT_S):
            await bell.wait()
    except TimeoutError:
        return False
    return True


async def _send(response: BaseHTTPResponse, event: bytes) -> None:
    """Raises `TimeoutError` when the reader does not take what was sent before."""
    async with asyncio.timeout(SEND_S):
        await response.send(event)


def drop_connection(request: AppRequest) -> None:
    """Cut it off."""
    transport: Any = request.transport
    transport.abort()


def bound_buffer(request: AppRequest) -> None:
    """So that a reader who does not read is noticed after kilobytes, and a thousand readers cost no gigabytes."""
    connection = request.transport.get_extra_info("socket")
    if connection is not None:
        connection.setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, BUFFER)
