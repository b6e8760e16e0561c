"""Near and less busy (C16): the order of halls, and what is suggested instead of a busy slot."""

from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.booking import openings, queries, suggesting
from app.booking.models import Slot
from app.booking.queries import SlotView
from app.halls.models import Hall
from app.halls.rules import distance_km, same_area
from tests.booking.town import HALL, NINE, NOW, TODAY, TOMORROW, at, make_hall, slot

HERE = (32.62, 117.00)


def hall(code: str, *, region: str = "340403", at: tuple[float, float] | None = None, position: int = 0) -> Hall:
    latitude, longitude = at or (None, None)
    return Hall(code=code, name=code, region_code=region, latitude=latitude, longitude=longitude, position=position)


def test_a_known_distance() -> None:
    assert distance_km((32.0, 117.0), (33.0, 117.0)) == pytest.approx(111.19, abs=0.01)
    assert distance_km((32.62, 117.0), (32.62, 117.1)) == pytest.approx(9.36, abs=0.01)


points = st.tuples(st.floats(-90, 90), st.floats(-180, 180))


@given(points, points)
def test_distances_are_the_same_both_ways_and_never_more_than_half_around(one, other) -> None:
    assert distance_km(one, other) == pytest.approx(distance_km(other, one), abs=1e-6)
    assert 0 <= distance_km(one, other) <= 20016


def test_the_nearest_first_then_the_shorter_wait_and_the_unknown_last_by_district() -> None:
    halls = [
        hall("UNKNOWN-FAR", region="340421", position=0),
        hall("UNKNOWN-HERE", region="340403", position=5),
        hall("UNKNOWN-CITY", region="340400", position=1),
        hall("FAR", at=(32.70, 117.20), position=2),
        hall("BUSY", at=(32.63, 117.00), position=3),
        hall("QUIET", at=(32.63, 117.00), position=4),
    ]
    found = suggesting.by_nearness(halls, here=HERE, region_code="340403", waits={"BUSY": 30, "QUIET": 5})
    assert [each.code for each in found] == ["QUIET", "BUSY", "FAR", "UNKNOWN-HERE", "UNKNOWN-CITY", "UNKNOWN-FAR"]
    by_district = suggesting.by_nearness(halls, region_code="340421")
    assert by_district[0].code == "UNKNOWN-FAR"
    assert [each.code for each in suggesting.by_nearness(halls, here=HERE)][3:] == [
        "UNKNOWN-FAR", "UNKNOWN-CITY", "UNKNOWN-HERE",
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("one", "other", "close"),
    [("340403", "340403", True), ("340400", "340405", True), ("340421", "340400", False), ("HN-ZONE", "340400", False)],
)
def test_districts_are_close_to_each_other_and_counties_are_not(one: str, other: str, close: bool) -> None:
    assert same_area(one, other) is close


def view(text: str, booked: int, total: int = 4) -> SlotView:
    starts_at = at(text)
    return SlotView(
        slot(text), starts_at, starts_at + timedelta(minutes=15), total - booked, booked, total, "", 0
    )  # fmt: skip


@pytest.mark.parametrize(
    ("others", "better"),
    [
        ([view("10:30", 2), view("11:00", 0)], "10:30"),
        ([view("10:30", 3), view("11:00", 2)], "11:00"),
        ([view("08:30", 1), view("09:30", 0)], "09:30"),
        ([view("14:00", 0)], None),
        ([view("09:15", 3)], None),
    ],
    ids=["half as many", "the first is not better", "the fewer of equally near ones", "too far", "not much better"],
)
def test_a_busy_slot_has_a_quieter_neighbour(others: list[SlotView], better: str | None) -> None:
    chosen = view("09:00", 4)
    found = suggesting.less_busy([chosen, *others], chosen)
    assert (found and found.starts_at) == (better and at(better))


def test_a_quiet_slot_needs_no_suggestion() -> None:
    chosen = view("09:00", 1)
    assert suggesting.less_busy([chosen, view("09:15", 0)], chosen) is None


@pytest.mark.usefixtures("town")
async def test_the_sentence_names_the_quieter_time_and_hall() -> None:
    other = await make_hall("HALL-NEAR", groups={"HZ": 4}, name="田家庵大厅", region_code="340403")
    county = await make_hall("HALL-COUNTY", groups={"HZ": 4}, name="寿县大厅", region_code="340422")
    await openings.open_days(first=TODAY, last=TOMORROW)
    await Slot.filter(hall_code=HALL, group_code="HZ", on=TOMORROW).update(left=1)
    await Slot.filter(id=slot("10:30")).update(left=2)
    slots = await queries.slots_of_day(hall_code=HALL, group_code="HZ", on=TOMORROW, now=NOW)
    chosen = next(each for each in slots if each.id == NINE)
    here, others = await Hall.get(code=HALL), [(county, "HZ"), (other, "HZ")]
    found = await suggesting.suggest(slots=slots, chosen=chosen, hall=here, others=others, now=NOW)
    assert found.text == "09:00 较忙，10:30 只约了 1 人；田家庵大厅当天还有 112 个号"
    assert (found.slot and found.slot.id, found.hall and found.hall.code) == (slot("10:30"), "HALL-NEAR")
    quiet = await suggesting.suggest(slots=slots[:1], chosen=view("09:00", 0), hall=here, others=others, now=NOW)
    assert quiet == suggesting.Suggestion()


@pytest.mark.usefixtures("town")
async def test_the_usual_wait_of_a_hall_is_that_of_its_slots_still_to_come() -> None:
    await Slot.filter(on=TODAY, group_code="HZ").update(left=0)
    await Slot.filter(on=TODAY, group_code="SB").update(left=0)
    assert await suggesting.usual_waits(now=NOW) == {HALL: 8}  # 15 minutes, all taken: half of it on average
    assert await suggesting.usual_waits(now=at("18:00", TODAY)) == {}


@pytest.mark.usefixtures("town")
async def test_one_day_alone_says_what_the_calendar_says_of_it() -> None:
    await Slot.filter(id=NINE).update(left=0)
    days = await queries.days(hall_code=HALL, group_code="HZ", now=NOW)
    alone = [await queries.day(hall_code=HALL, group_code="HZ", on=each.on, now=NOW) for each in days]
    assert alone == days
    for outside in (TODAY - timedelta(days=1), TODAY + timedelta(days=15)):
        view = await queries.day(hall_code=HALL, group_code="HZ", on=outside, now=NOW)
        assert (view.state, view.total) == ("closed", 0)
