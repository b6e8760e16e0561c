"""The waiting list: standing in line for a part of a day that is full, and answering an offer."""

import datetime as dt
from datetime import date, datetime
from typing import Annotated, Literal

from pydantic import Field
from sanic import Blueprint

from app import clock
from app.booking import errors, waiting_list
from app.booking.titles import Titles, titles_of
from app.booking.waiting_list import WaitingView, Wish
from app.citizens import queries as citizens
from app.citizens.errors import ConsentNeeded
from app.errors import NotFound
from app.http.context import AppRequest
from app.http.endpoint import endpoint
from app.http.fields import OutsideCode
from app.http.messages import Message
from app.http.session import Caller
from miniprogram_api.bookings import OF_TRIAGE, AnswersIn, BookingOut, ContactIn, NamedOut

blueprint = Blueprint("waiting_list", url_prefix="/waiting-list")

OF_ENTRY = (NotFound, errors.NotWaiting)
OF_OFFER = (*OF_ENTRY, ConsentNeeded, errors.NothingOffered, errors.HoldExpired)


class JoinIn(Message):
    """`part`: am for the morning, pm for the afternoon."""

    hall_code: OutsideCode
    date: dt.date
    part: Literal["am", "pm"]
    matter_codes: Annotated[tuple[OutsideCode, ...], Field(min_length=1, max_length=10)]
    people: Annotated[int, Field(ge=1, le=20, description="how many people come")] = 1
    answers: AnswersIn = Field(default_factory=dict)


class OfferOut(Message):
    """A place that is kept until `until`."""

    starts_at: datetime
    ends_at: datetime
    until: datetime


class WaitingOut(Message):
    """`state`: waiting, offered, accepted, refused, missed, left, over. `position`: 1 is next; null when not in line.
    `reason` says why that place in line.
    """

    code: str
    state: str
    state_name: str
    hall: NamedOut
    group: NamedOut
    matters: list[NamedOut]
    date: date
    part_name: str
    people: int
    position: int | None
    reason: str
    joined_at: datetime
    offer: OfferOut | None

    @classmethod
    def of(cls, view: WaitingView, titles: Titles) -> "WaitingOut":
        group, offer = f"{view.hall_code}.{view.group_code}", view.offer
        return cls(
            code=view.code,
            state=view.state,
            state_name=view.state_name,
            hall=NamedOut(code=view.hall_code, name=titles.halls[view.hall_code]),
            group=NamedOut(code=view.group_code, name=titles.groups[group]),
            matters=[NamedOut(code=code, name=titles.matters[code]) for code in view.matter_codes],
            date=view.on,
            part_name=view.part_name,
            people=view.people,
            position=view.position,
            reason=view.reason,
            joined_at=view.joined_at,
            offer=OfferOut(starts_at=offer.starts_at, ends_at=offer.ends_at, until=offer.until) if offer else None,
        )


class WaitingsOut(Message):
    items: list[WaitingOut]
    total: int


@blueprint.post("/")
@endpoint(
    caller="citizen",
    body=JoinIn,
    returns=WaitingOut,
    status=201,
    refuses=(
        NotFound,
        ConsentNeeded,
        errors.SlotForeign,
        errors.NoVideo,
        errors.LinePassed,
        errors.LineClosed,
        errors.TooEarly,
        errors.TooLate,
        errors.SlotTooShort,
        errors.NotBookable,
        errors.NotTogether,
        errors.TooMuchAtOnce,
        errors.HasPlaces,
        errors.AlreadyBooked,
        errors.AlreadyWaiting,
        errors.WaitingLimit,
        errors.Restricted,
        *OF_TRIAGE,
    ),
    idempotent=True,
)
async def join(request: AppRequest, caller: Caller, body: JoinIn) -> WaitingOut:
    """有号提醒我：候补已约满的上午或下午"""
    row = await waiting_list.join(
        citizen_id=caller.id,
        wish=Wish(
            hall_code=body.hall_code,
            on=body.date,
            part=body.part,
            matter_codes=body.matter_codes,
            people=body.people,
            answers=body.answers,
        ),
        is_elder=(await citizens.citizen(caller.id)).is_elder,
        now=clock.now(),
    )
    return await _out(row.code, caller)


@blueprint.get("/")
@endpoint(caller="citizen", returns=WaitingsOut)
async def mine(request: AppRequest, caller: Caller) -> WaitingsOut:
    """我的候补"""
    views = await waiting_list.mine(caller.id)
    titles = await titles_of(views)
    return WaitingsOut(items=[WaitingOut.of(view, titles) for view in views], total=len(views))


@blueprint.get("/<code:str>")
@endpoint(caller="citizen", returns=WaitingOut, refuses=(NotFound,))
async def one(request: AppRequest, caller: Caller, code: str) -> WaitingOut:
    """一个候补：排位、原因，和为您留的号"""
    return await _out(code, caller)


@blueprint.post("/<code:str>/accept")
@endpoint(caller="citizen", body=ContactIn, returns=BookingOut, refuses=OF_OFFER, idempotent=True)
async def accept(request: AppRequest, caller: Caller, code: str, body: ContactIn) -> BookingOut:
    """确认为您留的号"""
    row = await waiting_list.accept(code=code, citizen_id=caller.id, contact=body.contact, now=clock.now())
    return BookingOut.of(row, await titles_of([row]))


@blueprint.post("/<code:str>/refuse")
@endpoint(caller="citizen", returns=WaitingOut, refuses=OF_OFFER, idempotent=True)
async def refuse(request: AppRequest, caller: Caller, code: str) -> WaitingOut:
    """放弃为您留的号，让给下一位"""
    await waiting_list.refuse(code=code, citizen_id=caller.id, now=clock.now())
    return await _out(code, caller)


@blueprint.post("/<code:str>/leave")
@endpoint(caller="citizen", returns=WaitingOut, refuses=OF_ENTRY, idempotent=True)
async def leave(request: AppRequest, caller: Caller, code: str) -> WaitingOut:
    """退出候补"""
    await waiting_list.leave(code=code, citizen_id=caller.id, now=clock.now())
    return await _out(code, caller)


async def _out(code: str, caller: Caller) -> WaitingOut:
    view = await waiting_list.entry(code, citizen_id=caller.id)
    return WaitingOut.of(view, await titles_of([view]))
