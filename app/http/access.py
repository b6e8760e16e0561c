"""What happens around every request: a clean context, one log line, and the headers every answer carries."""

import logging
import time

from sanic.response import BaseHTTPResponse

from app.http.byte_cache import KeptResponse
from app.http.context import App, AppRequest
from app.log import request_fields, request_lines
from app.settings import Settings

log = logging.getLogger("app.access")


def common_headers(settings: Settings) -> dict[str, str]:
    """What every answer carries."""
    common = {"x-content-type-options": "nosniff", "referrer-policy": "same-origin"}
    if settings.is_https:
        common["strict-transport-security"] = "max-age=31536000"
    return common


def install(app: App) -> None:
    frame_ancestors = app.ctx.settings.http.frame_ancestors
    policy = (
        "default-src 'self'; img-src 'self' data: blob:; style-src 'self' 'unsafe-inline'; worker-src 'self' blob:; "
        f"base-uri 'none'; form-action 'self'; object-src 'none'; frame-ancestors {frame_ancestors}"
    )
    common = common_headers(app.ctx.settings)

    def begin(request: AppRequest) -> None:
        # Reset, never inherit: all requests of a kept-alive connection share one context.
        request_fields.set({"request_id": str(request.id)})
        request.ctx.caller = None
        request.ctx.started = time.perf_counter()

    def end(request: AppRequest, response: BaseHTTPResponse) -> None:
        headers, request_id = response.headers, str(request.id)
        headers["x-request-id"] = request_id
        if not isinstance(response, KeptResponse):  # it has them, as bytes
            headers.update(common)
            if response.content_type and response.content_type.startswith("text/html"):
                headers.setdefault("content-security-policy", policy)
        if log.isEnabledFor(logging.INFO):
            started = getattr(request.ctx, "started", None)
            took_ms = (time.perf_counter() - started) * 1000 if started is not None else None
            request_lines.add(
                request_id=request_id, method=request.method, path=request.path, status=response.status, took_ms=took_ms
            )

    app.register_middleware(begin, "request", priority=100)
    app.register_middleware(end, "response", priority=100)
