"""Which handler answers: what Sanic finds, and a GET's for HEAD (RFC 9110, 9.3.2)."""

from typing import Any

from sanic.router import Router
from sanic_routing.exceptions import NoMethod


class HeadRouter(Router):
    def resolve(self, path: str, *, method: str | None = None, **more: Any) -> Any:
        """The server sends a HEAD the status and headers of the GET, and leaves the body out."""
        try:
            return super().resolve(path, method=method, **more)
        except NoMethod:
            if method != "HEAD":
                raise
            return super().resolve(path, method="GET", **more)
