"""Reading the queue: who is where, who is next, how many are ahead."""

from collections import Counter as Count
from dataclasses import dataclass
from datetime import date

from tortoise.expressions import Q

from app.queue.models import Scan, Ticket
from app.queue.states import AT_COUNTER, State

SHOWN = 30  # tickets of a waiting list that a page shows; the number of all is told beside it


@dataclass(frozen=True)
class AtCounter:
    """The day as one counter sees it."""

    current: Ticket | None
    waiting: list[Ticket]
    waiting_total: int
    missed: list[Ticket]
    done_today: int


async def at_counter(*, counter_code: str, hall_code: str, group_code: str, on: date) -> AtCounter:
    day = Ticket.filter(hall_code=hall_code, group_code=group_code, on_day=on)
    waiting = day.filter(state=State.WAITING)
    return AtCounter(
        current=await Ticket.get_or_none(holder=counter_code),
        waiting=await waiting.order_by("order_at", "arrived_at", "id").limit(SHOWN),
        waiting_total=await waiting.count(),
        missed=await day.filter(state=State.MISSED).order_by("-ended_at").limit(10),
        done_today=await day.filter(state=State.DONE, counter_code=counter_code).count(),
    )


async def ahead_of(ticket: Ticket) -> int:
    """How many wait in front of a waiting ticket; 0 for one that is not waiting."""
    return (await ahead_of_each([ticket]))[ticket.id]


async def ahead_of_each(tickets: list[Ticket]) -> dict[int, int]:
    """People ahead by ticket id, for all of them in one query."""
    queues = {(t.hall_code, t.group_code, t.on_day) for t in tickets if t.state == State.WAITING}
    if not queues:
        return {ticket.id: 0 for ticket in tickets}
    same = Q(*(Q(hall_code=h, group_code=g, on_day=d) for h, g, d in sorted(queues)), join_type="OR")
    rows = await Ticket.filter(same, state=State.WAITING).values_list(
        "hall_code", "group_code", "on_day", "order_at", "arrived_at", "id"
    )
    place: dict[int, int] = {}
    seen: Count[tuple[str, str, date]] = Count()
    for hall, group, day, *_, ticket_id in sorted(rows, key=lambda row: row[3:]):
        place[ticket_id] = seen[hall, group, day]
        seen[hall, group, day] += 1
    return {ticket.id: place.get(ticket.id, 0) for ticket in tickets}


async def tickets_of(*, citizen_id: int, on: date) -> list[tuple[Ticket, int]]:
    """A citizen's tickets of a day, newest first, each with the number of people ahead."""
    tickets = await Ticket.filter(citizen_id=citizen_id, on_day=on).order_by("-id")
    ahead = await ahead_of_each(tickets)
    return [(ticket, ahead[ticket.id]) for ticket in tickets]


async def tickets_by_booking(numbers: list[str]) -> dict[str, Ticket]:
    return {str(t.booking_number): t for t in await Ticket.filter(booking_number__in=numbers)} if numbers else {}


async def is_busy(counter_codes: list[str]) -> set[str]:
    """Which of these counters are busy with somebody."""
    held = Ticket.filter(holder__in=counter_codes, state__in=AT_COUNTER)
    return {str(code) for code in await held.values_list("holder", flat=True)}


async def recent_scans(hall_code: str, *, limit: int = 10) -> list[Scan]:
    return await Scan.filter(hall_code=hall_code).order_by("-id").limit(limit)
