"""Scans without network: each judged once, as of its moment, in the order it was made."""

import asyncio
from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.queue.errors import SeenInFuture, SeenTooLongAgo
from app.queue.judged import OfflineScan, Seen, ensure_recent
from app.queue.models import Scan, Ticket
from app.queue.offline import check_in_seen
from app.staff.errors import HallNotYours
from app.staff.models import AuditRow
from tests.factories import NOW
from tests.marks import on_both
from tests.queue.day import CLERK, ELSEWHERE, code_of, make_booking, make_hall

BACK = NOW + timedelta(hours=1)


async def sync(records: list[Seen], by=CLERK, now=BACK):
    return await check_in_seen(records=records, hall_code="HALL-SZ", by=by, now=now)


async def scanned(count: int) -> list[Seen]:
    """So many bookings of today, scanned one a second while the network was away."""
    bookings = [await make_booking(citizen_id=n) for n in range(count)]
    return [
        Seen(f"scan-{n:04d}", code_of(booking, expires_at=NOW + timedelta(minutes=1)), NOW + timedelta(seconds=n))
        for n, booking in enumerate(bookings)
    ]


@on_both
async def test_twenty_scans_sync_once_however_often_they_are_sent(db: str) -> None:
    await make_hall()
    records = await scanned(20)
    rounds = await asyncio.gather(*(sync(records) for _ in range(2)))
    rounds.append(await sync(records))
    assert [[answer.outcome for answer in answers] for answers in rounds] == [["ok"] * 20] * 3
    assert rounds[0] == rounds[1] == rounds[2]
    assert (await Ticket.all().count(), await OfflineScan.all().count()) == (20, 20)
    first = await Ticket.all().order_by("id").first()
    assert first and (first.number, first.arrived_at) == ("HZ001", NOW)


async def test_conflicts_are_answers_each_with_its_reason(db: str) -> None:
    await make_hall()
    taken, cancelled = await make_booking(), await make_booking(state="cancelled", citizen_id=2)
    good = code_of(await make_booking(citizen_id=3), expires_at=NOW + timedelta(seconds=30))
    await sync([Seen("scan-online", taken.number, NOW)])
    answers = await sync(
        [
            Seen("scan-0001", code_of(taken), NOW + timedelta(minutes=5)),
            Seen("scan-0002", code_of(cancelled), NOW),
            Seen("scan-0003", good, NOW + timedelta(seconds=31)),
            Seen("scan-0004", good[:-4] + "AAAA", NOW),
            Seen("scan-0005", good, BACK + timedelta(minutes=3)),
            Seen("scan-0006", good, BACK - timedelta(hours=25)),
            Seen("scan-0007", good, NOW + timedelta(seconds=30)),
        ]
    )
    assert [answer.outcome for answer in answers] == [
        "repeat", "queue.booking_cancelled", "code.expired", "code.not_ours", "offline.seen_in_future",
        "offline.too_old", "ok",
    ]  # fmt: skip
    assert answers[0].message == "09:00 已由 自助 签到，号码 HZ001，没有重复取号"
    assert [answer.is_conflict for answer in answers] == [True] * 6 + [False]
    logged = await Scan.all().order_by("id").values_list("outcome", flat=True)
    assert sorted(logged) == sorted(["ok", "repeat", "queue.booking_cancelled", "code.expired", "code.not_ours", "ok"])
    row = await AuditRow.filter(action="queue.sync_offline").order_by("-id").first()
    assert row and row.details == {"scans": 7, "conflicts": 6}


async def test_a_device_whose_clock_is_ahead_has_scanned_just_now(db: str) -> None:
    """Nobody arrives in the future, where they would stand behind whoever comes in the next two minutes."""
    await make_hall()
    booking = await make_booking()
    (answer,) = await sync([Seen("scan-0001", booking.number, BACK + timedelta(seconds=100))])
    assert (answer.outcome, (await Ticket.get()).arrived_at, (await Scan.get()).at) == ("ok", BACK, BACK)
    assert (await OfflineScan.get()).seen_at == BACK + timedelta(seconds=100)


async def test_what_is_told_late_is_audited_when_it_is_told(db: str) -> None:
    """A clerk cannot date what they did back by the clock of their device."""
    await make_hall()
    await sync([Seen("scan-0001", (await make_booking()).number, NOW)])
    assert (await Ticket.get()).arrived_at == NOW
    rows = await AuditRow.all().order_by("id").values_list("action", "at")
    assert rows == [("queue.arrive", BACK), ("queue.sync_offline", BACK)]


async def test_an_id_of_another_scan_or_of_somebody_else_is_refused(db: str) -> None:
    await make_hall()
    (first, second) = await scanned(2)
    await sync([first])
    (answer,) = await sync([Seen(first.scan_id, second.text, NOW)])
    assert answer.outcome == "offline.id_reused"
    assert await Ticket.all().count() == 1
    with pytest.raises(HallNotYours):
        await sync([second], by=ELSEWHERE)


@given(st.integers(min_value=-100_000, max_value=100_000))
def test_only_scans_of_the_last_day_are_judged(ago_s: int) -> None:
    seen_at = NOW - timedelta(seconds=ago_s)
    if -120 <= ago_s <= 86_400:
        ensure_recent(seen_at, now=NOW)
    else:
        with pytest.raises((SeenInFuture, SeenTooLongAgo)):
            ensure_recent(seen_at, now=NOW)
