"""Nobody comes: three reminders, the offer to send it, the archive, and back; each once, however many workers."""

import asyncio
from datetime import date, datetime, time, timedelta

import pytest

from app.clock import CHINA
from app.errors import NotFound
from app.outbox import RecordedEvent
from app.pickup import actions, courier, lockers, overdue, queries
from app.pickup.courier import Address
from app.pickup.errors import AlreadySent, Archived, CourierAsked, CourierNotOffered, NotNow
from app.pickup.models import Courier, Pickup
from app.pickup.overdue import OverduePolicy
from app.pickup.states import State
from app.server import make_outbox
from app.staff.errors import HallNotYours
from app.staff.models import AuditRow
from notify.models import Notice
from tests.factories import NOW
from tests.marks import on_both
from tests.pickup.shelf import make_calendar, make_hall, make_ready
from tests.pickup.test_hand_over import hand_over, show
from tests.pickup.test_lockers import make_machine
from tests.queue.day import CLERK, ELSEWHERE

OWNER = 5
LAST = date(2026, 12, 15)
POLICY = OverduePolicy()
HOME = Address(name="张小明", mobile="13812341234", address="安徽省淮南市田家庵区洞山中路 1 号")


def after(days: int) -> datetime:
    """Nine in the morning so many days after the last day to come."""
    return datetime.combine(LAST + timedelta(days=days), time(9), CHINA)


async def ready() -> Pickup:
    await make_hall()
    await make_calendar()
    pickup = await make_ready(citizen_id=OWNER)
    assert pickup.until_on == LAST
    return pickup


async def told(now: datetime) -> list[str]:
    """What the worker's rounds at this moment tell the citizen, twice over: a second round adds nothing."""
    before = await Notice.all().count()
    outbox = make_outbox()
    for _ in range(2):
        await overdue.run(now, POLICY)
        while await outbox.relay(now):
            pass
    rows = await Notice.all().order_by("id").offset(before)
    return [f"{row.title}：{row.body}" for row in rows]


async def test_the_whole_chain_from_the_last_day_to_the_archive_and_back(db: str) -> None:
    pickup = await ready()
    await told(NOW)
    assert await told(after(2)) == []
    matter = pickup.matter_code
    assert await told(after(3)) == [
        f"结果已逾期未领：{matter}的结果已逾期 3 天，请尽快到淮南市政务服务中心出示取件码领取，可请人代取。"
    ]
    assert await told(after(6)) == []
    assert [text[:8] for text in await told(after(7))] == ["结果已逾期未领："]
    assert await told(after(14)) == []
    assert await told(after(15)) == [
        f"逾期未领，可申请邮寄：{matter}的结果已逾期 15 天。可在取件页面申请邮寄，或到淮南市政务服务中心领取；"
        "2027年1月14日 仍未领取将归档保存。"
    ]
    assert await told(after(29)) == []
    assert (await Pickup.get()).state == "ready"
    (archived,) = await told(after(30))
    assert ("已归档" in archived, "12345申请调回" in archived) == (True, True)
    with pytest.raises(Archived):
        await queries.show_code(code=pickup.code, citizen_id=OWNER, now=after(30))
    assert await told(after(60)) == []
    back = await overdue.bring_back(pickup_code=pickup.code, shelf="Z-01", by=CLERK, now=after(60))
    assert (back.state, back.shelf, back.overdue_step, back.archive_on) == ("ready", "Z-01", 0, None)
    assert [text[:7] for text in await told(after(60))] == ["结果可以领取："]
    code = await queries.show_code(code=pickup.code, citizen_id=OWNER, now=after(60))
    await show(code.text, now=after(60))
    assert (await hand_over(back, now=after(60))).state == "handed_over"


async def test_a_worker_that_was_away_sends_the_latest_reminder_alone(db: str) -> None:
    await ready()
    await told(NOW)
    assert [text.split("：")[0] for text in await told(after(16))] == ["逾期未领，可申请邮寄"]
    assert (await Pickup.get()).archive_on == LAST + timedelta(days=16 + 15)


