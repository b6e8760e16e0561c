"""预约规则: a hall's figures, the counters of a group, additional hours and breaks, each looked at before it counts."""

from datetime import date, timedelta

import aiohttp
import pytest

from admin.face import day
from app import clock
from app.booking import openings
from app.booking.models import Booking, GroupSetting, HoursChange, OpeningPattern, Slot
from app.booking.policy import policy_of
from app.booking.rules import BookingPolicy
from app.clock import CHINA
from app.http.session import open_session
from app.outbox import RecordedEvent
from app.recent import forget_all
from app.staff.models import AuditRow
from app.staff.rules import Role
from tests.admin.console import Browser
from tests.booking.town import make_matter
from tests.factories import agree
from tests.queue.day import make_hall
from tests.staff.people import make_staff

HALL = "HALL-SZ"
HOME = "/admin/booking-rules"


def today() -> date:
    return clock.now().astimezone(CHINA).date()


def next_weekday() -> date:
    """The next Monday to Friday after today."""
    on = today() + timedelta(days=1)
    return on if on.isoweekday() < 6 else on + timedelta(days=8 - on.isoweekday())


@pytest.fixture
async def manager(browser: Browser) -> Browser:
    """A manager of HALL-SZ (group HZ, three counters), who may also work at a counter; two weeks of slots."""
    forget_all()
    await make_hall()
    await make_matter("HN-GA-001", (HALL, "HZ"))
    await openings.open_days(first=today(), last=today() + timedelta(days=15))
    await make_staff(roles=(Role.MANAGER, Role.CLERK))
    await browser.sign_in()
    await browser.get("/admin/password")
    return browser


def figures(**others: int) -> dict[str, object]:
    plain = {name: getattr(BookingPolicy(), name) for name in BookingPolicy.__dataclass_fields__}
    return {"hall": HALL} | {f"figure.{name}": number for name, number in (plain | others).items()}


async def slot_at(text: str, on: date) -> str:
    return f"{HALL}.HZ.{on:%Y%m%d}{text}"


async def test_every_figure_is_shown_with_its_name_unit_bounds_and_default(manager: Browser) -> None:
    page = await manager.get(HOME)
    missing = [name for name in BookingPolicy.__dataclass_fields__ if f'name="figure.{name}"' not in page.text]
    assert missing == []
    assert "最远可约 天 从今天起往后放这么多天的号。改大后立即放出后面的号。 1–90， 默认 14" in page.words


async def test_figures_are_looked_at_then_kept_and_written_down(manager: Browser) -> None:
    page = await manager.post(f"{HOME}/figures", figures(latest_days=21, day_limit=1))
    last = today() + timedelta(days=21)
    assert (page.status, f"最远可约到 {last.month}月{last.day}日" in page.words) == (200, True)
    assert (await policy_of(HALL)).latest_days == 14
    await manager.post(f"{HOME}/figures/apply", figures(latest_days=21, day_limit=1))
    policy = await policy_of(HALL)
    assert (policy.latest_days, policy.day_limit, policy.hold_minutes) == (21, 1, 10)
    row = await AuditRow.get(action="booking.set_figures")
    assert (row.hall_code, row.details) == (HALL, {"最远可约": "14 天 → 21 天", "每人每天": "2 个 → 1 个"})
    working = [on for n in range(23) if (on := today() + timedelta(days=n)).isoweekday() < 6]
    assert (await Slot.all().distinct().order_by("on").values_list("on", flat=True))[-1] == working[-1]


async def test_figures_out_of_range_are_named_at_their_field_and_nothing_is_kept(manager: Browser) -> None:
    wrong = figures(latest_days=91, remind_hour=24) | {"figure.day_limit": "两个"}
    for path in (f"{HOME}/figures", f"{HOME}/figures/apply"):
        page = await manager.post(path, wrong)
        assert page.status == 422
        assert 'e-figure.latest_days">“最远可约”应为 1 到 90 的整数' in page.text
        assert 'href="#f-figure.remind_hour">前一天提醒时刻' in page.text
        assert 'value="两个"' in page.text
    forget_all()
    assert await policy_of(HALL) == BookingPolicy()
    assert await AuditRow.filter(action="booking.set_figures").count() == 0


