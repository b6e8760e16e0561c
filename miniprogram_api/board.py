"""A hall's queue as its screens show it, for screens of other makers: numbers, masked names, counters."""

import datetime as dt

from sanic import Blueprint

from app import clock
from app.errors import NotFound
from app.http.context import AppRequest
from app.http.endpoint import endpoint
from app.http.messages import Message
from app.queue.board import Called, GroupBoard, HallBoard, hall_board

blueprint = Blueprint("board", url_prefix="/halls")

FRESH_S = 1


class CalledOut(Message):
    """Somebody called to a counter, or being served there. `calls` counts up with each recall."""

    number: str
    name: str
    counter_no: str
    counter_name: str
    called_at: dt.datetime
    calls: int
    is_serving: bool

    @classmethod
    def of(cls, call: Called) -> "CalledOut":
        return cls(
            number=call.number,
            name=call.name,
            counter_no=call.counter_no,
            counter_name=call.counter_name,
            called_at=call.called_at,
            calls=call.calls,
            is_serving=call.is_serving,
        )


class NextOut(Message):
    number: str
    name: str


class GroupBoardOut(Message):
    """`now` has the latest call first, `next` the first few of those who wait, in order."""

    code: str
    name: str
    waiting: int
    now: list[CalledOut]
    next: list[NextOut]

    @classmethod
    def of(cls, group: GroupBoard) -> "GroupBoardOut":
        return cls(
            code=group.code,
            name=group.name,
            waiting=group.waiting,
            now=[CalledOut.of(call) for call in group.now],
            next=[NextOut(number=coming.number, name=coming.name) for coming in group.next],
        )


class BoardOut(Message):
    hall_code: str
    hall_name: str
    computed_at: dt.datetime
    groups: list[GroupBoardOut]

    @classmethod
    def of(cls, board: HallBoard) -> "BoardOut":
        return cls(
            hall_code=board.hall_code,
            hall_name=board.hall_name,
            computed_at=board.computed_at,
            groups=[GroupBoardOut.of(group) for group in board.groups],
        )


@blueprint.get("/<hall_code>/board")
@endpoint(returns=BoardOut, refuses=(NotFound,), cached_s=FRESH_S)
async def board(request: AppRequest, hall_code: str) -> BoardOut:
    """Who is called where, and who is next"""
    return BoardOut.of(await hall_board(hall_code=hall_code, now=clock.now()))
