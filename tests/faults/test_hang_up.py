"""N01: clients that hang up within 20 ms on every writing address take nothing with them.

In the suite 60 on each address, over 3,000 on each database; `HANG_UPS=3000` makes it 3,000 on each address.
"""

import os
from datetime import timedelta
from pathlib import Path

import pytest
from sanic import Sanic
from tortoise import connections

from app import clock
from app.booking import actions, openings
from app.booking.models import Booking, ReturningPlace, Slot
from app.http.session import open_session
from app.ids import new_code
from app.server import create_app
from app.settings import Settings
from app.staff.rules import Role
from tests.booking.town import make_hall, make_matter
from tests.databases import Databases
from tests.factories import make_citizen
from tests.faults.hang_up import Known, answer_to, hang_up, requests, writing_addresses
from tests.faults.served import served
from tests.marks import on_both
from tests.staff.people import make_staff

EACH = int(os.environ.get("HANG_UPS", "60"))


async def make_world(addresses: int) -> Known:
    """A hall with places enough, a citizen with a booking, a clerk; a session of each for every address."""
    now = clock.now()
    await make_hall(groups={"HZ": 3})
    await make_matter("ID")
    await openings.open_days(first=now.date(), last=now.date() + timedelta(days=10))
    await Slot.all().update(left=100_000, capacity=100_000)
    slot = await Slot.filter(starts_at__gt=now + timedelta(days=1)).order_by("id").first()
    assert slot is not None
    citizen, staff = await make_citizen(new_code(), now=now), await make_staff(roles=tuple(Role))
    booking = await actions.book(citizen_id=citizen.id, slot_id=slot.id, matter_codes=["ID"], now=now)
    citizens = [
        await open_session(kind="citizen", subject_id=citizen.id, channel="h5", now=now) for _ in range(addresses)
    ]
    clerks = [await open_session(kind="staff", subject_id=staff.id, channel="admin", now=now) for _ in range(addresses)]
    return Known(citizens, clerks, booking=booking.number, slot=slot.id, matter="ID")


@pytest.mark.alone
@on_both
async def test_hung_up_clients_hold_no_connection_and_no_lock(db: str, databases: Databases, keys_file: Path) -> None:
    app = create_app(Settings(keys_file=keys_file))
    Sanic._app_registry.pop(app.name)
    addresses = writing_addresses(app)
    assert len(addresses) > 50
    known = await make_world(len(addresses))
    slow: dict[str, object] = {}
    async with served(db, databases, keys_file) as url:
        whole = await requests(url, addresses, known)
        for name, request in whole.items():
            await hang_up(url, request, EACH)
            status, seconds = await answer_to(url, request)
            if status >= 500 or seconds > 1:
                slow[name] = status, seconds
        after = {name: await answer_to(url, request) for name, request in whole.items()}
    assert slow == {}
    assert {name: got for name, got in after.items() if got[0] >= 500 or got[1] > 1} == {}
    if db.startswith("mysql"):
        open_ones = await connections.get("default").execute_query_dict("SELECT * FROM information_schema.innodb_trx")
        assert open_ones == []
    held = sum(len(b.slot_ids) for b in await Booking.filter(state__in=("booked", "held", "checked_in")))
    coming_back = await ReturningPlace.all().count()
    taken = sum(total - left for total, left in await Slot.all().values_list("capacity", "left"))
    assert taken == held + coming_back
