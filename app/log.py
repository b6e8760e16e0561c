"""JSON lines on standard error, with the request they belong to, and with no number that identifies a person."""

import json
import logging
import re
import sys
from contextvars import ContextVar
from datetime import datetime
from typing import Any

from app.clock import CHINA

# What the current request is about; reset at the start of each one, because Sanic serves all requests of a
# kept-alive connection in one context.
request_fields: ContextVar[dict[str, str] | None] = ContextVar("request_fields", default=None)

_STANDARD = frozenset(vars(logging.makeLogRecord({}))) | {"message", "asctime", "taskName"}

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
