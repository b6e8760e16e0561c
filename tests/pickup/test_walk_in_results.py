"""The result of a visit without a booking: ready, told, and handed over, with an account and without."""

import pytest

from app.errors import AppError
from app.pickup import actions, lockers, naming, queries, slips
from app.pickup.errors import AlreadyHandedOver, DigitsWrong, NotReady, SlipNotNeeded
from app.pickup.models import Pickup
from app.queue import actions as counter
from app.queue import undoing
from app.queue.models import Ticket
from app.server import make_outbox
from app.staff.errors import HallNotYours
from app.staff.models import AuditRow
from notify.models import Notice
from tests.factories import NOW, make_citizen
from tests.pickup.shelf import CARD, COUNTER, make_calendar, make_hall
from tests.pickup.test_hand_over import hand_over, show
from tests.pickup.test_lockers import make_machine, reserve
from tests.queue.day import CLERK, ELSEWHERE
from tests.queue.test_walk_in import take

HERE = {"counter_code": COUNTER, "by": CLERK, "now": NOW}


async def delivered() -> None:
    outbox = make_outbox()
    while await outbox.relay(NOW):
        pass


async def finished(**who) -> Ticket:
    await make_hall()
    await make_calendar()
    ticket = (await take(**who)).ticket
    await counter.call_next(**HERE)
    return await counter.finish(ticket_code=ticket.code, result="later", **HERE)


async def expected(**who) -> Pickup:
    await finished(**who)
    await delivered()
    return await Pickup.get()


async def mark_ready(pickup: Pickup) -> Pickup:
    return await actions.mark_ready(pickup_code=pickup.code, items=CARD, shelf="A-03", by=CLERK, now=NOW)


async def refused(doing) -> type[AppError]:
    with pytest.raises(AppError) as caught:
        await doing
    return type(caught.value)


async def test_a_citizen_is_told_shows_the_code_and_gets_the_result(db: str) -> None:
    citizen = await make_citizen("C1")
    pickup = await mark_ready(await expected(citizen_id=citizen.id, guest_hash=None))
    assert (pickup.state, pickup.shelf, pickup.booking_number) == ("ready", "A-03", None)
    await delivered()
    (notice,) = await Notice.filter(kind="result_ready")
    assert (notice.citizen_id, "请在 2026年12月15日 前到淮南市政务服务中心出示取件码领取" in notice.body) == (
        citizen.id,
        True,
    )
    shown = await queries.show_code(code=pickup.code, citizen_id=citizen.id, now=NOW)
    await show(shown.text)
    assert (await show(shown.digits, "0001")).id == pickup.id  # the tail of the mobile
    assert (await hand_over(pickup)).state == "handed_over"


async def test_a_result_whose_matter_nobody_named_goes_by_what_lies_ready(db: str) -> None:
    citizen = await make_citizen("C1")
    pickup = await expected(citizen_id=citizen.id, guest_hash=None)
    await Pickup.filter(id=pickup.id).update(matter_code="")
    assert await naming.title(await Pickup.get()) == "现场业务"  # nobody knows yet what it will be
    await mark_ready(pickup)
    await delivered()
    assert await naming.title(await Pickup.get()) == "居民身份证、领取凭证"
    (notice,) = await Notice.filter(kind="result_ready")
    assert notice.body.startswith("居民身份证、领取凭证的结果已办好，请在")


async def test_a_guest_comes_with_the_digits_on_a_slip_and_the_tail_that_was_told(db: str) -> None:
    pickup = await expected()
    slip = await slips.give(pickup_code=pickup.code, tail="123X", by=CLERK, now=NOW)
    assert await refused(show(slip, "123x")) is NotReady
    await mark_ready(pickup)
    assert await refused(show(slip, "1234")) is DigitsWrong
    assert (await show(slip, "123x")).presented_by == CLERK.staff_id
    assert (await hand_over(pickup)).state == "handed_over"
    giving = slips.give(pickup_code=pickup.code, tail="123X", by=CLERK, now=NOW)
    assert await refused(giving) is AlreadyHandedOver


async def test_a_lost_slip_is_written_again_with_the_same_digits_and_another_tail(db: str) -> None:
    pickup = await mark_ready(await expected())
    slip = await slips.give(pickup_code=pickup.code, tail="1111", by=CLERK, now=NOW)
    assert await slips.give(pickup_code=pickup.code, tail="2222", by=CLERK, now=NOW) == slip
    assert await refused(show(slip, "1111")) is DigitsWrong
    assert (await show(slip, "2222")).id == pickup.id
    row = await Pickup.get()
    assert ("2222" in str(dict(row)), slip in str(dict(row))) == (False, False)
    audited = AuditRow.filter(action="pickup.slip", subject=f"pickup:{pickup.code}")
    assert await audited.values_list("staff_id", flat=True) == [7, 7]


async def test_a_slip_opens_a_locker(db: str) -> None:
    pickup = await mark_ready(await expected())
    slip = await slips.give(pickup_code=pickup.code, tail="1111", by=CLERK, now=NOW)
    machine = await make_machine()
    await lockers.store(pickup_code=pickup.code, machine_code=machine.code, no=7, by=CLERK, now=NOW)
    assert (await reserve(machine, slip, "1111")).no == 7


async def test_nobody_with_an_account_and_nobody_of_another_hall_gets_a_slip(db: str) -> None:
    pickup = await expected(citizen_id=(await make_citizen("C1")).id, guest_hash=None)
    assert await refused(slips.give(pickup_code=pickup.code, tail="1111", by=CLERK, now=NOW)) is SlipNotNeeded
    assert await refused(slips.give(pickup_code=pickup.code, tail="1111", by=ELSEWHERE, now=NOW)) is HallNotYours
    marking = actions.mark_ready(pickup_code=pickup.code, items=CARD, shelf="A-03", by=ELSEWHERE, now=NOW)
    assert await refused(marking) is HallNotYours


async def test_a_visit_finished_again_before_the_wrong_press_is_heard_of_keeps_its_result(db: str) -> None:
    """The events of 完成, 撤销 and 完成 arrive together; the slip given in between still holds."""
    ticket = await finished()
    await delivered()
    slip = await slips.give(pickup_code=(await Pickup.get()).code, tail="1111", by=CLERK, now=NOW)
    await undoing.undo(ticket_code=ticket.code, **HERE)
    await counter.finish(ticket_code=ticket.code, result="later", **HERE)
    await delivered()
    await mark_ready(await Pickup.get())
    assert (await show(slip, "1111")).state == "ready"
