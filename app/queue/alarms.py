"""The alarm of a counter: raised with two taps, taken by one colleague, ended by anybody of the hall."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

from tortoise.exceptions import IntegrityError

from app import live
from app.db import transactional
from app.errors import NotFound
from app.halls import queries as halls
from app.ids import new_code
from app.queue.errors import AlarmOver, AlarmTaken
from app.queue.history import topic_of
from app.queue.models import Alarm
from app.staff import queries as staff
from app.staff.auditing import audit
from app.staff.by import By

TOPIC = "alarms"  # of every hall: for whoever watches several


@dataclass(frozen=True, slots=True)
class AlarmView:
    """In words. `by`, `taken_by` and `ended_by` are names, the latter two empty while nobody has; two colleagues may
    have the same one, which is why `staff_id` says who raised it.
    """

    code: str
    hall_code: str
    hall: str
    counter: str
    staff_id: int
    by: str
    at: datetime
    note: str
    taken_by: str
    taken_at: datetime | None
    ended_by: str
    ended_at: datetime | None


@transactional
async def raise_alarm(*, counter_code: str, by: By, now: datetime, note: str = "") -> Alarm:
    """Call colleagues to a counter. While its alarm is open, pressing again answers with the same one."""
    counter = await halls.counter(counter_code)
    by.ensure_sees(counter.hall_code)
    if found := await Alarm.get_or_none(open_key=counter_code):
        return found
    try:
        alarm = await Alarm.create(
            code=new_code(), open_key=counter_code, hall_code=counter.hall_code, counter_code=counter_code,
            staff_id=by.staff_id, at=now, note=note[:100],
        )  # fmt: skip
    except IntegrityError:
        return await Alarm.get(open_key=counter_code)
    await _tell(alarm, "raise", by, now, why=note)
    return alarm


@transactional
async def take_alarm(*, code: str, by: By, now: datetime) -> Alarm:
    """Say that one is on the way. Raises `AlarmTaken`, `AlarmOver` or NotFound."""
    alarm = await _alarm(code, by)
    if alarm.taken_by == by.staff_id and alarm.ended_at is None:
        return alarm
    if not await Alarm.filter(id=alarm.id, taken_by=None, ended_at=None).update(taken_by=by.staff_id, taken_at=now):
        raise await _refusal(alarm.id)
    await _tell(alarm, "take", by, now)
    return await Alarm.get(id=alarm.id)


@transactional
async def end_alarm(*, code: str, by: By, now: datetime) -> Alarm:
    """It is over. Raises `AlarmOver` when somebody else has said so already."""
    alarm = await _alarm(code, by)
    if not await Alarm.filter(id=alarm.id, ended_at=None).update(ended_by=by.staff_id, ended_at=now, open_key=None):
        raise await _refusal(alarm.id)
    await _tell(alarm, "end", by, now)
    return await Alarm.get(id=alarm.id)


async def open_alarms(hall_codes: Iterable[str]) -> list[AlarmView]:
    """The alarms of these halls that are not over, the oldest first."""
    rows = await Alarm.filter(open_key__isnull=False).order_by("id")
    wanted = set(hall_codes)
    return await _views([row for row in rows if row.hall_code in wanted])


async def stamp() -> str:
    """Changes with every alarm that is raised, taken or ended, in any hall."""
    rows = await Alarm.filter(open_key__isnull=False).order_by("id").values_list("code", "taken_by")
    return ",".join(f"{code}:{taken_by or ''}" for code, taken_by in rows)


async def past_alarms(hall_code: str, *, limit: int = 100) -> list[AlarmView]:
    """The hall's alarms, open ones too, the latest first."""
    return await _views(await Alarm.filter(hall_code=hall_code).order_by("-at", "-id").limit(limit))


async def _views(rows: list[Alarm]) -> list[AlarmView]:
    people = await staff.names_of({who for row in rows for who in (row.staff_id, row.taken_by, row.ended_by) if who})
    counters = await halls.counters_by_code({row.counter_code for row in rows})
    names = {hall.code: hall.name for hall in await halls.halls(codes={row.hall_code for row in rows})} if rows else {}
    return [
        AlarmView(
            code=row.code,
            hall_code=row.hall_code,
            hall=names.get(row.hall_code, row.hall_code),
            counter=counters[row.counter_code].no if row.counter_code in counters else row.counter_code,
            staff_id=row.staff_id,
            by=people.get(row.staff_id, "工作人员"),
            at=row.at,
            note=row.note,
            taken_by=people.get(row.taken_by or 0, ""),
            taken_at=row.taken_at,
            ended_by=people.get(row.ended_by or 0, ""),
            ended_at=row.ended_at,
        )
        for row in rows
    ]


async def _alarm(code: str, by: By) -> Alarm:
    alarm = await Alarm.get_or_none(code=code)
    if alarm is None:
        raise NotFound()
    by.ensure_sees(alarm.hall_code)
    return alarm


async def _refusal(alarm_id: int) -> AlarmOver | AlarmTaken:
    alarm = await Alarm.get(id=alarm_id)
    if alarm.ended_at is not None:
        return AlarmOver(name=await _name(alarm.ended_by))
    return AlarmTaken(name=await _name(alarm.taken_by))


async def _name(staff_id: int | None) -> str:
    return (await staff.names_of({staff_id or 0})).get(staff_id or 0, "同事")


async def _tell(alarm: Alarm, what: str, by: By, now: datetime, *, why: str = "") -> None:
    await audit(
        by=by, action=f"alarm.{what}", subject=f"alarm:{alarm.code}", hall_code=alarm.hall_code, why=why, now=now
    )
    live.changed(TOPIC)
    live.changed(topic_of(alarm.hall_code))
