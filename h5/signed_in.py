"""The end of every way to sign in: a new session in a cookie, the old one closed, and on to where the citizen was."""

from datetime import datetime

from sanic import HTTPResponse, redirect

from app.citizens import consenting
from app.citizens.consents import CURRENT
from app.errors import InvalidInput, SignInNeeded
from app.http.context import AppRequest
from app.http.pages import safe_path, set_cookie
from app.http.session import LIVES, Caller, close_session, cookie_name, open_session

HOME = "/h5/"


def caller_of(request: AppRequest) -> Caller:
    """The citizen of a page that needs one."""
    caller = request.ctx.caller
    if caller is None:
        raise SignInNeeded()
    return caller


async def sign_in_here(
    request: AppRequest, *, citizen_id: int, after: str, agreed: str | None, now: datetime
) -> HTTPResponse:
    """Open a session for this browser and send it to `after`.

    Args:
        agreed: version of the privacy text that the citizen agreed to on the way, if any.
    """
    if request.ctx.caller is not None:
        await close_session(token_hash=request.ctx.caller.token_hash)
    if agreed == CURRENT["privacy"].version:
        await consenting.agree(citizen_id=citizen_id, name="privacy", version=agreed, channel="h5", now=now)
    token = await open_session(kind="citizen", subject_id=citizen_id, channel="h5", now=now)
    response = redirect(safe_path(after, HOME), status=303)
    life_s = int(LIVES["citizen"].absolute.total_seconds())
    set_cookie(request, response, cookie_name(request, "citizen"), token, max_age_s=life_s)
    return response


def ensure_agreed(version: str | None, *, field: str) -> None:
    """Before anything is kept. Raises `InvalidInput` at this field of the form."""
    if version != CURRENT["privacy"].version:
        raise InvalidInput({field: "请先阅读隐私政策并勾选同意"})


def own_cookie(request: AppRequest, name: str) -> str:
    """A cookie's name that no neighbouring host can set, wherever the site is https."""
    return f"__Host-{name}" if request.app.ctx.settings.is_https else name
