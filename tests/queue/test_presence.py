"""Proof that somebody is in the hall (D1): the tablet's code for a minute, printed ones by the rule of the hall."""

from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app import codes
from app.codes import Code, Purpose
from app.errors import AppError
from app.halls.models import Hall
from app.queue import devices, presence, rules
from app.queue.models import Device, Scan
from app.queue.policy import set_policy
from tests.factories import NOW
from tests.queue.day import CLERK, make_hall

HERE, NEAR, FAR = (32.625, 116.999), (32.6255, 116.9995), (32.640, 117.020)  # 72 m and 2.6 km away
SECOND = timedelta(seconds=1)


async def tablet() -> Device:
    return (await devices.add(hall_code="HALL-SZ", kind="wall", name="东", by=CLERK, now=NOW))[0]


async def refusal(coming) -> AppError:
    with pytest.raises(AppError) as caught:
        await coming
    return caught.value


async def by_print(phone=None) -> presence.Presence:
    return await presence.by_print("HALL-SZ", phone=phone, now=NOW)


async def test_the_code_is_good_for_a_minute_by_the_servers_clock(db: str) -> None:
    text = presence.wall_code(await tablet(), now=NOW)
    shown = await presence.by_wall(text, now=NOW + 60 * SECOND)
    assert (shown.hall_code, shown.channel, shown.until) == ("HALL-SZ", "wall", NOW + timedelta(minutes=11))
    late = await refusal(presence.by_wall(text, now=NOW + 61 * SECOND))
    assert (late.code, late.status) == ("queue.hall_code_expired", 409)
    assert late.text == "二维码已过期（照片、截图无效），请扫大厅屏幕上的最新二维码"


async def test_a_photo_that_goes_round_is_logged_once_without_a_person(db: str) -> None:
    device = await tablet()
    text = presence.wall_code(device, now=NOW)
    for n in (61, 90, 3600):
        await refusal(presence.by_wall(text, now=NOW + n * SECOND))
    (row,) = await Scan.all()
    assert (row.purpose, row.hall_code, row.outcome, row.staff_id) == ("wall", "HALL-SZ", "queue.hall_code_expired", 0)
    assert row.subject == f"{device.code}.261124090100"


async def test_the_address_counts_like_the_code_in_it(db: str) -> None:
    text = presence.wall_code(await tablet(), now=NOW)
    assert (await presence.by_wall(f"https://zw.example/h5/here?c={text}", now=NOW)).hall_code == "HALL-SZ"


async def test_whatever_is_not_the_tablets_code_gets_one_answer(db: str) -> None:
    device = await tablet()
    good = presence.wall_code(device, now=NOW)
    until = NOW + 60 * SECOND
    others = [
        "", "x" * 3000, "https://example.com/?c=ZB1.a.b", good[:-4] + "AAAA",
        codes.issue(Code(Purpose.CHECK_IN, "HALL-SZ", device.code, until)),
        codes.issue(Code(Purpose.PRESENCE, "HALL-SZ", "wall", until)),
        codes.issue(Code(Purpose.HALL, "HALL-TJA", device.code, until)),
        codes.issue(Code(Purpose.HALL, "HALL-SZ", "NO-SUCH-DEVICE", until)),
    ]  # fmt: skip
    answers = [await refusal(presence.by_wall(text, now=NOW)) for text in others]
    assert {(answer.code, answer.text) for answer in answers} == {
        ("queue.not_hall_code", "无法识别该二维码，请扫大厅屏幕上的最新二维码")
    }


async def test_a_revoked_tablets_last_codes_are_worth_nothing(db: str) -> None:
    device = await tablet()
    text = presence.wall_code(device, now=NOW)
    await devices.revoke(code=device.code, by=CLERK, now=NOW)
    assert (await refusal(presence.by_wall(text, now=NOW))).code == "queue.not_hall_code"


