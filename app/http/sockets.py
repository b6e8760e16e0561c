"""WebSockets: a page that shows what changes, as with `app.http.streams`, and that says something on the same line.

A page of another site is refused before the line opens: a browser names the origin of every WebSocket, and cookies
travel with it from anywhere. What a page says is one small JSON object; each is taken like a request, in a turn of
`Admission`, and what it raises is said back. Messages do not pass through nginx's buffers, nothing is to be set there
but the upgrade.
"""

import asyncio
import json
import logging
from collections.abc import Awaitable, Callable, Coroutine
from dataclasses import dataclass
from functools import partial, wraps
from typing import Any

from sanic.server.websockets.impl import WebsocketImplProtocol
from tortoise.exceptions import DBConnectionError, OperationalError
from websockets.exceptions import ConnectionClosed

from app.errors import AppError, BadRequest, NotAllowed
from app.http.context import AppRequest
from app.http.errors import as_refusal
from app.http.feeds import Feed, Show
from app.http.session import ensure_our_origin
from app.http.streams import SEND_S, SessionCheck, bound_buffer, drop_connection, holders_of, rings

log = logging.getLogger(__name__)

MAX_MESSAGE = 16 * 1024  # bytes that a page may say at once
GAP_S = 0.05  # between two messages of one page: nobody taps faster, and a flood waits in its own line
Said = dict[str, Any]


@dataclass(frozen=True)
class Line:
    """What an open line shows, and what takes in what the page says on it."""

    show: Show[Any]
    take: Callable[[Said], Coroutine[Any, Any, None]]


Choose = Callable[..., Awaitable[Line]]


def socket(choose: Choose) -> Callable[..., Coroutine[Any, Any, None]]:
    """Declare the route of a WebSocket (a GET). The handler gets the request and says what the line is."""

    @wraps(choose)
    async def respond(request: AppRequest, **path: Any) -> None:
        if "origin" not in request.headers:
            raise NotAllowed()
        ensure_our_origin(request)
        if request.headers.get("upgrade", "").lower() != "websocket":
            raise BadRequest()
        line = await request.app.ctx.admission.run(lambda: _chosen(choose, request, path))
        with request.app.ctx.streams.entered(holders_of(request), drop=partial(drop_connection, request)) as bell:
            opened = await request.transport.get_protocol().websocket_handshake(request)  # type: ignore[attr-defined]
            bound_buffer(request)
            await _talk(request, opened, line, bell)

    respond.is_websocket = True  # type: ignore[attr-defined]  # Sanic then expects no answer from it
    return respond


async def _chosen(choose: Choose, request: AppRequest, path: dict[str, Any]) -> Line:
    return await choose(request, **path)


async def _talk(request: AppRequest, opened: WebsocketImplProtocol, line: Line, bell: asyncio.Event) -> None:
    """Show and hear until either side ends it. What was begun with a message is never cut off: it runs in a turn."""
    feeds = request.app.ctx.streams.feeds
    feed = feeds.join(line.show.source, bell)
    sides = {
        asyncio.create_task(_follow(request, opened, feed, line.show, bell)),
        asyncio.create_task(_hear(request, opened, line)),
    }
    try:
        done, _ = await asyncio.wait(sides, return_when=asyncio.FIRST_COMPLETED)
        for side in done:
            _note(request, side.exception())
    finally:
        feeds.leave(feed, bell)
        for side in sides:
            side.cancel()
        await asyncio.wait(sides)
        await opened.close()


def _note(request: AppRequest, fault: BaseException | None) -> None:
    if fault is None or isinstance(fault, ConnectionClosed):
        return
    expected = isinstance(fault, AppError | DBConnectionError | OperationalError | OSError)
    level = logging.WARNING if expected else logging.ERROR
    log.log(level, "line ended", extra={"path": request.path, "kind": type(fault).__name__})


async def _follow(
    request: AppRequest, opened: WebsocketImplProtocol, feed: Feed, show: Show[Any], bell: asyncio.Event
) -> None:
    streams, sent, check = request.app.ctx.streams, "", SessionCheck(request)
    while await rings(bell) and not streams.is_stopping:
        bell.clear()
        if not await check.holds():
            await _send(opened, {"over": True})
            return
        newest = feed.event(show)
        await _send(opened, {"alive": True} if newest.id == sent else {"html": newest.text})
        sent = newest.id


async def _hear(request: AppRequest, opened: WebsocketImplProtocol, line: Line) -> None:
    while True:
        await asyncio.sleep(GAP_S)
        said = _read(await opened.recv())
        try:
            await request.app.ctx.admission.run(partial(line.take, said))
        except Exception as exc:
            refusal = as_refusal(request, exc)
            text = next(iter(refusal.data.get("fields", {}).values()), refusal.text)
            await _send(opened, {"refused": text, "once": said.get("once")})
        else:
            await _send(opened, {"taken": said.get("once")})


def _read(text: Any) -> Said:
    """Whatever is no object counts as an empty one, which is refused like any other nonsense."""
    try:
        said = json.loads(text)
    except (ValueError, TypeError, RecursionError):
        return {}
    return said if isinstance(said, dict) else {}


async def _send(opened: WebsocketImplProtocol, message: Said) -> None:
    """Raises `TimeoutError` when the page does not take what was sent before."""
    async with asyncio.timeout(SEND_S):
        await opened.send(json.dumps(message, ensure_ascii=False))
