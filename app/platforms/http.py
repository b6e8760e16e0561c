"""The one way out to other people's servers: one aiohttp session for each, short of patience, never believing.

A client of a platform names its calls and reads their answers; here are the time-outs, the size limit, the check that
no transaction is open, and the one log line of each call. That line never holds a query or a body: tokens, openids
and mobiles travel there.
"""

import json
import logging
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, TypeVar

import aiohttp

from app.db import forbid_in_transaction
from app.errors import PlatformUnavailable

T = TypeVar("T")

log = logging.getLogger(__name__)

CONNECT_S = 2.0
TOTAL_S = 5.0
MAX_ANSWER = 1024 * 1024
JSON = "application/json; charset=utf-8"
FORM = "application/x-www-form-urlencoded; charset=utf-8"


class PlatformRefused(Exception):
    """A platform answered, in its own words, that it will not. `outcome` is what the log may say of it."""

    outcome = "refused"


@dataclass(frozen=True)
class Answer:
    """What came back, whole and within the size limit; a redirect or a 5xx never gets this far."""

    status: int
    body: bytes

    def json(self) -> dict[str, Any]:
        """The JSON object in it. Raises `PlatformUnavailable` for HTML, half an object, or anything else."""
        try:
            content = json.loads(self.body)
        except (ValueError, RecursionError):
            raise PlatformUnavailable(reason="not json") from None
        if not isinstance(content, dict):
            raise PlatformUnavailable(reason="not an object")
        return content


@dataclass(frozen=True)
class Outgoing:
    """One call. `path` also names it in the log."""

    method: str
    path: str
    params: Mapping[str, str] | None = None
    body: bytes | None = None
    content_type: str = JSON
    headers: Mapping[str, str] | None = None
    max_answer: int = MAX_ANSWER


class PlatformHttp:
    """One platform: its address and one session, opened by the first call and closed by whoever stops the process.

    Args:
        base_url: such as `https://api.weixin.qq.com`.
        name: of the platform in the log.
    """

    def __init__(self, base_url: str, *, name: str = "platform") -> None:
        self._base_url = base_url.rstrip("/")
        self._name = name
        self._session: aiohttp.ClientSession | None = None

    async def call(self, outgoing: Outgoing, read: Callable[[Answer], T]) -> T:
        """Call, and let `read` make something typed of the answer.

        Raises:
            PlatformUnavailable: no connection, no answer in 5 s, a redirect, a 5xx, too long an answer, or `read`
                could not make sense of it. `data["reason"]` says which.
            PlatformRefused: `read` found a refusal in the answer.
            RuntimeError: a transaction is open.
        """
        forbid_in_transaction(f"call to {self._name}")
        started, outcome, level = time.monotonic(), "given up", logging.WARNING
        try:
            result = read(await self._exchange(outgoing))
            outcome, level = "ok", logging.INFO
            return result
        except PlatformRefused as exc:
            outcome, level = exc.outcome, logging.INFO
            raise
        except PlatformUnavailable as exc:
            outcome = str(exc.data.get("reason"))
            raise
        finally:
            took = round((time.monotonic() - started) * 1000, 1)
            line = {"platform": self._name, "call": outgoing.path, "took_ms": took, "outcome": outcome}
            log.log(level, "platform call", extra=line)

    async def _exchange(self, outgoing: Outgoing) -> Answer:
        try:
            async with self._opened().request(
                outgoing.method,
                self._base_url + outgoing.path,
                params=outgoing.params,
                data=outgoing.body,
                headers=_headers(outgoing),
                allow_redirects=False,
            ) as response:
                return Answer(_believable(response.status), await _whole(response, outgoing.max_answer))
        except (TimeoutError, aiohttp.ClientError, OSError) as exc:
            # `from None`: aiohttp's texts can hold the address with its query, and with it a token.
            raise PlatformUnavailable(reason=type(exc).__name__) from None

    async def close(self) -> None:
        session, self._session = self._session, None
        if session is not None:
            await session.close()

    def _opened(self) -> aiohttp.ClientSession:
        if self._session is None:
            self._session = aiohttp.ClientSession(
                timeout=aiohttp.ClientTimeout(total=TOTAL_S, connect=CONNECT_S, sock_connect=CONNECT_S),
                # One citizen's call must leave nothing behind for the next one's.
                cookie_jar=aiohttp.DummyCookieJar(),
                headers={"User-Agent": "zhangban/1", "Accept-Encoding": "identity"},
            )
        return self._session


def encoded(body: Mapping[str, Any]) -> bytes:
    """JSON with Chinese as it is: some of WeChat's endpoints show `\\u4e2d` to the citizen."""
    return json.dumps(body, ensure_ascii=False, separators=(",", ":")).encode()


def _headers(outgoing: Outgoing) -> dict[str, str]:
    own = dict(outgoing.headers or {})
    return own if outgoing.body is None else own | {"Content-Type": outgoing.content_type}


def _believable(status: int) -> int:
    if 300 <= status < 400 or status >= 500:
        raise PlatformUnavailable(reason=f"http {status}")
    return status


async def _whole(response: aiohttp.ClientResponse, most: int) -> bytes:
    body = bytearray()
    async for chunk in response.content.iter_chunked(64 * 1024):
        body += chunk
        if len(body) > most:
            raise PlatformUnavailable(reason="answer too long")
    return bytes(body)
