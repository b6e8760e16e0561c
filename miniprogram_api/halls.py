"""Halls, and what is free in them."""

import datetime as dt
from datetime import date, datetime
from typing import Annotated, Any

from pydantic import Field
from sanic import Blueprint

from app import clock
from app.booking import queries as booking
from app.booking.errors import NotBookable, NotTogether, SlotForeign
from app.booking.needs import Needs, needs_of
from app.booking.queries import DayView, SlotView
from app.errors import NotFound
from app.halls import queries
from app.halls.models import Counter, Hall, Weekly
from app.http.context import AppRequest
from app.http.endpoint import endpoint
from app.http.fields import OutsideCode
from app.http.messages import Message
from app.workdays import queries as workdays
from app.workdays.queries import Workdays

blueprint = Blueprint("halls", url_prefix="/halls")

Matters = Annotated[
    OutsideCode | list[OutsideCode], Field(description="code of the matter; repeat the name for several matters")
]
People = Annotated[int, Field(ge=1, le=20)]


class HallsIn(Message):
    bookable: bool | None = None


class HallOut(Message):
    """`openState` is a sentence such as 营业中，12:00 结束."""

    code: str
    name: str
    region_code: str
    level: str
    kind: str
    address: str
    phone: str | None
    latitude: float | None
    longitude: float | None
    hours: str
    open_state: str
    bookable: bool
    tickets: bool
    facilities: list[str]

    @classmethod
    def of(cls, hall: Hall, calendar: Workdays, now: datetime) -> "HallOut":
        return cls(**_facts(hall, calendar, now))


class HallsOut(Message):
    items: list[HallOut]
    total: int


class CounterOut(Message):
    code: str
    no: str
    group: str
    name: str
    floor: int
    zone: str
    elder_priority: bool

    @classmethod
    def of(cls, counter: Counter) -> "CounterOut":
        return cls(
            code=counter.code,
            no=counter.no,
            group=counter.group_code,
            name=counter.name,
            floor=counter.floor,
            zone=counter.zone,
            elder_priority=counter.elder_priority,
        )


class HallDetailOut(HallOut):
    weekly: Weekly
    note: str
    counters: list[CounterOut]


class DaysIn(Message):
    matter: Matters


class SlotsIn(Message):
    matter: Matters
    date: dt.date
    people: People = 1


class AlternativesIn(Message):
    matter: Matters
    slot: Annotated[OutsideCode, Field(description="id of the slot that is full")]
    people: People = 1


class DayOut(Message):
    """`state`: open, full, or closed. `level`: 空闲, 适中, 繁忙, 已满, or 不开放."""

    date: date
    state: str
    left: int
    booked: int
    total: int
    level: str

    @classmethod
    def of(cls, view: DayView) -> "DayOut":
        return cls(
            date=view.on, state=view.state, left=view.left, booked=view.booked, total=view.total, level=view.level
        )


class DaysOut(Message):
    items: list[DayOut]
    total: int
    next_free_day: date | None


class SlotOut(Message):
    """`waitMin` is what people of this slot usually wait, in minutes."""

    id: str
    starts_at: datetime
    ends_at: datetime
    left: int
    booked: int
    total: int
    level: str
    wait_min: int

    @classmethod
    def of(cls, view: SlotView) -> "SlotOut":
        return cls(
            id=view.id,
            starts_at=view.starts_at,
            ends_at=view.ends_at,
            left=view.left,
            booked=view.booked,
            total=view.total,
            level=view.level,
            wait_min=view.wait_min,
        )


class SlotsOut(Message):
    items: list[SlotOut]
    total: int


@blueprint.get("/")
@endpoint(query=HallsIn, returns=HallsOut, cached_s=5)
async def halls(request: AppRequest, query: HallsIn) -> HallsOut:
    """大厅列表"""
    calendar, now = await workdays.load(), clock.now()
    items = [HallOut.of(hall, calendar, now) for hall in await queries.halls(bookable=query.bookable)]
    return HallsOut(items=items, total=len(items))


@blueprint.get("/<code:str>")
@endpoint(returns=HallDetailOut, refuses=(NotFound,), cached_s=5)
async def hall(request: AppRequest, code: str) -> HallDetailOut:
    """一个大厅，含窗口"""
    row = await queries.hall(code)
    counters = [CounterOut.of(counter) for counter in await queries.counters(code)]
    facts = _facts(row, await workdays.load(), clock.now())
    return HallDetailOut(**facts, weekly=row.weekly, note=row.note, counters=counters)


@blueprint.get("/<code:str>/days")
@endpoint(query=DaysIn, returns=DaysOut, refuses=(NotFound, SlotForeign, NotBookable, NotTogether), cached_s=1)
async def days(request: AppRequest, code: str, query: DaysIn) -> DaysOut:
    """预约日历：今天起各天的余号"""
    needs = await _needs(query.matter)
    views = await booking.days(hall_code=code, group_code=await _group(needs, code), now=clock.now())
    items = [DayOut.of(view) for view in views]
    return DaysOut(items=items, total=len(items), next_free_day=booking.next_free_day(views))


@blueprint.get("/<code:str>/slots")
@endpoint(query=SlotsIn, returns=SlotsOut, refuses=(NotFound, SlotForeign, NotBookable, NotTogether), cached_s=1)
async def slots(request: AppRequest, code: str, query: SlotsIn) -> SlotsOut:
    """某天可选的时段"""
    needs = await _needs(query.matter)
    views = await booking.slots_of_day(
        hall_code=code,
        group_code=await _group(needs, code),
        on=query.date,
        now=clock.now(),
        minutes=needs.minutes,
        people=query.people,
    )
    return SlotsOut(items=[SlotOut.of(view) for view in views], total=len(views))


@blueprint.get("/<code:str>/alternatives")
@endpoint(query=AlternativesIn, returns=SlotsOut, refuses=(NotFound, SlotForeign, NotBookable, NotTogether), cached_s=1)
async def alternatives(request: AppRequest, code: str, query: AlternativesIn) -> SlotsOut:
    """已满时段附近最近的两个空闲时段"""
    needs = await _needs(query.matter)
    views = await booking.alternatives(
        hall_code=code,
        group_code=await _group(needs, code),
        wanted=await booking.start_of(query.slot),
        now=clock.now(),
        minutes=needs.minutes,
        people=query.people,
    )
    return SlotsOut(items=[SlotOut.of(view) for view in views], total=len(views))


async def _group(needs: Needs, hall_code: str) -> str:
    try:
        return needs.group_in(hall_code)
    except SlotForeign:
        await queries.hall(hall_code)  # a hall that does not exist is not found
        raise


async def _needs(matter: str | list[str]) -> Needs:
    return await needs_of([matter] if isinstance(matter, str) else list(dict.fromkeys(matter)))


def _facts(hall: Hall, calendar: Workdays, now: datetime) -> dict[str, Any]:
    return {
        "code": hall.code,
        "name": hall.name,
        "region_code": hall.region_code,
        "level": hall.level,
        "kind": hall.kind,
        "address": hall.address.get("text", ""),
        "phone": hall.phone,
        "latitude": hall.latitude,
        "longitude": hall.longitude,
        "hours": hall.hours_text,
        "open_state": queries.open_state(hall, calendar, now),
        "bookable": hall.has_booking,
        "tickets": hall.has_tickets,
        "facilities": hall.facilities,
    }
