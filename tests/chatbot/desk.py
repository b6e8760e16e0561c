"""A citizen and two members of staff, for the tests of conversations."""

from datetime import datetime, time

from app.clock import CHINA
from app.staff.by import By
from app.staff.rules import Role
from app.workdays.queries import Workdays
from chatbot import conversations, desk, peers
from chatbot.engine.answering import Brain
from chatbot.keeper import Service
from chatbot.models import Conversation, Message
from tests.factories import NOW

HOURS = ((time(9), time(12)), (time(13, 30), time(17)))
WEEKLY = Workdays(working={}, official=frozenset(), names={})
ZHANG = peers.citizen(1)
HALLS = frozenset({"HALL-SZ"})
HU = By(staff_id=7, name="胡敏", roles=frozenset({Role.CLERK}), hall_codes=HALLS)
SUN = By(staff_id=8, name="孙浩", roles=frozenset({Role.CLERK}), hall_codes=HALLS)
BOSS = By(staff_id=9, name="周颖", roles=frozenset({Role.MANAGER}), hall_codes=HALLS)
NOON, FRIDAY = datetime(2026, 11, 24, 12, 30, tzinfo=CHINA), datetime(2026, 11, 27, 20, 0, tzinfo=CHINA)


def service_of(brain: Brain, workdays: Workdays = WEEKLY) -> Service:
    return Service(brain, HOURS, workdays)


async def say(service: Service, text: str, *, peer=ZHANG, now=NOW, **more) -> Conversation:
    return (await conversations.say(peer=peer, text=text, channel="h5", service=service, now=now, **more)).conversation


async def wait(service: Service, *, peer=ZHANG, now=NOW) -> Conversation:
    """Somebody who wants a person."""
    return await conversations.ask_person(peer=peer, channel="h5", service=service, now=now)


async def claim(code: str, by: By = HU, *, most: int = 5, now=NOW) -> Conversation:
    return await desk.claim(code=code, by=by, most=most, now=now)


async def said() -> list[tuple[str, str]]:
    """Everything that was said, by whom and of which kind."""
    return [(row.author, row.kind) for row in await Message.all().order_by("id")]


async def last() -> Message:
    row = await Message.all().order_by("-id").first()
    assert row is not None
    return row
