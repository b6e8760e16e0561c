"""咨询历史: conversations by day, label, member of staff, queue and state; also as a file, with the same filter."""

from dataclasses import dataclass
from datetime import date, timedelta
from math import ceil
from typing import Any
from urllib.parse import urlencode

from sanic import Blueprint, HTTPResponse

from admin import asked
from admin.caller import render, staff_page
from admin.chats import waited
from admin.tables import table_file
from app import clock
from app.clock import CHINA
from app.http.context import AppRequest
from app.matters import queries as matters
from app.ratings.rules import GRADES
from app.staff.queries import Colleague, Member
from chatbot import agents, history, labels, queues
from chatbot.history import PAGE, PastView, Sought
from chatbot.states import NAMES, State

pages = Blueprint("admin_chat_history", url_prefix="/chats/history")

COLUMNS = (
    "编号", "要求人工时间", "事项", "队列", "状态", "接待人", "原因", "标签", "首次答复用时（秒）", "评价", "是否登录",
)  # fmt: skip
THE_GENERAL = "general"  # in the address, where the empty choice is all of them


@dataclass(frozen=True, slots=True)
class Choice:
    """What was asked for, what there is to choose from, and the same as an address."""

    first: date
    last: date
    sought: Sought
    values: dict[str, str]
    labels: dict[str, str]
    queues: dict[str, str]
    people: list[Colleague]

    @property
    def query(self) -> str:
        return urlencode({"first": self.first, "last": self.last, **self.values})


@pages.get("/")
@staff_page()
async def show(request: AppRequest, member: Member) -> HTTPResponse:
    """Conversations of the last seven days, unless others are asked for. The search is written down."""
    choice, page = await _choice(request), asked.page(request)
    rows, total = await history.search(choice.sought, by=member.by, page=page, now=clock.now())
    return render(
        request, "chat_history.html", choice=choice, rows=rows, total=total, page=page, pages=ceil(total / PAGE),
        matters=await _matters(rows), states=NAMES, grades=GRADES, waited=waited,
    )  # fmt: skip


@pages.get("/export")
@staff_page()
async def export(request: AppRequest, member: Member) -> HTTPResponse:
    """The same as a file."""
    choice = await _choice(request)
    rows = await history.export(choice.sought, by=member.by, now=clock.now())
    names = await _matters(rows)
    kind = "xlsx" if request.args.get("as") == "xlsx" else "csv"
    lines = [_cells(row, choice, names) for row in rows]
    return await table_file(f"chats-{choice.first}-{choice.last}", kind, COLUMNS, lines)


def _cells(row: PastView, choice: Choice, names: dict[str, str]) -> list[object]:
    return [
        row.code, f"{row.handed_at.astimezone(CHINA):%Y-%m-%d %H:%M:%S}", names.get(row.matter_code, ""),
        choice.queues.get(row.queue, ""), NAMES[row.state], row.staff, row.why,
        "、".join(choice.labels[label] for label in row.labels if label in choice.labels),
        row.wait_s, GRADES.get(row.grade or 0, ""), "是" if row.has_account else "否",
    ]  # fmt: skip


def _queue(asked_for: str, known: dict[str, str]) -> str | None:
    if asked_for == THE_GENERAL:
        return queues.GENERAL
    return asked_for if asked_for and asked_for in known else None


async def _matters(rows: list[PastView]) -> dict[str, str]:
    return await matters.names([row.matter_code for row in rows if row.matter_code])


async def _choice(request: AppRequest) -> Choice:
    """What is no choice filters nothing."""
    last = asked.day(request, "last")
    first = min(asked.day(request, "first", last - timedelta(days=6)), last)
    marks, known, people = await labels.labels(), await queues.names(), await agents.colleagues()
    values = {name: request.args.get(name) or "" for name in ("label", "staff", "state")}
    values["queue"] = request.args.get("queue") or ""
    filters: dict[str, Any] = {
        "label": values["label"] if values["label"] in marks else "",
        "staff_id": next((each.staff_id for each in people if each.code == values["staff"]), 0),
        "state": values["state"] if values["state"] in set(State) - {State.BOT} else "",
        "queue": _queue(values["queue"], known),
    }
    until = asked.midnight(last + timedelta(days=1))
    return Choice(
        first, last, Sought(since=asked.midnight(first), until=until, **filters), values, marks, known, people
    )  # fmt: skip
