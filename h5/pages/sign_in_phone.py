"""Signing in outside WeChat: a code by text message. Two forms, no script needed."""

import unicodedata
from typing import Annotated
from urllib.parse import quote

from pydantic import StringConstraints
from sanic import Blueprint, HTTPResponse, redirect

from app import clock
from app.citizens import actions, sms_codes
from app.citizens.consents import CURRENT
from app.citizens.errors import SmsCodeDead, SmsNotSent
from app.citizens.rules import SMS_LIVES
from app.errors import AppError
from app.http.context import AppRequest, network_of
from app.http.fields import Mobile
from app.http.messages import Form
from app.http.pages import drop_cookie, read_form, safe_path, set_cookie, typed
from app.platforms.sms import Sms, SmsRefused
from h5.face import face, render
from h5.signed_in import HOME, ensure_agreed, own_cookie, sign_in_here

pages = Blueprint("h5_sign_in_phone")

HANDLE = "zb_sms"  # which request for a code this browser made


class MobileForm(Form):
    mobile: Mobile
    next: str = HOME


class CodeForm(Form):
    code: Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=12)]
    agreed: Annotated[str | None, StringConstraints(max_length=16)] = None
    next: str = HOME


@pages.get("/sign-in/phone")
@face.page()
async def ask_mobile(request: AppRequest) -> HTTPResponse:
    """Which mobile shall get a code."""
    return _mobile_page(request, after=request.args.get("next"), refusal=None)


@pages.post("/sign-in/phone")
@face.page()
async def send_code(request: AppRequest) -> HTTPResponse:
    """Send a code, then ask for it. The answer is the same whether or not we know the mobile."""
    try:
        form = read_form(request, MobileForm)
        issued = await sms_codes.issue(
            mobile=form.mobile, network=network_of(request), settings=request.app.ctx.settings.sms, now=clock.now()
        )
        await _send(request, mobile=form.mobile, code=issued.code)
    except AppError as exc:
        return _mobile_page(request, after=typed(request).get("next"), refusal=exc)
    after = safe_path(form.next, HOME)
    response = redirect(f"/h5/sign-in/phone/code?next={quote(after, safe='')}", status=303)
    life_s = int(SMS_LIVES.total_seconds())
    set_cookie(request, response, own_cookie(request, HANDLE), issued.handle, max_age_s=life_s)
    return response


@pages.get("/sign-in/phone/code")
@face.page()
async def ask_code(request: AppRequest) -> HTTPResponse:
    """Type the code."""
    return _code_page(request, after=request.args.get("next"), refusal=None)


@pages.post("/sign-in/phone/code")
@face.page()
async def check_code(request: AppRequest) -> HTTPResponse:
    """The right code signs in whoever holds the mobile."""
    now = clock.now()
    try:
        form = read_form(request, CodeForm)
        ensure_agreed(form.agreed, field="code")  # and before one of the tries is spent
        mobile = await sms_codes.prove(handle=_handle(request), code=unicodedata.normalize("NFKC", form.code), now=now)
    except AppError as exc:
        return _code_page(request, after=typed(request).get("next"), refusal=exc)
    citizen_id = await actions.sign_in_mobile(mobile=mobile, now=now)
    response = await sign_in_here(request, citizen_id=citizen_id, after=form.next, agreed=form.agreed, now=now)
    drop_cookie(request, response, own_cookie(request, HANDLE))
    return response


async def _send(request: AppRequest, *, mobile: str, code: str) -> None:
    sms: Sms = request.app.ctx.platform(Sms)
    template = request.app.ctx.settings.sms.sign_in_template
    try:
        await sms.send(mobile=mobile, template=template, params={"code": code})
    except SmsRefused as exc:
        raise SmsNotSent() from exc


def _handle(request: AppRequest) -> str:
    handle: str | None = request.cookies.get(own_cookie(request, HANDLE))
    if not handle or len(handle) > 64:
        raise SmsCodeDead()
    return handle


def _mobile_page(request: AppRequest, *, after: str | None, refusal: AppError | None) -> HTTPResponse:
    return render(
        request,
        "sign_in_phone.html",
        status=refusal.status if refusal else 200,
        next=safe_path(after, HOME),
        mobile=typed(request).get("mobile", "") if refusal else "",
        problem=_sentence(refusal, "mobile"),
    )


def _code_page(request: AppRequest, *, after: str | None, refusal: AppError | None) -> HTTPResponse:
    return render(
        request,
        "sign_in_code.html",
        status=refusal.status if refusal else 200,
        next=safe_path(after, HOME),
        version=CURRENT["privacy"].version,
        problem=_sentence(refusal, "code"),
    )


def _sentence(refusal: AppError | None, field: str) -> str | None:
    """What to say beside the field: its own fault, or the refusal."""
    if refusal is None:
        return None
    fields: dict[str, str] = refusal.data.get("fields", {})
    return fields.get(field, refusal.text)