async def test_two_counters_for_the_public_and_one_kept_back(manager: Browser) -> None:
    """C3: public=2, intern=3: the third public request is refused, staff's is accepted."""
    form = {"hall": HALL, "group": "HZ", "total": 3, "public": 2, "slot_minutes": 15}
    page = await manager.post(f"{HOME}/counters", form)
    assert "群众可约 2 个 窗口预留 1 个" in page.words
    assert await GroupSetting.all().count() == 0
    page = await manager.post(f"{HOME}/counters/apply", form)
    assert "群众 2 预留 1" in page.words
    on, slot = next_weekday(), await slot_at("0900", next_weekday())
    answers = [await book_as_citizen(manager, number, slot) for number in (1, 2, 3)]
    assert answers == [(201, None), (201, None), (409, "booking.slot_full")]
    for_somebody = {"matter": "HN-GA-001", "slot": slot, "name": "王芳", "mobile": "13900000009", "channel": "walk_in"}
    page = await manager.post(f"/admin/bookings/new?hall={HALL}&matter=HN-GA-001&on={on}", for_somebody)
    assert page.path.startswith("/admin/bookings/") and page.path != "/admin/bookings/new"
    assert sorted(await Booking.all().values_list("pools", flat=True)) == ["p", "p", "s"]
    row = await AuditRow.get(action="booking.set_counters")
    assert (row.subject, row.details) == ("group:HALL-SZ.HZ", {"群众": 2, "预留": 1, "时段分钟": 15})


async def book_as_citizen(browser: Browser, number: int, slot: str) -> tuple[int, str | None]:
    token = await open_session(kind="citizen", subject_id=number, channel="wechat", now=clock.now())
    headers = {"authorization": f"Bearer {token}", "idempotency-key": f"key-{number:08}"}
    body = {
        "slotId": slot, "matterCode": "HN-GA-001", "contactName": "张三", "contactMobile": f"1380000000{number}",
    }  # fmt: skip
    await agree(number)
    async with (
        aiohttp.ClientSession() as http,
        http.post(f"{browser.url}/api/v1/bookings", json=body, headers=headers) as response,
    ):
        return response.status, (await response.json()).get("error", {}).get("code")


async def test_counters_that_do_not_add_up_are_named(manager: Browser) -> None:
    form = {"hall": HALL, "group": "HZ", "total": 2, "public": 3, "slot_minutes": 4}
    page = await manager.post(f"{HOME}/counters/apply", form)
    assert (page.status, await GroupSetting.all().count()) == (422, 0)
    assert 'id="e-public">群众可约的窗口应为 0 到 2 个' in page.text
    assert 'id="e-slot_minutes">时段长度应为 5 到 120 分钟' in page.text


async def test_another_length_of_slots_holds_for_days_that_have_none_yet(manager: Browser) -> None:
    before = await Slot.all().count()
    form = {"hall": HALL, "group": "HZ", "total": "", "public": "", "slot_minutes": 30}
    await manager.post(f"{HOME}/counters/apply", form)
    assert await openings.open_window(now=clock.now()) == 0
    assert await Slot.all().count() == before
    last = today() + timedelta(days=22)
    await openings.open_days(first=today(), last=last)
    new = Slot.filter(on__gt=today() + timedelta(days=15)).distinct()
    assert await new.values_list("minutes", flat=True) == [30]


def pattern(**others: object) -> dict[str, object]:
    plain = {
        "hall": HALL, "kind": "extra", "group": "", "weekdays[]": "6", "starts": "09:00", "ends": "10:00",
        "rhythm": "weekly", "every_weeks": "2", "valid_from": str(today()), "valid_until": "", "reason": "周六延时服务",
    }  # fmt: skip
    return plain | others


def saturdays() -> list[date]:
    """Of the two weeks and a day that have slots."""
    return [on for n in range(16) if (on := today() + timedelta(days=n)).isoweekday() == 6]


async def test_additional_hours_are_looked_at_added_and_taken_back(manager: Browser) -> None:
    page = await manager.post(f"{HOME}/patterns", pattern())
    first = saturdays()[0]
    assert (page.status, "没有预约受影响" in page.words) == (200, True)
    assert f"{day(first)} 户政 09:00-10:00 0 → 4" in page.words
    assert (await OpeningPattern.all().count(), await Slot.filter(on=first).count()) == (0, 0)
    page = await manager.post(f"{HOME}/patterns/apply", pattern())
    assert f"加开：每周六 09:00-10:00，{today()} 起" in page.words
    assert await Slot.filter(on__in=saturdays()).count() == 4 * len(saturdays())
    change = await HoursChange.get()
    page = await manager.get(f"/admin/hours/{change.code}/undo")
    assert "撤销“周六延时服务”" in page.words
    page = await manager.post(f"/admin/hours/{change.code}/undo")
    assert (page.path, "已撤销调整" in page.words) == (HOME, True)
    assert await Slot.filter(on__in=saturdays(), is_closed=False).count() == 0