@on_both
async def test_many_workers_remind_once_and_archive_once(db: str) -> None:
    """Twice over for the offer: it was in a locker when the last reminder was due."""
    await ready()
    for day in (3, 7, 14):
        await rounds(day)
    await Pickup.all().update(state="in_locker")
    await rounds(15)
    await Pickup.all().update(state="ready")
    await rounds(16)
    await rounds(31)
    names = await RecordedEvent.all().order_by("id").values_list("name", flat=True)
    assert names == ["pickup.result_ready"] + ["pickup.result_overdue"] * 4 + ["pickup.result_archived"]


async def rounds(day: int) -> None:
    await asyncio.gather(*(overdue.run(after(day), POLICY) for _ in range(5)))


async def test_what_was_picked_up_is_left_alone(db: str) -> None:
    pickup = await ready()
    await show((await queries.show_code(code=pickup.code, citizen_id=OWNER, now=NOW)).text)
    await hand_over(pickup)
    assert await overdue.run(after(100), POLICY) == 0


async def test_the_citizen_has_it_sent_and_is_told_the_waybill(db: str) -> None:
    pickup = await ready()
    with pytest.raises(CourierNotOffered):
        await courier.ask(pickup_code=pickup.code, citizen_id=OWNER, to=HOME, now=after(3))
    await told(after(15))
    with pytest.raises(NotFound):
        await courier.ask(pickup_code=pickup.code, citizen_id=6, to=HOME, now=after(15))
    await courier.ask(pickup_code=pickup.code, citizen_id=OWNER, to=HOME, now=after(16))
    stored = " ".join(str(value) for value in dict(await Courier.get()).values())
    assert [text in stored for text in (HOME.name, HOME.mobile, "洞山")] == [False] * 3
    rows, total = await queries.shelf("HALL-SZ", state=State.COURIER_ASKED)
    assert ([row.id for row in rows], total) == ([pickup.id], 1)
    assert [text.split("：")[0] for text in await told(after(31))] == ["已申请邮寄"]  # and no archive
    with pytest.raises(CourierAsked):
        await show((await as_if_ready(pickup)).text)
    with pytest.raises(HallNotYours):
        await courier.read_address(pickup_code=pickup.code, by=ELSEWHERE, now=after(31))
    assert await courier.read_address(pickup_code=pickup.code, by=CLERK, now=after(31)) == HOME
    assert (await AuditRow.get(action="pickup.read_address")).citizen_id == OWNER
    await courier.mark_sent(pickup_code=pickup.code, carrier="中国邮政", waybill="EM123456", by=CLERK, now=after(32))
    (sent,) = await told(after(32))
    assert "已交中国邮政寄出，单号 EM123456" in sent
    with pytest.raises(AlreadySent):
        await queries.show_code(code=pickup.code, citizen_id=OWNER, now=after(33))


async def as_if_ready(pickup: Pickup) -> queries.ShownCode:
    """A code of the last minute before the citizen asked for the courier."""
    state = (await Pickup.get(id=pickup.id)).state
    await Pickup.filter(id=pickup.id).update(state="ready")
    shown = await queries.show_code(code=pickup.code, citizen_id=OWNER, now=NOW)
    await Pickup.filter(id=pickup.id).update(state=state)
    return shown


async def test_coming_after_all_forgets_the_address(db: str) -> None:
    pickup = await ready()
    await told(after(15))
    with pytest.raises(NotNow):
        await courier.keep_here(pickup_code=pickup.code, citizen_id=OWNER, now=after(16))
    await courier.ask(pickup_code=pickup.code, citizen_id=OWNER, to=HOME, now=after(16))
    await courier.keep_here(pickup_code=pickup.code, citizen_id=OWNER, now=after(17))
    assert ((await Pickup.get()).state, await Courier.all().count()) == ("ready", 0)
    assert [text.split("：")[0] for text in await told(after(30))] == ["已申请邮寄"]
    assert [text.split("：")[0] for text in await told(after(31))] == ["结果已归档"]


