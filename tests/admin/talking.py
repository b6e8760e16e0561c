"""Citizens who want a person, for the tests of the desk's pages."""

from datetime import timedelta

from app import clock
from app.city import city_of
from app.staff.by import By
from app.staff.models import Staff
from app.workdays.queries import Workdays
from chatbot import conversations, desk, duty, keeper, labels, peers, phrases, queue_editing, words
from chatbot.keeper import Service
from chatbot.models import Conversation
from chatbot.peers import Peer
from chatbot.queue_editing import QueueFields
from tests.staff.people import by_of, make_staff

ZHANG = peers.citizen(1)
ALWAYS = Workdays(working={}, official=frozenset(), names={})


async def ask(text: str, *, peer: Peer = ZHANG) -> Conversation:
    """To the real bot."""
    service = Service(await keeper.brain("huainan"), city_of("huainan").chat.hours, ALWAYS)
    return (await conversations.say(peer=peer, text=text, channel="h5", service=service, now=clock.now())).conversation


async def wait(*, peer: Peer = ZHANG, seconds: int = 5) -> str:
    """Somebody who has asked the bot and waits for a person for so long, whatever the hour; the code."""
    await ask("身份证丢了怎么补办？", peer=peer)
    row = await ask("转人工", peer=peer)
    asked_at = clock.now() - timedelta(seconds=seconds)
    await Conversation.filter(id=row.id).update(asked_at=asked_at, promised_at=None)
    return row.code


async def _surround(code: str, by: By) -> None:
    """What else can stand beside a conversation: a label, a phrase, a queue, a word, a colleague, an unkept promise."""
    now = clock.now()
    label = await labels.add(name="材料不清", by=by, now=now)
    await labels.set_labels(code=code, wanted=[label], by=by, now=now)
    await phrases.save(code="", title="问候", text="{姓名}您好，请问有什么可以帮您？", is_shared=False, by=by, now=now)
    await queue_editing.save(code="", version=0, wanted=QueueFields("公安户政"), by=by, now=now)
    await words.add(word="不归我管", advice="我帮您联系负责的同事", by=by, now=now)
    await duty.begin(by=by_of(await make_staff("sun.hao")), now=now)
    asked_at, about = now - timedelta(days=3), {"matter": "HN-GA-003", "hall": "HALL-SZ", "booking": "7KQ2X0D144AB9ZT3"}
    await Conversation.filter(code=code).update(
        is_urgent=True, about=about, handed_at=asked_at, due_at=asked_at + timedelta(days=1)
    )  # fmt: skip


async def make_talk() -> str:
    """Two who wait, one of them too long, and one whom 胡敏 answers; the code of that one."""
    by = by_of(await Staff.get(username="hu.min"))
    await wait(peer=peers.citizen(2), seconds=90)
    await wait(peer=peers.guest("g" * 64))
    code = await wait()
    await desk.claim(code=code, by=by, most=5, now=clock.now())
    await desk.reply(code=code, by=by, text="您好，请问是本人办理吗？", now=clock.now())
    await desk.note(code=code, by=by, text="已电话核实本人在外地", now=clock.now())
    await _surround(code, by)
    return code
