"""Halls by where one is, and less busy slots, through the JSON API; where somebody is stays nowhere."""

import logging

import pytest

from app.booking.models import Slot
from app.halls.models import Hall
from tests.booking.town import HALL, make_hall
from tests.citizens.site import Site
from tests.miniprogram_api.test_bookings import key, tomorrow
from tests.miniprogram_api.test_bookings import site as town_site

site = town_site


async def test_the_list_is_sorted_by_distance_and_the_unknown_come_last(site: Site) -> None:
    await Hall.filter(code=HALL).update(latitude=32.70, longitude=117.20)
    await make_hall("HALL-NEAR", latitude=32.63, longitude=117.0, name="近")
    await make_hall("HALL-UNKNOWN", name="待核")
    status, found = await site.api("GET", "/halls?lat=32.62&lon=117.00")
    assert status == 200
    assert [(hall["code"], hall["distanceKm"]) for hall in found["items"]] == [
        ("HALL-NEAR", 1.1), (HALL, 20.7), ("HALL-UNKNOWN", None),
    ]  # fmt: skip
    _, plain = await site.api("GET", "/halls")
    assert {hall["distanceKm"] for hall in plain["items"]} == {None}
    assert plain["items"][0]["waitMin"] in (0, None)  # None once today's last slot has begun


async def test_where_somebody_is_is_neither_kept_nor_logged(site: Site, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.DEBUG)
    async with site.http.get(f"{site.url}/api/v1/halls?lat=32.6213&lon=117.0017") as answer:
        assert (answer.headers["cache-control"], answer.headers.get("etag")) == ("no-store", None)
    async with site.http.get(f"{site.url}/api/v1/halls") as answer:
        assert answer.headers.get("etag") is not None
    assert "32.6213" not in caplog.text and "117.0017" not in caplog.text


@pytest.mark.parametrize(
    ("query", "field"),
    [("lat=91&lon=0", "lat"), ("lat=1", "lon"), ("lon=1", "lat"), ("lat=nan&lon=0", "lat"), ("lat=x&lon=1", "lat")],
)
async def test_half_a_point_or_none_is_named(site: Site, query: str, field: str) -> None:
    status, answer = await site.api("GET", f"/halls?{query}")
    assert (status, list(answer["error"]["fields"])) == (422, [field])


async def test_something_less_busy_than_the_slot_that_was_chosen(site: Site) -> None:
    await Slot.filter(id=key("0900")).update(left=0)
    path = f"/halls/{HALL}/suggestion?matter=ID&slot={key('0900')}"
    status, found = await site.api("GET", path)
    assert (status, found["text"], found["hall"]) == (200, "09:00 较忙，08:45 只约了 0 人", None)
    assert (found["slot"]["id"], found["slot"]["startsAt"]) == (key("0845"), f"{tomorrow()}T08:45:00+08:00")
    _, quiet = await site.api("GET", f"/halls/{HALL}/suggestion?matter=ID&slot={key('1000')}")
    assert quiet == {"text": "", "slot": None, "hall": None}
    assert (await site.api("GET", f"/halls/{HALL}/suggestion?matter=ID&slot=HALL-SZ.HZ.1"))[0] == 404
