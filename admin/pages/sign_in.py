"""Signing in and out, and changing one's password."""

from typing import Annotated

from pydantic import Field, StringConstraints
from sanic import Blueprint, HTTPResponse, redirect

from admin.caller import DESK, render, staff_page
from admin.face import face
from app import clock
from app.errors import AppError, InvalidInput
from app.http.context import AppRequest, network_of, source_of
from app.http.messages import Form
from app.http.pages import drop_cookie, read_form, safe_path, set_cookie, typed
from app.http.session import close_session, cookie_name, open_session
from app.staff import actions
from app.staff.queries import Member

pages = Blueprint("admin_sign_in")

HOME = "/admin/"
Secret = Annotated[str, StringConstraints(min_length=1, max_length=200)]


class SignInForm(Form):
    username: Annotated[str, StringConstraints(min_length=1, max_length=64, strip_whitespace=True)]
    password: Secret
    next: str = HOME


class PasswordForm(Form):
    old: Secret
    new: Secret
    again: Annotated[str, Field(max_length=200)]


@pages.get("/sign-in")
@face.page()
async def ask(request: AppRequest) -> HTTPResponse:
    """The door."""
    if request.ctx.caller is not None:
        return redirect(HOME, status=303)
    has_ended = request.args.get("ended") == "1"
    return _form(request, next_=safe_path(request.args.get("next"), HOME), has_ended=has_ended)


@pages.post("/sign-in")
@face.page()
async def sign_in(request: AppRequest) -> HTTPResponse:
    """Check who it is; a new session each time, and a cookie that ends with the browser."""
    now = clock.now()
    try:
        form = read_form(request, SignInForm)
        staff = await actions.sign_in(
            username=form.username,
            password=form.password,
            source=source_of(request),
            network=network_of(request),
            now=now,
            request_id=str(request.id),
        )
    except AppError as refusal:
        return _form(request, refusal=refusal, next_=safe_path(typed(request).get("next"), HOME))
    token = await open_session(kind="staff", subject_id=staff.id, channel="console", now=now)
    response = redirect(safe_path(form.next, HOME), status=303)
    set_cookie(request, response, cookie_name(request, "staff"), token, max_age_s=None)
    return response


def _form(request: AppRequest, *, next_: str, has_ended: bool = False, refusal: AppError | None = None) -> HTTPResponse:
    text = "请输入账号和密码" if isinstance(refusal, InvalidInput) else refusal.text if refusal else ""
    status = refusal.status if refusal else 200
    username = str(typed(request).get("username", ""))[:64] if request.method == "POST" else ""
    return render(
        request, "sign_in.html", status=status, fault=text, next=next_, has_ended=has_ended, username=username
    )


@pages.post("/sign-out")
@staff_page()
async def sign_out(request: AppRequest, member: Member) -> HTTPResponse:
    """The session ends on the server; the cookies go too."""
    if request.ctx.caller is not None:
        await close_session(token_hash=request.ctx.caller.token_hash)
    response = redirect("/admin/sign-in", status=303)
    drop_cookie(request, response, cookie_name(request, "staff"))
    drop_cookie(request, response, DESK)
    return response


@pages.get("/password")
@staff_page()
async def ask_password(request: AppRequest, member: Member) -> HTTPResponse:
    return render(request, "password.html", faults={}, done=request.args.get("done") == "1")


@pages.post("/password")
@staff_page()
async def change_password(request: AppRequest, member: Member) -> HTTPResponse:
    """One's own password; other devices are signed out."""
    caller = request.ctx.caller
    try:
        form = read_form(request, PasswordForm)
        if form.new != form.again:
            raise InvalidInput({"again": "两次输入的新密码不一致"})
        await actions.change_password(
            by=member.by, old=form.old, new=form.new, now=clock.now(), keep=caller.token_hash if caller else None
        )
    except AppError as refusal:
        faults = refusal.data.get("fields") or {"old": refusal.text}
        return render(request, "password.html", status=refusal.status, faults=faults, done=False)
    return redirect("/admin/password?done=1", status=303)
