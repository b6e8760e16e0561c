"""The devices of a hall: paired by a link that works once, out as soon as a manager says so."""

import asyncio
import re
from datetime import timedelta
from pathlib import Path

import pytest

from app.errors import AppError
from app.queue import demo, devices
from app.queue.errors import NotPaired, PairingSpent
from app.queue.models import Device
from app.staff.errors import HallNotYours
from app.staff.models import AuditRow
from tests.factories import NOW
from tests.marks import on_both
from tests.queue.day import CLERK, ELSEWHERE

DAY = timedelta(hours=24)


async def add(kind: str = "wall", hall: str = "HALL-SZ", by=CLERK) -> tuple[Device, str]:
    return await devices.add(hall_code=hall, kind=kind, name="一楼东", by=by, now=NOW)


async def pair(key: str, kind: str = "wall", hall: str = "HALL-SZ", now=NOW) -> str:
    return await devices.pair(key=key, kind=kind, hall_code=hall, now=now)


async def seen(secret: str, kind: str = "wall", hall: str = "HALL-SZ", now=NOW) -> Device:
    return await devices.paired(secret=secret, kind=kind, hall_code=hall, now=now)


async def test_a_link_pairs_one_device_and_neither_key_nor_secret_is_kept(db: str, sql) -> None:
    device, key = await add()
    secret = await pair(key)
    assert (await seen(secret)).code == device.code
    with pytest.raises(PairingSpent):
        await pair(key)
    kept = str(await sql("SELECT * FROM queue_device"))
    assert (key in kept, secret in kept) == (False, False)
    assert await AuditRow.all().values_list("action", "hall_code") == [("device.add", "HALL-SZ")]


@on_both
async def test_of_two_who_open_the_link_at_once_one_is_paired(db: str) -> None:
    _, key = await add()
    answers = await asyncio.gather(*(pair(key) for _ in range(2)), return_exceptions=True)
    assert sorted(type(answer).__name__ for answer in answers) == ["PairingSpent", "str"]


@pytest.mark.parametrize(
    "change", [{"now": NOW + DAY}, {"kind": "kiosk"}, {"hall": "HALL-TJA"}, {"key": "guessed"}], ids=str
)
async def test_a_link_is_for_its_hall_and_kind_and_for_a_day(db: str, change) -> None:
    _, key = await add()
    with pytest.raises(PairingSpent):
        await pair(**{"key": key} | change)
    assert (await Device.get()).key_hash is None


@pytest.mark.parametrize("change", [{"secret": "guessed"}, {"kind": "kiosk"}, {"hall": "HALL-TJA"}], ids=str)
async def test_a_secret_is_good_for_its_hall_and_kind_only(db: str, change) -> None:
    secret = await pair((await add())[1])
    with pytest.raises(NotPaired):
        await seen(**{"secret": secret} | change)


async def test_a_new_link_leaves_the_tablet_working_until_it_is_opened(db: str) -> None:
    device, key = await add()
    old = await pair(key)
    _, again = await devices.renew(code=device.code, by=CLERK, now=NOW)
    assert (await seen(old)).code == device.code
    new = await pair(again)
    assert (await seen(new)).code == device.code
    with pytest.raises(NotPaired):
        await seen(old)


async def test_a_revoked_device_is_out_at_once_and_gets_no_new_link(db: str) -> None:
    device, key = await add()
    secret = await pair(key)
    for _ in range(2):
        await devices.revoke(code=device.code, by=CLERK, now=NOW)
    with pytest.raises(NotPaired):
        await seen(secret)
    with pytest.raises(NotPaired):
        await devices.renew(code=device.code, by=CLERK, now=NOW)
    assert await AuditRow.filter(action="device.revoke").count() == 1


async def test_staff_of_another_hall_have_no_say(db: str) -> None:
    device, _ = await add()
    acts = [
        add(by=ELSEWHERE),
        devices.renew(code=device.code, by=ELSEWHERE, now=NOW),
        devices.revoke(code=device.code, by=ELSEWHERE, now=NOW),
    ]
    refusals = await asyncio.gather(*acts, return_exceptions=True)
    assert [type(refusal) for refusal in refusals] == [HallNotYours] * 3
    with pytest.raises(AppError, match="not_found"):
        await devices.revoke(code="NONE", by=CLERK, now=NOW)


async def test_last_seen_is_noted_twice_a_minute_at_most(db: str) -> None:
    secret = await pair((await add())[1])
    noted = []
    for seconds in (10, 31, 40, 62):
        await seen(secret, now=NOW + timedelta(seconds=seconds))
        noted.append(((await Device.get()).last_seen_at - NOW).total_seconds())
    assert noted == [0, 31, 31, 62]


async def test_a_demonstration_has_two_devices_and_fresh_links_at_every_start(db: str, tmp_path: Path) -> None:
    file, starts = tmp_path / "links.txt", []
    for _ in range(2):
        await demo.load_demo(file=file, hall_code="HALL-SZ", public_url="http://laptop", now=NOW)
        starts.append(re.findall(r"http://laptop/h5/(wall|kiosk)/HALL-SZ\?key=([\w-]{32})", file.read_text()))
    assert [[kind for kind, _ in links] for links in starts] == [["wall", "kiosk"]] * 2
    assert len({key for links in starts for _, key in links}) == 4
    assert file.stat().st_mode & 0o777 == 0o600
    (kind, key) = starts[1][0]
    assert (await seen(await pair(key, kind))).name == "演示签到屏"
    assert await Device.all().count() == 2
