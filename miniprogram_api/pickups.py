"""Results the citizen who is signed in can pick up. The shelf is never told; another's result answers like none."""

from datetime import date, datetime

from sanic import Blueprint

from app import clock
from app.errors import NotFound
from app.halls import queries as halls
from app.http.context import AppRequest
from app.http.endpoint import endpoint
from app.http.messages import Message
from app.http.session import Caller
from app.matters import queries as matters
from app.pickup import lockers, queries
from app.pickup.errors import AlreadyHandedOver, AlreadySent, Archived, CourierAsked, NotReady
from app.pickup.models import Pickup
from app.pickup.states import NAMES, State

blueprint = Blueprint("pickups", url_prefix="/pickups")

REFUSES = (NotFound, NotReady, AlreadyHandedOver, CourierAsked, AlreadySent, Archived)


class PickupItemOut(Message):
    name: str
    count: int


class PickupOut(Message):
    """`untilOn`: last day to come for it; `untilIsProvisional`: it rests on a calendar not yet official (暂定).

    `locker`: the locker in which it waits, when it is not at the counter.
    `archiveOn` is there once it is overdue and can be sent: on that day it goes into the archive.
    """

    code: str
    state: str
    state_name: str
    hall_code: str
    hall_name: str
    hall_hours: str
    matter_code: str
    matter_name: str
    booking_number: str | None
    locker: str | None
    items: list[PickupItemOut]
    ready_at: datetime | None
    until_on: date | None
    until_is_provisional: bool
    archive_on: date | None
    handed_at: datetime | None


class PickupsOut(Message):
    items: list[PickupOut]
    total: int


class PickupCodeOut(Message):
    """`text` goes into a QR and is renewed before `expiresAt`; `digits` are read out when it cannot be scanned, with
    what `digitsAsk` names, such as 手机号后四位. Both are empty for somebody of whom no number is on file.
    """

    text: str
    expires_at: datetime
    digits: str
    digits_ask: str


@blueprint.get("/")
@endpoint(caller="citizen", returns=PickupsOut)
async def pickups(request: AppRequest, caller: Caller) -> PickupsOut:
    """我的待取结果"""
    items = await _out(await queries.pickups_of(caller.id, now=clock.now()))
    return PickupsOut(items=items, total=len(items))


@blueprint.get("/<code:str>")
@endpoint(caller="citizen", returns=PickupOut, refuses=(NotFound,))
async def pickup(request: AppRequest, caller: Caller, code: str) -> PickupOut:
    """一份待取结果"""
    (out,) = await _out([await queries.pickup(code, citizen_id=caller.id)])
    return out


@blueprint.get("/<code:str>/code")
@endpoint(caller="citizen", returns=PickupCodeOut, refuses=REFUSES)
async def pickup_code(request: AppRequest, caller: Caller, code: str) -> PickupCodeOut:
    """取件二维码的内容（60 秒内有效）和 8 位取件数字"""
    shown = await queries.show_code(code=code, citizen_id=caller.id, now=clock.now())
    return PickupCodeOut(text=shown.text, expires_at=shown.expires_at, digits=shown.digits, digits_ask=shown.asks)


async def _out(rows: list[Pickup]) -> list[PickupOut]:
    known = {hall.code: hall for hall in await halls.halls(codes={row.hall_code for row in rows})}
    names = await matters.names([row.matter_code for row in rows])
    in_lockers = await lockers.places_of([row.code for row in rows])
    return [
        PickupOut(
            code=row.code,
            state=row.state,
            state_name=NAMES[State(row.state)],
            hall_code=row.hall_code,
            hall_name=known[row.hall_code].name if row.hall_code in known else "",
            hall_hours=known[row.hall_code].hours_text if row.hall_code in known else "",
            matter_code=row.matter_code,
            matter_name=names[row.matter_code],
            booking_number=row.booking_number,
            locker=in_lockers.get(row.code),
            items=[PickupItemOut(**item) for item in row.items],
            ready_at=row.ready_at,
            until_on=row.until_on,
            until_is_provisional=row.until_is_provisional,
            archive_on=row.archive_on,
            handed_at=row.handed_at,
        )
        for row in rows
    ]
