"""Signing in and out."""

from typing import Annotated, Literal

from pydantic import Field, StringConstraints
from sanic import Blueprint

from app import clock
from app.citizens import actions, queries
from app.citizens.errors import AccountBlocked, CodeInvalid, SignInRefused, SignInTooOften
from app.citizens.outside import sign_in_refusal
from app.errors import PlatformUnavailable
from app.http.context import AppRequest
from app.http.endpoint import endpoint
from app.http.messages import Message
from app.http.session import Caller, close_session, open_session
from app.platforms.wechat import WeChat, WeChatRefused

sessions = Blueprint("sessions", url_prefix="/sessions")

REFUSES = (CodeInvalid, AccountBlocked, SignInTooOften, SignInRefused, PlatformUnavailable)


class SignIn(Message):
    channel: Literal["wechat"]
    code: Annotated[str, StringConstraints(min_length=1, max_length=128), Field(description="wx.login 得到的 code")]


class CitizenOut(Message):
    code: str
    name: str | None
    mobile: str | None
    is_elder: bool
    has_agreed: bool

    @classmethod
    async def of(cls, citizen_id: int) -> "CitizenOut":
        view = await queries.citizen(citizen_id)
        return cls(
            code=view.code,
            name=view.masked_name,
            mobile=view.masked_mobile,
            is_elder=view.is_elder,
            has_agreed=await queries.has_agreed(citizen_id),
        )


class SessionOut(Message):
    token: str
    citizen: CitizenOut


@sessions.post("/")
@endpoint(body=SignIn, returns=SessionOut, status=201, refuses=REFUSES)
async def sign_in(request: AppRequest, body: SignIn) -> SessionOut:
    """小程序登录：用 wx.login 的 code 换取会话"""
    wechat: WeChat = request.app.ctx.platform(WeChat)
    try:
        identity = await wechat.session_of(body.code)
    except WeChatRefused as exc:
        raise sign_in_refusal(exc) from exc
    now = clock.now()
    citizen_id = await actions.sign_in(channel="wechat", external_id=identity.openid, unionid=identity.unionid, now=now)
    token = await open_session(kind="citizen", subject_id=citizen_id, channel="wechat", now=now)
    return SessionOut(token=token, citizen=await CitizenOut.of(citizen_id))


@sessions.delete("/current")
@endpoint(caller="citizen")
async def sign_out(request: AppRequest, caller: Caller) -> None:
    """退出登录：会话立即失效"""
    await close_session(token_hash=caller.token_hash)
