"""Taking a number without a booking."""

from typing import Annotated

from pydantic import Field
from sanic import Blueprint

from app import clock
from app.http.context import AppRequest
from app.http.endpoint import endpoint
from app.http.fields import OutsideCode
from app.http.session import Caller
from app.queue.errors import AlreadyWaiting, GroupClosed, HallClosed, NoSuchGroup, NoTicketsHere, WalkInsFull
from app.queue.walk_in import Asking, take_number
from miniprogram_api.arrivals import NOT_HERE, PresenceIn, Priority
from miniprogram_api.tickets import TicketOut, tickets_out

blueprint = Blueprint("numbers", url_prefix="/tickets")


class NumberIn(PresenceIn):
    group_code: OutsideCode
    matter_code: Annotated[str, Field(max_length=64)] = ""
    priority: Priority = ""


@blueprint.post("/")
@endpoint(
    body=NumberIn,
    returns=TicketOut,
    status=201,
    caller="citizen",
    refuses=(*NOT_HERE, NoTicketsHere, NoSuchGroup, HallClosed, GroupClosed, AlreadyWaiting, WalkInsFull),
)
async def take(request: AppRequest, caller: Caller, body: NumberIn) -> TicketOut:
    """现场取号：同一业务每人同时只有一个号"""
    now = clock.now()
    at = await body.proved(now)
    asking = Asking(
        hall_code=at.hall_code, group_code=body.group_code, channel=at.channel, matter_code=body.matter_code,
        citizen_id=caller.id, priority=body.priority,
    )  # fmt: skip
    arrived = await take_number(asking, now=now)
    (ticket,) = await tickets_out([arrived.ticket], now)
    return ticket
