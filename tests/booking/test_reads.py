"""What is read for one hall or one day stays small, whatever has gathered in the tables over the years."""

from collections.abc import Awaitable
from datetime import timedelta
from typing import Any

import pytest
from tortoise import connections

from app.booking import claims, hours, openings, tuning
from app.booking.change import Change
from app.booking.desk import staff_slots
from app.booking.foreseeing import preview_hours_change
from app.booking.models import Claim, Slot
from app.booking.tuning import Offer
from tests.booking.town import BY, HALL, NOW, OTHER, TODAY, TOMORROW, at, make_hall
from tests.marks import on_mariadb

pytestmark = pytest.mark.usefixtures("town")
DAYS = 200  # that are over, with 28 slots each
MANY = 5000


async def rows_read(act: Awaitable[Any]) -> int:
    """How many rows MariaDB read, through an index or not, while this ran."""
    before = await _handled()
    await act
    return await _handled() - before


async def _handled() -> int:
    rows = await connections.get("default").execute_query_dict("SHOW GLOBAL STATUS LIKE 'Handler_read_%'")
    return sum(int(row["Value"]) for row in rows)


@pytest.fixture
async def old_slots(town: str) -> None:
    """What the worker has made over the years, in this hall and in another one."""
    await make_hall(OTHER, groups={"HZ": 2})
    await openings.open_days(first=TODAY, last=TODAY + timedelta(days=14))
    rows = [
        _past(hall, TODAY - timedelta(days=day), n)
        for hall in (HALL, OTHER)
        for day in range(1, DAYS)
        for n in range(28)
    ]
    await Slot.bulk_create(rows, batch_size=1000)
    assert len(rows) > 2 * MANY
    await connections.get("default").execute_script("ANALYZE TABLE booking_slot")


def _past(hall: str, on: Any, n: int) -> Slot:
    starts = at("08:30", on) + timedelta(minutes=15 * n)
    key = f"{hall}.HZ.{starts:%Y%m%d%H%M}"
    return Slot(
        id=key, hall_code=hall, group_code="HZ", on=on, starts_at=starts, minutes=15, capacity=2, left=2, staff_left=0
    )


@on_mariadb
@pytest.mark.usefixtures("old_slots")
async def test_setting_counters_and_hours_reads_no_slot_of_the_past() -> None:
    offer = Offer(hall_code=HALL, group_code="HZ", slot_minutes=20, total=3, public=2)
    effect = await tuning.preview_offer(offer=offer, now=NOW)
    assert (effect.public, effect.staff, effect.length_from) == (2, 1, TODAY + timedelta(days=15))
    assert await rows_read(tuning.preview_offer(offer=offer, now=NOW)) < MANY / 2
    assert await rows_read(tuning.set_offer(by=BY, offer=offer, now=NOW)) < MANY
    change = Change(hall_code=HALL, reason="停电", starts_at=at("09:00"), ends_at=at("10:00"))
    assert await rows_read(preview_hours_change(change=change, now=NOW)) < MANY
    assert await rows_read(hours.apply_hours_change(by=BY, change=change, now=NOW)) < MANY
    assert await rows_read(staff_slots(hall_code=HALL, group_code="HZ", on=TOMORROW, now=NOW)) < 200


@on_mariadb
async def test_forgetting_what_was_given_up_reads_no_claim_of_a_booking() -> None:
    held = [Claim(key=f"m:c{n}:ID", booking_number=str(n)) for n in range(MANY)]
    await Claim.bulk_create(held, batch_size=1000)
    await Claim.create(key="x:c1:ID:20261123:1", until=at("00:00", TODAY))
    await Claim.create(key="x:c1:ID:20261124:1", until=at("00:00"))
    await claims.restrict(person="c2", until=NOW)
    await claims.restrict(person="c3", until=NOW + timedelta(days=1))
    await connections.get("default").execute_script("ANALYZE TABLE booking_claim")
    assert await rows_read(claims.purge(now=NOW)) < 100
    left = await Claim.exclude(key__startswith="m:").order_by("key").values_list("key", flat=True)
    assert left == ["r:c3", "x:c1:ID:20261124:1"]
