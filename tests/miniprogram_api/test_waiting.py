"""The waiting list through the JSON API, and as staff see it."""

from collections.abc import AsyncIterator
from datetime import timedelta

import pytest

from app import clock
from app.booking import jobs
from app.booking.models import ReturningPlace, Slot
from tests.booking.town import HALL
from tests.citizens.site import Site
from tests.marks import on_both
from tests.miniprogram_api.test_bookings import citizen, key, tomorrow
from tests.miniprogram_api.test_bookings import site as town_site

site = town_site


@pytest.fixture
async def full(site: Site) -> AsyncIterator[Site]:
    on = clock.now().date() + timedelta(days=1)
    await Slot.filter(group_code="HZ", on=on).update(left=0)
    yield site


def wanted(**values: object) -> dict[str, object]:
    return {"hallCode": HALL, "date": tomorrow(), "part": "am", "matterCodes": ["ID"], **values}


@on_both
async def test_joining_being_offered_and_accepting(full: Site) -> None:
    first, second = await citizen(1), await citizen(2)
    status, mine = await full.api("POST", "/waiting-list", wanted(), token=first)
    assert (status, mine["state"], mine["position"]) == (201, "waiting", 1)
    assert (mine["partName"], mine["reason"], mine["offer"]) == ("上午", "您排在第一位，有空号就为您保留", None)
    status, theirs = await full.api("POST", "/waiting-list", wanted(people=2), token=second)
    assert (status, theirs["position"]) == (201, 2)
    status, answer = await full.api("POST", f"/waiting-list/{mine['code']}/accept", {}, token=first)
    assert (status, answer["error"]["code"]) == (409, "booking.nothing_offered")
    await ReturningPlace.create(slot_id=key("0900"), due_at=clock.now())
    await jobs.return_places(clock.now())
    _, mine = await full.api("GET", f"/waiting-list/{mine['code']}", token=first)
    assert (mine["state"], mine["position"], mine["offer"]["startsAt"]) == (
        "offered", None, f"{tomorrow()}T09:00:00+08:00",
    )  # fmt: skip
    status, booking = await full.api("POST", f"/waiting-list/{mine['code']}/accept", {}, token=first)
    assert (status, booking["state"], booking["slotId"]) == (200, "booked", key("0900"))
    _, mine = await full.api("GET", "/waiting-list", token=first)
    assert [(item["state"], item["stateName"]) for item in mine["items"]] == [("accepted", "已预约")]


async def test_leaving_and_what_is_refused(full: Site) -> None:
    mine, other = await citizen(1), await citizen(2)
    _, entry = await full.api("POST", "/waiting-list", wanted(), token=mine)
    cases = [
        ("POST", "/waiting-list", wanted(), mine, 409, "booking.already_waiting"),
        ("POST", "/waiting-list", wanted(part="night"), mine, 422, "input.invalid"),
        ("GET", f"/waiting-list/{entry['code']}", None, other, 404, "not_found"),
        ("POST", f"/waiting-list/{entry['code']}/leave", None, other, 404, "not_found"),
        ("POST", f"/waiting-list/{entry['code']}/refuse", None, mine, 409, "booking.nothing_offered"),
    ]
    for method, path, body, token, status, code in cases:
        got, answer = await full.api(method, path, body, token=token)
        assert (got, answer["error"]["code"]) == (status, code), path
    status, left = await full.api("POST", f"/waiting-list/{entry['code']}/leave", token=mine)
    assert (status, left["state"]) == (200, "left")
