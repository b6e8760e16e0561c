"""Arriving at a hall with the mini-program: being there, checking in, and what can be taken without a booking."""

from datetime import datetime
from typing import Annotated, Literal

from pydantic import Field
from sanic import Blueprint

from app import clock
from app.errors import NotFound
from app.halls import queries as halls
from app.http.context import AppRequest
from app.http.endpoint import endpoint
from app.http.fields import OutsideCode
from app.http.messages import Message
from app.http.session import Caller
from app.queue import offers, presence, self_service
from app.queue.errors import (
    BookingCancelled,
    BookingNotConfirmed,
    BookingOver,
    HallCodeExpired,
    HallWithoutPlace,
    NotHallCode,
    NoTicketsHere,
    PlaceNeeded,
    PresenceOver,
    PrintedNotEnough,
    TooFar,
    TooLateToday,
    WrongDay,
    WrongHall,
)
from app.queue.presence import Presence
from app.queue.rules import MESSAGES, Arrival
from miniprogram_api.tickets import TicketOut, tickets_out

check_ins_blueprint = Blueprint("check_ins", url_prefix="/check-ins")
presences_blueprint = Blueprint("presences", url_prefix="/presences")
walk_ins_blueprint = Blueprint("walk_ins", url_prefix="/halls")

NOT_HERE = (
    HallCodeExpired, NotHallCode, PresenceOver, PrintedNotEnough, HallWithoutPlace, PlaceNeeded, TooFar, NotFound,
)  # fmt: skip
Priority = Literal["", "elder", "disabled", "military"]


class PresenceIn(Message):
    """How the phone shows that it is in the hall: what it has just scanned there, or what that was exchanged for.

    Or the hall of a printed code, with the phone's place, which is not kept.
    """

    code: Annotated[str | None, Field(max_length=1000, description="from the hall's tablet, or `presence`")] = None
    hall_code: OutsideCode | None = None
    latitude: Annotated[float | None, Field(ge=-90, le=90, description="WGS-84")] = None
    longitude: Annotated[float | None, Field(ge=-180, le=180, description="WGS-84")] = None

    async def proved(self, now: datetime) -> Presence:
        """Raises one of `NOT_HERE`."""
        if self.code is not None:
            return await presence.proved(self.code, now=now)
        if self.hall_code is None:
            raise PresenceOver()
        has_place = self.latitude is not None and self.longitude is not None
        phone = (self.latitude or 0.0, self.longitude or 0.0) if has_place else None
        return await presence.by_print(self.hall_code, phone=phone, now=now)


class PresenceOut(Message):
    """`presence` may be sent as `code` until then."""

    presence: str
    until: datetime
    hall_code: str
    hall_name: str


class CheckInIn(PresenceIn):
    booking_number: OutsideCode
    priority: Priority = ""


class CheckInOut(Message):
    """`repeat`: they had checked in before, this is that ticket. `message`: what the arrival means, in a sentence."""

    ticket: TicketOut
    repeat: bool
    message: str


class WalkInOut(Message):
    """`state`: open, full or closed. `opens`: when it opens, in words, while it is closed."""

    group_code: str
    name: str
    waiting: int
    state: str
    opens: str


class WalkInsOut(Message):
    items: list[WalkInOut]
    total: int


@presences_blueprint.post("/")
@endpoint(body=PresenceIn, returns=PresenceOut, status=201, refuses=NOT_HERE)
async def be_here(request: AppRequest, body: PresenceIn) -> PresenceOut:
    """扫大厅屏幕上的二维码后调用：10 分钟内可签到、取号"""
    shown = await body.proved(clock.now())
    hall = await halls.hall(shown.hall_code)
    return PresenceOut(presence=shown.text, until=shown.until, hall_code=hall.code, hall_name=hall.name)


@check_ins_blueprint.post("/")
@endpoint(
    body=CheckInIn,
    returns=CheckInOut,
    caller="citizen",
    refuses=(*NOT_HERE, WrongHall, WrongDay, BookingCancelled, BookingNotConfirmed, BookingOver, TooLateToday),
)
async def check_in(request: AppRequest, caller: Caller, body: CheckInIn) -> CheckInOut:
    """自助签到：重复提交返回同一个号"""
    now = clock.now()
    done = await self_service.check_in_here(
        number=body.booking_number, citizen_id=caller.id, presence=await body.proved(now), priority=body.priority,
        now=now,
    )  # fmt: skip
    (ticket,) = await tickets_out([done.ticket], now)
    return CheckInOut(ticket=ticket, repeat=done.is_repeat, message=MESSAGES[Arrival(done.ticket.arrival)])


@walk_ins_blueprint.get("/<code:str>/walk-ins")
@endpoint(returns=WalkInsOut, refuses=(NotFound, NoTicketsHere), cached_s=2)
async def walk_ins(request: AppRequest, code: str) -> WalkInsOut:
    """没有预约可以取号的业务，等候人数"""
    items = [
        WalkInOut(group_code=o.group_code, name=o.name, waiting=o.waiting, state=o.state, opens=o.opens)
        for o in await offers.offers(code, now=clock.now())
    ]
    return WalkInsOut(items=items, total=len(items))