async def test_altered_codes_of_the_tablet_are_in_the_halls_log_but_cannot_flood_it(db: str) -> None:
    await make_hall()
    device = await tablet()
    good = presence.wall_code(device, now=NOW)
    for altered in (good[:-4] + "AAAA", good.replace("ZB1.", "ZB2."), "nonsense"):
        await refusal(presence.by_wall(altered, now=NOW))
    await devices.revoke(code=device.code, by=CLERK, now=NOW)
    await refusal(presence.by_wall(good, now=NOW))
    logged = [(row.hall_code, row.channel, row.outcome) for row in await Scan.filter(purpose="wall")]
    assert logged == [("HALL-SZ", "wall", "queue.not_hall_code")] * 3
    for n in range(presence.STRANGE_LOGGED + 5):
        await refusal(presence.by_wall(f"{good[:-4]}{n:04d}", now=NOW))
    assert await Scan.filter(purpose="wall").count() == presence.STRANGE_LOGGED


async def test_a_poster_scanned_from_afar_is_in_the_halls_log(db: str) -> None:
    await make_hall()
    await set_policy(hall_code="HALL-SZ", printed_qr=0)
    await refusal(presence.by_print("HALL-SZ", phone=None, now=NOW))
    await set_policy(hall_code="HALL-SZ", printed_qr=1)
    await refusal(presence.by_print("HALL-SZ", phone=None, now=NOW))  # nobody has said yet where the hall is
    logged = [(row.hall_code, row.channel, row.outcome) for row in await Scan.all().order_by("id")]
    assert logged == [
        ("HALL-SZ", "printed", "queue.printed_not_enough"), ("HALL-SZ", "printed", "queue.hall_without_place"),
    ]  # fmt: skip


@given(age=st.integers(-120, 3600))
def test_presence_outlives_signing_in_but_not_ten_minutes(age: int) -> None:
    kept = presence.Presence("HALL-SZ", "wall", NOW + presence.LIFE).text
    try:
        read = presence.read(kept, now=NOW + age * SECOND)
    except AppError as refused:
        assert (refused.code, age > 600) == ("queue.presence_over", True)
    else:
        assert (read.hall_code, read.channel, age <= 600) == ("HALL-SZ", "wall", True)


def test_the_code_on_the_wall_is_no_presence() -> None:
    text = codes.issue(Code(Purpose.HALL, "HALL-SZ", "D", NOW + timedelta(minutes=1)))
    with pytest.raises(AppError, match=r"queue\.presence_over"):
        presence.read(text, now=NOW)


@pytest.mark.parametrize(
    ("printed_qr", "hall", "phone", "answer"),
    [
        (0, HERE, HERE, "queue.printed_not_enough"),
        (1, HERE, None, "queue.place_needed"),
        (1, HERE, NEAR, "printed"),
        (1, HERE, FAR, "queue.too_far"),
        (1, None, HERE, "queue.hall_without_place"),
        (2, None, None, "printed"),
    ],
)
async def test_a_printed_code_is_worth_what_the_hall_says(db: str, printed_qr, hall, phone, answer) -> None:
    await make_hall()
    if hall:
        await Hall.all().update(latitude=hall[0], longitude=hall[1])
    await set_policy(hall_code="HALL-SZ", printed_qr=printed_qr)
    try:
        got = (await by_print(phone)).channel
    except AppError as refused:
        got = refused.code
    assert got == answer


LATITUDE, LONGITUDE = st.floats(-90, 90), st.floats(-180, 180)
PLACE = st.tuples(LATITUDE, LONGITUDE)


@given(PLACE, PLACE)
def test_distance_is_the_same_both_ways_and_never_round_the_earth(one, other) -> None:
    there = rules.distance_m(one, other)
    assert there == pytest.approx(rules.distance_m(other, one), abs=1e-3)
    assert 0 <= there <= 20_015_115  # half the circumference


def test_distance_by_known_places() -> None:
    assert rules.distance_m((32.0, 117.0), (33.0, 117.0)) == pytest.approx(111_195, abs=1)
    assert rules.distance_m(HERE, NEAR) == pytest.approx(72.6, abs=0.5)
    assert rules.distance_m(HERE, HERE) == 0
