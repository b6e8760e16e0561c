"""Getting a place in the line: the one way in which a ticket is made."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from app import outbox
from app.booking.contact import contact_of
from app.booking.models import Booking
from app.citizens import queries as citizens
from app.citizens.queries import CitizenView
from app.ids import new_code
from app.prepared import Insert
from app.queue import history, queries, rules
from app.queue.events import CheckedIn, facts_of
from app.queue.history import Who
from app.queue.line import Group
from app.queue.models import Ticket
from app.queue.numbers import next_number
from app.queue.order import Lane
from app.queue.policy import policy_of
from app.queue.rules import Arrival
from app.queue.states import State

_INSERT = Insert(Ticket)


@dataclass(frozen=True, slots=True)
class Arriving:
    """Who has come, and how. Without a booking it is a walk-in.

    Attributes:
        guest_hash: of the secret of somebody who has not signed in.
        priority: what they say they are: elder, disabled, military or other; empty for everybody else.
        channel: counter, wall, printed or kiosk.
    """

    group: Group
    matter_code: str
    who: Who
    citizen_id: int | None = None
    guest_hash: str | None = None
    booking: Booking | None = None
    priority: str = ""
    channel: str = "counter"


@dataclass(frozen=True)
class Arrived:
    ticket: Ticket
    ahead: int


async def enqueue(coming: Arriving, *, now: datetime) -> Arrived:
    """Give a ticket with the next number. Call it in a transaction. Raises `TooLateToday` by the hall's rule."""
    person = await _person(coming)
    id_no = person.id_no if person else None
    priority, priority_state = rules.priority_for(coming.priority, id_no=id_no, on=coming.group.on)
    place = await _place(coming, priority, now)
    group = coming.group
    ticket = await _INSERT.made(
        code=new_code(),
        number=await next_number(group),
        on_day=group.on,
        hall_code=group.hall_code,
        group_code=group.group_code,
        booking_number=coming.booking.number if coming.booking else None,
        citizen_id=coming.citizen_id,
        guest_hash=coming.guest_hash,
        matter_code=coming.matter_code,
        shown_name=_shown_name(coming, person),
        state=State.WAITING,
        priority=priority,
        priority_state=priority_state,
        channel=coming.channel,
        arrived_at=now,
        checked_in_by=coming.who.by.staff_id if coming.who.by else None,
        **place,
    )
    await history.note(ticket, history.ARRIVE, source="", who=coming.who, now=now)
    ahead = await queries.ahead_of(ticket, now=now)
    await outbox.record(CheckedIn(**facts_of(ticket, now), ahead=ahead))
    return Arrived(ticket=ticket, ahead=ahead)


async def _place(coming: Arriving, priority: str, now: datetime) -> dict[str, Any]:
    """The columns that decide when this person is called."""
    policy = await policy_of(coming.group.hall_code)
    booked_at = coming.booking.starts_at if coming.booking else None
    kind = Arrival.WALK_IN if booked_at is None else rules.arrival(policy, booked_at=booked_at, now=now)
    return {
        "arrival": kind,
        "lane": lane_of(kind, priority),
        "booked_at": booked_at,
        "order_at": rules.order_at(kind, booked_at=booked_at, now=now),
        "due_at": rules.due_at(kind, policy, booked_at=booked_at),
    }


def lane_of(kind: Arrival, priority: str) -> Lane:
    """Priority people have a lane of their own; late bookings queue with the walk-ins."""
    if priority:
        return Lane.PRIORITY
    return Lane.WALK_IN if kind in (Arrival.LATE, Arrival.WALK_IN) else Lane.BOOKED


async def _person(coming: Arriving) -> CitizenView | None:
    """Who has come, if we know: not the account's owner when the booking names somebody else."""
    is_for_other = coming.booking is not None and coming.booking.contact_name_sealed is not None
    if coming.citizen_id is None or is_for_other:
        return None
    return (await citizens.citizens({coming.citizen_id})).get(coming.citizen_id)


def _shown_name(coming: Arriving, person: CitizenView | None) -> str:
    """What the screens call them: 张*; nothing for somebody we do not know by name."""
    booked_for = contact_of(coming.booking).masked_name if coming.booking else None
    return (booked_for or (person.masked_name if person else None) or "")[:20]
