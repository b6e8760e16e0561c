"""A result is handed over once, here, after code and person were looked at and the pieces counted."""

import asyncio
from datetime import timedelta

import pytest

from app import codes
from app.citizens.models import Citizen
from app.codes import Code, ExpiredCode, ForgedCode, Purpose, WrongPurpose
from app.errors import AppError
from app.outbox import RecordedEvent
from app.pickup import actions, digits
from app.pickup.errors import (
    AlreadyHandedOver,
    CodeReplaced,
    DigitsWrong,
    ItemsDiffer,
    NotPresented,
    TailMissing,
    WrongHall,
)
from app.pickup.models import Pickup
from app.pickup.present import present
from app.queue.models import Scan
from app.sealing import seal, unseal
from app.staff.by import By
from app.staff.errors import HallNotYours, TooManyTries
from app.staff.models import AuditRow, Staff
from app.staff.rules import ALL_HALLS, Role
from tests.factories import NOW
from tests.marks import on_both
from tests.pickup.shelf import COUNTER, code_text, make_hall, make_ready
from tests.queue.day import CLERK, ELSEWHERE
from tests.staff.people import by_of, make_staff


async def show(text: str, tail: str = "", *, by: By = CLERK, now=NOW, hall: str = "HALL-SZ") -> Pickup:
    return await present(text=text, tail=tail, hall_code=hall, by=by, now=now)


async def hand_over(pickup: Pickup, *, counted: int = 3, by: By = CLERK, now=NOW, counter: str = COUNTER) -> Pickup:
    return await actions.hand_over(
        pickup_code=pickup.code, counter_code=counter, items_counted=counted, receiver="张小明", by=by, now=now
    )


async def refused(text: str, tail: str = "", **change) -> type[AppError]:
    with pytest.raises(AppError) as caught:
        await show(text, tail, **change)
    return type(caught.value)


async def test_the_record_says_who_what_where_and_to_whom(db: str) -> None:
    await make_hall()
    pickup = await show(await code_text(await make_ready()))
    done = await hand_over(pickup)
    assert (done.state, done.handed_by, done.handed_at, done.counter_code, done.items_counted) == (
        "handed_over", 7, NOW, COUNTER, 3,
    )  # fmt: skip
    assert unseal(done.receiver_sealed or "", f"pickup_pickup:receiver:{done.code}") == "张小明"
    rows = await AuditRow.all().order_by("id").values_list("action", flat=True)
    assert rows == ["pickup.mark_ready", "pickup.present", "pickup.hand_over"]
    names = await RecordedEvent.all().order_by("id").values_list("name", flat=True)
    assert names == ["pickup.result_ready", "pickup.result_handed_over"]


@on_both
async def test_ten_hand_overs_at_once_are_one(db: str) -> None:
    await make_hall()
    pickup = await show(await code_text(await make_ready()))
    answers = await asyncio.gather(*(hand_over(pickup) for _ in range(10)), return_exceptions=True)
    assert sorted(type(answer).__name__ for answer in answers) == ["AlreadyHandedOver"] * 9 + ["Pickup"]
    assert await RecordedEvent.filter(name="pickup.result_handed_over").count() == 1


async def test_a_second_time_says_when_and_by_whom(db: str) -> None:
    await make_hall()
    staff = await make_staff()
    text = await code_text(pickup := await make_ready())
    await show(text, by=by_of(staff))
    await hand_over(pickup, by=by_of(staff))
    for again in (show(text), hand_over(pickup, by=by_of(staff))):
        with pytest.raises(AlreadyHandedOver) as refusal:
            await again
        assert refusal.value.text_to_staff == "该结果已于 11月24日 09:00 由 胡敏 交付，不能重复领取"


async def test_a_screenshot_fails_after_sixty_seconds(db: str) -> None:
    await make_hall()
    text = await code_text(await make_ready())
    assert await refused(text, now=NOW + timedelta(seconds=61)) is ExpiredCode
    assert (await show(text, now=NOW + timedelta(seconds=60))).state == "ready"


async def test_codes_of_others_and_other_kinds_are_refused_and_logged(db: str) -> None:
    await make_hall()
    text = await code_text(pickup := await make_ready())
    later = NOW + timedelta(minutes=1)
    check_in = codes.issue(Code(Purpose.CHECK_IN, pickup.code, pickup.nonce, later))
    replaced = codes.issue(Code(Purpose.PICKUP, pickup.code, "OLD", later))
    foreign = codes.issue(Code(Purpose.PICKUP, "NOSUCH", pickup.nonce, later))
    kinds = [await refused(shown) for shown in (text[:-4] + "AAAA", "hello", check_in, replaced, foreign)]
    assert kinds == [ForgedCode, ForgedCode, WrongPurpose, CodeReplaced, CodeReplaced]
    outcomes = await Scan.all().order_by("id").values_list("outcome", flat=True)
    assert outcomes == ["code.not_ours"] * 2 + ["code.wrong_purpose"] + ["pickup.code_replaced"] * 2
    assert (await Pickup.get(id=pickup.id)).presented_at is None


