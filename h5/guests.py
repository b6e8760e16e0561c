"""People who take a number without signing in: a secret in the browser, whose hash stands in the ticket."""

import hashlib
import secrets

from sanic import HTTPResponse

from app.http.context import AppRequest
from app.http.pages import set_cookie
from h5.signed_in import own_cookie

GUEST = "zb_guest"
A_DAY = 24 * 3600


def secret_of(request: AppRequest) -> str:
    """The browser's secret, or a fresh one that `keep` puts there."""
    known = request.cookies.get(own_cookie(request, GUEST))
    return known if known and len(known) <= 64 else fresh_secret()


def fresh_secret() -> str:
    return secrets.token_urlsafe(24)


def keep(request: AppRequest, response: HTTPResponse, secret: str) -> None:
    set_cookie(request, response, own_cookie(request, GUEST), secret, max_age_s=A_DAY)


def hash_of(secret: str) -> str:
    return hashlib.sha256(secret.encode("utf-8", "surrogatepass")).hexdigest()
