"""The alarm button (features.md D14)."""

import asyncio

import pytest

from app import live
from app.errors import AppError
from app.queue import alarms
from app.queue.models import Alarm
from app.staff.models import AuditRow
from tests.factories import NOW
from tests.marks import on_both
from tests.queue.day import CLERK, ELSEWHERE, make_hall
from tests.staff.people import by_of, make_staff

FIRST = "HALL-SZ-B01"


async def pressed(by=CLERK, counter: str = FIRST) -> Alarm:
    return await alarms.raise_alarm(counter_code=counter, by=by, now=NOW, note="有人争吵")


async def test_an_alarm_says_where_and_who_until_it_is_ended(db: str) -> None:
    await make_hall()
    one = by_of(await make_staff())
    alarm = await pressed(one)
    (shown,) = await alarms.open_alarms(["HALL-SZ"])
    assert (shown.counter, shown.by, shown.note, shown.taken_by) == ("B01", "胡敏", "有人争吵", "")
    assert await alarms.open_alarms(["HALL-TJA"]) == []
    await alarms.take_alarm(code=alarm.code, by=CLERK, now=NOW)
    await alarms.end_alarm(code=alarm.code, by=one, now=NOW)
    assert await alarms.open_alarms(["HALL-SZ"]) == []
    (past,) = await alarms.past_alarms("HALL-SZ")
    assert (past.ended_by, past.ended_at) == ("胡敏", NOW)
    told = await AuditRow.filter(action__startswith="alarm.").order_by("id").values_list("action", flat=True)
    assert told == ["alarm.raise", "alarm.take", "alarm.end"]


@on_both
async def test_five_presses_at_once_are_one_alarm(db: str) -> None:
    await make_hall()
    pressed_all = await asyncio.gather(*(pressed() for _ in range(5)))
    assert len({alarm.code for alarm in pressed_all}) == 1
    assert await Alarm.all().count() == 1


@on_both
async def test_of_three_colleagues_who_take_an_alarm_at_once_one_goes(db: str) -> None:
    await make_hall()
    code = (await pressed()).code
    colleagues = [by_of(await make_staff(name)) for name in ("li.na", "sun.hao", "wang.fang")]
    answers = await asyncio.gather(
        *(alarms.take_alarm(code=code, by=by, now=NOW) for by in colleagues), return_exceptions=True
    )
    assert sorted(type(answer).__name__ for answer in answers) == ["Alarm", "AlarmTaken", "AlarmTaken"]


async def test_ended_twice_says_by_whom(db: str) -> None:
    await make_hall()
    one = by_of(await make_staff())
    code = (await pressed()).code
    await alarms.end_alarm(code=code, by=one, now=NOW)
    with pytest.raises(AppError) as caught:
        await alarms.end_alarm(code=code, by=CLERK, now=NOW)
    assert caught.value.text == "这次告警已由 胡敏 解除"
    assert (await pressed()).code != code


async def test_another_hall_neither_raises_nor_ends_it(db: str) -> None:
    await make_hall()
    code = (await pressed()).code
    for doing in (pressed(ELSEWHERE), alarms.end_alarm(code=code, by=ELSEWHERE, now=NOW)):
        with pytest.raises(AppError, match="hall_not_yours"):
            await doing


async def test_open_pages_of_the_hall_are_told_at_once(db: str) -> None:
    await make_hall()
    rung: list[str] = []
    bells = {topic: lambda topic=topic: rung.append(topic) for topic in ("alarms", "hall:HALL-SZ", "hall:HALL-TJA")}
    for topic, bell in bells.items():
        live.add_bell(topic, bell)
    await pressed()
    for topic, bell in bells.items():
        live.remove_bell(topic, bell)
    assert sorted(rung) == ["alarms", "hall:HALL-SZ"]
