"""Refusals and surprises, said as JSON. Pages have their own renderer in their room."""

import logging
from collections.abc import Callable, Mapping
from types import MappingProxyType
from typing import Any

from sanic import HTTPResponse, Sanic
from sanic.exceptions import MethodNotAllowed as MethodNotAllowedBySanic
from sanic.exceptions import SanicException
from tortoise.exceptions import DBConnectionError, OperationalError, ValidationError

from app.errors import AppError, BadRequest, Busy, MethodNotAllowed, NotFound, TooLarge
from app.http.context import AppRequest
from app.http.messages import Message

log = logging.getLogger(__name__)


class ErrorBody(Message):
    """`fields` is there when single fields are at fault: their names as sent, each with a sentence. `details` is what
    a program needs to go on, where a refusal has such.
    """

    code: str
    message: str
    fields: dict[str, str] | None = None
    details: dict[str, Any] | None = None
    request_id: str


class ErrorAnswer(Message):
    error: ErrorBody


class Surprise(AppError):
    """What a person reads when we made a mistake."""

    code = "internal"
    status = 500
    message = "系统繁忙，请稍后再试；如多次出现，请拨打 12345 告知页面下方的编号"


# Sanic refuses some requests before a handler sees them.
_BY_STATUS: dict[int, type[AppError]] = {404: NotFound, 405: MethodNotAllowed, 413: TooLarge, 503: Busy}


def as_refusal(request: AppRequest, exc: Exception) -> AppError:
    """The refusal to show for whatever was raised, logged at the level it deserves."""
    if isinstance(exc, AppError):
        log.info("refused", extra={"code": exc.code, "path": request.path})
        return exc
    if isinstance(exc, SanicException) and exc.status_code < 500:
        log.info("refused", extra={"code": f"http.{exc.status_code}", "path": request.path})
        return _BY_STATUS.get(exc.status_code, BadRequest)()
    if isinstance(exc, ValidationError):
        # Tortoise refuses to look for a text that is longer than its column: nobody has such an id. A value that was
        # to be written would be our mistake, hence the level; bodies are checked for length before.
        log.warning("a value fits no column", extra={"path": request.path, "method": request.method})
        return NotFound()
    if isinstance(exc, DBConnectionError | OperationalError | OSError):
        # No text: MariaDB puts values, such as identity numbers, into its messages.
        log.error("database or network failed", extra={"kind": type(exc).__name__, "path": request.path})
        return Busy()
    log.error("unexpected", exc_info=exc, extra={"path": request.path, "method": request.method})
    return Surprise()


def refuse(request: AppRequest, exc: Exception) -> HTTPResponse:
    """Answer with the one error shape. Never looks at the Accept header: a malformed one must not matter."""
    refusal = as_refusal(request, exc)
    body = ErrorBody(
        code=refusal.code,
        message=refusal.text,
        fields=refusal.data.get("fields"),
        details=refusal.data.get("details"),
        request_id=str(request.id),
    )
    content = ErrorAnswer(error=body).model_dump_json(by_alias=True, exclude_none=True)
    headers = headers_of(refusal)
    if isinstance(exc, MethodNotAllowedBySanic):
        headers |= {"allow": ", ".join(sorted(exc.allowed_methods or ()))}  # RFC 9110, 15.5.6
    return HTTPResponse(content, status=refusal.status, headers=headers, content_type="application/json; charset=utf-8")


def headers_of(refusal: AppError) -> dict[str, str]:
    headers = {"cache-control": "no-store"}
    if refusal.retry_after_s is not None:
        headers["retry-after"] = str(refusal.retry_after_s)
    return headers


Renderer = Callable[[AppRequest, Exception], HTTPResponse]


def install(app: Sanic[Any, Any], *, pages: Mapping[str, Renderer] = MappingProxyType({})) -> None:
    """Let every exception end here; a blueprint with a renderer of its own comes first.

    Args:
        pages: path prefix (`/h5/`) to the renderer of a face made of pages, for addresses that no route of it takes.
    """

    def answer(request: AppRequest, exc: Exception) -> HTTPResponse:
        render = next((page for prefix, page in pages.items() if request.path.startswith(prefix)), refuse)
        return render(request, exc)

    for kind in (Exception, SanicException, AppError):
        app.error_handler.add(kind, answer)
