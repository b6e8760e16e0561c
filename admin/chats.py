"""The desk's conversations in words: lines of the inbox, and who the citizen is, masked."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Annotated

from pydantic import Field

from admin.views import BookingView, TicketView, booking_views, ticket_views
from app.booking import queries as bookings
from app.citizens import queries as citizens
from app.clock import duration
from app.halls import queries as halls
from app.matters import queries as matters
from app.queue import queries as queue
from app.staff.by import By
from app.staff.rules import Role
from chatbot import agents, labels, queues
from chatbot.queries import InboxView, lines_now
from chatbot.states import State

BOOKINGS, TICKETS = 5, 3  # shown beside a conversation


# Codes from checkboxes: none, one or many.
CodeList = Annotated[list[Annotated[str, Field(max_length=64)]], Field(max_length=100)]


@dataclass(frozen=True, slots=True)
class LineView:
    """`waits`, and `owed` after the first answer, in words, empty for who waits no more. `is_ours`: in a queue that
    whoever looks serves.
    """

    code: str
    is_waiting: bool
    is_mine: bool
    is_ours: bool
    is_urgent: bool
    why: str
    matter: str
    who: str
    queue: str
    staff: str
    labels: list[str]
    asked_at: datetime
    promised: str
    waits: str
    is_late: bool
    owed: str


@dataclass(frozen=True, slots=True)
class Inbox:
    """`ours` wait in the queues of whoever looks; `others` elsewhere; `held` are being answered."""

    ours: list[LineView]
    others: list[LineView]
    held: list[LineView]


@dataclass(frozen=True, slots=True)
class About:
    """Who asks, for whoever answers: masked, and only what lies in the halls they see."""

    name: str
    mobile: str
    is_elder: bool
    bookings: list[BookingView]
    tickets: list[TicketView]


@dataclass(frozen=True, slots=True)
class Stuck:
    """What 办不成事 was pressed for, in words. `booking`: its number, for who may see it."""

    matter: str
    hall: str
    booking: str


@dataclass(frozen=True, slots=True)
class Choices:
    """Where a conversation can go: queues other than its own, and colleagues who are there, with how busy they are."""

    queues: dict[str, str]
    colleagues: list[agents.AgentView]


async def inbox_view(lines: list[InboxView], by: By) -> Inbox:
    views = await line_views(lines, by)
    waiting = [view for view in views if view.is_waiting]
    return Inbox(
        ours=[view for view in waiting if view.is_ours],
        others=[view for view in waiting if not view.is_ours],
        held=sorted((view for view in views if not view.is_waiting), key=lambda view: not view.is_mine),
    )


async def late_chats(by: By, now: datetime) -> list[str]:
    """Codes of those who have waited too long for a first answer, for whoever should hear of it: those at the desk and
    managers; everybody when nobody is at the desk.
    """
    late = [line.code for line in await lines_now(now) if line.is_late]
    there = await agents.on_duty(now) if late else set()
    hears = not there or by.staff_id in there or Role.MANAGER in by.roles
    return late if hears else []


async def line_views(lines: list[InboxView], by: By) -> list[LineView]:
    names = await matters.names([line.matter_code for line in lines if line.matter_code])
    known, mine, marks = await queues.names(), await queues.served_by(by.staff_id), await labels.labels()
    return [
        LineView(
            code=line.code,
            is_waiting=line.state is State.WAITING,
            is_mine=line.staff_id == by.staff_id,
            is_ours=line.queue in mine,
            is_urgent=line.is_urgent,
            why=line.why,
            matter=names.get(line.matter_code, ""),
            who="已登录群众" if line.has_account else "未登录群众",
            queue=known.get(line.queue, "") if len(known) > 1 else "",
            staff=line.staff,
            labels=[marks[label] for label in line.labels if label in marks],
            asked_at=line.asked_at,
            promised=line.promised,
            waits=waited(line.waits_s),
            is_late=line.is_late,
            owed=waited(line.owed_s),
        )
        for line in lines
    ]


def waited(seconds: int) -> str:
    """45 秒, 3 分钟; empty for no time."""
    if seconds >= 60:
        return duration(seconds // 60)
    return f"{seconds} 秒" if seconds else ""


async def about(citizen_id: int | None, by: By) -> About | None:
    """None for a guest, of whom we know nothing. Whoever shows it writes an audit row."""
    person = (await citizens.citizens({citizen_id})).get(citizen_id) if citizen_id is not None else None
    if person is None or citizen_id is None:
        return None
    rows, _ = await bookings.bookings_of(citizen_id, page_size=BOOKINGS)
    tickets = await queue.recent_of(citizen_id=citizen_id, limit=TICKETS)
    return About(
        name=person.masked_name or "未留姓名",
        mobile=person.masked_mobile or "",
        is_elder=person.is_elder,
        bookings=await booking_views(row for row in rows if by.sees(row.hall_code)),
        tickets=await ticket_views(row for row in tickets if by.sees(row.hall_code)),
    )


async def stuck_at(pressed: Mapping[str, str], by: By) -> Stuck | None:
    """None when the button was not pressed."""
    if not pressed:
        return None
    matter, hall = pressed.get("matter", ""), pressed.get("hall", "")
    names = {each.code: each.name for each in await halls.halls()}
    shown = pressed.get("booking", "") if hall and by.sees(hall) else ""
    return Stuck((await matters.names([matter]))[matter] if matter else "", names.get(hall, ""), shown)


async def transfer_choices(line: InboxView, now: datetime) -> Choices:
    known = {code: name for code, name in (await queues.names()).items() if code != line.queue}
    return Choices(known, _others(await agents.agents(now), line.staff_id))


def _others(found: Sequence[agents.AgentView], staff_id: int | None) -> list[agents.AgentView]:
    return [agent for agent in found if agent.is_on_duty and agent.staff_id != staff_id]
