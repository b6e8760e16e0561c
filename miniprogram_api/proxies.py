"""Naming somebody to take a result: one at a time, revoked at once. Another's result answers like none."""

from datetime import datetime
from typing import Annotated

from pydantic import Field
from sanic import Blueprint

from app import clock
from app.errors import NotFound
from app.http.context import AppRequest
from app.http.endpoint import endpoint
from app.http.fields import IdTail, PersonName
from app.http.messages import Message
from app.http.session import Caller
from app.pickup import proxies
from app.pickup.errors import (
    AlreadyHandedOver,
    AlreadySent,
    Archived,
    CourierAsked,
    InLocker,
    NotReady,
    ProxyExists,
)
from app.pickup.proxies import ProxyView

blueprint = Blueprint("pickup_proxies", url_prefix="/pickups/<code:str>/proxy")

REFUSES = (NotFound, NotReady, AlreadyHandedOver, InLocker, CourierAsked, AlreadySent, Archived, ProxyExists)


class ProxyIn(Message):
    name: Annotated[PersonName, Field(description="代领人姓名，与证件一致")]
    id_tail: Annotated[IdTail, Field(description="代领人证件号后四位")]


class ProxyOut(Message):
    """`state`: active, revoked, used, expired. `link` is there while it is active, to be forwarded to the proxy."""

    state: str
    name: str
    id_tail: str
    link: str | None
    made_at: datetime
    expires_at: datetime
    ended_at: datetime | None

    @classmethod
    def of(cls, view: ProxyView, *, public_url: str) -> "ProxyOut":
        return cls(
            state=view.state,
            name=view.masked_name,
            id_tail=view.tail,
            link=f"{public_url}/h5/proxy?k={view.secret}" if view.state == "active" else None,
            made_at=view.made_at,
            expires_at=view.expires_at,
            ended_at=view.ended_at,
        )


@blueprint.post("/")
@endpoint(caller="citizen", body=ProxyIn, returns=ProxyOut, status=201, refuses=REFUSES)
async def name(request: AppRequest, caller: Caller, body: ProxyIn, code: str) -> ProxyOut:
    """委托他人代领，得到可转发的链接"""
    named = await proxies.name_proxy(
        pickup_code=code, citizen_id=caller.id, name=body.name, tail=body.id_tail, now=clock.now()
    )
    return ProxyOut.of(named, public_url=request.app.ctx.settings.public_url)


@blueprint.get("/")
@endpoint(caller="citizen", returns=ProxyOut, refuses=(NotFound,))
async def proxy(request: AppRequest, caller: Caller, code: str) -> ProxyOut:
    """最近一次代领委托及其状态；没有委托过时为 404"""
    named = await proxies.proxy_of(pickup_code=code, citizen_id=caller.id, now=clock.now())
    if named is None:
        raise NotFound()
    return ProxyOut.of(named, public_url=request.app.ctx.settings.public_url)


@blueprint.delete("/")
@endpoint(caller="citizen", refuses=(NotFound,))
async def revoke(request: AppRequest, caller: Caller, code: str) -> None:
    """立即撤销代领委托；没有委托时也成功"""
    await proxies.revoke(pickup_code=code, citizen_id=caller.id, now=clock.now())
