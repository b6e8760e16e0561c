"""Whether this process lives, and whether it should get requests."""

from collections.abc import Awaitable, Callable
from datetime import datetime
from typing import Any

from sanic import Blueprint, HTTPResponse
from sanic import json as json_answer

from app import clock
from app.db import ping
from app.errors import AppError
from app.http.context import AppRequest

Probe = Callable[[datetime], Awaitable[dict[str, Any]]]


def health_blueprint(probe: Probe) -> Blueprint:
    """`/health/live` and `/health/ready`.

    Args:
        probe: what else readiness looks at; returns figures with `ok: bool` among them.
    """
    health = Blueprint("health", url_prefix="/health")

    @health.get("/live")
    async def live(request: AppRequest) -> HTTPResponse:
        return json_answer({"status": "ok"})

    @health.get("/ready")
    async def ready(request: AppRequest) -> HTTPResponse:
        facts: dict[str, Any] = {"started": request.app.ctx.is_ready}
        try:
            await ping()
            facts["database"] = True
            facts |= await probe(clock.now())
        except AppError:
            facts |= {"database": False, "ok": False}
        is_fine = facts["started"] and facts.pop("ok")
        return json_answer({"status": "ok" if is_fine else "unavailable", **facts}, status=200 if is_fine else 503)

    return health
