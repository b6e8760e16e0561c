"""The waiting list (C11): first come, first served, among those whom what is free suits; nobody slips in between."""

import asyncio
from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.booking import actions, conduct, jobs, line, tuning, waiting_list
from app.booking.errors import (
    AlreadyBooked,
    AlreadyWaiting,
    HasPlaces,
    HoldExpired,
    LineClosed,
    LinePassed,
    NothingOffered,
    NotWaiting,
    SlotFull,
    TooLate,
    TooMuchAtOnce,
    WaitingLimit,
)
from app.booking.fitting import Free, offer_until
from app.booking.models import Booking, Claim, ReturningPlace, Slot, Waiting
from app.booking.policy import set_policy
from app.booking.rules import BookingPolicy
from app.errors import AppError, NotFound
from app.matters.models import CANCELLED, Matter
from app.recent import forget_all
from app.server import make_outbox
from notify.models import Notice
from tests.booking.town import (
    HALL,
    NINE,
    NOW,
    TODAY,
    TOMORROW,
    ZHANG,
    at,
    book,
    events,
    hold,
    left,
    make_matter,
    returning,
    slot,
    trace,
)  # fmt: skip
from tests.factories import agree
from tests.marks import on_both

MINUTE = timedelta(minutes=1)
TEXTS = ["09:00", "09:15", "09:30", "09:45", "10:00"]


@pytest.fixture
async def full(town: str) -> None:
    """Tomorrow is full but for nothing."""
    await Slot.filter(group_code="HZ", on=TOMORROW).update(left=0)


async def join(citizen_id: int = 1, *codes: str, part: str = "am", people: int = 1, **values) -> Waiting:
    wanted = {"hall_code": HALL, "on": TOMORROW, "part": part, "matter_codes": codes or ("ID",)}
    wish = waiting_list.Wish(people=people, **wanted | values)
    await agree(citizen_id)
    return await waiting_list.join(citizen_id=citizen_id, wish=wish, now=NOW)


async def free(*texts: str, now=NOW) -> int:
    """These places have been given up and are due now."""
    await ReturningPlace.bulk_create(ReturningPlace(slot_id=slot(text), due_at=now) for text in texts)
    return await jobs.return_places(now)


async def states() -> list[str]:
    return [row.state for row in await Waiting.all().order_by("id")]


async def see(entry: Waiting) -> waiting_list.WaitingView:
    return await waiting_list.entry(entry.code, citizen_id=entry.citizen_id)


@given(
    free=st.dictionaries(st.sampled_from([slot(text) for text in TEXTS]), st.integers(0, 3)),
    wanted=st.lists(st.integers(1, 3), max_size=8),
)
def test_each_in_turn_gets_the_first_row_that_fits_and_no_place_is_given_twice(free: dict, wanted: list[int]):
    kept, given_out = Free(free, minutes=15), dict.fromkeys(free, 0)
    for count in wanted:
        rows = [[slot(text) for text in TEXTS[n : n + count]] for n in range(len(TEXTS) - count + 1)]
        possible = [row for row in rows if all(free.get(key, 0) > given_out.get(key, 0) for key in row)]
        run = kept.run(count)
        assert run == (possible[0] if possible else None)
        if run is not None:
            kept.take(run)
            for key in run:
                given_out[key] += 1
    assert bool(kept) == any(count > given_out[key] for key, count in free.items())


@pytest.mark.parametrize(
    ("now", "is_elder", "until"),
    [
        (at("10:00", TODAY), False, at("10:15", TODAY)),
        (at("10:00", TODAY), True, at("10:30", TODAY)),
        (at("23:00", TODAY), False, at("07:15")),
        (at("03:00"), True, at("07:30")),
        (at("08:50"), False, at("09:00")),
    ],
    ids=["by day", "an elder", "late in the evening", "at night", "never beyond the visit"],
)
def test_how_long_an_offer_is_kept(now, is_elder: bool, until) -> None:
    assert offer_until(BookingPolicy(), starts_at=at("09:00"), now=now, is_elder=is_elder) == until


