"""What a citizen does: asks, wants a person, waits no more, ends it, rates it. Each is one transaction."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from tortoise.exceptions import IntegrityError
from tortoise.expressions import F

from app import live
from app.db import transactional
from app.errors import Busy, InvalidInput, NotFound
from app.ids import new_code
from app.prepared import Insert, Prepared, Rows
from app.ratings.rules import GRADES
from chatbot import expecting, queues
from chatbot.attachments import Handed, attach
from chatbot.engine.answering import answer
from chatbot.engine.memory import FRESH, KEPT, Memory
from chatbot.engine.replies import PERSON, Reply
from chatbot.errors import NotNow, Repeated, TooFast
from chatbot.hours import hours_text, opens_at, when
from chatbot.keeper import Service
from chatbot.models import Conversation, Message
from chatbot.peers import Peer
from chatbot.states import NAMES, State
from chatbot.texts import cleaned, masked_all
from chatbot.writing import BOT, CITIZEN, INBOX, SYSTEM, kept, matter_of, place_of, take_step, write

A_DAY = timedelta(days=1)
A_MINUTE = 20  # messages of one conversation in a minute
TRIES = 3
BUTTON, MISSES = "按了转人工", "连续两次没有答上"
STUCK = "办不成事"
_IN_LINE = "正在为您转接人工客服，您排在第 {place} 位，{expected}。等候时可以继续补充说明。"
_PROMISED = (
    "现在不是人工服务时间（{hours}）。您的问题已经登记，人工客服将在 {when} 上班后回复，请到时回本页查看。"
    "急事请拨打 12345。"
)
_UNREAD = {
    "picture": "图片已收到。智能客服看不了图片，请用文字说明要办的事；也可以回复“转人工”，请人工客服查看。",
    "voice": "语音已收到，但没能听清。请改用文字，或回复“转人工”。",
    "location": "位置已收到。请用文字说明要办的事；回复“附近大厅”可以查看各大厅地址。",
    "other": "暂时处理不了这种消息，请用文字说明要办的事，或回复“转人工”。",
}
_GIVEN_UP = "已取消等候，继续由智能客服为您解答。"
_CLOSED = "本次咨询已结束。"


@dataclass(frozen=True, slots=True)
class Heard:
    """What came of a citizen's message. `answer`: what was said to it at once; nothing while a person is wanted."""

    conversation: Conversation
    answer: Message | None = None


@transactional
async def say(
    *,
    peer: Peer,
    text: str,
    channel: str,
    service: Service,
    now: datetime,
    matter_code: str = "",
    outside_id: str | None = None,
    file: Handed | None = None,
) -> Heard:
    """Take in a message; while no person has been asked for, the bot answers it.

    Args:
        matter_code: what it is about, when it was asked from a matter's page.
        outside_id: of the message where it came from.
        file: what was handed in with it, which the bot cannot read.

    Raises:
        InvalidInput: empty or too long.
        Repeated: `outside_id` has come before; nothing is changed.
        TooFast: twenty in the last minute already.
    """
    plain, kind = cleaned(text), file.kind if file else "text"
    conversation = await _entered(peer, channel, now)
    try:
        message = await write(conversation, CITIZEN, plain, kind=kind, now=now, outside_id=outside_id)
    except IntegrityError:
        raise Repeated() from None
    await _ensure_not_too_fast(conversation, now)
    if file and file.is_kept:
        await attach(message, file, now=now)
    if conversation.state != State.BOT:
        return Heard(conversation)
    if file and not file.is_read:
        return Heard(conversation, await write(conversation, BOT, _UNREAD[kind], kind="unread", now=now))
    memory = _memory(conversation, matter_code, service)
    return await _answer(conversation, answer(plain, service.brain, memory, channel), service, now)


@transactional
async def typing(*, peer: Peer, now: datetime) -> None:
    """The citizen is writing: whoever holds the conversation sees it for some seconds."""
    if await Conversation.filter(open_key=peer.key, state=State.PERSON).update(citizen_typing_at=now):
        live.changed(INBOX)


