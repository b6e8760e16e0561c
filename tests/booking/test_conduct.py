"""No-shows, restrictions, appeals, reminders."""

import asyncio
from datetime import datetime, timedelta

import pytest

from app.booking import actions, conduct, jobs, openings, queries
from app.booking.errors import AlreadyDecided, AppealedAlready, NothingToAppeal, Restricted
from app.booking.models import Booking, NoShow, Restriction, Slot
from app.db import transactional
from app.outbox import RecordedEvent
from app.staff.models import AuditRow
from tests.booking.town import BY, NINE, NOW, TODAY, TOMORROW, at, book, events, make_matter, slot
from tests.marks import on_both

pytestmark = pytest.mark.usefixtures("town")
NEXT_DAY = at("00:30", TOMORROW + timedelta(days=1))


async def miss(count: int, citizen_id: int = 1) -> None:
    """Miss so many visits, on days of their own."""
    for n in range(count):
        day = TODAY + timedelta(days=7 * n + 1)
        await openings.open_days(first=day, last=day)
        booked = await book(citizen_id, slot("09:00", day), now=at("09:00", day - timedelta(days=1)))
        await conduct.mark_no_show(number=booked.number, now=at("18:00", day))


@on_both
async def test_three_no_shows_in_90_days_restrict_for_30_days():
    await miss(2)
    assert await Restriction.all().count() == 0
    await openings.open_days(first=TODAY + timedelta(days=15), last=TODAY + timedelta(days=16))
    third = await book(1, slot("09:00", TODAY + timedelta(days=15)), now=at("09:00", TODAY + timedelta(days=14)))
    ended = at("18:00", TODAY + timedelta(days=15))
    restriction = await conduct.mark_no_show(number=third.number, now=ended)
    assert restriction is not None and restriction.until == ended + timedelta(days=30)
    assert (await events())[-2:] == ["booking.no_show", "booking.restricted"]
    with pytest.raises(Restricted) as refusal:
        await book(1, slot("09:00", TODAY + timedelta(days=16)), now=ended)
    assert "2027年1月8日" in refusal.value.text


@transactional
async def mark_slowly(number: str, now: datetime) -> None:
    """Nobody else sees it before it is committed, a while later."""
    await conduct.mark_no_show(number=number, now=now)
    await asyncio.sleep(0.2)


async def miss_two_at_once() -> None:
    """Booked for one day, and both marked at the same moment."""
    day = TODAY + timedelta(days=15)
    await openings.open_days(first=day, last=day)
    rows = [await book(1, slot(text, day), code, now=at("09:00", day - timedelta(days=1))) for text, code in VISITS]
    await asyncio.gather(*(mark_slowly(row.number, at("18:00", day)) for row in rows))


VISITS = [("09:00", "ID"), ("10:00", "PASS")]


@on_both
@pytest.mark.parametrize(("before", "spent"), [(1, 3), (2, 3)], ids=["together enough", "each enough"])
async def test_two_no_shows_marked_at_once_make_one_restriction(before: int, spent: int):
    await miss(before)
    await miss_two_at_once()
    assert (await Restriction.all().count(), (await events()).count("booking.restricted")) == (1, 1)
    assert await NoShow.exclude(restriction_code=None).count() == spent


@on_both
async def test_of_two_restrictions_the_one_that_is_not_lifted_holds_for_booking_as_it_is_shown():
    first = await restricted()
    now = first.from_at + timedelta(days=1)
    later = await Restriction.create(
        code="LATER", person="c1", citizen_id=1, from_at=now, until=first.until + timedelta(days=5)
    )
    await conduct.appeal(citizen_id=1, text="住院了，有证明", now=now)
    await conduct.decide_appeal(by=BY, code=later.code, accept=True, answer="情况属实", now=now)
    shown = await queries.restriction_of(1, now=now)
    assert shown is not None and shown.code == first.code
    day = now.date() + timedelta(days=1)
    await openings.open_days(first=day, last=day)
    with pytest.raises(Restricted):
        await book(1, slot("09:00", day), now=now)


async def restricted() -> Restriction:
    await miss(3)
    return await Restriction.get()


async def test_after_its_end_the_citizen_may_book_again_and_old_no_shows_are_spent():
    restriction = await restricted()
    later = restriction.until
    day = later.date() + timedelta(days=1)
    day += timedelta(days=(7 - day.weekday()) % 7)
    await openings.open_days(first=day, last=day)
    booked = await book(1, slot("09:00", day), now=later)
    assert await conduct.mark_no_show(number=booked.number, now=at("18:00", day)) is None


async def test_no_shows_of_more_than_90_days_ago_do_not_count():
    await miss(2)
    await NoShow.all().update(starts_at=NOW - timedelta(days=89))
    await miss(1)
    assert await Restriction.all().count() == 0