@pytest.mark.usefixtures("full")
@on_both
async def test_a_freed_place_is_kept_for_the_first_in_line_and_told_and_nobody_else_gets_it():
    first, second = await join(1), await join(2)
    assert [(await see(one)).position for one in (first, second)] == [1, 2]
    assert (await see(second)).reason == "前面还有 1 人，按先后顺序安排"
    assert await free("09:00") == 1
    assert (await left(), await states()) == (0, ["offered", "waiting"])
    with pytest.raises(SlotFull):
        await book(9)
    offer = (await see(first)).offer
    assert offer and (offer.starts_at, offer.until) == (at("09:00"), at("09:15", TODAY))
    assert await events() == ["booking.place_offered"]
    row = await waiting_list.accept(code=first.code, citizen_id=1, contact=ZHANG, now=NOW + 14 * MINUTE)
    assert (row.state, row.channel, await states()) == ("booked", "waiting", ["accepted", "waiting"])
    assert await events() == ["booking.place_offered", "booking.slot_booked"]
    assert await Claim.filter(booking_number=first.code).count() == 0


@pytest.mark.usefixtures("full")
async def test_the_offer_and_the_end_of_waiting_are_told_with_a_way_to_answer():
    entry, late = await join(1), await join(2, part="pm")
    await free("09:00")
    await jobs.offer_places(at("16:45") - MINUTE)
    assert (await states())[1] == "waiting"
    await jobs.offer_places(at("16:45"))
    await make_outbox().relay(NOW)
    rows = {row.kind: row for row in await Notice.all()}
    assert rows["place_offered"].page == f"/h5/waiting/{entry.code}"
    assert "2026年11月25日 09:00" in rows["place_offered"].body and "09:15 前" in rows["place_offered"].body
    assert (rows["waiting_over"].citizen_id, (await see(late)).state) == (2, "over")


@pytest.mark.usefixtures("full")
@on_both
async def test_refused_or_unanswered_it_goes_to_the_next_within_a_minute():
    entries = [await join(citizen) for citizen in (1, 2, 3)]
    await free("09:00")
    await waiting_list.refuse(code=entries[0].code, citizen_id=1, now=NOW)
    assert (await returning(), await left()) == (1, 0)
    await jobs.return_places(NOW + timedelta(seconds=10))
    assert await states() == ["refused", "offered", "waiting"]
    late = NOW + timedelta(minutes=15, seconds=25)
    await jobs.release_holds(late)
    await jobs.return_places(late)
    assert await states() == ["refused", "missed", "offered"]
    with pytest.raises(NotWaiting):
        await waiting_list.accept(code=entries[1].code, citizen_id=2, contact=ZHANG, now=late)
    assert await Booking.filter(state="held").values_list("citizen_id", flat=True) == [3]
    assert await Claim.filter(key__startswith="x:").count() == 0  # to refuse an offer is not to give up a booking


@pytest.mark.usefixtures("full")
@on_both
async def test_who_waits_for_a_matter_that_was_cancelled_waits_no_more_and_the_next_is_served():
    first, _ = await join(1, "PASS"), await join(2)
    await Matter.filter(code="PASS").update(status=CANCELLED)
    forget_all()
    assert await free("09:00", "09:15") == 2
    assert await states() == ["over", "offered"]
    assert await Claim.filter(booking_number=first.code).count() == 0
    assert await events() == ["booking.waiting_over", "booking.place_offered"]


@pytest.mark.usefixtures("full")
@on_both
async def test_a_line_in_which_a_row_is_damaged_holds_up_no_other():
    damaged, _ = await join(1), await join(2, part="pm")
    await Waiting.filter(id=damaged.id).update(matter_codes=[])
    assert await free("09:00", "14:00") == 1
    assert (await states(), await returning()) == (["waiting", "offered"], 1)


@pytest.mark.usefixtures("full")
async def test_places_that_nothing_announced_pass_a_line_in_which_a_row_is_damaged():
    damaged, _ = await join(1), await join(2, part="pm")
    await Waiting.filter(id=damaged.id).update(matter_codes=[])
    await Slot.filter(id__in=[NINE, slot("14:00")]).update(left=1)
    assert await jobs.offer_places(NOW) == 1
    assert (await states(), await left()) == (["waiting", "offered"], 1)


