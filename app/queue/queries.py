"""Reading the queue: who is where, who is next, how many are ahead."""

import zlib
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta

from tortoise.expressions import Q

from app.queue.line import Group, line_of
from app.queue.models import Companion, Desk, Scan, Step, Ticket
from app.queue.rules import CHINA
from app.queue.scans import OK, REPEAT
from app.queue.states import AT_COUNTER, OPEN, State

JUST_OVER = timedelta(minutes=10)  # that a ticket has ended is news to those who follow it
SHOWN = 30  # tickets of a waiting list that a page shows; the number of all is told beside it


@dataclass(frozen=True)
class AtCounter:
    """The day as one counter sees it. `held` are this counter's, `parked` those of its group, `elsewhere` those who
    are at the group's other counters.
    """

    current: Ticket | None
    waiting: list[Ticket]
    waiting_total: int
    held: list[Ticket]
    parked: list[Ticket]
    elsewhere: list[Ticket]
    missed: list[Ticket]
    done_today: int


async def at_counter(*, counter_code: str, group: Group, now: datetime) -> AtCounter:
    day = Ticket.filter(hall_code=group.hall_code, group_code=group.group_code, on_day=group.on)
    line = await line_of(group, now)
    return AtCounter(
        current=await Ticket.get_or_none(holder=counter_code),
        waiting=await in_order([place.ticket_id for place in line[:SHOWN]]),
        waiting_total=len(line),
        held=await day.filter(state=State.HELD, counter_code=counter_code).order_by("id"),
        parked=await day.filter(state=State.PARKED).order_by("id").limit(SHOWN),
        elsewhere=await day.filter(state__in=AT_COUNTER).exclude(holder=counter_code).order_by("-called_at"),
        missed=await day.filter(state=State.MISSED).order_by("-ended_at").limit(10),
        done_today=await Ticket.filter(
            hall_code=group.hall_code, on_day=group.on, state=State.DONE, counter_code=counter_code
        ).count(),
    )


async def stamp(hall_code: str, now: datetime) -> str:
    """Changes with every step of a ticket, and whenever somebody sits down, pauses, goes on or leaves."""
    steps = Step.filter(hall_code=hall_code, on_day=now.astimezone(CHINA).date()).order_by("-id").limit(1)
    seats = Desk.filter(hall_code=hall_code, closed_at=None).order_by("counter_code")
    seen = await steps.values_list("id"), await seats.values_list("seat", "paused_at")
    return f"{zlib.crc32(repr(seen).encode()):08x}"


async def in_order(ids: list[int]) -> list[Ticket]:
    """Tickets in the order of these keys."""
    rows = {ticket.id: ticket for ticket in await Ticket.filter(id__in=ids)} if ids else {}
    return [rows[ticket_id] for ticket_id in ids if ticket_id in rows]


async def ahead_of(ticket: Ticket, *, now: datetime) -> int:
    """How many will be called before a waiting ticket; 0 for one that is not waiting."""
    return (await ahead_of_each([ticket], now=now))[ticket.id]


async def ahead_of_each(tickets: list[Ticket], *, now: datetime) -> dict[int, int]:
    """People ahead by ticket id, reading each line once."""
    groups = {group_of(ticket) for ticket in tickets if ticket.state == State.WAITING}
    place: dict[int, int] = {}
    for group in sorted(groups, key=lambda g: (g.hall_code, g.group_code, g.on)):
        place |= {waiting.ticket_id: n for n, waiting in enumerate(await line_of(group, now))}
    return {ticket.id: place.get(ticket.id, 0) for ticket in tickets}


def group_of(ticket: Ticket) -> Group:
    return Group(ticket.hall_code, ticket.group_code, ticket.on_day)


async def tickets_of(*, citizen_id: int, on: date) -> list[Ticket]:
    """A citizen's tickets of a day, newest first."""
    return await Ticket.filter(citizen_id=citizen_id, on_day=on).order_by("-id")


async def recent_of(*, citizen_id: int, limit: int) -> list[Ticket]:
    """A citizen's latest tickets of any day."""
    return await Ticket.filter(citizen_id=citizen_id).order_by("-id").limit(limit)


async def watched_by(*, citizen_id: int, on: date) -> list[Ticket]:
    """Tickets of a day of which this citizen is told as one of the family, newest first."""
    ids = await Companion.filter(citizen_id=citizen_id, ended_at=None).values_list("ticket_id", flat=True)
    return await Ticket.filter(id__in=list(ids), on_day=on).order_by("-id") if ids else []


async def tickets_in(group: Group, *, now: datetime) -> list[Ticket]:
    """Everybody of a group who is still somewhere in the day, or was until a moment ago."""
    day = Ticket.filter(hall_code=group.hall_code, on_day=group.on, group_code=group.group_code)
    return await day.filter(Q(state__in=OPEN) | Q(ended_at__gte=now - JUST_OVER))


async def tickets_by_booking(numbers: list[str]) -> dict[str, Ticket]:
    return {str(t.booking_number): t for t in await Ticket.filter(booking_number__in=numbers)} if numbers else {}


async def is_busy(counter_codes: list[str]) -> set[str]:
    """Which of these counters are busy with somebody."""
    held = Ticket.filter(holder__in=counter_codes, state__in=AT_COUNTER)
    return {str(code) for code in await held.values_list("holder", flat=True)}


async def scans_of(
    hall_code: str, on: date, *, only_refused: bool = False, page: int, page_size: int
) -> tuple[list[Scan], int]:
    """A page of a hall's scans of a day, the newest first, and how many there are."""
    start = datetime.combine(on, time(), CHINA)
    rows = Scan.filter(hall_code=hall_code, at__gte=start, at__lt=start + timedelta(days=1))
    if only_refused:
        rows = rows.exclude(outcome__in=(OK, REPEAT))
    return await rows.order_by("-at", "-id").offset((page - 1) * page_size).limit(page_size), await rows.count()