async def test_the_nth_week_of_the_month_gives_those_days_only(manager: Browser) -> None:
    form = [("csrf", manager.csrf), *pattern(rhythm="month", valid_from=today()).items()]
    data = aiohttp.FormData(
        [(name, str(value)) for name, value in form] + [("weeks_of_month[]", n) for n in ("1", "-1")]
    )
    page = await manager.post(f"{HOME}/patterns", data)
    days = [on for n in range(370) if (on := today() + timedelta(days=n)).isoweekday() == 6]
    named = [on for on in days if on.day <= 7 or (on + timedelta(days=7)).month != on.month][:8]
    other = next(on for on in days if on not in named and on < named[-1])
    assert (" ".join(map(day, named)) in page.words, day(other) in page.words) == (True, False)


async def test_every_second_week_counts_from_the_week_it_begins_in(manager: Browser) -> None:
    first = saturdays()[0]
    await manager.post(f"{HOME}/patterns/apply", pattern(rhythm="every", every_weeks="2", valid_from=str(first)))
    found = await Slot.filter(on__in=saturdays()).distinct().order_by("on").values_list("on", flat=True)
    assert found == saturdays()[::2]


async def test_a_break_moves_whom_it_meets_and_its_end_brings_them_back(manager: Browser) -> None:
    on = next_weekday()
    await book_as_citizen(manager, 1, await slot_at("0900", on))
    form = pattern(kind="break", **{"weekdays[]": str(on.isoweekday())}, reason="例会")
    page = await manager.post(f"{HOME}/patterns", form)
    assert "1 个预约受影响 1 个可以改到之后最近的空闲时段，0 个没有空位" in page.words
    assert (
        f"{on.month}月{on.day}日 周{'一二三四五六日'[on.weekday()]} 户政 08:30-09:00 10:00-12:00 14:00-17:30 28 → 24"
        in page.words
    )
    page = await manager.post(f"{HOME}/patterns/apply", form)
    assert "改期 1 个预约，取消 0 个预约" in page.words
    assert (await Booking.get()).slot_ids == [await slot_at("1000", on)]
    assert await RecordedEvent.filter(name="booking.moved").count() == 1
    await manager.post(f"/admin/hours/{(await HoursChange.get()).code}/undo")
    assert (await Booking.get()).slot_ids == [await slot_at("0900", on)]


async def test_whoever_booked_in_hours_that_are_taken_back_is_moved_on(manager: Browser) -> None:
    await manager.post(f"{HOME}/patterns/apply", pattern())
    first = saturdays()[0]
    assert await book_as_citizen(manager, 1, await slot_at("0900", first)) == (201, None)
    code = (await HoursChange.get()).code
    assert "1 个预约受影响" in (await manager.get(f"/admin/hours/{code}/undo")).words
    page = await manager.post(f"/admin/hours/{code}/undo")
    assert "0 个预约改回原时段，1 个改期，0 个取消" in page.words
    assert (await Booking.get()).slot_ids == [await slot_at("0830", first + timedelta(days=2))]
    assert await RecordedEvent.filter(name="booking.moved").count() == 1


@pytest.mark.parametrize(
    ("others", "says"),
    [
        ({"weekdays[]": ""}, "星期几"),
        ({"ends": "09:00"}, 'id="e-ends">结束应晚于开始'),
        ({"rhythm": "month"}, "请至少选一周"),
        ({"rhythm": "every", "every_weeks": "0"}, "每几周应为 1 到 26 的整数"),
        ({"valid_from": "2020-01-01"}, 'id="e-valid_from">“从哪天起”已经过去，请填写今天或以后的日期'),
        ({"valid_until": "2020-01-01"}, 'id="e-valid_until">“到哪天止”不能早于“从哪天起”'),
    ],
)
async def test_a_pattern_that_makes_no_sense_is_named_at_its_field(manager: Browser, others: dict, says: str) -> None:
    form = {name: value for name, value in pattern(**others).items() if value != ""}
    for step in ("", "/apply"):
        page = await manager.post(f"{HOME}/patterns{step}", form)
        assert (page.status, says in page.text) == (422, True)
    assert await OpeningPattern.all().count() == 0


async def test_a_manager_of_another_hall_changes_nothing_here(manager: Browser) -> None:
    await make_hall("HALL-TJA", "田家庵区政务服务中心")
    forms = {"figures": figures(day_limit=5), "patterns": pattern(), "counters": {"group": "HZ", "slot_minutes": 15}}
    for name, form in forms.items():
        for step in ("", "/apply"):
            page = await manager.post(f"{HOME}/{name}{step}", form | {"hall": "HALL-TJA"})
            assert (name, page.status) == (name, 403)
    assert (await GroupSetting.all().count(), await OpeningPattern.all().count()) == (0, 0)
