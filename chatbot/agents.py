"""Who is at the desk today, and how many each may be busy with."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from tortoise.exceptions import IntegrityError

from app.clock import CHINA
from app.staff import queries as staff
from app.staff.queries import Colleague
from app.staff.rules import Role
from chatbot.errors import AgentFull
from chatbot.models import Agent, Conversation
from chatbot.states import State

ROLES = frozenset({Role.CLERK, Role.MANAGER})


@dataclass(frozen=True, slots=True)
class AgentView:
    """`most`: their own figure, None for the setting's; `busy`: with how many citizens."""

    staff_id: int
    code: str
    name: str
    is_on_duty: bool
    busy: int
    most: int | None


def today(now: datetime) -> date:
    return now.astimezone(CHINA).date()


async def on_duty(now: datetime) -> set[int]:
    """Whoever is there today, by id."""
    rows = await Agent.filter(duty_on=today(now)).only("id", "staff_id")
    return {row.staff_id for row in rows}


async def is_on_duty(staff_id: int, now: datetime) -> bool:
    return await Agent.exists(staff_id=staff_id, duty_on=today(now))


async def agents(now: datetime) -> list[AgentView]:
    """Everybody who may answer, by name."""
    rows = {row.staff_id: row for row in await Agent.all()}
    held = [row.staff_id for row in await Conversation.filter(state=State.PERSON).only("id", "staff_id")]
    return [_view(each, rows.get(each.staff_id), held, now) for each in await colleagues()]


async def colleagues() -> list[Colleague]:
    return await staff.colleagues(ROLES)


def _view(each: Colleague, row: Agent | None, held: Collection[int | None], now: datetime) -> AgentView:
    is_there = row is not None and row.duty_on == today(now)
    busy = sum(staff_id == each.staff_id for staff_id in held)
    return AgentView(each.staff_id, each.code, each.name, is_there, busy, row.most if row else None)


async def seat(staff_id: int, *, most: int, now: datetime) -> None:
    """Let somebody take one citizen more, who is there from now on. One person's claims go one by one: each changes the
    same row first. Raises `AgentFull`.
    """
    await mark(staff_id, claimed_at=now, duty_on=today(now))
    own = (await Agent.get(staff_id=staff_id)).most
    most = most if own is None else own
    if await Conversation.filter(staff_id=staff_id, state=State.PERSON).count() >= most:
        raise AgentFull(most=most)


async def mark(staff_id: int, **to: Any) -> None:
    """Change the row of a member of staff, who may have none yet."""
    if await Agent.filter(staff_id=staff_id).update(**to):
        return
    try:
        await Agent.create(staff_id=staff_id, **to)
    except IntegrityError:
        await Agent.filter(staff_id=staff_id).update(**to)