async def test_eight_digits_ask_for_the_tail_of_the_mobile(db: str) -> None:
    await make_hall()
    number = digits.of(await make_ready())
    assert await refused(number) is TailMissing
    assert await refused(number, "9999") is DigitsWrong
    assert (await show(f"{number[:4]} {number[4:]}", "1234")).presented_by == 7


async def test_one_clerk_guesses_digits_thirty_times_and_no_more(db: str) -> None:
    """Five people in a row who misread their digits do not stop the counter; whoever tries them all is stopped."""
    await make_hall()
    number = digits.of(await make_ready())
    kinds = [await refused("00000000", "1234") for _ in range(30)]
    assert kinds == [DigitsWrong] * 30
    assert await refused(number, "1234") is TooManyTries


async def test_a_results_tail_is_guessed_five_times_whoever_asks(db: str) -> None:
    await make_hall()
    number = digits.of(await make_ready())
    clerks = [
        By(staff_id=n, name="", roles=frozenset({Role.CLERK}), hall_codes=frozenset({ALL_HALLS})) for n in range(6)
    ]
    kinds = [await refused(number, "0000", by=by) for by in clerks]
    assert kinds == [DigitsWrong] * 5 + [TooManyTries]


async def test_another_hall_refuses_and_says_where_it_lies(db: str) -> None:
    await make_hall()
    await make_hall("HALL-TJA", "田家庵区政务服务中心")
    text = await code_text(pickup := await make_ready())
    with pytest.raises(WrongHall) as refusal:
        await show(text, by=ELSEWHERE, hall="HALL-TJA")
    assert refusal.value.text == "该结果存放在淮南市政务服务中心，不在本大厅，请引导群众前往"
    await show(text)
    with pytest.raises(HallNotYours):
        await hand_over(pickup, by=ELSEWHERE)
    with pytest.raises(WrongHall):
        await hand_over(pickup, counter="HALL-TJA-B01")
    assert (await Pickup.get(id=pickup.id)).state == "ready"


async def test_nothing_is_handed_over_unseen_uncounted_or_by_somebody_else(db: str) -> None:
    await make_hall()
    text = await code_text(pickup := await make_ready())
    with pytest.raises(NotPresented):
        await hand_over(pickup)
    await show(text)
    with pytest.raises(ItemsDiffer) as refusal:
        await hand_over(pickup, counted=2)
    assert refusal.value.text == "清点数量不符：登记 3 件，实点 2 件，请重新清点"
    with pytest.raises(NotPresented):
        await hand_over(pickup, now=NOW + timedelta(minutes=16))
    colleague = By(staff_id=9, name="", roles=CLERK.roles, hall_codes=CLERK.hall_codes)
    with pytest.raises(NotPresented):
        await hand_over(pickup, by=colleague)
    assert (await Pickup.get(id=pickup.id)).state == "ready"


async def test_a_hand_over_takes_the_digits_back(db: str) -> None:
    await make_hall()
    pickup = await make_ready()
    number = digits.of(pickup)
    await show(number, "1234")
    await hand_over(pickup)
    assert await refused(number, "1234") is DigitsWrong
    assert await Staff.all().count() == 0


async def test_after_an_undone_hand_over_an_old_screenshot_opens_nothing(db: str) -> None:
    await make_hall()
    pickup = await make_ready()
    old, number = await code_text(pickup), digits.of(pickup)
    await show(old)
    await hand_over(pickup)
    later = NOW + timedelta(seconds=30)
    await actions.undo_hand_over(pickup_code=pickup.code, by=CLERK, now=later)
    assert await refused(old, now=later) is CodeReplaced  # the minute of its signature is not over
    assert await refused(number, "1234", now=later) is DigitsWrong
    assert (await show(await code_text(pickup, now=later), now=later)).presented_by == CLERK.staff_id


async def test_the_tail_of_the_identity_number_will_do_too(db: str) -> None:
    await make_hall()
    citizen = await Citizen.create(
        code="C1", id_no_sealed=seal("34040319000101001X", "citizens_citizen:id_no:C1"), created_at=NOW
    )
    pickup = await make_ready(citizen_id=citizen.id)
    assert (await show(digits.of(pickup), "001x")).presented_by == 7
