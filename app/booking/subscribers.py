"""What booking does when it hears of others."""

from app.booking import hours
from app.halls import queries as halls
from app.workdays.events import CalendarChanged


async def follow_calendar(event: CalendarChanged) -> None:
    """A day became a holiday, or a working day: slots follow, and nobody booked in them is forgotten."""
    for hall in await halls.halls(bookable=True):
        await hours.follow_calendar(
            hall_code=hall.code,
            first=event.first_on,
            last=event.last_on,
            code=event.change_code,
            is_undo=event.is_undo,
            now=event.occurred_at,
        )
