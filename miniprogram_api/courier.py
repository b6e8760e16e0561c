"""Having an overdue result sent home. Another's result answers like none."""

from typing import Annotated

from pydantic import Field
from sanic import Blueprint

from app import clock
from app.errors import NotFound
from app.http.context import AppRequest
from app.http.endpoint import endpoint
from app.http.fields import Mobile, PersonName, PostalAddress
from app.http.messages import Message
from app.http.session import Caller
from app.pickup import courier
from app.pickup.courier import Address
from app.pickup.errors import (
    AlreadyHandedOver,
    AlreadySent,
    Archived,
    CourierAsked,
    CourierNotOffered,
    InLocker,
    NotNow,
    NotReady,
)

blueprint = Blueprint("pickup_courier", url_prefix="/pickups/<code:str>/courier")

STATES = (NotReady, AlreadyHandedOver, InLocker, CourierAsked, AlreadySent, Archived)


class AddressIn(Message):
    name: PersonName
    mobile: Mobile
    address: Annotated[PostalAddress, Field(description="省市区、街道、门牌号")]


@blueprint.post("/")
@endpoint(caller="citizen", body=AddressIn, refuses=(NotFound, CourierNotOffered, *STATES))
async def ask(request: AppRequest, caller: Caller, body: AddressIn, code: str) -> None:
    """逾期后申请邮寄到家"""
    to = Address(name=body.name, mobile=body.mobile, address=body.address)
    await courier.ask(pickup_code=code, citizen_id=caller.id, to=to, now=clock.now())


@blueprint.delete("/")
@endpoint(caller="citizen", refuses=(NotFound, NotNow, *STATES))
async def withdraw(request: AppRequest, caller: Caller, code: str) -> None:
    """取消邮寄，改为到大厅领取；地址随即删除"""
    await courier.keep_here(pickup_code=code, citizen_id=caller.id, now=clock.now())
