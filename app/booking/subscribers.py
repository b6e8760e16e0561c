"""What booking does when it hears of others."""

from app.booking import hours
from app.booking.events import HallDaysChanged
from app.halls import queries as halls
from app.outbox import Outbox, record
from app.workdays.events import CalendarChanged


def subscribe(outbox: Outbox) -> None:
    outbox.subscribe("booking", CalendarChanged, tell_halls)
    outbox.subscribe("booking", HallDaysChanged, follow_calendar)


async def tell_halls(event: CalendarChanged) -> None:
    """A day became a holiday, or a working day: each hall follows by itself, so that one's trouble is only its own."""
    for hall in await halls.halls(bookable=True):
        changed = HallDaysChanged(
            occurred_at=event.occurred_at,
            hall_code=hall.code,
            first_on=event.first_on,
            last_on=event.last_on,
            change_code=event.change_code,
            is_undo=event.is_undo,
        )
        await record(changed)


async def follow_calendar(event: HallDaysChanged) -> None:
    """The hall's slots follow, and nobody booked in them is forgotten."""
    await hours.follow_calendar(
        hall_code=event.hall_code,
        first=event.first_on,
        last=event.last_on,
        code=event.change_code,
        is_undo=event.is_undo,
        now=event.occurred_at,
    )
