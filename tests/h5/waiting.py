"""People with numbers in a real hall, for the tests of a ticket's page."""

from datetime import timedelta

from app import clock
from app.http.session import Session
from app.ids import hashed
from app.queue import actions
from app.queue.models import Ticket
from app.staff.by import SYSTEM
from tests.h5.busy_hall import arrive, ensure_open

COUNTER, SECOND = "HALL-SZ-B01", "HALL-SZ-B02"
SECRET = "guest-secret-of-24-letters"


async def signed_in() -> int:
    """Who signed in last."""
    session = await Session.filter(kind="citizen").order_by("-opened_at").first()
    assert session is not None
    return session.subject_id


async def take_number(*, citizen_id: int | None = None, secret: str = "", ahead: int = 0) -> Ticket:
    """A number for this citizen, or for a guest with this secret, behind so many others."""
    at = clock.now() - timedelta(minutes=30)
    for n in range(ahead):
        await arrive("HZ", now=at + timedelta(seconds=n))
    mine = await arrive("HZ", now=at + timedelta(seconds=ahead))
    await Ticket.filter(id=mine.id).update(citizen_id=citizen_id, guest_hash=hashed(secret) if secret else None)
    return await Ticket.get(id=mine.id)


async def call(counter: str = COUNTER, *, minutes_ago: float = 0) -> Ticket:
    """This counter calls whoever is next; it is opened for it."""
    await ensure_open(counter)
    return await actions.call_next(counter_code=counter, by=SYSTEM, now=clock.now() - timedelta(minutes=minutes_ago))


async def finish(ticket: Ticket, counter: str = COUNTER, *, minutes_ago: float = 0) -> None:
    now = clock.now() - timedelta(minutes=minutes_ago)
    await actions.finish(ticket_code=ticket.code, counter_code=counter, result="on_spot", by=SYSTEM, now=now)


async def serve_some(count: int, counter: str = COUNTER) -> None:
    """So many people, one after the other, three minutes each, the last of them just now."""
    for n in range(count):
        await arrive("HZ", now=clock.now() - timedelta(hours=2))
        served = await call(counter, minutes_ago=3 * (count - n))
        await finish(served, counter, minutes_ago=3 * (count - n - 1))
