"""Halls, and what is free in them."""

import datetime as dt
import re
from datetime import date, datetime
from typing import Annotated, Any

from pydantic import AfterValidator, BeforeValidator, Field
from pydantic_core import PydanticCustomError
from sanic import Blueprint

from app import clock
from app.booking import queries as booking
from app.booking import suggesting
from app.booking.errors import NotBookable, NotTogether, NoVideo, SlotForeign
from app.booking.guarding import note_search
from app.booking.needs import Needs, needs_of
from app.booking.queries import DayView, SlotView
from app.booking.suggesting import Suggestion, Waits
from app.errors import InvalidInput, NotFound
from app.halls import queries
from app.halls.models import Counter, Hall, Weekly
from app.halls.rules import Point
from app.http.context import AppRequest, network_of
from app.http.endpoint import check_first, endpoint
from app.http.fields import OutsideCode
from app.http.messages import Message
from app.workdays import queries as workdays
from app.workdays.queries import Workdays

blueprint = Blueprint("halls", url_prefix="/halls")


def _listed(value: Any) -> Any:
    return [value] if isinstance(value, str) else value


def _check_codes(codes: list[str]) -> list[str]:
    """Here and not in each element, whose place in a list is no name that an address has."""
    if not all(re.fullmatch(r"[\x21-\x7e]{1,64}", code) for code in codes):
        raise PydanticCustomError("matter", "事项编码格式不正确，请重新选择事项")
    return codes


Matters = Annotated[
    list[str],
    BeforeValidator(_listed),
    AfterValidator(_check_codes),
    Field(description="code of the matter; repeat the name for several matters"),
]
People = Annotated[int, Field(ge=1, le=20)]
OF_CHOICE = (NotFound, SlotForeign, NoVideo, NotBookable, NotTogether)


class HallsIn(Message):
    """With `lat` and `lon` the nearest come first; they are used for this answer only. `region`: a district instead."""

    private = frozenset({"lat", "lon"})

    bookable: bool | None = None
    lat: Annotated[float | None, Field(ge=-90, le=90)] = None
    lon: Annotated[float | None, Field(ge=-180, le=180)] = None
    region: OutsideCode | None = None

    @property
    def here(self) -> Point | None:
        """Raises InvalidInput for half a point."""
        if self.lat is None and self.lon is None:
            return None
        if self.lat is None or self.lon is None:
            raise InvalidInput({"lat" if self.lat is None else "lon": "此项必填"})
        return self.lat, self.lon


class HallOut(Message):
    """`openState` is a sentence such as 营业中，12:00 结束. Places are WGS-84, null while unknown. `distanceKm`: as the
    crow flies, null when one of the two places is unknown. `waitMin`: what people usually wait today; null when there
    is nothing to book today.
    """

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
    distance_km: float | None
    wait_min: int | None


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
    """`state`: open, full, or closed. `level`: 空闲, 适中, 繁忙, 已满, 不开放, or 已结束 when its times are over."""

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


class SuggestionIn(Message):
    matter: Matters
    slot: Annotated[OutsideCode, Field(description="id of the slot that was chosen")]
    people: People = 1


class OtherHallOut(Message):
    code: str
    name: str
    left: int


class SuggestionOut(Message):
    """`text` is a sentence; empty, with both others null, when what was chosen is not busy or nothing is better."""

    text: str
    slot: SlotOut | None
    hall: OtherHallOut | None

    @classmethod
    def of(cls, found: Suggestion) -> "SuggestionOut":
        slot, hall = found.slot, found.hall
        return cls(
            text=found.text,
            slot=SlotOut.of(slot) if slot else None,
            hall=OtherHallOut(code=hall.code, name=hall.name, left=hall.left) if hall else None,
        )


