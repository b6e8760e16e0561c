"""Server-rendered pages: a turn, the caller by cookie, forms that only our own pages can send, and the look.

Every page works without script: forms post, faults come back in the page with what was typed, success redirects.
"""

import gzip
import hmac
import secrets
from collections.abc import Awaitable, Callable, Coroutine
from functools import wraps
from pathlib import Path
from typing import Any, TypeVar
from urllib.parse import quote, urlsplit

from jinja2 import Environment, FileSystemLoader, StrictUndefined
from sanic import HTTPResponse, redirect

from app import clock, sealing
from app.errors import AppError, SignInNeeded, TooLarge
from app.http.context import AppRequest
from app.http.messages import Form, checked
from app.http.session import Kind, caller_of, ensure_our_origin
from app.http.static import SHARED, Static

F = TypeVar("F", bound=Form)
PageHandler = Callable[..., Coroutine[Any, Any, HTTPResponse]]

BY_ITSELF = "x-by-itself"  # header: a page that is open asks, and nobody has touched it
ANONYMOUS = "zb_form"  # a random value that ties the forms of somebody who has not signed in to their browser
MAX_FORM = 256 * 1024
MAX_FIELDS = 200


class Stale(AppError):
    """The form did not come from a page of ours, or the page is older than the session."""

    code = "form.stale"
    status = 403
    message = "页面已过期，请返回上一页刷新后重新提交"


class Face:
    """One face made of pages: its templates, its static files, its filters.

    Args:
        folder: the room's folder, with `templates/` and `static/`.
        prefix: `/h5` or `/admin`.
        kind: whose sessions its cookie carries.
        sign_in: where somebody without a session is sent; `?next=` is added.
    """

    def __init__(self, *, folder: Path, prefix: str, kind: Kind, sign_in: str) -> None:
        self.kind = kind
        self.sign_in = sign_in
        self.static = Static(folder / "static", SHARED, prefix=f"{prefix}/static")
        self.environment = Environment(
            loader=FileSystemLoader(folder / "templates"),
            autoescape=True,
            undefined=StrictUndefined,
            trim_blocks=True,
            lstrip_blocks=True,
        )
        self.environment.globals["static"] = self.static.url
        self.environment.globals["inline"] = self.static.text

    def render(self, request: AppRequest, template: str, *, status: int = 200, **view: Any) -> HTTPResponse:
        """Render a page. Templates also get `city`, `csrf`, `signed_in`, `path`, `cookies` and `request_id`."""
        token, fresh = _form_secret(request)
        text = self.environment.get_template(template).render(
            city=request.app.ctx.city,
            csrf=sealing.form_token(token),
            signed_in=request.ctx.caller is not None,
            path=request.path,
            cookies=request.cookies,
            request_id=str(request.id),
            **view,
        )
        response = _html(request, text, status)
        if fresh:
            set_cookie(request, response, ANONYMOUS, token, max_age_s=None)
        return response

    def page(
        self, *, caller: bool = False, max_body: int = MAX_FORM
    ) -> Callable[[PageHandler], Callable[..., Awaitable[HTTPResponse]]]:
        """Declare a page or the target of a form.

        `request.ctx.caller` is set for whoever has a session. With `caller=True` the page needs one: a GET is sent
        to the sign-in page and comes back, a POST is refused with `SignInNeeded`. A POST needs our `csrf` field.
        """

        def decorate(handler: PageHandler) -> Callable[..., Awaitable[HTTPResponse]]:
            @wraps(handler)
            async def respond(request: AppRequest, **path: Any) -> HTTPResponse:
                async def answer() -> HTTPResponse:
                    if len(request.body) > max_body:
                        raise TooLarge()
                    await self._recognise(request)
                    if caller and request.ctx.caller is None:
                        return self.to_sign_in(request)
                    if request.method == "POST":
                        _ensure_our_form(request)
                    return await handler(request, **path)

                return await request.app.ctx.admission.run(answer)

            respond.page = True  # type: ignore[attr-defined]
            return respond

        return decorate

    async def _recognise(self, request: AppRequest) -> None:
        try:
            is_active = BY_ITSELF not in request.headers
            await caller_of(request, kind=self.kind, now=clock.now(), by_cookie=True, is_active=is_active)
        except SignInNeeded:
            request.ctx.caller = None

    def to_sign_in(self, request: AppRequest) -> HTTPResponse:
        """To the sign-in page and back here; a POST cannot be repeated. Raises `SignInNeeded`."""
        if request.method not in ("GET", "HEAD"):
            raise SignInNeeded()
        here = request.path + (f"?{request.query_string}" if request.query_string else "")
        return redirect(f"{self.sign_in}?next={quote(here, safe='')}", status=303)


def read_form(request: AppRequest, form: type[F]) -> F:
    """The checked fields of a posted form. Raises `InvalidInput` that names every fault at once."""
    return checked(form.model_validate, typed(request))


def typed(request: AppRequest) -> dict[str, Any]:
    """What the person typed, to show it again beside its faults. Fields named `…[]` are lists."""
    fields: dict[str, list[Any]] = request.form or {}
    if len(fields) > MAX_FIELDS:
        raise TooLarge()
    return {
        name.removesuffix("[]"): values if name.endswith("[]") else values[0]
        for name, values in fields.items()
        if name != "csrf"
    }


def safe_path(target: object, default: str) -> str:
    """A path on this host to go to next; anything that could lead elsewhere, or is no text, becomes `default`."""
    if not isinstance(target, str) or not target.startswith("/") or target.startswith("//"):
        return default
    if "\\" in target or len(target) > 500:
        return default
    # A byte that is no UTF-8 arrives as half a character, which no answer can carry.
    if " " in target or not target.isprintable() or urlsplit(target).netloc:
        return default
    return target


def set_cookie(request: AppRequest, response: HTTPResponse, name: str, value: str, *, max_age_s: int | None) -> None:
    """A cookie that no script reads and no other site sends with a form; Secure wherever the site is https."""
    is_https = request.app.ctx.settings.is_https
    response.add_cookie(name, value, path="/", httponly=True, secure=is_https, samesite="Lax", max_age=max_age_s)


def drop_cookie(request: AppRequest, response: HTTPResponse, name: str) -> None:
    response.add_cookie(
        name, "", path="/", httponly=True, secure=request.app.ctx.settings.is_https, samesite="Lax", max_age=0
    )


def _form_secret(request: AppRequest) -> tuple[str, bool]:
    """What the CSRF token is made from, and whether it is new to this browser."""
    if request.ctx.caller is not None:
        return request.ctx.caller.token_hash, False
    known = request.cookies.get(ANONYMOUS)
    return (known, False) if known and len(known) <= 64 else (secrets.token_urlsafe(16), True)


def _ensure_our_form(request: AppRequest) -> None:
    ensure_our_origin(request)
    token, is_new = _form_secret(request)
    form = request.form
    sent = (form.get("csrf") if form else None) or request.headers.get("x-csrf") or ""
    if is_new or not hmac.compare_digest(sent.encode(), sealing.form_token(token).encode()):
        raise Stale()


def _html(request: AppRequest, text: str, status: int) -> HTTPResponse:
    content = text.encode()
    headers = {"cache-control": "no-store", "vary": "Accept-Encoding"}
    if "gzip" in request.headers.get("accept-encoding", ""):
        headers["content-encoding"] = "gzip"
        content = gzip.compress(content, 6)
    return HTTPResponse(content, status=status, headers=headers, content_type="text/html; charset=utf-8")
