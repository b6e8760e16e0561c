"""JSON lines on standard error, with the request they belong to, and with no number that identifies a person."""

import asyncio
import atexit
import json
import logging
import re
import sys
from contextlib import suppress
from contextvars import ContextVar
from datetime import datetime
from functools import lru_cache
from typing import Any

from app.clock import CHINA, now

# What the current request is about; reset at the start of each one, because Sanic serves all requests of a
# kept-alive connection in one context.
request_fields: ContextVar[dict[str, str] | None] = ContextVar("request_fields", default=None)

_STANDARD = frozenset(vars(logging.makeLogRecord({}))) | {"message", "asctime", "taskName"}

_LONG = re.compile(r"\d{11}", re.ASCII)  # nothing shorter is hidden, and most texts hold nothing of it
_MASKS = (
    # identity number: keep the first six (region) and the last four
    (re.compile(r"(?<![0-9A-Za-z])(\d{6})\d{8}(\d{3}[0-9Xx])(?![0-9A-Za-z])", re.ASCII), r"\1********\2"),
    # bank card, 16 to 19 digits: keep the last four
    (re.compile(r"(?<![0-9A-Za-z])\d{12,15}(\d{4})(?![0-9A-Za-z])", re.ASCII), r"************\1"),
    # mobile: keep the first three and the last four
    (re.compile(r"(?<!\d)(?:\+?86)?(1[3-9]\d)\d{4}(\d{4})(?!\d)", re.ASCII), r"\1****\2"),
)


def mask(text: str) -> str:
    """Hide identity numbers, bank cards and mobiles inside any text."""
    if not _LONG.search(text):
        return text
    for pattern, replacement in _MASKS:
        text = pattern.sub(replacement, text)
    return text


class JsonFormatter(logging.Formatter):
    """One record, one line, one JSON object; control characters are escaped by JSON itself."""

    def format(self, record: logging.LogRecord) -> str:
        line: dict[str, Any] = {
            "at": datetime.fromtimestamp(record.created, CHINA).isoformat(timespec="milliseconds"),
            "level": record.levelname,
            "logger": record.name,
            "message": record.getMessage(),
            **(request_fields.get() or {}),
        }
        line.update({k: v for k, v in vars(record).items() if k not in _STANDARD})
        if record.exc_info:
            line["trace"] = self.formatException(record.exc_info)
        return mask(json.dumps(line, ensure_ascii=False, default=str))


class RequestLines:
    """One line for each request, in the form of `JsonFormatter`, without a log record: there are thousands a second.

    Lines are collected for a moment and written together. A process that is killed loses the last of them; one that
    stops, or fails, does not.
    """

    EVERY_S = 0.2

    def __init__(self) -> None:
        self._lines: list[str] = []

    def add(self, *, request_id: str, method: str, path: str, status: int, took_ms: float | None) -> None:
        """Note one answered request, whose id is a plain one. Call it in the event loop."""
        took = "null" if took_ms is None else f"{took_ms:.1f}"
        self._lines.append(
            f'{{"at": "{now().isoformat(timespec="milliseconds")}", "level": "INFO", "logger": "app.access", '
            f'"message": "request", "request_id": "{request_id}", "method": {_shown(method)}, '
            f'"path": {_shown(path)}, "status": {status}, "took_ms": {took}}}\n'
        )
        if len(self._lines) == 1:
            asyncio.get_running_loop().call_later(self.EVERY_S, self.write)

    def write(self) -> None:
        """Write what was collected."""
        lines, self._lines = self._lines, []
        with suppress(OSError):  # nobody reads it any more; that is no reason to fail
            sys.stderr.write("".join(lines))
            sys.stderr.flush()


@lru_cache(1000)
def _shown(text: str) -> str:
    return mask(json.dumps(text, ensure_ascii=False))


request_lines = RequestLines()
atexit.register(request_lines.write)


def configure(level: int = logging.INFO) -> None:
    """Send everything, Sanic's own lines included, through the one formatter."""
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(JsonFormatter())
    logging.basicConfig(level=level, handlers=[handler], force=True)
    for name in ("sanic.root", "sanic.error", "sanic.server", "sanic.access"):
        logging.getLogger(name).handlers.clear()
        logging.getLogger(name).propagate = True
        logging.getLogger(name).setLevel(logging.WARNING)
    for name in ("tortoise", "tortoise.db_client", "aiosqlite", "asyncio"):
        logging.getLogger(name).setLevel(logging.WARNING)