async def test_a_request_that_stood_past_the_archive_and_is_withdrawn_leaves_the_days_that_were_left(db: str) -> None:
    pickup = await ready()
    await told(after(15))
    await courier.ask(pickup_code=pickup.code, citizen_id=OWNER, to=HOME, now=after(20))
    await told(after(40))
    await courier.keep_here(pickup_code=pickup.code, citizen_id=OWNER, now=after(40))
    assert await told(after(49)) == []
    assert ((await Pickup.get()).state, (await Pickup.get()).archive_on) == ("ready", LAST + timedelta(days=50))
    assert [text.split("：")[0] for text in await told(after(50))] == ["结果已归档"]


async def test_what_lies_in_a_locker_is_offered_and_archived_only_once_it_is_taken_out(db: str) -> None:
    """Neither can be done with it there: the citizen hears that it is overdue, and no more."""
    pickup = await ready()
    machine = await make_machine()
    await lockers.store(pickup_code=pickup.code, machine_code=machine.code, no=7, by=CLERK, now=NOW)
    await told(NOW)
    (text,) = await told(after(15))
    assert text.startswith(f"结果已逾期未领：{pickup.matter_code}的结果已逾期 15 天，请尽快到")
    assert (await Pickup.get()).archive_on is None
    assert await told(after(40)) == []
    await lockers.take_out(pickup_code=pickup.code, shelf="A-03", by=CLERK, now=after(40))
    assert [text.split("：")[0] for text in await told(after(40))] == ["逾期未领，可申请邮寄"]
    await courier.ask(pickup_code=pickup.code, citizen_id=OWNER, to=HOME, now=after(41))


async def test_an_offer_made_before_it_went_into_the_locker_does_not_archive_it_when_it_comes_out(db: str) -> None:
    pickup = await ready()
    await told(after(15))
    machine = await make_machine()
    await lockers.store(pickup_code=pickup.code, machine_code=machine.code, no=7, by=CLERK, now=after(16))
    await lockers.take_out(pickup_code=pickup.code, shelf="A-03", by=CLERK, now=after(60))
    await told(after(60))
    assert ((await Pickup.get()).state, (await Pickup.get()).archive_on) == ("ready", LAST + timedelta(days=75))


@on_both
async def test_the_courier_and_the_counter_at_once_are_one_of_them(db: str) -> None:
    pickup = await ready()
    await overdue.run(after(15), POLICY)
    await show((await queries.show_code(code=pickup.code, citizen_id=OWNER, now=after(15))).text, now=after(15))
    answers = await asyncio.gather(
        courier.ask(pickup_code=pickup.code, citizen_id=OWNER, to=HOME, now=after(15)),
        hand_over(pickup, now=after(15)),
        overdue.archive_due(now=after(30)),
        return_exceptions=True,
    )
    state = (await Pickup.get()).state
    events = await RecordedEvent.exclude(name__in=["pickup.result_ready", "pickup.result_overdue"]).values_list(
        "name", flat=True
    )
    expected = {
        "courier": "pickup.courier_asked", "handed_over": "pickup.result_handed_over",
        "archived": "pickup.result_archived",
    }  # fmt: skip
    assert events == [expected[state]], answers


async def test_only_staff_of_the_hall_bring_back(db: str) -> None:
    pickup = await ready()
    with pytest.raises(NotNow):
        await overdue.bring_back(pickup_code=pickup.code, shelf="A", by=CLERK, now=NOW)
    await Pickup.all().update(state="archived")
    with pytest.raises(HallNotYours):
        await overdue.bring_back(pickup_code=pickup.code, shelf="A", by=ELSEWHERE, now=NOW)
    with pytest.raises(Archived):
        await actions.hand_over(
            pickup_code=pickup.code, counter_code="HALL-SZ-B01", items_counted=3, receiver="张", by=CLERK, now=NOW
        )
