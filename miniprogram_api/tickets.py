"""Tickets of the citizen who is signed in, and those the family lets them watch."""

from collections.abc import Awaitable, Callable
from datetime import datetime
from typing import Annotated

from pydantic import Field, StringConstraints
from sanic import Blueprint

from app import clock
from app.clock import CHINA
from app.errors import InvalidInput, NotFound
from app.halls import queries as halls
from app.halls.models import Counter
from app.http.context import AppRequest
from app.http.endpoint import endpoint
from app.http.messages import Message
from app.http.session import Caller
from app.matters import queries as matters
from app.queue import queries, returning, viewing
from app.queue.errors import LeftBefore, NotNow, OnlyTheOwner
from app.queue.estimates import Outlook, outlooks
from app.queue.estimating import Wait
from app.queue.models import Ticket
from app.queue.states import NAMES, State
from app.queue.viewing import Viewer
from app.ratings import actions as ratings
from app.ratings.actions import Opinion
from app.ratings.errors import NotFinishedYet
from app.ratings.rules import GRADES

blueprint = Blueprint("tickets", url_prefix="/tickets")

OF_TICKET = (NotFound, OnlyTheOwner, NotNow)


class TicketCounterOut(Message):
    no: str
    name: str
    floor: int
    zone: str


class EstimateOut(Message):
    """Four of five people are called after `lowMinutes` to `highMinutes` from `computedAt`.

    `pauseFrom` and `pauseUntil`: a break of the hall in between, in which nobody is called.
    """

    low_minutes: int
    high_minutes: int
    computed_at: datetime
    pause_from: datetime | None = None
    pause_until: datetime | None = None


class TicketOut(Message):
    """`ahead`: people waiting in front. `estimate`: null while no counter is open, and for who is not waiting.
    `counter`: where to go, once called. `calls`: how often called so far. `returnBy`: until when the turn is kept.
    """

    code: str
    number: str
    state: str
    state_name: str
    ahead: int
    estimate: EstimateOut | None
    hall_code: str
    hall_name: str
    matter_code: str
    matter_name: str
    booking_number: str | None
    booked_at: datetime | None
    arrived_at: datetime
    called_at: datetime | None
    calls: int
    return_by: datetime | None
    counter: TicketCounterOut | None


class TicketsOut(Message):
    items: list[TicketOut]
    total: int


class RatingIn(Message):
    """`grade` by GB/T 39046 A.8: 1 非常满意, 2 满意, 3 基本满意, 4 不满意, 5 非常不满意. 4 and 5 need a reason."""

    grade: Annotated[int, Field(ge=1, le=5)]
    reasons: Annotated[tuple[Annotated[str, StringConstraints(max_length=8)], ...], Field(max_length=20)] = ()
    text: Annotated[str, StringConstraints(max_length=500)] = ""


class RatingOut(Message):
    """`isRepeat`: the visit was rated before; what follows is that first rating."""

    grade: int
    grade_name: str
    reasons: list[str]
    text: str
    rated_at: datetime
    is_repeat: bool


@blueprint.get("/")
@endpoint(caller="citizen", returns=TicketsOut)
async def tickets(request: AppRequest, caller: Caller) -> TicketsOut:
    """我今天的排队号，前面还有几人，大约还要多久"""
    now = clock.now()
    items = await tickets_out(await queries.tickets_of(citizen_id=caller.id, on=now.astimezone(CHINA).date()), now)
    return TicketsOut(items=items, total=len(items))


@blueprint.get("/<code:str>")
@endpoint(caller="citizen", returns=TicketOut, refuses=(NotFound,))
async def ticket(request: AppRequest, caller: Caller, code: str) -> TicketOut:
    """一个排队号，自己的或家人让我接收通知的"""
    found = await viewing.seen(code, Viewer(citizen_id=caller.id))
    return (await tickets_out([found.ticket], clock.now()))[0]


