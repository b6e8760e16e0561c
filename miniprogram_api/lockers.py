"""For lockers in the halls, each with a key of its own: find what a code opens here, then say what the door did."""

from datetime import datetime
from typing import Annotated

from pydantic import Field, StringConstraints
from sanic import Blueprint

from app import clock
from app.codes import ExpiredCode, ForgedCode, WrongPurpose
from app.errors import NotFound
from app.http.context import AppRequest
from app.http.endpoint import endpoint
from app.http.messages import Message
from app.http.session import Caller
from app.pickup import lockers
from app.pickup.errors import (
    AlreadyHandedOver,
    AlreadySent,
    Archived,
    BeingOpened,
    CodeReplaced,
    CourierAsked,
    DigitsWrong,
    NotInThisLocker,
    NotReady,
    ProxyExpired,
    ProxyNeedsCounter,
    ProxyRevoked,
    ProxyUsed,
    ReservationOver,
    TailMissing,
)
from app.pickup.moving import items_total
from app.staff.errors import TooManyTries

blueprint = Blueprint("lockers", url_prefix="/lockers")

CODES = (ForgedCode, WrongPurpose, ExpiredCode, CodeReplaced, TailMissing, DigitsWrong, TooManyTries)
PROXIES = (ProxyNeedsCounter, ProxyRevoked, ProxyExpired, ProxyUsed)
STATES = (NotReady, AlreadyHandedOver, CourierAsked, AlreadySent, Archived, BeingOpened, NotInThisLocker)


class RedeemIn(Message):
    text: Annotated[
        str, StringConstraints(min_length=1, max_length=2000), Field(description="扫到的取件码，或 8 位取件数字")
    ]
    tail: Annotated[str, StringConstraints(max_length=4), Field(description="用取件数字时：手机号或身份证号后四位")] = (
        ""
    )


class RedeemOut(Message):
    """Open `compartment`, then confirm or give back under `reservation`, before `until` if possible."""

    reservation: str
    compartment: int
    until: datetime
    items_total: int


class HandedOut(Message):
    handed_at: datetime | None


class LockerOut(Message):
    name: str
    site: str
    compartments: int
    taken: list[int]


@blueprint.get("/current")
@endpoint(caller="machine", returns=LockerOut, refuses=(NotFound,))
async def current(request: AppRequest, caller: Caller) -> LockerOut:
    """自助柜自检：本机名称、位置和已占用的格"""
    machine, taken = await lockers.current(machine_id=caller.id)
    return LockerOut(name=machine.name, site=machine.site, compartments=machine.compartments, taken=taken)


@blueprint.post("/redeem")
@endpoint(caller="machine", body=RedeemIn, returns=RedeemOut, refuses=(NotFound, *CODES, *PROXIES, *STATES))
async def redeem(request: AppRequest, caller: Caller, body: RedeemIn) -> RedeemOut:
    """第一步：核验取件码并锁定格口，90 秒内等待开门结果"""
    found = await lockers.reserve(machine_id=caller.id, text=body.text, tail=body.tail, now=clock.now())
    return RedeemOut(
        reservation=found.reservation,
        compartment=found.no,
        until=found.until,
        items_total=items_total(found.pickup),
    )


@blueprint.post("/reservations/<reservation:str>/confirm")
@endpoint(caller="machine", returns=HandedOut, refuses=(NotFound, ReservationOver, AlreadyHandedOver))
async def confirm(request: AppRequest, caller: Caller, reservation: str) -> HandedOut:
    """第二步：门已打开、物品已取走；重复确认结果相同"""
    pickup = await lockers.confirm(machine_id=caller.id, reservation=reservation, now=clock.now())
    return HandedOut(handed_at=pickup.handed_at)


@blueprint.post("/reservations/<reservation:str>/give-back")
@endpoint(caller="machine", refuses=(NotFound, ReservationOver))
async def give_back(request: AppRequest, caller: Caller, reservation: str) -> None:
    """第二步：门未打开或物品未取走，放回待取"""
    await lockers.give_back(machine_id=caller.id, reservation=reservation, now=clock.now())