@on_both
async def test_an_accepted_appeal_lifts_the_restriction_at_once():
    restriction = await restricted()
    now = restriction.from_at + timedelta(days=1)
    await conduct.appeal(citizen_id=1, text="住院了，有证明", now=now)
    with pytest.raises(AppealedAlready):
        await conduct.appeal(citizen_id=1, text="再说一次", now=now)
    assert [row.code for row in await queries.open_appeals()] == [restriction.code]
    await conduct.decide_appeal(by=BY, code=restriction.code, accept=True, answer="情况属实", now=now)
    assert await queries.restriction_of(1, now=now) is None
    day = now.date() + timedelta(days=1)
    await openings.open_days(first=day, last=day)
    assert (await book(1, slot("09:00", day), now=now)).state == "booked"
    assert (await AuditRow.get()).action == "booking.decide_appeal"
    with pytest.raises(AlreadyDecided):
        await conduct.decide_appeal(by=BY, code=restriction.code, accept=False, answer="", now=now)


async def test_a_refused_appeal_leaves_the_restriction():
    restriction = await restricted()
    now = restriction.from_at + timedelta(days=1)
    await conduct.appeal(citizen_id=1, text="忘了", now=now)
    await conduct.decide_appeal(by=BY, code=restriction.code, accept=False, answer="请按时", now=now)
    assert (await queries.restriction_of(1, now=now)).appeal_state == "refused"
    with pytest.raises(Restricted):
        await book(1, slot("15:00", restriction.from_at.date()), now=restriction.from_at.replace(hour=9))


async def test_whoever_is_not_restricted_has_nothing_to_appeal():
    with pytest.raises(NothingToAppeal):
        await conduct.appeal(citizen_id=1, text="？", now=NOW)


@on_both
async def test_the_end_of_the_day_makes_no_shows_of_those_who_did_not_come():
    await make_matter("LAST")
    missed, came, coming = await book(1), await book(2), await book(3, slot("15:00"), "LAST")
    await actions.mark_checked_in(number=came.number, now=at("08:55"))
    assert await jobs.close_days(at("23:59")) == 0
    assert await jobs.close_days(NEXT_DAY) == 3
    assert await jobs.close_days(NEXT_DAY) == 0
    states = {row.number: row.state for row in await Booking.all()}
    assert states == {missed.number: "no_show", came.number: "done", coming.number: "no_show"}


async def kinds() -> list[str]:
    rows = await RecordedEvent.filter(name="booking.reminder").order_by("id")
    return [row.payload.partition('"kind":"')[2].partition('"')[0] for row in rows]


@on_both
async def test_one_reminder_the_evening_before_and_one_two_hours_before():
    await book()
    for now in (at("17:59", TODAY), at("18:00", TODAY), at("18:01", TODAY), at("06:59"), at("07:00"), at("08:00")):
        await jobs.remind(now)
    assert await kinds() == ["day_before", "soon"]


@pytest.mark.parametrize(
    ("made", "told"),
    [(at("18:00", TODAY), ["soon"]), (at("07:30"), [])],
    ids=["made that evening", "made one and a half hours before"],
)
async def test_no_reminder_whose_time_was_over_when_the_booking_was_made(made, told: list[str]):
    await book(now=made)
    for now in (made, at("20:00", TODAY), at("08:00")):
        await jobs.remind(now)
    assert await kinds() == told


async def test_none_for_a_booking_that_is_cancelled_or_has_passed():
    await book(1)
    await actions.cancel(number=(await book(2)).number, citizen_id=2, now=NOW)
    await jobs.remind(at("09:00"))
    assert await kinds() == []


async def test_a_worker_that_was_away_sends_one_reminder_not_two():
    await book()
    assert await jobs.remind(at("08:00")) == 1
    assert await kinds() == ["soon"]


async def test_a_moved_booking_is_reminded_of_its_new_time():
    booking = await book()
    await jobs.remind(at("18:00", TODAY))
    await openings.open_days(first=TOMORROW + timedelta(days=1), last=TOMORROW + timedelta(days=1))
    later = slot("09:00", TOMORROW + timedelta(days=1))
    await actions.reschedule(number=booking.number, citizen_id=1, slot_id=later, now=at("18:30", TODAY))
    await jobs.remind(at("07:00"))
    await jobs.remind(at("18:00"))
    assert await kinds() == ["day_before", "day_before"]


async def test_the_window_job_makes_every_missing_day_once():
    await Slot.filter(id__in=[NINE, slot("09:15")]).delete()
    await jobs.open_window(NOW)
    made = await Slot.all().distinct().order_by("on").values_list("on", flat=True)
    workdays = [0, 1, 2, 3, 6, 7, 8, 9, 10, 13, 14, 15]
    assert made == [TODAY + timedelta(days=n) for n in workdays]
    assert (await jobs.open_window(NOW), await Slot.all().count()) == (0, 12 * 56)
