"""What a handler of the JSON API may count on: a turn, a signed-in caller, a checked body, a typed answer."""

import gzip
import time
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from functools import wraps
from typing import Any

from pydantic import BaseModel
from sanic import HTTPResponse, raw

from app import clock
from app.errors import AppError, TooLarge, WrongContentType
from app.http.access import common_headers
from app.http.byte_cache import WORTH_PACKING, Kept
from app.http.context import AppRequest
from app.http.idempotency import once
from app.http.messages import Message, read_body, read_query
from app.http.session import Kind, caller_of

Handler = Callable[..., Awaitable[BaseModel | HTTPResponse | None]]
Responder = Callable[..., Awaitable[HTTPResponse]]

MAX_BODY = 256 * 1024
JSON = "application/json; charset=utf-8"


@dataclass(frozen=True)
class Contract:
    """What a route promises; OpenAPI is made from it."""

    body: type[Message] | None
    query: type[Message] | None
    returns: type[Message] | str | None
    status: int
    refuses: tuple[type[AppError], ...]
    caller: Kind | None
    is_idempotent: bool
    cached_s: float


Check = Callable[..., Awaitable[None]]


def check_first(check: Check) -> Callable[[Handler], Handler]:
    """Let `check` look at a request, with what its handler would get, before and outside of the one transaction in
    which an idempotent handler runs. A repeat that has its answer is not looked at. What it raises is the answer.
    """

    def mark(handler: Handler) -> Handler:
        handler.check_first = check  # type: ignore[attr-defined]
        return handler

    return mark


def endpoint(
    *,
    body: type[Message] | None = None,
    query: type[Message] | None = None,
    returns: type[Message] | str | None = None,
    status: int = 200,
    refuses: tuple[type[AppError], ...] = (),
    caller: Kind | None = None,
    idempotent: bool = False,
    cached_s: float = 0,
) -> Callable[[Handler], Responder]:
    """Declare a route of the API.

    The handler gets `request`, its path parameters, and by keyword: `body`, `query` and `caller` where declared.
    It returns a `Message`, None (204), or an `HTTPResponse` of its own.

    Args:
        caller: who must be signed in by bearer token; None lets anyone in.
        idempotent: honour `Idempotency-Key`; the handler then runs inside one transaction with the stored answer.
        returns: the answer, or the media type of one that is no JSON; that one the handler makes as `HTTPResponse`.
        cached_s: seconds for which the answer may be served from memory; only for answers that are the same for all. A
            query that carries something private (`Message.private`) is not kept.
    """
    contract = Contract(body, query, returns, status, refuses, caller, idempotent, cached_s)

    def decorate(handler: Handler) -> Responder:
        @wraps(handler)
        async def respond(request: AppRequest, **path: Any) -> HTTPResponse:
            if cached_s and (kept := request.app.ctx.cache.get(request.raw_url, time.monotonic())):
                return _from_kept(request, kept)
            return await request.app.ctx.admission.run(lambda: _answer(request, path, contract, handler))

        respond.contract = contract  # type: ignore[attr-defined]
        return respond

    return decorate


async def _answer(request: AppRequest, path: dict[str, Any], contract: Contract, handler: Handler) -> HTTPResponse:
    arguments = path | await _arguments(request, contract)
    check: Check = getattr(handler, "check_first", _nothing)
    key = request.headers.get("idempotency-key") if contract.is_idempotent else None
    if key is not None:
        content = await _once(
            request, key, lambda: check(request, **arguments), lambda: _content(handler, request, arguments)
        )
        return _json(request, content, contract.status)
    await check(request, **arguments)
    answer = await handler(request, **arguments)
    if isinstance(answer, HTTPResponse):
        return answer
    if answer is None:
        return HTTPResponse(status=204)
    content = answer.model_dump_json(by_alias=True).encode()
    if contract.cached_s and not _is_private(request, contract.query):
        return _from_kept(request, _keep(request, content, contract.cached_s))
    return _json(request, content, contract.status)


async def _nothing(request: AppRequest, **arguments: Any) -> None:
    """What a handler without `check_first` has looked at first."""


async def _arguments(request: AppRequest, contract: Contract) -> dict[str, Any]:
    arguments: dict[str, Any] = {}
    if contract.caller:
        now = clock.now()
        arguments["caller"] = await caller_of(request, kind=contract.caller, now=now, by_cookie=False)
    if contract.body is not None:
        arguments["body"] = read_body(contract.body, _json_body(request))
    if contract.query is not None:
        arguments["query"] = read_query(contract.query, request.args)
    return arguments


async def _once(
    request: AppRequest, key: str, first: Callable[[], Awaitable[None]], act: Callable[[], Awaitable[bytes]]
) -> bytes:
    caller = request.ctx.caller
    who = f"{caller.kind}:{caller.id}:{request.path}" if caller else request.path
    return await once(who=who, key=key, request=request.body, now=clock.now(), first=first, act=act)


async def _content(handler: Handler, request: AppRequest, arguments: dict[str, Any]) -> bytes:
    answer = await handler(request, **arguments)
    return answer.model_dump_json(by_alias=True).encode() if isinstance(answer, BaseModel) else b"{}"


def _json_body(request: AppRequest) -> bytes:
    kind = request.headers.get("content-type", "")
    if kind.partition(";")[0].strip().lower() != "application/json":
        raise WrongContentType()
    if len(request.body) > MAX_BODY:
        raise TooLarge()
    return request.body or b"null"


def _is_private(request: AppRequest, query: type[Message] | None) -> bool:
    return query is not None and not query.private.isdisjoint(request.args)


def _json(request: AppRequest, content: bytes, status: int) -> HTTPResponse:
    headers = {"cache-control": "no-store"}
    if len(content) > WORTH_PACKING and _takes_gzip(request):
        headers |= {"content-encoding": "gzip", "vary": "Accept-Encoding"}
        content = gzip.compress(content, 5)
    return raw(content, status=status, headers=headers, content_type=JSON)


def _keep(request: AppRequest, content: bytes, seconds: float) -> Kept:
    common = common_headers(request.app.ctx.settings)
    kept = Kept.of(content, content_type=JSON, headers=common, until=time.monotonic() + seconds)
    request.app.ctx.cache.put(request.raw_url, kept)
    return kept


def _from_kept(request: AppRequest, kept: Kept) -> HTTPResponse:
    return kept.answer(takes_gzip=_takes_gzip(request), known=request.headers.get("if-none-match"))


def _takes_gzip(request: AppRequest) -> bool:
    return "gzip" in request.headers.get("accept-encoding", "")
