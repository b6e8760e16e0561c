"""Bookings of the citizen who is signed in. Another's booking answers like one that does not exist."""

import hashlib
from datetime import datetime
from typing import Annotated, Any, Literal

from pydantic import Field, ValidationInfo, field_validator, model_validator
from pydantic_core import PydanticCustomError
from sanic import Blueprint, HTTPResponse

from app import clock
from app.booking import actions, conduct, errors, kinds, queries, remote, rules
from app.booking.calendar_file import calendar_file
from app.booking.contact import Contact, contact_of
from app.booking.guarding import Attempt, ensure_welcome
from app.booking.models import Booking, Restriction
from app.booking.proof import Proof
from app.booking.titles import Titles, titles_of
from app.citizens import queries as citizens
from app.citizens.errors import ConsentNeeded
from app.errors import NotFound
from app.halls import queries as halls
from app.halls.models import PHONE, VIDEO
from app.http.context import AppRequest, network_of
from app.http.endpoint import check_first, endpoint
from app.http.fields import LongText, Mobile, OutsideCode, PersonName
from app.http.messages import Message
from app.http.session import Caller
from app.queue.policy import policy_of
from app.queue.wording import how_early

blueprint = Blueprint("bookings", url_prefix="/bookings")
restrictions_blueprint = Blueprint("booking_restrictions", url_prefix="/booking-restrictions")

OF_SLOT = (
    NotFound,
    errors.SlotFull,
    errors.SlotPassed,
    errors.SlotClosed,
    errors.SlotForeign,
    errors.NoVideo,
    errors.SlotTooShort,
    errors.TooEarly,
    errors.TooLate,
    errors.DayLimit,
    errors.NotBookable,
    errors.NotTogether,
)
HOW = {
    "": "请{arrive}到达并扫码签到。",
    VIDEO: "开始前 10 分钟起在小程序的预约页进入视频。",
    PHONE: "工作人员会打您预约时留的手机号，请保持畅通。",
}
OF_TRIAGE = (errors.TriageNeeded, errors.WrongMatter, errors.VisitNotNeeded, errors.NoSuchQuestion)
OF_BOOKING = (
    errors.ProofNeeded,
    ConsentNeeded,
    *OF_SLOT,
    *OF_TRIAGE,
    errors.TooMuchAtOnce,
    errors.AlreadyBooked,
    errors.Restricted,
    errors.RebookLimit,
)
OF_STATE = (NotFound, errors.IsCancelled, errors.IsUsed, errors.IsMissed, errors.HoldExpired, errors.ChangedMeanwhile)


AnswersIn = Annotated[
    dict[Annotated[str, Field(max_length=32)], bool],
    Field(max_length=20, description="key of a question of the guide's `triage` to yes (true) or no (false)"),
]


class ProofIn(Message):
    """The answer to `booking.proof_needed`: its `challenge`, and either the result of the sum, or for `work` (null for
    elders) a text with which SHA-256 of "challenge.answer" begins with as many zero bits as were asked for.
    """

    challenge: Annotated[str, Field(max_length=400)]
    kind: Literal["work", "sum"]
    answer: Annotated[str, Field(max_length=32)]


class ContactIn(Message):
    """Both default to the citizen's own; whoever has none must give them here."""

    contact_name: PersonName | None = None
    contact_mobile: Mobile | None = None

    @property
    def contact(self) -> Contact:
        return Contact(name=self.contact_name, mobile=self.contact_mobile)


class HoldIn(Message):
    """One matter as `matterCode`, or several for the same counters as `matterCodes`."""

    slot_id: OutsideCode
    matter_codes: Annotated[list[OutsideCode], Field(default_factory=list, max_length=10)]
    matter_code: OutsideCode | None = None
    people: Annotated[int, Field(ge=1, le=20, description="how many people come")] = 1
    answers: AnswersIn = Field(default_factory=dict)
    proof: ProofIn | None = None

    @model_validator(mode="before")
    @classmethod
    def name_the_missing_one(cls, data: Any) -> Any:
        """A default is not checked under its name outside; a null that was sent is."""
        return {"matterCode": None, **data} if isinstance(data, dict) and "matter_code" not in data else data

    @field_validator("matter_code")
    @classmethod
    def some_matter(cls, value: str | None, info: ValidationInfo) -> str | None:
        if value is None and info.data.get("matter_codes") == []:
            raise PydanticCustomError("missing", "此项必填")
        return value

    @property
    def codes(self) -> list[str]:
        return [*([self.matter_code] if self.matter_code else []), *self.matter_codes]


class BookIn(HoldIn, ContactIn):
    pass


class RescheduleIn(Message):
    slot_id: OutsideCode


class MineIn(Message):
    active: Annotated[bool | None, Field(description="only those still to come, or only those over")] = None
    page: Annotated[int, Field(ge=1, le=500)] = 1
    page_size: Annotated[int, Field(ge=1, le=50)] = 20


class NamedOut(Message):
    code: str
    name: str


