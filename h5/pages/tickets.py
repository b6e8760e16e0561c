"""A ticket as a citizen reads it."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

from app.halls import queries as halls
from app.halls.models import Counter
from app.matters import queries as matters
from app.queue import companions
from app.queue.estimates import Outlook, outlooks
from app.queue.models import Ticket
from app.queue.policy import policy_of
from app.queue.states import NAMES, OPEN, State
from app.queue.wording import across


@dataclass(frozen=True)
class CounterView:
    """Where to go."""

    no: str
    name: str
    floor: int
    zone: str


@dataclass(frozen=True)
class TicketView:
    """Plain values only, so that two looks compare.

    Attributes:
        ahead: people waiting in front.
        low, high, computed_at: minutes the wait will take, as of that minute; empty while nothing can be said.
        calls: how often called so far.
        return_by: until when the turn is kept for somebody who has left.
        may_leave: whether 暂时离开 is offered; the action decides.
        family: citizens who may watch besides the owner.
    """

    code: str
    number: str
    state: str
    state_name: str
    is_open: bool
    ahead: int
    low: int | None
    high: int | None
    across: str
    computed_at: datetime | None
    matter: str
    hall: str
    counter: CounterView | None
    calls: int
    return_by: datetime | None
    may_leave: bool
    booking_number: str | None
    family: frozenset[int]

    @property
    def is_new_call(self) -> str:
        """The same until the person is called again; empty while nobody calls them."""
        return f"{self.number}.{self.calls}" if self.state == State.CALLED else ""


async def shown(tickets: Iterable[Ticket], *, now: datetime) -> list[TicketView]:
    """Tickets in the words of the page."""
    rows = list(tickets)
    seen = await outlooks(rows, now=now)
    names = await matters.names([row.matter_code for row in rows])
    counters = await halls.counters_by_code({row.counter_code for row in rows if row.counter_code})
    hall_names = {hall.code: hall.name for hall in await halls.halls(codes={row.hall_code for row in rows})}
    family = await companions.watchers([row.id for row in rows])
    return [
        _view(
            row,
            seen[row.id],
            matter=names[row.matter_code],
            hall=hall_names.get(row.hall_code, ""),
            counter=_counter(counters.get(row.counter_code or "")),
            leaves=(await policy_of(row.hall_code)).leaves,
            family=family.get(row.id, frozenset()),
        )
        for row in rows
    ]


def _view(
    row: Ticket, outlook: Outlook, *, matter: str, hall: str, counter: CounterView | None, leaves: int,
    family: frozenset[int],
) -> TicketView:  # fmt: skip
    wait = outlook.wait
    return TicketView(
        code=row.code,
        number=row.number,
        state=row.state,
        state_name=NAMES[State(row.state)],
        is_open=row.state in OPEN,
        ahead=outlook.ahead,
        low=wait.low if wait else None,
        high=wait.high if wait else None,
        across=across(wait) if wait else "",
        computed_at=wait.computed_at.replace(second=0, microsecond=0) if wait else None,
        matter=matter,
        hall=hall,
        counter=counter,
        calls=row.calls,
        return_by=row.return_by if row.state == State.LEFT else None,
        may_leave=row.state == State.WAITING and row.leaves < leaves,
        booking_number=row.booking_number,
        family=family,
    )


def _counter(row: Counter | None) -> CounterView | None:
    return CounterView(row.no, row.name, row.floor, row.zone) if row else None
