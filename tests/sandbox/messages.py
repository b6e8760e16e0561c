"""What arrived on the citizens' phones, kept and shown live: WeChat's notices and text messages in one stream."""

import asyncio
import json
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

from sanic import HTTPResponse, Request, Sanic
from sanic import json as json_answer

PING_S = 15
Line = asyncio.Queue[dict[str, Any] | None]  # None: the end


class Messages:
    def __init__(self) -> None:
        self.all: list[dict[str, Any]] = []
        self._listeners: set[Line] = set()

    def record(self, **message: Any) -> int:
        """Keep a message and show it to whoever listens. Returns its number, from 1."""
        now = datetime.now(ZoneInfo("Asia/Shanghai")).isoformat(timespec="milliseconds")
        kept = {**message, "at": now, "seq": len(self.all) + 1}
        self.all.append(kept)
        for listener in self._listeners:
            listener.put_nowait(kept)
        return len(self.all)

    async def show(self, request: Request) -> None:
        """Server-sent events: from now on, or from where this browser lost the connection."""
        seen = request.headers.get("last-event-id", "")
        queue: Line = asyncio.Queue()
        for message in self.all[int(seen) :] if seen.isdecimal() else []:
            queue.put_nowait(message)
        self._listeners.add(queue)
        try:
            response = await request.respond(content_type="text/event-stream", headers={"cache-control": "no-store"})
            await response.send(": connected\n\n")
            while event := await _next_event(queue):
                await response.send(event)
        finally:
            self._listeners.discard(queue)

    async def end(self, *_: Sanic) -> None:
        """Whoever listens is told that nothing more comes: an open page would hold up a stop."""
        for listener in self._listeners:
            listener.put_nowait(None)


async def _next_event(queue: Line) -> str:
    """The next message as an event, something to keep the line open, or nothing at the end."""
    try:
        message = await asyncio.wait_for(queue.get(), PING_S)
    except TimeoutError:
        return ": still here\n\n"
    if message is None:
        return ""
    return f"id: {message['seq']}\ndata: {json.dumps(message, ensure_ascii=False)}\n\n"


def messages_of(app: Sanic) -> Messages:
    """The one stream of this sandbox; whoever asks first makes it and its addresses."""
    if not hasattr(app.ctx, "messages"):
        app.ctx.messages = Messages()
        app.before_server_stop(app.ctx.messages.end)
        app.add_route(_list, "/_control/messages", methods=["GET"], name="messages")
        app.add_route(_stream, "/_control/stream", methods=["GET"], name="stream")
    return app.ctx.messages


async def _list(request: Request) -> HTTPResponse:
    return json_answer({"items": request.app.ctx.messages.all}, ensure_ascii=False)


async def _stream(request: Request) -> None:
    await request.app.ctx.messages.show(request)
