"""People without an account: a secret in the browser, whose hash stands in their ticket."""

import re
import secrets

from sanic import HTTPResponse

from app.http.context import AppRequest
from app.http.pages import set_cookie
from h5.signed_in import own_cookie

GUEST = "zb_guest"
A_DAY_S = 24 * 3600
SECRET = re.compile(r"[A-Za-z0-9_-]{16,64}", re.ASCII)


def known_secret(request: AppRequest) -> str | None:
    """The browser's secret, if it has one that can be ours."""
    secret = request.cookies.get(own_cookie(request, GUEST)) or ""
    return secret if SECRET.fullmatch(secret) else None


def secret_of(request: AppRequest) -> str:
    """The browser's secret, or a fresh one that `keep` puts there."""
    return known_secret(request) or fresh_secret()


def fresh_secret() -> str:
    return secrets.token_urlsafe(24)


def keep(request: AppRequest, response: HTTPResponse, secret: str, *, for_s: int = A_DAY_S) -> None:
    set_cookie(request, response, own_cookie(request, GUEST), secret, max_age_s=for_s)
