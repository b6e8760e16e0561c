"""A hall with people in it, made by the actions that make them in life."""

from datetime import datetime

from app import clock
from app.citizens import personal
from app.citizens.models import Citizen
from app.db import transactional
from app.halls import queries as halls
from app.ids import new_code
from app.queue import actions, arrivals
from app.queue.arrivals import Arriving
from app.queue.history import staff
from app.queue.line import Group
from app.queue.models import Desk, Ticket
from app.queue.rules import CHINA
from app.staff.by import SYSTEM
from tests.queue.day import open_desks

HALL = "HALL-SZ"
NAMES = ["张三丰", "李秀英", "欧阳娜娜", "王建国", "赵敏", "陈桂兰", "刘洋", "周杰"]


async def person(name: str) -> int:
    code = new_code()
    row = await Citizen.create(code=code, created_at=clock.now(), name_sealed=personal.sealed_name(code, name))
    return row.id


@transactional
async def arrive(group: str, *, name: str = "", hall: str = HALL, now: datetime | None = None) -> Ticket:
    """Somebody takes a number."""
    now = now or clock.now()
    citizen_id = await person(name) if name else None
    where = Group(hall, group, now.astimezone(CHINA).date())
    coming = Arriving(group=where, matter_code="HN-GA-002", who=staff(SYSTEM), citizen_id=citizen_id)
    return (await arrivals.enqueue(coming, now=now)).ticket


async def ensure_open(counter: str) -> None:
    """Somebody sits at this counter."""
    if not await Desk.exists(counter_code=counter):
        await open_desks(counter, by=SYSTEM, now=clock.now())


async def call(counter: str, *, now: datetime | None = None) -> Ticket:
    """This counter calls whoever is next; it is opened for it."""
    await ensure_open(counter)
    return await actions.call_next(counter_code=counter, by=SYSTEM, now=now or clock.now())


async def counter_of(group: str, *, hall: str = HALL, nth: int = 0) -> str:
    return (await halls.counters(hall, group_code=group))[nth].code
