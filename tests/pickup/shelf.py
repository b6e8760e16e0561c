"""Results on a shelf for tests."""

from datetime import date, timedelta

from app.booking.contact import Contact
from app.booking.models import Booking
from app.pickup import actions, queries
from app.pickup.models import Pickup
from app.pickup.rules import Item
from app.workdays.models import CalendarDay
from tests.factories import NOW
from tests.queue.day import CLERK, make_booking, make_hall

COUNTER = "HALL-SZ-B01"
CARD = (Item("居民身份证", 1), Item("领取凭证", 2))


async def make_calendar() -> None:
    """Sixty days from now on, official, following the week."""
    days = [date(2026, 11, 23) + timedelta(days=n) for n in range(60)]
    await CalendarDay.bulk_create(
        CalendarDay(
            date=day, is_working=day.isoweekday() < 6, name="", source="test", status="official", imported_at=NOW
        )
        for day in days
    )


async def make_visit(*, mobile: str = "13812341234", citizen_id: int | None = None) -> Booking:
    """A finished visit; the person left a mobile."""
    booking = await make_booking(state="done", citizen_id=citizen_id)
    await Booking.filter(id=booking.id).update(**Contact(name="张小明", mobile=mobile).sealed_for(booking.number))
    return booking


async def make_ready(*, citizen_id: int | None = None, now=NOW, by=CLERK) -> Pickup:
    booking = await make_visit(citizen_id=citizen_id)
    return await actions.mark_ready(booking_number=booking.number, items=CARD, shelf="A-03", by=by, now=now)


async def code_text(pickup: Pickup, *, now=NOW) -> str:
    await Pickup.filter(id=pickup.id).update(citizen_id=5)
    return (await queries.show_code(code=pickup.code, citizen_id=5, now=now)).text


__all__ = ["CARD", "COUNTER", "code_text", "make_calendar", "make_hall", "make_ready", "make_visit"]
