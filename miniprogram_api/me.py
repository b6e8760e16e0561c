"""The citizen's own data and consents."""

from typing import Annotated

from pydantic import Field, StrictBool, StringConstraints
from sanic import Blueprint

from app import clock
from app.citizens import actions, consenting, queries
from app.citizens.consents import CURRENT
from app.citizens.errors import ConsentNeeded, ConsentOutdated, ForeignMobile, PhoneCodeInvalid, SignInTooOften
from app.citizens.outside import ensure_ours, phone_refusal
from app.errors import PlatformUnavailable
from app.http.context import AppRequest
from app.http.endpoint import endpoint
from app.http.fields import PersonName
from app.http.messages import Message
from app.http.session import Caller
from app.platforms.wechat import WeChat, WeChatRefused
from miniprogram_api.sessions import CitizenOut

me = Blueprint("me", url_prefix="/me")
consents = Blueprint("consents", url_prefix="/consents")


class ProfileIn(Message):
    name: Annotated[PersonName | None, Field(description="预约联系人姓名")] = None
    is_elder: Annotated[StrictBool | None, Field(description="长辈版")] = None


class ContactOut(Message):
    name: str | None
    mobile: str | None


class PhoneIn(Message):
    code: Annotated[str, StringConstraints(min_length=1, max_length=128), Field(description="手机号按钮得到的 code")]


class ConsentTextOut(Message):
    name: str
    version: str
    text: str
    agreed: bool


class AgreeIn(Message):
    name: Annotated[str, StringConstraints(max_length=32)] = "privacy"
    version: Annotated[str, StringConstraints(max_length=16)]


@me.get("/")
@endpoint(returns=CitizenOut, caller="citizen")
async def profile(request: AppRequest, caller: Caller) -> CitizenOut:
    """我的资料（已脱敏）"""
    return await CitizenOut.of(caller.id)


@me.get("/contact")
@endpoint(returns=ContactOut, caller="citizen")
async def contact(request: AppRequest, caller: Caller) -> ContactOut:
    """本人姓名和手机号（明文，仅本人可见，用于核对预约联系人）"""
    view = await queries.citizen(caller.id)
    return ContactOut(name=view.name, mobile=view.mobile)


@me.patch("/")
@endpoint(body=ProfileIn, returns=CitizenOut, caller="citizen", refuses=(ConsentNeeded,))
async def change_profile(request: AppRequest, body: ProfileIn, caller: Caller) -> CitizenOut:
    """修改联系人姓名、长辈版"""
    await actions.change_profile(citizen_id=caller.id, name=body.name, is_elder=body.is_elder)
    return await CitizenOut.of(caller.id)


@me.post("/phone")
@endpoint(
    body=PhoneIn,
    returns=CitizenOut,
    caller="citizen",
    refuses=(ConsentNeeded, PhoneCodeInvalid, ForeignMobile, SignInTooOften, PlatformUnavailable),
)
async def attach_phone(request: AppRequest, body: PhoneIn, caller: Caller) -> CitizenOut:
    """绑定手机号：号码由微信告知，不采信客户端"""
    await queries.ensure_agreed(caller.id)  # before WeChat tells us the number, and the code is spent
    wechat: WeChat = request.app.ctx.platform(WeChat)
    try:
        mobile = await wechat.phone_of(body.code)
    except WeChatRefused as exc:
        raise phone_refusal(exc) from exc
    await actions.attach_mobile(citizen_id=caller.id, mobile=ensure_ours(mobile), now=clock.now())
    return await CitizenOut.of(caller.id)


@consents.get("/current")
@endpoint(returns=ConsentTextOut, caller="citizen")
async def current_consent(request: AppRequest, caller: Caller) -> ConsentTextOut:
    """现行隐私政策，以及我是否已同意"""
    text = CURRENT["privacy"]
    agreed = await queries.has_agreed(caller.id)
    return ConsentTextOut(name=text.name, version=text.version, text=text.text, agreed=agreed)


@consents.post("/")
@endpoint(body=AgreeIn, returns=CitizenOut, status=201, caller="citizen", refuses=(ConsentOutdated,))
async def agree(request: AppRequest, body: AgreeIn, caller: Caller) -> CitizenOut:
    """同意隐私政策"""
    await consenting.agree(
        citizen_id=caller.id, name=body.name, version=body.version, channel=caller.channel, now=clock.now()
    )
    return await CitizenOut.of(caller.id)


@consents.delete("/current")
@endpoint(caller="citizen")
async def withdraw(request: AppRequest, caller: Caller) -> None:
    """撤回同意：记录保留，姓名和手机号删除，不能再预约；已有的预约不变"""
    await consenting.withdraw(citizen_id=caller.id, name="privacy", now=clock.now())