@transactional
async def seen(*, peer: Peer, conversation_id: int) -> None:
    """The page that shows what a person said has been looked at: nobody need be told of it."""
    mine = Conversation.filter(id=conversation_id, peer=peer.key)
    if await mine.exclude(unread_since=None).update(unread_since=None, unread_told_at=None):
        live.changed(INBOX)


@transactional
async def greet(*, peer: Peer, text: str, channel: str, now: datetime, outside_id: str) -> None:
    """Say hello to who opens the chat, unless a conversation is going on."""
    if await Conversation.exists(open_key=peer.key):
        return
    conversation = await _entered(peer, channel, now)
    await write(conversation, BOT, text, kind="greeting", now=now, outside_id=outside_id)


@transactional
async def ask_person(*, peer: Peer, channel: str, service: Service, now: datetime) -> Conversation:
    """转人工: into the line, or with a promise when nobody works. Pressed again it changes nothing."""
    conversation = await _entered(peer, channel, now)
    if conversation.state != State.BOT:
        return conversation
    return (await _hand_over(conversation, BUTTON, service, now)).conversation


@transactional
async def stuck(
    *, peer: Peer, channel: str, service: Service, about: Mapping[str, str], text: str, now: datetime
) -> Conversation:
    """办不成事: a person at once, who sees what it is about, before others who wait; once a day, so that nobody passes
    the line by it every time.

    Args:
        about: `matter`, `hall` and `booking` as codes, as far as they are known.
        text: the same in the citizen's words, said in their name.
    """
    conversation = await _entered(peer, channel, now)
    hurries = conversation.is_urgent or await _may_hurry(peer, now)
    known = {name: code for name, code in about.items() if code}
    await Conversation.filter(id=conversation.id).update(about=known, is_urgent=hurries)
    await write(conversation, CITIZEN, text, now=now)
    await _ensure_not_too_fast(conversation, now)
    conversation = await Conversation.get(id=conversation.id)
    if conversation.state != State.BOT:
        return conversation
    return (await _hand_over(conversation, STUCK, service, now)).conversation


async def _may_hurry(peer: Peer, now: datetime) -> bool:
    return not await Conversation.filter(peer=peer.key, is_urgent=True, last_at__gt=now - A_DAY).exists()


@transactional
async def give_up(*, peer: Peer, now: datetime) -> Conversation:
    """Wait for a person no more: the bot answers again. Raises NotFound, `NotNow`."""
    conversation = await _open(peer)
    await write(conversation, SYSTEM, _GIVEN_UP, kind="given_up", now=now)
    return await take_step(conversation, "give_up", now=now, asked_at=None, promised_at=None, why="")


@transactional
async def close(*, peer: Peer, now: datetime) -> Conversation:
    """The citizen ends it. Raises NotFound when nothing is open."""
    conversation = await _open(peer)
    closed = await take_step(conversation, "close", now=now, open_key=None, closed_at=now, owed_at=None)
    await write(closed, SYSTEM, _CLOSED, kind="closed", now=now)
    return closed


@transactional
async def rate(*, peer: Peer, code: str, grade: int, now: datetime) -> Conversation:
    """Rate what is over, once; the first rating stays. Raises InvalidInput, NotFound, `NotNow`."""
    if grade not in GRADES:
        raise InvalidInput({"grade": "请从五个等级中选择"})
    conversation = await Conversation.get_or_none(code=code, peer=peer.key)
    if conversation is None:
        raise NotFound()
    if conversation.state != State.CLOSED:
        raise NotNow(state=NAMES[State(conversation.state)])
    await Conversation.filter(id=conversation.id, grade=None).update(grade=grade, rated_at=now)
    return await Conversation.get(id=conversation.id)


async def take_over(*, before: Peer, peer: Peer, now: datetime) -> bool:
    """Whoever asked as a guest has signed in: what is open goes on as theirs. Returns whether something did.

    Not when they have a conversation of their own already: then the guest's stays where it is.
    """
    is_open = before.key != peer.key and await _IS_OPEN.rows([before.key])
    return bool(is_open) and await _take_over(before, peer, now)


