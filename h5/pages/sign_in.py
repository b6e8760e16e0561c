"""Signing in through WeChat's web authorisation, and out."""

from sanic import Blueprint, HTTPResponse, redirect

from app import clock
from app.citizens import actions
from app.citizens.consents import CURRENT
from app.citizens.errors import SnapshotPage, StateMismatch
from app.citizens.outside import sign_in_refusal
from app.http.context import AppRequest
from app.http.pages import drop_cookie, safe_path, set_cookie
from app.http.session import close_session, cookie_name
from app.platforms.wechat import SnapshotUser, WeChat, WeChatIdentity, WeChatRefused
from h5 import sign_in_state
from h5.face import face, render
from h5.signed_in import HOME, own_cookie, sign_in_here

pages = Blueprint("h5_sign_in")

JOURNEY = "zb_state"
BACK = "/h5/sign-in/wechat/back"


@pages.get("/sign-in")
@face.page()
async def choose(request: AppRequest) -> HTTPResponse:
    """Why to sign in, and the two ways."""
    version = CURRENT["privacy"].version
    return render(request, "sign_in.html", next=safe_path(request.args.get("next"), HOME), version=version)


@pages.get("/sign-in/wechat")
@face.page()
async def to_wechat(request: AppRequest) -> HTTPResponse:
    """Off to WeChat, with a state that only this browser knows; where to go afterwards stays here."""
    settings = request.app.ctx.settings
    after = safe_path(request.args.get("next"), HOME)
    journey = sign_in_state.begin(after=after, agreed=(request.args.get("agreed") or "")[:16] or None, now=clock.now())
    wechat: WeChat = request.app.ctx.platform(WeChat)
    url = wechat.authorize_url(
        oauth_url=settings.wechat.oauth_url, redirect_uri=settings.public_url + BACK, state=journey.state
    )
    response = redirect(url, status=303)
    life_s = int(sign_in_state.LIVES.total_seconds())
    set_cookie(request, response, own_cookie(request, JOURNEY), sign_in_state.packed(journey), max_age_s=life_s)
    return response


@pages.get("/sign-in/wechat/back")
@face.page()
async def from_wechat(request: AppRequest) -> HTTPResponse:
    """Back from WeChat: the server exchanges the code. Browsers send this again on "back": then just go on."""
    now = clock.now()
    cookie = request.cookies.get(own_cookie(request, JOURNEY))
    journey = sign_in_state.unpacked(cookie, state=request.args.get("state"), now=now)
    if journey is None or not await actions.use_state(state_hash=journey.state_hash, now=now):
        if request.ctx.caller is not None:
            return redirect(HOME, status=303)
        raise StateMismatch()
    person = await _who(request)
    citizen_id = await actions.sign_in(channel="wechat_oa", external_id=person.openid, unionid=person.unionid, now=now)
    response = await sign_in_here(request, citizen_id=citizen_id, after=journey.after, agreed=journey.agreed, now=now)
    drop_cookie(request, response, own_cookie(request, JOURNEY))
    return response


@pages.post("/sign-out")
@face.page(caller=True)
async def sign_out(request: AppRequest) -> HTTPResponse:
    """The session ends on the server; the cookie goes too."""
    caller = request.ctx.caller
    if caller is not None:
        await close_session(token_hash=caller.token_hash)
    response = redirect(HOME, status=303)
    drop_cookie(request, response, cookie_name(request, "citizen"))
    return response


async def _who(request: AppRequest) -> WeChatIdentity:
    wechat: WeChat = request.app.ctx.platform(WeChat)
    try:
        return await wechat.openid_by_web_code((request.args.get("code") or "")[:128])
    except WeChatRefused as exc:
        raise sign_in_refusal(exc) from exc
    except SnapshotUser as exc:
        raise SnapshotPage() from exc
