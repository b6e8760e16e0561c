"""The city's big screen: today in figures, by county, and the last thirty days."""

from dataclasses import dataclass

from sanic import Blueprint, HTTPResponse

from app import clock
from app.display.queries import DAYS, MEANINGS, CityDay, city_day, source
from app.http.context import AppRequest
from app.http.feeds import Show
from app.http.streams import stream
from h5.face import draw, face, render

pages = Blueprint("h5_display")

WIDTH, HEIGHT = 600, 100  # of the chart of days, in its own units


@dataclass(frozen=True)
class Bar:
    """One day of the chart; places and sizes in units of the chart."""

    x: float
    y: float
    width: float
    height: float
    label: str
    count: int


@dataclass(frozen=True)
class DisplayView:
    day: CityDay
    bars: tuple[Bar, ...]

    @classmethod
    def of(cls, day: CityDay) -> "DisplayView":
        return cls(day, tuple(_bars(day)))

    @property
    def most_waiting(self) -> int:
        return max((region.figures.waiting for region in self.day.regions), default=0)

    @property
    def most_done(self) -> int:
        return max((region.figures.done for region in self.day.regions), default=0)


def _bars(day: CityDay) -> list[Bar]:
    most, step = max((count for _, count in day.past), default=0) or 1, WIDTH / DAYS
    return [
        Bar(
            x=round(n * step + step * 0.15, 1),
            y=round(HEIGHT - HEIGHT * count / most, 1),
            width=round(step * 0.7, 1),
            height=round(HEIGHT * count / most, 1),
            label=f"{on.month}月{on.day}日",
            count=count,
        )
        for n, (on, count) in enumerate(day.past)
    ]


@pages.get("/display")
@face.page()
async def display(request: AppRequest) -> HTTPResponse:
    now = clock.now()
    view = DisplayView.of(await city_day(now))
    return render(request, "display.html", view=view, now=now, meanings=MEANINGS)


@pages.get("/display/stream")
@stream()
async def display_stream(request: AppRequest) -> Show[CityDay]:
    return Show(source(), "display", lambda day: draw("display_board.html", view=DisplayView.of(day)))
