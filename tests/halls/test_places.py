"""Where a hall is: typed or pasted as a map shows it, kept as phones tell theirs."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.city import city_of
from app.errors import InvalidInput
from app.halls import places
from app.halls.gcj import to_map, to_world
from app.halls.models import Hall
from app.halls.places import MapPlace
from app.halls.rules import distance_km
from app.halls.seed import load_seed
from app.staff.errors import HallNotYours
from app.staff.models import AuditRow
from tests.factories import NOW
from tests.halls.test_halls import CITY
from tests.queue.day import CLERK, ELSEWHERE, make_hall

HUAINAN = city_of("huainan").bounds
PLACE = MapPlace("117.004589", "32.623087")


def test_a_known_place_on_both_maps() -> None:
    """The pair with which the widely used converters are tested."""
    world, shown = (31.1774276, 121.5272106), (31.17530398364597, 121.531541859215)
    assert to_map(world) == pytest.approx(shown, abs=1e-9)
    assert to_world(shown) == pytest.approx(world, abs=1e-8)


@given(st.floats(31.8, 33.1), st.floats(116.2, 117.4))
def test_there_and_back_is_the_same_place_and_the_shift_is_worth_a_conversion(lat: float, lon: float) -> None:
    assert to_world(to_map((lat, lon))) == pytest.approx((lat, lon), abs=1e-8)
    assert 0.4 < distance_km((lat, lon), to_map((lat, lon))) < 0.7


@pytest.mark.parametrize(
    "text",
    [
        "117.004589,32.623087",  # Amap's picker
        "32.623087,117.004589",  # Tencent's
        " 117.004589， 32.623087 ",
        "https://uri.amap.com/marker?position=117.004589,32.623087&name=大厅",
        "https://uri.amap.com/marker?position=117.004589%2C32.623087",
        "https://apis.map.qq.com/uri/v1/marker?marker=coord:32.623087,117.004589;title:大厅",
        "https://map.example/?lat=32.623087&lng=117.004589",
    ],
)
def test_what_maps_copy_is_read_in_either_order(text: str) -> None:
    assert places.pasted(text) == PLACE


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("https://surl.amap.com/abc123", "没有读到坐标（短链接里没有）"),
        ("117,32", "没有读到坐标"),
        ("https://api.map.baidu.com/marker?location=32.62,117.01", "百度地图的坐标"),
    ],
)
def test_what_holds_no_place_of_these_maps_says_what_to_do(text: str, says: str) -> None:
    with pytest.raises(InvalidInput) as refusal:
        places.pasted(text)
    assert refusal.value.data["fields"]["paste"].startswith(says)


@pytest.mark.parametrize(
    ("lon", "lat", "faults"),
    [
        ("", "东经", {"lon": "请填写经度，如 117.000000", "lat": "请填写纬度，如 32.600000"}),
        ("117.1", "32.60001", {"lon": "请至少保留 4 位小数，否则相差上百米"}),
        ("32.6230", "117.0045", {"lon": "经度和纬度填反了，请对调"}),
        ("116.3974", "39.9093", {"lat": "不在本市范围内（纬度 31.8 至 33.1），请在地图上核对"}),
        ("-117.0045", "32.6230", {"lon": "请填写经度，如 117.000000"}),
    ],
)
def test_what_cannot_be_a_hall_here_is_refused_at_its_field(lon: str, lat: str, faults: dict[str, str]) -> None:
    with pytest.raises(InvalidInput) as refusal:
        places.point_in(MapPlace(lon, lat), HUAINAN)
    assert refusal.value.data["fields"] == faults


def test_full_width_digits_are_digits() -> None:
    there = places.point_in(MapPlace("１１７．００４５８９", "32.623087"), HUAINAN)
    assert there == pytest.approx((32.6250, 116.9991), abs=1e-3)


async def test_setting_it_is_written_down_with_what_stood_there_and_another_halls_is_not_theirs(db: str) -> None:
    await make_hall(opened_by=None)
    assert await places.last_change("HALL-SZ") is None
    await places.set_place(by=CLERK, hall_code="HALL-SZ", place=PLACE, bounds=HUAINAN, now=NOW)
    hall = await Hall.get(code="HALL-SZ")
    assert places.on_map(hall) == PLACE
    assert distance_km((hall.latitude or 0, hall.longitude or 0), (32.623087, 117.004589)) > 0.4
    moved = MapPlace("117.010000", "32.630000")
    await places.set_place(by=CLERK, hall_code="HALL-SZ", place=moved, bounds=HUAINAN, now=NOW)
    change = await places.last_change("HALL-SZ")
    assert change and (change.by, change.before) == ("周颖", PLACE)
    assert await AuditRow.all().order_by("id").values_list("details", flat=True) == [
        {"before": "", "after": PLACE.text},
        {"before": PLACE.text, "after": moved.text},
    ]
    with pytest.raises(HallNotYours):
        await places.set_place(by=ELSEWHERE, hall_code="HALL-SZ", place=None, bounds=HUAINAN, now=NOW)


async def test_a_place_outlives_the_seed_and_the_citys_files_invent_none(db: str) -> None:
    await load_seed(folder=CITY, now=NOW)
    assert await Hall.exclude(latitude=None).count() == 0
    await Hall.filter(code="HALL-SZ").update(latitude=32.6, longitude=117.0)
    await load_seed(folder=CITY, now=NOW)
    hall = await Hall.get(code="HALL-SZ")
    assert (hall.latitude, hall.longitude) == (32.6, 117.0)