@blueprint.post("/<code:str>/leave")
@endpoint(caller="citizen", returns=TicketOut, refuses=(*OF_TICKET, LeftBefore), idempotent=True)
async def leave(request: AppRequest, caller: Caller, code: str) -> TicketOut:
    """暂时离开，在 returnBy 之前保留原来的位置"""
    return await _act(returning.leave, caller, code)


@blueprint.post("/<code:str>/return")
@endpoint(caller="citizen", returns=TicketOut, refuses=OF_TICKET, idempotent=True)
async def come_back(request: AppRequest, caller: Caller, code: str) -> TicketOut:
    """我回来了"""
    return await _act(returning.rejoin, caller, code)


@blueprint.post("/<code:str>/give-up")
@endpoint(caller="citizen", returns=TicketOut, refuses=OF_TICKET, idempotent=True)
async def give_up(request: AppRequest, caller: Caller, code: str) -> TicketOut:
    """放弃这个号，不再等候"""
    return await _act(returning.give_up, caller, code)


@blueprint.post("/<code:str>/rating")
@endpoint(
    caller="citizen",
    body=RatingIn,
    returns=RatingOut,
    status=201,
    refuses=(NotFound, OnlyTheOwner, NotFinishedYet, InvalidInput),
    idempotent=True,
)
async def rate(request: AppRequest, caller: Caller, code: str, body: RatingIn) -> RatingOut:
    """评价这次办理；已评过的返回第一次的评价"""
    rated = await ratings.rate(
        ticket_code=code,
        viewer=Viewer(citizen_id=caller.id),
        opinion=Opinion(body.grade, body.reasons, body.text),
        channel="app",
        now=clock.now(),
    )
    row = rated.rating
    return RatingOut(
        grade=row.grade,
        grade_name=GRADES[row.grade],
        reasons=row.reasons,
        text=row.text,
        rated_at=row.rated_at,
        is_repeat=rated.is_repeat,
    )


async def _act(step: Callable[..., Awaitable[Ticket]], caller: Caller, code: str) -> TicketOut:
    now = clock.now()
    row = await step(ticket_code=code, viewer=Viewer(citizen_id=caller.id), now=now)
    return (await tickets_out([row], now))[0]


async def tickets_out(rows: list[Ticket], now: datetime) -> list[TicketOut]:
    """Tickets as they go out, with the outlook of those that wait."""
    seen = await outlooks(rows, now=now)
    hall_names = {hall.code: hall.name for hall in await halls.halls(codes={row.hall_code for row in rows})}
    matter_names = await matters.names([row.matter_code for row in rows])
    counters = await halls.counters_by_code({row.counter_code for row in rows if row.counter_code})
    return [
        _ticket(
            row,
            seen[row.id],
            hall_name=hall_names.get(row.hall_code, ""),
            matter_name=matter_names[row.matter_code],
            counter=counters.get(row.counter_code or ""),
        )
        for row in rows
    ]


def _ticket(row: Ticket, outlook: Outlook, *, hall_name: str, matter_name: str, counter: Counter | None) -> TicketOut:
    return TicketOut(
        code=row.code,
        number=row.number,
        state=row.state,
        state_name=NAMES[State(row.state)],
        ahead=outlook.ahead,
        estimate=_estimate(outlook.wait),
        hall_code=row.hall_code,
        hall_name=hall_name,
        matter_code=row.matter_code,
        matter_name=matter_name,
        booking_number=row.booking_number,
        booked_at=row.booked_at,
        arrived_at=row.arrived_at,
        called_at=row.called_at,
        calls=row.calls,
        return_by=row.return_by,
        counter=_counter(counter),
    )


def _estimate(wait: Wait | None) -> EstimateOut | None:
    if wait is None:
        return None
    closes, opens = wait.pause or (None, None)
    return EstimateOut(
        low_minutes=wait.low, high_minutes=wait.high, computed_at=wait.computed_at, pause_from=closes, pause_until=opens
    )


def _counter(row: Counter | None) -> TicketCounterOut | None:
    return TicketCounterOut(no=row.no, name=row.name, floor=row.floor, zone=row.zone) if row else None