@transactional
async def _take_over(before: Peer, peer: Peer, now: datetime) -> bool:
    if await Conversation.filter(open_key=peer.key).exists():
        return False
    mine = Conversation.filter(open_key=before.key)
    moved = await mine.update(
        open_key=peer.key, peer=peer.key, citizen_id=peer.citizen_id, version=F("version") + 1, last_at=now
    )
    return bool(moved)


_IS_OPEN = Prepared(lambda _: Conversation.filter(open_key="").values_list("id"))
_ROWS, _NEW = Rows(Conversation), Insert(Conversation)


async def _entered(peer: Peer, channel: str, now: datetime) -> Conversation:
    """The open conversation, or a new one. Its row is ours until the transaction ends: messages go one by one.

    Answers go where the last message came from.
    """
    way = {"channel": channel, "account": peer.account, "openid": peer.openid}
    come: dict[str, Any] = {**way, "last_at": now, "unread_since": None, "unread_told_at": None}
    for _ in range(TRIES):
        if await _ROWS.change({"open_key": peer.key}, come, grows="version"):
            return await _open(peer)
        try:
            return await _NEW.made(
                code=new_code(), open_key=peer.key, peer=peer.key, citizen_id=peer.citizen_id, state=State.BOT,
                opened_at=now, **come,
            )  # fmt: skip
        except IntegrityError:
            continue  # somebody else was first
    raise Busy()


async def _open(peer: Peer) -> Conversation:
    conversation = await _ROWS.one(open_key=peer.key)
    if conversation is None:
        raise NotFound()
    return conversation


async def _ensure_not_too_fast(conversation: Conversation, now: datetime) -> None:
    """Raises `TooFast` when what was just written is one too many."""
    if conversation.version < A_MINUTE:  # which grows with each message
        return
    mine = Message.filter(conversation_id=conversation.id, author=CITIZEN).order_by("-id")
    earlier = await mine.offset(A_MINUTE).first()
    if earlier is not None and earlier.at > now - timedelta(minutes=1):
        raise TooFast()


def _memory(conversation: Conversation, matter_code: str, service: Service) -> Memory:
    if matter_code in service.matters:
        return Memory(matter_code, service.matters[matter_code], KEPT, 0)
    return Memory(**conversation.memory) if conversation.memory else FRESH


async def _answer(conversation: Conversation, reply: Reply, service: Service, now: datetime) -> Heard:
    memory = masked_all(reply.memory)
    if memory != conversation.memory:
        await _ROWS.change({"id": conversation.id}, {"memory": memory})
    if reply.kind == PERSON:
        return await _hand_over(conversation, _why(reply, service), service, now, reply)
    return Heard(conversation, await write(conversation, BOT, reply.text, kind=reply.kind, answer=kept(reply), now=now))


def _why(reply: Reply, service: Service) -> str:
    """The name of the rule that asks for a person, such as 投诉."""
    return next((rule.name for rule in service.brain.rules if rule.id == reply.answer_id), MISSES)


async def _in_line(waiting: Conversation, now: datetime) -> str:
    place = await place_of(waiting)
    likely = await expecting.expected(waiting.queue, place=place, now=now)
    return _IN_LINE.format(place=place, expected=likely.text if likely else "请稍候")


async def _hand_over(
    conversation: Conversation, why: str, service: Service, now: datetime, reply: Reply | None = None
) -> Heard:
    opens = opens_at(now, hours=service.hours, workdays=service.workdays)
    promised = opens if opens > now else None
    queue = await queues.queue_for((reply and reply.memory.matter_code) or matter_of(conversation))
    waiting = await take_step(
        conversation, "ask", now=now, asked_at=now, promised_at=promised, why=why[:60], queue=queue, queued_at=now,
        handed_at=now, due_at=opens, taken_at=None, first_reply_at=None, answered_at=None,
    )  # fmt: skip
    if promised:
        text, kind = _PROMISED.format(hours=hours_text(service.hours), when=when(promised, now=now)), "promised"
    else:
        text, kind = await _in_line(waiting, now), "waiting"
    said = await write(waiting, SYSTEM, text, kind=kind, answer=kept(reply) if reply else None, now=now)
    return Heard(waiting, said)
