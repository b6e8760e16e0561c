"""Signing in through WeChat's web authorisation, and out."""

import secrets
from urllib.parse import quote

from sanic import Blueprint, HTTPResponse, redirect

from app import clock
from app.citizens import actions
from app.citizens.errors import AccountBlocked, CodeInvalid
from app.http.context import AppRequest
from app.http.pages import drop_cookie, safe_path, set_cookie
from app.http.session import LIVES, close_session, cookie_name, open_session
from app.platforms.wechat import WeChat, WeChatRefused
from h5.face import face, render

pages = Blueprint("h5_sign_in")

STATE = "zb_state"  # ties WeChat's answer to the browser that asked for it (security.md A06)
STATE_LIFE_S = 600
BLOCKED = 40226


@pages.get("/sign-in")
@face.page()
async def choose(request: AppRequest) -> HTTPResponse:
    """Why to sign in, and the way."""
    return render(request, "sign_in.html", next=safe_path(request.args.get("next"), "/h5/"))


@pages.get("/sign-in/wechat")
@face.page()
async def to_wechat(request: AppRequest) -> HTTPResponse:
    """Off to WeChat, with a state that only this browser knows."""
    settings = request.app.ctx.settings
    state = secrets.token_hex(16)
    after = safe_path(request.args.get("next"), "/h5/")
    back = f"{settings.public_url}/h5/sign-in/wechat/back?next={quote(after, safe='')}"
    wechat: WeChat = request.app.ctx.platform(WeChat)
    url = wechat.authorize_url(oauth_url=settings.wechat.oauth_url, redirect_uri=back, state=state)
    response = redirect(url, status=303)
    set_cookie(request, response, STATE, state, max_age_s=STATE_LIFE_S)
    return response


@pages.get("/sign-in/wechat/back")
@face.page()
async def from_wechat(request: AppRequest) -> HTTPResponse:
    """Back from WeChat: the code is exchanged by the server; a used one starts the way anew."""
    expected, sent = request.cookies.get(STATE), request.args.get("state")
    if not expected or not sent or not secrets.compare_digest(expected.encode(), sent.encode()):
        raise CodeInvalid()
    wechat: WeChat = request.app.ctx.platform(WeChat)
    try:
        identity = await wechat.openid_by_web_code((request.args.get("code") or "")[:128])
    except WeChatRefused as exc:
        raise (AccountBlocked() if exc.errcode == BLOCKED else CodeInvalid()) from exc
    now = clock.now()
    citizen_id = await actions.sign_in(
        channel="wechat_oa", external_id=identity.openid, unionid=identity.unionid, now=now
    )
    token = await open_session(kind="citizen", subject_id=citizen_id, channel="h5", now=now)
    response = redirect(safe_path(request.args.get("next"), "/h5/"), status=303)
    life_s = int(LIVES["citizen"].absolute.total_seconds())
    set_cookie(request, response, cookie_name(request, "citizen"), token, max_age_s=life_s)
    drop_cookie(request, response, STATE)
    return response


@pages.post("/sign-out")
@face.page(caller=True)
async def sign_out(request: AppRequest) -> HTTPResponse:
    """The session ends on the server; the cookie goes too."""
    caller = request.ctx.caller
    if caller is not None:
        await close_session(token_hash=caller.token_hash)
    response = redirect("/h5/", status=303)
    drop_cookie(request, response, cookie_name(request, "citizen"))
    return response