class RemoteOut(Message):
    """`kind`: video or phone. `opensAt`, `closesAt`: when the room can be entered, or a call is to be expected."""

    kind: str
    opens_at: datetime
    closes_at: datetime


class RoomOut(Message):
    url: str
    closes_at: datetime


class BookingOut(Message):
    """Contact fields are masked, and null when the citizen's own apply. `holdUntil`: when a held slot is given up.
    `remote` is null for a visit to a hall; without one there is no code to check in with.
    """

    number: str
    state: str
    state_name: str
    slot_id: str
    starts_at: datetime
    ends_at: datetime
    hall: NamedOut
    group: NamedOut
    matters: list[NamedOut]
    people: int
    contact_name: str | None
    contact_mobile: str | None
    hold_until: datetime | None
    made_at: datetime
    version: int
    remote: RemoteOut | None

    @classmethod
    def of(cls, row: Booking, titles: Titles) -> "BookingOut":
        contact, group = contact_of(row), f"{row.hall_code}.{row.group_code}"
        return cls(
            number=row.number,
            state=row.state,
            state_name=rules.STATE_NAMES[row.state],
            slot_id=row.slot_ids[0],
            starts_at=row.starts_at,
            ends_at=row.ends_at,
            hall=NamedOut(code=row.hall_code, name=titles.halls[row.hall_code]),
            group=NamedOut(code=row.group_code, name=titles.groups[group]),
            matters=[NamedOut(code=code, name=titles.matters[code]) for code in row.matter_codes],
            people=row.people,
            contact_name=contact.masked_name,
            contact_mobile=contact.masked_mobile,
            hold_until=row.hold_until,
            made_at=row.made_at,
            version=row.version,
            remote=_remote(row, titles.remote(row)),
        )


def _remote(row: Booking, kind: str) -> RemoteOut | None:
    if not kind:
        return None
    opens_at, closes_at = kinds.opening_hours(row)
    return RemoteOut(kind=kind, opens_at=opens_at, closes_at=closes_at)


class BookingsOut(Message):
    items: list[BookingOut]
    total: int
    page: int
    page_size: int


class CodeOut(Message):
    """`text` is shown as a QR code and fetched again before `expiresAt`."""

    text: str
    expires_at: datetime


class AppealIn(Message):
    text: LongText


class RestrictionOut(Message):
    """`appealState`: none, asked, accepted, refused."""

    until: datetime
    appeal_state: str
    answer: str

    @classmethod
    def of(cls, row: Restriction) -> "RestrictionOut":
        return cls(until=row.until, appeal_state=row.appeal_state, answer=row.answer)


async def welcome(request: AppRequest, *, caller: Caller, body: HoldIn) -> None:
    """Count the try; ask for a proof under pressure."""
    sent, key = body.proof, request.headers.get("idempotency-key", "")
    attempt = Attempt(
        citizen_id=caller.id,
        network=network_of(request),
        slot_id=body.slot_id,
        proof=Proof(sent.challenge, sent.kind, sent.answer) if sent else None,
        repeat_key=hashlib.sha256(key.encode() + b":" + request.body).hexdigest() if key else "",
    )
    await ensure_welcome(attempt, settings=request.app.ctx.settings.pressure, now=clock.now())


@blueprint.post("/")
@endpoint(caller="citizen", body=BookIn, returns=BookingOut, status=201, refuses=OF_BOOKING, idempotent=True)
@check_first(welcome)
async def book(request: AppRequest, caller: Caller, body: BookIn) -> BookingOut:
    """预约一个时段"""
    row = await actions.book(
        citizen_id=caller.id,
        slot_id=body.slot_id,
        matter_codes=body.codes,
        people=body.people,
        contact=body.contact,
        channel=caller.channel,
        answers=body.answers,
        now=clock.now(),
    )
    return await _out(row)


@blueprint.post("/holds")
@endpoint(caller="citizen", body=HoldIn, returns=BookingOut, status=201, refuses=OF_BOOKING, idempotent=True)
@check_first(welcome)
async def hold(request: AppRequest, caller: Caller, body: HoldIn) -> BookingOut:
    """先保留一个时段，填写完再确认"""
    row = await actions.hold(
        citizen_id=caller.id,
        slot_id=body.slot_id,
        matter_codes=body.codes,
        people=body.people,
        channel=caller.channel,
        answers=body.answers,
        is_elder=(await citizens.citizen(caller.id)).is_elder,
        now=clock.now(),
    )
    return await _out(row)


@blueprint.post("/<number:str>/confirm")
@endpoint(
    caller="citizen",
    body=ContactIn,
    returns=BookingOut,
    refuses=(*OF_STATE, errors.AlreadyConfirmed, ConsentNeeded),
    idempotent=True,
)
async def confirm(request: AppRequest, caller: Caller, number: str, body: ContactIn) -> BookingOut:
    """确认保留的时段"""
    row = await actions.confirm(number=number, citizen_id=caller.id, contact=body.contact, now=clock.now())
    return await _out(row)


