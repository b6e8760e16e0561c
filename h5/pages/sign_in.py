"""Signing in through WeChat's web authorisation, and out."""

from typing import Annotated

from pydantic import StringConstraints
from sanic import Blueprint, HTTPResponse, redirect

from app import clock
from app.citizens import actions
from app.citizens.consents import CURRENT
from app.citizens.errors import SnapshotPage, StateMismatch
from app.citizens.outside import sign_in_refusal
from app.errors import AppError
from app.http.context import AppRequest
from app.http.messages import Form
from app.http.pages import drop_cookie, read_form, safe_path, set_cookie, typed
from app.http.session import close_session, cookie_name
from app.platforms.wechat import SnapshotUser, WeChat, WeChatIdentity, WeChatRefused
from h5 import sign_in_state
from h5.face import face, render
from h5.signed_in import HOME, ensure_agreed, own_cookie, sign_in_here

pages = Blueprint("h5_sign_in")

JOURNEY = "zb_state"
BACK = "/h5/sign-in/wechat/back"


class WeChatForm(Form):
    agreed: Annotated[str | None, StringConstraints(max_length=16)] = None
    next: str = HOME


@pages.get("/sign-in")
@face.page()
async def choose(request: AppRequest) -> HTTPResponse:
    """Why to sign in, and the two ways."""
    return _choice(request, after=request.args.get("next"))


@pages.get("/sign-in/wechat")
@face.page()
async def to_wechat(request: AppRequest) -> HTTPResponse:
    """Off to WeChat. A link may lead here, so nobody agrees to anything by it."""
    journey = _begin(safe_path(request.args.get("next"), HOME), agreed=None)
    return _with_journey(request, redirect(_address_at_wechat(request, journey), status=303), journey)


@pages.post("/sign-in/wechat")
@face.page()
async def agree_and_go(request: AppRequest) -> HTTPResponse:
    """The privacy text agreed to, then off to WeChat: by a page, for our forms may not lead to other hosts (CSP)."""
    try:
        form = read_form(request, WeChatForm)
        ensure_agreed(form.agreed, field="agreed")
    except AppError as exc:
        return _choice(request, after=typed(request).get("next"), refusal=exc)
    journey = _begin(safe_path(form.next, HOME), agreed=form.agreed)
    page = render(request, "to_wechat.html", url=_address_at_wechat(request, journey))
    return _with_journey(request, page, journey)


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


def _choice(request: AppRequest, *, after: object, refusal: AppError | None = None) -> HTTPResponse:
    fields: dict[str, str] = refusal.data.get("fields", {}) if refusal else {}
    return render(
        request,
        "sign_in.html",
        status=refusal.status if refusal else 200,
        next=safe_path(after, HOME),
        version=CURRENT["privacy"].version,
        problem=fields.get("agreed", refusal.text) if refusal else "",
    )


def _begin(after: str, *, agreed: str | None) -> sign_in_state.Journey:
    return sign_in_state.begin(after=after, agreed=agreed, now=clock.now())


def _address_at_wechat(request: AppRequest, journey: sign_in_state.Journey) -> str:
    settings = request.app.ctx.settings
    wechat: WeChat = request.app.ctx.platform(WeChat)
    return wechat.authorize_url(
        oauth_url=settings.wechat.oauth_url, redirect_uri=settings.public_url + BACK, state=journey.state
    )


def _with_journey(request: AppRequest, response: HTTPResponse, journey: sign_in_state.Journey) -> HTTPResponse:
    """A state that only this browser knows; where to go afterwards, and what was agreed to, stay here."""
    life_s = int(sign_in_state.LIVES.total_seconds())
    set_cookie(request, response, own_cookie(request, JOURNEY), sign_in_state.packed(journey), max_age_s=life_s)
    return response


async def _who(request: AppRequest) -> WeChatIdentity:
    wechat: WeChat = request.app.ctx.platform(WeChat)
    try:
        return await wechat.openid_by_web_code((request.args.get("code") or "")[:128])
    except WeChatRefused as exc:
        raise sign_in_refusal(exc) from exc
    except SnapshotUser as exc:
        raise SnapshotPage() from exc
