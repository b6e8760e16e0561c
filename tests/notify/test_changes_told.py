"""Whoever the hall moves or cancels is told the old time and the reason, on the phone too, or stands in the console."""

from datetime import timedelta

import pytest

from app import outbox
from app.booking import actions, conduct, hours
from app.booking.hours import Change
from app.booking.models import Restriction, Slot
from app.citizens.models import Identity, Way
from app.server import make_outbox
from app.settings import WeChatSettings
from notify import queries
from notify.actions import note_answers
from notify.channels.wechat import MiniProgram
from notify.models import Dispatch, Notice
from notify.sender import Sender
from tests.booking.town import BY, HALL, NOW, at, book, make_town, slot
from tests.platforms.conftest import Platforms
from tests.sandbox.template_fields import KINDS as TEMPLATES

MORNING = Change(hall_code=HALL, group_codes=("HZ",), starts_at=at("08:30"), ends_at=at("12:00"), reason="设备检修")
NINE, TWO = "2026年11月25日 09:00", "2026年11月25日 14:00"
PLACE = "淮南市政务服务中心"


@pytest.fixture(autouse=True)
async def town(db: str) -> None:
    await make_town()


async def sign_in(platforms: Platforms, citizen_id: int) -> str:
    """With the mini-program. Returns the openid."""
    openid = platforms.state.openid(f"c{citizen_id}")
    await Identity.get_or_create(channel=Way.MINI_PROGRAM, external_id=openid, citizen_id=citizen_id, proven_at=NOW)
    return openid


async def allow(platforms: Platforms, citizen_id: int, kind: str) -> None:
    """WeChat and we both know of the consent."""
    openid = await sign_in(platforms, citizen_id)
    platforms.state.grant(openid=openid, template_id=TEMPLATES[kind], n=1)
    await note_answers(citizen_id=citizen_id, answers={kind: "accept"})


async def send(platforms: Platforms) -> list[dict[str, str]]:
    """Everything on its way. Returns what WeChat showed, as the card does: template and fields."""
    await make_outbox().relay(NOW)
    sender = Sender([MiniProgram(platforms.wechat(), templates=TEMPLATES, page=WeChatSettings().page)])
    while await sender.send_due(NOW):
        pass
    return [
        {"template": m["template_id"], **{name: field["value"] for name, field in m["data"].items()}}
        for m in platforms.messages.all
    ]


async def bodies(citizen_id: int) -> list[str]:
    return [row.body for row in await Notice.filter(citizen_id=citizen_id).exclude(kind="booked")]


async def test_a_moved_booking_is_told_with_old_time_and_reason(platforms: Platforms) -> None:
    await book(1)
    await allow(platforms, 1, "changed")
    await hours.apply_hours_change(by=BY, change=MORNING, now=NOW)
    assert await send(platforms) == [
        {"template": "TPL_CHANGED", "thing1": "事项ID", "time2": TWO, "thing3": f"原定 {NINE}", "thing4": "设备检修"}
    ]
    assert await bodies(1) == [f"因设备检修，办理事项ID的预约由 {NINE} 改到 {TWO}，地点{PLACE}；不便时可取消或改期。"]


async def test_a_cancelled_booking_is_told_with_the_reason(platforms: Platforms) -> None:
    await book(1)
    await allow(platforms, 1, "changed")
    await Slot.all().update(left=0)
    await hours.apply_hours_change(by=BY, change=MORNING, now=NOW)
    told = {"thing1": "事项ID", "time2": NINE, "thing3": "已取消，请重新预约", "thing4": "设备检修"}
    assert await send(platforms) == [{"template": "TPL_CHANGED", **told}]
    assert await bodies(1) == [f"因设备检修，{NINE} 在{PLACE}办理事项ID的预约已取消，请重新选择时间。"]


async def test_a_cancellation_by_staff_is_told_like_one_by_the_hall(platforms: Platforms) -> None:
    number = (await book(1)).number
    await allow(platforms, 1, "changed")
    await actions.cancel_for(by=BY, number=number, why="材料不齐", now=NOW)
    assert [card["thing3"] for card in await send(platforms)] == ["已取消，请重新预约"]


