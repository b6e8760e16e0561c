"""Citizens who want a person, for the tests of the desk's pages."""

from datetime import timedelta

from app import clock
from app.city import city_of
from app.staff.models import Staff
from app.workdays.queries import Workdays
from chatbot import conversations, desk, keeper, peers
from chatbot.keeper import Service
from chatbot.models import Conversation
from chatbot.peers import Peer
from tests.staff.people import by_of

ZHANG = peers.citizen(1)
ALWAYS = Workdays(working={}, official=frozenset(), names={})


async def ask(text: str, *, peer: Peer = ZHANG) -> Conversation:
    """To the real bot."""
    service = Service(await keeper.brain("huainan"), city_of("huainan").chat.hours, ALWAYS)
    return await conversations.say(peer=peer, text=text, channel="h5", service=service, now=clock.now())


async def wait(*, peer: Peer = ZHANG, seconds: int = 5) -> str:
    """Somebody who has asked the bot and waits for a person for so long, whatever the hour; the code."""
    await ask("身份证丢了怎么补办？", peer=peer)
    row = await ask("转人工", peer=peer)
    asked_at = clock.now() - timedelta(seconds=seconds)
    await Conversation.filter(id=row.id).update(asked_at=asked_at, promised_at=None)
    return row.code


async def make_talk() -> str:
    """Two who wait, one of them too long, and one whom 胡敏 answers; the code of that one."""
    by = by_of(await Staff.get(username="hu.min"))
    await wait(peer=peers.citizen(2), seconds=90)
    await wait(peer=peers.guest("g" * 64))
    code = await wait()
    await desk.claim(code=code, by=by, most=5, now=clock.now())
    await desk.reply(code=code, by=by, text="您好，请问是本人办理吗？", now=clock.now())
    await desk.note(code=code, by=by, text="已电话核实本人在外地", now=clock.now())
    return code
