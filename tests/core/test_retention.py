"""What has served its purpose is forgotten after its days, by as many workers as there are; nothing else is."""

import asyncio
from datetime import timedelta
from pathlib import Path

import pytest

from app.booking.models import Booking, Slot
from app.matters.models import MatterImport
from app.outbox import Delivery, RecordedEvent
from app.queue.judged import OfflineScan
from app.queue.models import Scan
from app.server import _context, _open_platforms, make_worker
from app.settings import RetentionSettings, Settings
from notify.models import Dispatch
from tests.booking.town import TODAY, book, make_town
from tests.factories import NOW
from tests.marks import on_both

DAY = timedelta(days=1)
KEPT = RetentionSettings(slots_days=90, events_days=30, sendings_days=100, imports_days=50, scans_days=40)


async def forget(folder: Path, *, workers: int = 2) -> None:
    """What the workers do of it, until nothing is left to do."""
    settings = Settings(keys_file=folder / "keys.json", retention=KEPT)
    context = _context(settings)
    _open_platforms(context)
    jobs = [job for job in make_worker(settings, context)._jobs if job.name.endswith(": purge")]
    for job in jobs:
        while any(await asyncio.gather(*(job.run(NOW) for _ in range(workers)))):
            pass


async def event(days: float, *states: str, spread: bool = True) -> int:
    """An event of so many days ago with a delivery in each of these states."""
    row = await RecordedEvent.create(name="x", payload="{}", recorded_at=NOW - DAY * days, spread=spread)
    for n, state in enumerate(states):
        await Delivery.create(event_id=row.id, subscriber=f"s{n}", state=state, next_try_at=NOW - DAY * days)
    return row.id


@on_both
async def test_events_go_once_everybody_has_taken_them_in_and_never_one_that_failed_somewhere(
    db: str, tmp_path: Path
) -> None:
    dead = [await event(400, "done", "dead") for _ in range(3)]
    await RecordedEvent.bulk_create(
        RecordedEvent(name="x", payload="{}", recorded_at=NOW - 300 * DAY, spread=True) for _ in range(1200)
    )
    await event(31, "done", "done")
    stays = [*dead, await event(40, "due"), await event(31, spread=False), await event(29, "done")]
    await forget(tmp_path)
    assert [row.id for row in await RecordedEvent.all().order_by("id")] == stays
    left = await Delivery.all().order_by("id").values_list("state", flat=True)
    assert left == ["done", "dead"] * 3 + ["due", "done"]


@on_both
async def test_slots_of_past_days_go_and_their_bookings_stay(db: str, tmp_path: Path) -> None:
    await make_town()
    booking = await book()
    made = await Slot.all().count()
    slots = [_slot(TODAY - DAY * days, n) for days in (89, 90, 91, 200) for n in range(700)]
    await Slot.bulk_create(slots, batch_size=500)
    await forget(tmp_path)
    assert await Slot.all().count() == made + 2 * 700
    assert await Slot.filter(on__lt=TODAY - 90 * DAY).count() == 0
    assert (await Booking.get()).number == booking.number


def _slot(on, n: int) -> Slot:
    return Slot(
        id=f"H.G.{on:%Y%m%d}{n:04d}",
        hall_code="H",
        group_code="G",
        on=on,
        starts_at=NOW,
        minutes=15,
        capacity=1,
        left=1,
    )


async def sending(state: str, days: int) -> None:
    at = NOW - DAY * days
    final_at = None if state == "waiting" else at
    await Dispatch.create(
        notice_id=await Dispatch.all().count(), channel="wechat", citizen_id=1, kind="booked", data={}, state=state,
        next_try_at=at, final_at=final_at,
    )  # fmt: skip


async def scan(days: int) -> None:
    at, where = NOW - DAY * days, {"hall_code": "H", "staff_id": 1, "outcome": "ok"}
    await Scan.create(at=at, purpose="check_in", **where)
    await OfflineScan.create(
        scan_id=f"scan{days}", purpose="check_in", text_hash="", seen_at=at, judged_at=at, message="", **where
    )


async def upload(state: str, days: int) -> None:
    await MatterImport.create(
        code=f"{state}{days}", filename="f", digest="", state=state, report={"counts": {}}, rows="content", by="li",
        at=NOW - DAY * days,
    )  # fmt: skip


@on_both
@pytest.mark.parametrize("workers", [1, 4])
async def test_sendings_scans_and_files_go_after_their_days(db: str, tmp_path: Path, workers: int) -> None:
    for days in (99, 101):
        for state in ("sent", "skipped", "failed", "waiting"):
            await sending(state, days)
    for days in (39, 41, 300):
        await scan(days)
    for days in (49, 51):
        for state in ("previewed", "applied", "undone"):
            await upload(state, days)
    await forget(tmp_path, workers=workers)
    sent = await Dispatch.all().order_by("id").values_list("state", flat=True)
    assert sent == ["sent", "skipped", "failed", "waiting", "waiting"]
    assert (await Scan.all().count(), await OfflineScan.all().values_list("scan_id", flat=True)) == (1, ["scan39"])
    files = await MatterImport.all().order_by("id").values_list("code", "rows")
    assert files == [
        ("previewed49", "content"), ("applied49", "content"), ("undone49", "content"),
        ("applied51", ""), ("undone51", ""),
    ]  # fmt: skip
