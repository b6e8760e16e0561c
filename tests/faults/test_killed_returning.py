"""Workers killed while they return places: none is lost, none comes back twice, those in line are served in order."""

import os
import subprocess
import sys
from datetime import timedelta
from pathlib import Path

from app import clock
from app.booking import openings, waiting_list
from app.booking.models import Booking, ReturningPlace, Slot, Waiting
from tests.booking.town import HALL, make_hall, make_matter
from tests.factories import make_citizen
from tests.marks import on_mariadb
from tests.running import until

ALWAYS = {str(day): [["08:30", "12:00"], ["14:00", "17:30"]] for day in range(1, 8)}
DAYS, EACH, IN_LINE = 6, 3, 20


def start_worker(db: str, keys_file: Path) -> subprocess.Popen[bytes]:
    environment = {"PATH": os.environ["PATH"], "ZHANGBAN_DATABASE_URL": db, "ZHANGBAN_KEYS_FILE": str(keys_file)}
    return subprocess.Popen([sys.executable, "-m", "app", "worker"], env=environment, stderr=subprocess.DEVNULL)


async def make_places() -> tuple[int, list[int]]:
    """Everything is full, all of it is on its way back, and 20 stand in line for one morning.

    Returns how many places there are, and who stands in line.
    """
    now, first = clock.now(), (clock.now() + timedelta(days=1)).date()
    await make_hall(groups={"HZ": EACH, "SB": EACH}, weekly=ALWAYS)
    await make_matter("ID")
    await openings.open_days(first=first, last=first + timedelta(days=DAYS - 1))
    await Slot.all().update(left=0)
    wish = waiting_list.Wish(hall_code=HALL, on=first, part="am", matter_codes=["ID"])
    line = [(await make_citizen(f"waiting-{n}", now=now)).id for n in range(IN_LINE)]
    for citizen_id in line:
        await waiting_list.join(citizen_id=citizen_id, wish=wish, now=now)
    ids = await Slot.all().order_by("id").values_list("id", flat=True)
    await ReturningPlace.bulk_create(ReturningPlace(slot_id=str(key), due_at=now) for key in ids for _ in range(EACH))
    return len(ids) * EACH, line


@on_mariadb
async def test_every_place_comes_back_once_and_the_line_keeps_its_order(db: str, keys_file: Path) -> None:
    total, line = await make_places()

    async def is_down_to(rest: int) -> bool:
        return await ReturningPlace.all().count() <= rest

    for part in (0.7, 0.3):
        workers = [start_worker(db, keys_file) for _ in range(2)]
        await until(lambda rest=int(total * part): is_down_to(rest), seconds=60)
        for worker in workers:
            worker.kill()
            worker.wait()
    worker = start_worker(db, keys_file)
    await until(lambda: is_down_to(0), seconds=60)
    worker.terminate()
    assert worker.wait(timeout=20) == 0
    held = await Booking.filter(state="held").order_by("id").values_list("citizen_id", flat=True)
    assert held == line
    assert await Waiting.filter(state="offered").count() == IN_LINE
    last = clock.now().date() + timedelta(days=DAYS)  # later days the worker has opened itself
    lefts = await Slot.filter(on__lte=last, on__gt=clock.now().date()).values_list("left", flat=True)
    assert sum(map(int, map(str, lefts))) == total - IN_LINE and max(lefts) == EACH
