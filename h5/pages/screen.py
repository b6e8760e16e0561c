"""A hall's queue, live, on big screens and phones: numbers, masked names and counters; nothing else of people."""

from sanic import Blueprint, HTTPResponse

from app import clock
from app.errors import NotFound
from app.halls import queries as halls
from app.halls.models import Hall
from app.http.context import AppRequest
from app.http.feeds import Show
from app.http.streams import stream
from app.queue.board import HallBoard, hall_board, source_of
from app.queue.order import explain
from app.queue.policy import policy_of
from app.workdays import queries as workdays
from h5.face import draw, face, render
from h5.screens import ScreenView

pages = Blueprint("h5_screen")

MOST_GROUPS = 12


@pages.get("/screen/<hall>")
@face.page()
async def screen(request: AppRequest, hall: str) -> HTTPResponse:
    """The big screen of a hall, or of some of its groups: `?group=HZ&group=CRJ`."""
    found, groups = await _hall(hall), await _groups(request, hall)
    now = clock.now()
    view = ScreenView.of(await hall_board(hall_code=hall, now=now), only=groups)
    names = " ".join(groups.values())
    return render(
        request, "screen.html", hall=found, names=names, view=view, now=now, stream=_stream("/h5/screen", hall, groups)
    )


@pages.get("/screen/<hall>/stream")
@stream()
async def screen_stream(request: AppRequest, hall: str) -> Show[HallBoard]:
    await _hall(hall)
    groups = await _groups(request, hall)

    def draw_screen(board: HallBoard) -> str:
        return draw("screen_board.html", view=ScreenView.of(board, only=groups))

    return Show(source_of(hall), f"screen {','.join(groups)}", draw_screen)


@pages.get("/halls/<hall>/live")
@face.page()
async def live(request: AppRequest, hall: str) -> HTTPResponse:
    """The queue of a hall on a phone, from wherever one is."""
    found, now = await _hall(hall), clock.now()
    return render(
        request,
        "live.html",
        hall=found,
        hours=halls.open_state(found, await workdays.shown(), now),
        rule=explain(await policy_of(hall)),
        view=ScreenView.of(await hall_board(hall_code=hall, now=now)),
        now=now,
        stream=f"/h5/halls/{hall}/live/stream",
    )


@pages.get("/halls/<hall>/live/stream")
@stream()
async def live_stream(request: AppRequest, hall: str) -> Show[HallBoard]:
    await _hall(hall)
    return Show(source_of(hall), "phone", lambda board: draw("live_board.html", view=ScreenView.of(board)))


async def _hall(code: str) -> Hall:
    """Raises NotFound for a hall that has no queue."""
    hall = await halls.hall(code)
    if not hall.has_tickets:
        raise NotFound()
    return hall


async def _groups(request: AppRequest, hall: str) -> dict[str, str]:
    """The groups asked for, code to name, sorted. Raises NotFound for one that the hall does not have."""
    asked = sorted(set(request.args.getlist("group") or ()))[:MOST_GROUPS]
    names = await halls.group_names([f"{hall}.{code}" for code in asked]) if asked else {}
    if len(names) != len(asked):
        raise NotFound()
    return {code: names[f"{hall}.{code}"] for code in asked}


def _stream(prefix: str, hall: str, groups: dict[str, str]) -> str:
    query = "&".join(f"group={code}" for code in groups)
    return f"{prefix}/{hall}/stream" + (f"?{query}" if query else "")