@pytest.mark.usefixtures("full")
async def test_an_offer_that_ran_out_cannot_be_accepted_before_the_job_has_seen_it():
    entry = await join(1)
    await free("09:00")
    with pytest.raises(HoldExpired):
        await waiting_list.accept(code=entry.code, citizen_id=1, contact=ZHANG, now=NOW + 15 * MINUTE)


@pytest.mark.usefixtures("full")
@on_both
async def test_a_place_too_few_for_the_first_goes_to_the_next_whom_it_suits_and_the_first_hears_why():
    family, single = await join(1, people=3), await join(2)
    await free("09:15")
    assert await states() == ["waiting", "offered"]
    assert (await see(family)).position == 1
    assert "不够您需要的连续 3 个时段" in (await see(family)).reason
    await free("09:30", "09:45", "10:00")
    assert await states() == ["offered", "offered"]
    offer = (await see(family)).offer
    assert offer and offer.slot_ids == [slot(text) for text in ("09:30", "09:45", "10:00")]
    assert (await see(single)).offer is not None


@pytest.mark.usefixtures("full")
async def test_who_has_enough_for_the_day_is_passed_over_and_who_has_booked_meanwhile_leaves_the_line():
    await make_matter("THIRD")
    await Slot.filter(id__in=[slot("14:00"), slot("14:15"), slot("14:30"), slot("15:00")]).update(left=3)
    busy, settled, third = await join(1, "THIRD"), await join(2), await join(3)
    await book(1, slot("14:00"), "ID")
    await book(1, slot("14:15"), "PASS")
    await book(2, slot("15:00"), "ID")
    await free("09:00")
    assert await states() == ["waiting", "left", "offered"]
    assert "您当天的预约已达上限" in (await see(busy)).reason
    assert (await see(settled)).state_name == "已退出"
    assert (await see(third)).offer is not None


@pytest.mark.usefixtures("full")
@on_both
async def test_what_staff_open_is_offered_to_the_line_before_anybody_sees_it():
    await join(1)
    await join(2)
    await Slot.filter(group_code="HZ", on=TOMORROW).exclude(id=NINE).update(is_closed=True)
    await tuning.set_group(hall_code=HALL, group_code="HZ", public_counters=4, total_counters=4, now=NOW)
    assert (await left(), await states()) == (0, ["offered", "waiting"])
    await Slot.filter(id=NINE).update(left=1)  # by whatever way: the job finds it
    assert await jobs.offer_places(NOW) == 1
    assert (await left(), await states()) == (0, ["offered", "offered"])


@pytest.mark.usefixtures("full")
async def test_a_hold_that_runs_out_goes_to_the_line_not_to_a_passer_by():
    await Slot.filter(id=NINE).update(left=1)
    await hold(9)
    await join(1)
    late = NOW + 10 * MINUTE
    with pytest.raises(SlotFull):
        await book(8, now=late)
    await jobs.release_holds(late)
    await jobs.return_places(late)
    assert await states() == ["offered"]


@pytest.mark.usefixtures("full")
@on_both
async def test_cancelled_places_reach_the_line_after_their_delay():
    await Slot.filter(id=NINE).update(left=1)
    number = (await book(9)).number
    await join(1)
    await actions.cancel(number=number, citizen_id=9, now=NOW)
    due_at = (await ReturningPlace.get()).due_at
    assert due_at >= NOW + 10 * MINUTE
    await jobs.return_places(due_at - timedelta(seconds=1))
    assert await states() == ["waiting"]
    await jobs.return_places(due_at)
    assert await states() == ["offered"]


REFUSALS = {
    "a part with free places": ({"part": "pm"}, HasPlaces),
    "a day without slots": ({"on": TOMORROW + timedelta(days=9)}, LineClosed),
    "a day that is over": ({"on": TODAY - timedelta(days=1)}, LinePassed),
    "a day beyond the window": ({"on": TODAY + timedelta(days=15)}, TooLate),
    "more people than allowed": ({"people": 6}, TooMuchAtOnce),
    "a hall that does not handle it": ({"hall_code": "HALL-0402"}, AppError),
}


@pytest.mark.parametrize(("values", "refusal"), REFUSALS.values(), ids=REFUSALS)
@pytest.mark.usefixtures("full")
async def test_what_cannot_be_waited_for_is_refused_and_leaves_no_trace(values: dict, refusal: type[AppError]):
    await Slot.filter(id=slot("14:00")).update(left=1)
    before = await trace()
    with pytest.raises(refusal):
        await join(1, **values)
    assert await trace() == before