async def test_a_move_by_staff_is_told_as_a_change_with_what_to_do_if_it_does_not_suit(platforms: Platforms) -> None:
    number = (await book(1)).number
    await allow(platforms, 1, "changed")
    await actions.reschedule_for(by=BY, number=number, slot_id=slot("14:00"), why="群众来电改期", now=NOW)
    told = {"thing1": "事项ID", "time2": TWO, "thing3": f"原定 {NINE}", "thing4": "工作人员已改期，不便时可取消或改期"}
    assert await send(platforms) == [{"template": "TPL_CHANGED", **told}]
    assert await bodies(1) == [
        f"办理事项ID的预约已由工作人员从 {NINE} 改到 {TWO}，地点{PLACE}；不便时可取消或改期，如有疑问请致电大厅。"
    ]


async def test_whom_a_move_by_staff_did_not_reach_stands_in_the_console(platforms: Platforms) -> None:
    number = (await book(1)).number
    await allow(platforms, 1, "booked")  # which brings confirmations, not changes
    await actions.reschedule_for(by=BY, number=number, slot_id=slot("14:00"), why="群众来电改期", now=NOW)
    await send(platforms)
    assert [(row.title, row.about[1], row.reason) for row in await queries.unreached()] == [
        ("预约被大厅改期", number, "没有订阅授权")
    ]


async def test_rescheduling_confirms_the_new_time_with_the_consent_given_for_it(platforms: Platforms) -> None:
    number = (await book(1)).number
    await send(platforms)
    await allow(platforms, 1, "booked")
    await allow(platforms, 1, "changed")
    await actions.reschedule(number=number, citizen_id=1, slot_id=slot("14:00"), now=NOW)
    (card,) = await send(platforms)
    assert (card["template"], card["time2"], card["thing4"]) == ("TPL_BOOKED", TWO, "已改期，请按新时间到场")
    assert await bodies(1) == [f"办理事项ID的预约已由 {NINE} 改到 {TWO}，地点{PLACE}。"]


async def test_whoever_allowed_nothing_stands_in_the_console_to_be_telephoned(platforms: Platforms) -> None:
    number = (await book(1)).number
    await sign_in(platforms, 1)
    await hours.apply_hours_change(by=BY, change=MORNING, now=NOW)
    assert await send(platforms) == []
    assert [(row.title, row.about[1], row.reason) for row in await queries.unreached()] == [
        ("预约时间有调整", number, "没有订阅授权")
    ]
    assert await Dispatch.filter(kind="booked", state="skipped").count() == 1  # of use to nobody now: not listed


@pytest.mark.parametrize(
    ("accept", "title", "body"),
    [
        (True, "申诉已同意", "预约限制已解除，可以重新预约。工作人员答复：住院证明已核实"),
        (
            False,
            "申诉未获同意",
            "限制期内仍不能预约，如有疑问请拨打 12345。工作人员答复：住院证明已核实",
        ),
    ],
)
async def test_whoever_appealed_is_told_the_outcome_once(accept: bool, title: str, body: str) -> None:
    await Restriction.create(
        code="R1", person="c1", citizen_id=1, from_at=NOW, until=NOW + timedelta(days=30), appeal_state="asked",
        appeal_text="住院，有证明", appealed_at=NOW,
    )  # fmt: skip
    await conduct.decide_appeal(by=BY, code="R1", accept=accept, answer="住院证明已核实", now=NOW)
    for _ in range(2):
        await make_outbox().relay(NOW)
    assert [(row.citizen_id, row.title, row.body) for row in await Notice.all()] == [(1, title, body)]


async def test_an_appeal_of_somebody_without_an_account_is_answered_without_a_notice() -> None:
    await Restriction.create(
        code="R1", person="m1", citizen_id=None, from_at=NOW, until=NOW + timedelta(days=30), appeal_state="asked",
        appeal_text="住院，有证明", appealed_at=NOW,
    )  # fmt: skip
    await conduct.decide_appeal(by=BY, code="R1", accept=True, answer="住院证明已核实", now=NOW)
    await make_outbox().relay(NOW)
    assert (await Notice.all().count(), await outbox.retrying_count()) == (0, 0)