@blueprint.get("/")
@endpoint(caller="citizen", query=MineIn, returns=BookingsOut)
async def bookings(request: AppRequest, caller: Caller, query: MineIn) -> BookingsOut:
    """我的预约"""
    rows, total = await queries.bookings_of(caller.id, page=query.page, page_size=query.page_size, active=query.active)
    titles = await titles_of(rows)
    items = [BookingOut.of(row, titles) for row in rows]
    return BookingsOut(items=items, total=total, page=query.page, page_size=query.page_size)


@blueprint.get("/<number:str>")
@endpoint(caller="citizen", returns=BookingOut, refuses=(NotFound,))
async def booking(request: AppRequest, caller: Caller, number: str) -> BookingOut:
    """一个预约"""
    return await _out(await queries.booking(number, citizen_id=caller.id))


@blueprint.post("/<number:str>/cancel")
@endpoint(caller="citizen", returns=BookingOut, refuses=(*OF_STATE, errors.CancelTooLate), idempotent=True)
async def cancel(request: AppRequest, caller: Caller, number: str) -> BookingOut:
    """取消预约"""
    return await _out(await actions.cancel(number=number, citizen_id=caller.id, now=clock.now()))


@blueprint.post("/<number:str>/reschedule")
@endpoint(
    caller="citizen",
    body=RescheduleIn,
    returns=BookingOut,
    refuses=(
        *OF_SLOT,
        *OF_STATE[1:],
        errors.NotConfirmed,
        errors.CancelTooLate,
        errors.NoMoreReschedules,
        errors.SameSlot,
    ),
    idempotent=True,
)
async def reschedule(request: AppRequest, caller: Caller, number: str, body: RescheduleIn) -> BookingOut:
    """改期：新时段确定之前保留原时段"""
    row = await actions.reschedule(number=number, citizen_id=caller.id, slot_id=body.slot_id, now=clock.now())
    return await _out(row)


@blueprint.get("/<number:str>/code")
@endpoint(caller="citizen", returns=CodeOut, refuses=(*OF_STATE, errors.NotConfirmed, errors.NoCheckIn))
async def code(request: AppRequest, caller: Caller, number: str) -> CodeOut:
    """签到二维码的内容，60 秒内有效"""
    issued = await queries.check_in_code(number=number, citizen_id=caller.id, now=clock.now())
    return CodeOut(text=issued.text, expires_at=issued.expires_at)


@blueprint.get("/<number:str>/room")
@endpoint(
    caller="citizen", returns=RoomOut, refuses=(*OF_STATE, errors.NotConfirmed, errors.NotRemote, errors.RoomClosed)
)
async def room(request: AppRequest, caller: Caller, number: str) -> RoomOut:
    """视频办理的房间地址，只在预约时间前后给出"""
    url = await remote.enter(number=number, citizen_id=caller.id, now=clock.now())
    return RoomOut(url=url, closes_at=kinds.opening_hours(await queries.booking(number, citizen_id=caller.id))[1])


@blueprint.get("/<number:str>/calendar.ics")
@endpoint(caller="citizen", returns="text/calendar", refuses=(NotFound,))
async def calendar(request: AppRequest, caller: Caller, number: str) -> HTTPResponse:
    """加入手机日历的文件"""
    row = await queries.booking(number, citizen_id=caller.id)
    titles, hall = await titles_of([row]), await halls.hall(row.hall_code)
    how = HOW[titles.remote(row)].format(arrive=how_early(await policy_of(row.hall_code)))
    content = calendar_file(
        row,
        summary=f"办理{titles.summary(row)}",
        place=titles.place(row) if titles.remote(row) else f"{hall.name} {hall.address.get('text', '')}",
        description=f"预约编号 {row.number}，{how}",
        now=clock.now(),
    )
    headers = {"content-disposition": f'attachment; filename="{row.number}.ics"', "cache-control": "no-store"}
    return HTTPResponse(content, content_type="text/calendar; charset=utf-8", headers=headers)


@restrictions_blueprint.get("/current")
@endpoint(caller="citizen", returns=RestrictionOut, refuses=(NotFound,))
async def restriction(request: AppRequest, caller: Caller) -> RestrictionOut:
    """当前的预约限制；没有时为 404"""
    row = await queries.restriction_of(caller.id, now=clock.now())
    if row is None:
        raise NotFound()
    return RestrictionOut.of(row)


@restrictions_blueprint.post("/current/appeal")
@endpoint(
    caller="citizen",
    body=AppealIn,
    returns=RestrictionOut,
    status=201,
    refuses=(errors.NothingToAppeal, errors.AppealedAlready),
    idempotent=True,
)
async def appeal(request: AppRequest, caller: Caller, body: AppealIn) -> RestrictionOut:
    """对预约限制提出申诉"""
    return RestrictionOut.of(await conduct.appeal(citizen_id=caller.id, text=body.text, now=clock.now()))


async def _out(row: Booking) -> BookingOut:
    return BookingOut.of(row, await titles_of([row]))