@pytest.mark.usefixtures("full")
@on_both
async def test_one_place_in_a_line_and_few_lines_for_each_also_in_parallel():
    await set_policy(hall_code=HALL, waiting_limit=2)

    async def outcome(act) -> str:
        try:
            return (await act).state
        except AppError as refusal:
            return refusal.code

    found = await asyncio.gather(*(outcome(join(1, part=part)) for part in ("am", "pm") * 5))
    assert sorted(found) == [AlreadyWaiting.code] * 8 + ["waiting"] * 2
    await Slot.filter(group_code="HZ", on=TODAY).update(left=0)
    with pytest.raises(WaitingLimit):
        await join(1, part="pm", on=TODAY)
    await waiting_list.leave(code=(await Waiting.all())[0].code, citizen_id=1, now=NOW)
    assert (await join(1, part="pm", on=TODAY)).state == "waiting"


@pytest.mark.usefixtures("full")
async def test_whoever_has_booked_it_does_not_wait_for_it_and_nobody_answers_for_another():
    await Slot.filter(id=NINE).update(left=1)
    await book(1)
    with pytest.raises(AlreadyBooked):
        await join(1)
    entry = await join(2)
    with pytest.raises(NothingOffered):
        await waiting_list.accept(code=entry.code, citizen_id=2, contact=ZHANG, now=NOW)
    for act in (waiting_list.leave, waiting_list.accept, waiting_list.refuse):
        with pytest.raises(NotFound):
            await act(code=entry.code, citizen_id=1, now=NOW)
    await waiting_list.leave(code=entry.code, citizen_id=2, now=NOW)
    with pytest.raises(NotWaiting):
        await waiting_list.leave(code=entry.code, citizen_id=2, now=NOW)


@pytest.mark.usefixtures("full")
async def test_a_restricted_person_is_not_let_into_the_line():
    for n in range(3):
        await Slot.filter(id=slot("15:00", TODAY)).update(left=3)
        number = (await book(1, slot("15:00", TODAY))).number
        await conduct.mark_no_show(number=number, now=NOW + n * MINUTE)
    with pytest.raises(AppError) as refusal:
        await join(1)
    assert refusal.value.code == "booking.restricted"


@pytest.mark.usefixtures("full")
@on_both
async def test_with_several_workers_and_a_crowd_five_places_go_to_the_first_five_in_line():
    codes = [(await join(citizen)).code for citizen in range(1, 13)]
    await ReturningPlace.bulk_create(ReturningPlace(slot_id=slot(text), due_at=NOW) for text in TEXTS)

    async def passer_by(citizen: int) -> str:
        try:
            return (await book(citizen, slot(TEXTS[citizen % 5]))).state
        except SlotFull as refusal:
            return refusal.code

    workers = [act(NOW) for _ in range(4) for act in (jobs.return_places, jobs.offer_places)]
    (*_,) = await asyncio.gather(*workers, *(passer_by(citizen) for citizen in range(100, 130)))
    assert await states() == ["offered"] * 5 + ["waiting"] * 7
    assert await Booking.filter(channel="wechat").count() == 0
    held = await Booking.filter(state="held").values_list("slot_ids", flat=True)
    assert sorted(key for ids in held for key in ids) == sorted(slot(text) for text in TEXTS)
    # all five are refused at once, and the next five are offered them, in order
    await asyncio.gather(
        *(waiting_list.refuse(code=code, citizen_id=n, now=NOW) for n, code in enumerate(codes[:5], 1)),
        *(jobs.return_places(NOW) for _ in range(4)),
    )
    await jobs.return_places(NOW)
    assert await states() == ["refused"] * 5 + ["offered"] * 5 + ["waiting"] * 2
    assert await Slot.filter(id__in=[slot(text) for text in TEXTS]).distinct().values_list("left", flat=True) == [0]


def test_the_line_of_a_slot_is_its_part_of_its_day():
    assert line.key_of(NINE) == line.key(HALL, "HZ", TOMORROW, "am") == f"{HALL}.HZ.20261125.am"
    assert line.key_of(slot("12:00")) == f"{HALL}.HZ.20261125.pm"
