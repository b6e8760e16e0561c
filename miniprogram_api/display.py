"""The city's day in figures, for whoever builds a big screen of their own."""

import datetime as dt

from sanic import Blueprint

from app import clock
from app.display import queries
from app.display.queries import CityDay, Figures, RegionDay
from app.http.context import AppRequest
from app.http.endpoint import endpoint
from app.http.messages import Message

blueprint = Blueprint("display", url_prefix="/display")

FRESH_S = 2


class FiguresOut(Message):
    """`came` took a number, `done` were served to the end; of these `onSpot` went home with the result (办结).

    `onSpotPercent` is null while nobody has been served.
    """

    came: int
    done: int
    on_spot: int
    on_spot_percent: float | None
    waiting: int

    @classmethod
    def of(cls, figures: Figures) -> "FiguresOut":
        return cls(
            came=figures.came,
            done=figures.done,
            on_spot=figures.on_spot,
            on_spot_percent=figures.on_spot_percent,
            waiting=figures.waiting,
        )


class RegionOut(FiguresOut):
    code: str
    name: str

    @classmethod
    def of_region(cls, region: RegionDay) -> "RegionOut":
        return cls(**FiguresOut.of(region.figures).model_dump(), code=region.code, name=region.name)


class DayDoneOut(Message):
    on: dt.date
    done: int


class DisplayOut(Message):
    """`days` are the last thirty, today last. `goodPercent` is null while nobody has rated."""

    on: dt.date
    computed_at: dt.datetime
    city: FiguresOut
    regions: list[RegionOut]
    days: list[DayDoneOut]
    good_percent: float | None

    @classmethod
    def of(cls, day: CityDay) -> "DisplayOut":
        return cls(
            on=day.on,
            computed_at=day.computed_at,
            city=FiguresOut.of(day.city),
            regions=[RegionOut.of_region(region) for region in day.regions],
            days=[DayDoneOut(on=on, done=done) for on, done in day.past],
            good_percent=day.good_percent,
        )


@blueprint.get("")
@endpoint(returns=DisplayOut, cached_s=FRESH_S)
async def display(request: AppRequest) -> DisplayOut:
    """Today in figures, by county, and the last thirty days"""
    return DisplayOut.of(await queries.city_day(clock.now()))