@blueprint.get("/")
@endpoint(query=HallsIn, returns=HallsOut, cached_s=5)
async def halls(request: AppRequest, query: HallsIn) -> HallsOut:
    """大厅列表；给出位置时由近到远，同样远的先排等候短的"""
    here, now = query.here, clock.now()
    calendar, waits = await workdays.shown(), await suggesting.usual_waits(now=now)
    rows = await queries.halls(bookable=query.bookable)
    if here is not None or query.region:
        rows = suggesting.by_nearness(rows, here=here, region_code=query.region or "", waits=waits)
    items = [HallOut(**_facts(row, calendar, waits, now, here=here)) for row in rows]
    return HallsOut(items=items, total=len(items))


@blueprint.get("/<code:str>")
@endpoint(returns=HallDetailOut, refuses=(NotFound,), cached_s=5)
async def hall(request: AppRequest, code: str) -> HallDetailOut:
    """一个大厅，含窗口"""
    row = await queries.hall(code)
    counters = [CounterOut.of(counter) for counter in await queries.counters(code)]
    now = clock.now()
    facts = _facts(row, await workdays.shown(), await suggesting.usual_waits(now=now), now)
    return HallDetailOut(**facts, weekly=row.weekly, note=row.note, counters=counters)


@blueprint.get("/<code:str>/days")
@endpoint(query=DaysIn, returns=DaysOut, refuses=OF_CHOICE, cached_s=1)
async def days(request: AppRequest, code: str, query: DaysIn) -> DaysOut:
    """预约日历：今天起各天的余号"""
    needs = await _needs(query.matter)
    views = await booking.days(hall_code=code, group_code=await _group(needs, code), now=clock.now())
    items = [DayOut.of(view) for view in views]
    return DaysOut(items=items, total=len(items), next_free_day=booking.next_free_day(views))


async def _noted(request: AppRequest, **_: object) -> None:
    """Looks at slots count, unless the answer was at hand."""
    settings = request.app.ctx.settings.pressure
    await note_search(network=network_of(request), settings=settings, now=clock.now())


@blueprint.get("/<code:str>/slots")
@endpoint(query=SlotsIn, returns=SlotsOut, refuses=OF_CHOICE, cached_s=1)
@check_first(_noted)
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
@endpoint(query=AlternativesIn, returns=SlotsOut, refuses=OF_CHOICE, cached_s=1)
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


@blueprint.get("/<code:str>/suggestion")
@endpoint(query=SuggestionIn, returns=SuggestionOut, refuses=OF_CHOICE, cached_s=5)
async def suggestion(request: AppRequest, code: str, query: SuggestionIn) -> SuggestionOut:
    """所选时段较忙时，附近较空的时段或大厅"""
    needs, now = await _needs(query.matter), clock.now()
    on = (await booking.start_of(query.slot)).astimezone(clock.CHINA).date()
    group = await _group(needs, code)
    views = await booking.slots_of_day(
        hall_code=code, group_code=group, on=on, now=now, minutes=needs.minutes, people=query.people
    )
    chosen = next((view for view in views if view.id == query.slot), None)
    if chosen is None:
        raise NotFound()
    halls = {row.code: row for row in await queries.halls(bookable=True, codes={hall for hall, _ in needs.windows})}
    others = [(halls[hall], each) for hall, each in sorted(needs.windows) if hall in halls and hall != code]
    hall_row = await queries.hall(code)
    found = await suggesting.suggest(slots=views, chosen=chosen, hall=hall_row, others=others, now=now)
    return SuggestionOut.of(found)


async def _group(needs: Needs, hall_code: str) -> str:
    try:
        return needs.group_in(hall_code)
    except SlotForeign:
        await queries.hall(hall_code)  # a hall that does not exist is not found
        raise


async def _needs(matter: list[str]) -> Needs:
    """Raises what `needs_of` does; a matter that nobody knows by the name the address has for it."""
    try:
        return await needs_of(list(dict.fromkeys(matter)))
    except NotFound as refusal:
        raise NotFound(fields={"matter": refusal.data["fields"]["matterCode"]}) from None


def _facts(hall: Hall, calendar: Workdays, waits: Waits, now: datetime, *, here: Point | None = None) -> dict[str, Any]:
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
        "distance_km": suggesting.distance_to(hall, here),
        "wait_min": waits.get(hall.code),
    }
