"""The desk's conversations in words: lines of the inbox, and who the citizen is, masked."""

from dataclasses import dataclass
from datetime import datetime

from admin.views import BookingView, TicketView, booking_views, ticket_views
from app.booking import queries as bookings
from app.citizens import queries as citizens
from app.clock import duration
from app.matters import queries as matters
from app.queue import queries as queue
from app.staff.by import By
from chatbot.queries import InboxView
from chatbot.states import State

BOOKINGS, TICKETS = 5, 3  # shown beside a conversation


@dataclass(frozen=True, slots=True)
class LineView:
    """`waits` in words, empty for who waits no more."""

    code: str
    is_waiting: bool
    is_mine: bool
    why: str
    matter: str
    who: str
    staff: str
    asked_at: datetime
    promised: str
    waits: str
    is_late: bool


@dataclass(frozen=True, slots=True)
class About:
    """Who asks, for whoever answers: masked, and only what lies in the halls they see."""

    name: str
    mobile: str
    is_elder: bool
    bookings: list[BookingView]
    tickets: list[TicketView]


async def line_views(lines: list[InboxView], by: By) -> list[LineView]:
    names = await matters.names([line.matter_code for line in lines if line.matter_code])
    return [
        LineView(
            code=line.code,
            is_waiting=line.state is State.WAITING,
            is_mine=line.staff_id == by.staff_id,
            why=line.why,
            matter=names.get(line.matter_code, ""),
            who="已登录群众" if line.has_account else "未登录群众",
            staff=line.staff,
            asked_at=line.asked_at,
            promised=line.promised,
            waits=waited(line.waits_s),
            is_late=line.is_late,
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
