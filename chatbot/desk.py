"""What staff do at the desk: take whoever waits, answer, note, give back, end. Each is one transaction and audited."""

from datetime import datetime

from tortoise.exceptions import IntegrityError
from tortoise.expressions import F

from app import live
from app.db import transactional
from app.errors import NotFound
from app.staff import queries as staff
from app.staff.auditing import audit
from app.staff.by import By
from app.staff.rules import Role
from chatbot.attachments import Handed, attach
from chatbot.deliveries import NO_WORDS
from chatbot.errors import AgentFull, AlreadyTaken, NotNow, NotYourConversation
from chatbot.models import Agent, Conversation
from chatbot.states import NAMES, State
from chatbot.texts import cleaned, masked
from chatbot.writing import NOTE, STAFF, SYSTEM, take_step, topic_of, write

_CLAIMED = "人工客服已接入，请说。"
_TRANSFERRED = "正在为您转给其他人工客服，请稍候。"
_CLOSED = "人工客服已结束本次咨询，请您评价。"


@transactional
async def claim(*, code: str, by: By, most: int, now: datetime) -> Conversation:
    """Take whoever waits. Taken again by the same person it changes nothing.

    Args:
        most: how many one member of staff may be busy with.

    Raises:
        AlreadyTaken: a colleague was first.
        AgentFull, NotNow, NotFound.
    """
    conversation = await handed(code)
    if conversation.state == State.PERSON and conversation.staff_id == by.staff_id:
        return conversation
    await _ensure_room(by, most, now)
    try:
        taken = await take_step(conversation, "claim", now=now, staff_id=by.staff_id, claimed_at=now)
    except NotNow as refusal:
        raise await _refusal(conversation.id) or refusal from None
    await write(taken, SYSTEM, _CLAIMED, kind="claimed", now=now)
    await _tell(taken, "claim", by, now)
    return taken


@transactional
async def reply(*, code: str, by: By, text: str, now: datetime, file: Handed | None = None) -> Conversation:
    """Raises InvalidInput, `NotNow`, `NotYourConversation`, NotFound.

    Args:
        file: a picture that goes with it, or in its place.
    """
    plain, conversation = cleaned(text or (NO_WORDS if file else "")), await _mine(code, by)
    first = conversation.first_reply_at or now
    unread = None if conversation.account else conversation.unread_since or now
    await _touch(conversation, now, first_reply_at=first, unread_since=unread, staff_typing_at=None)
    message = await write(conversation, STAFF, plain, staff_id=by.staff_id, now=now)
    if file:
        await attach(message, file, now=now)
    await _tell(conversation, "reply", by, now)
    return conversation


@transactional
async def typing(*, code: str, by: By, now: datetime) -> None:
    """Whoever holds it is writing: the citizen sees it for some seconds. Nothing happens for anybody else."""
    held = Conversation.filter(code=code, state=State.PERSON, staff_id=by.staff_id)
    if await held.update(staff_typing_at=now):
        live.changed(topic_of(code))


@transactional
async def note(*, code: str, by: By, text: str, now: datetime) -> Conversation:
    """A private note: colleagues see it, the citizen never. Raises as `reply`."""
    plain, conversation = cleaned(text, field="note"), await _mine(code, by)
    await _touch(conversation, now)
    await write(conversation, NOTE, plain, staff_id=by.staff_id, now=now)
    await _tell(conversation, "note", by, now)
    return conversation


@transactional
async def transfer(*, code: str, by: By, why: str, now: datetime) -> Conversation:
    """Back into the line, at its end; the reason stays as a note. A manager may do it for a colleague.

    Raises as `reply`.
    """
    plain, conversation = cleaned(why, field="why"), await _mine(code, by, or_manager=True)
    waiting = await take_step(conversation, "transfer", now=now, staff_id=None, asked_at=now, promised_at=None)
    await write(waiting, NOTE, f"转回等候：{plain}", staff_id=by.staff_id, now=now)
    await write(waiting, SYSTEM, _TRANSFERRED, kind="transferred", now=now)
    await _tell(waiting, "transfer", by, now, why=masked(plain))
    return waiting


@transactional
async def close(*, code: str, by: By, now: datetime) -> Conversation:
    """A manager may do it for a colleague. Raises as `reply`."""
    conversation = await _mine(code, by, or_manager=True)
    closed = await take_step(conversation, "close", now=now, open_key=None, closed_at=now)
    await write(closed, SYSTEM, _CLOSED, kind="closed", now=now)
    await _tell(closed, "close", by, now)
    return closed


async def handed(code: str) -> Conversation:
    """A conversation that was handed over to staff. Raises NotFound: what is said to the bot alone is nobody's."""
    conversation = await Conversation.get_or_none(code=code)
    if conversation is None or conversation.asked_at is None:
        raise NotFound()
    return conversation


async def _mine(code: str, by: By, *, or_manager: bool = False) -> Conversation:
    conversation = await handed(code)
    if conversation.state != State.PERSON:
        raise NotNow(state=NAMES[State(conversation.state)])
    if conversation.staff_id != by.staff_id and not (or_manager and Role.MANAGER in by.roles):
        raise NotYourConversation(name=await name_of(conversation.staff_id))
    return conversation


async def _touch(conversation: Conversation, now: datetime, **to: datetime | None) -> None:
    """Raises `NotNow` when it was ended or given back meanwhile."""
    held = Conversation.filter(id=conversation.id, state=State.PERSON, staff_id=conversation.staff_id)
    if not await held.update(version=F("version") + 1, last_at=now, **to):
        raise NotNow(state=NAMES[State((await Conversation.get(id=conversation.id)).state)])


async def _ensure_room(by: By, most: int, now: datetime) -> None:
    """One person's claims go one by one: each changes the same row first."""
    if not await Agent.filter(staff_id=by.staff_id).update(claimed_at=now):
        try:
            await Agent.create(staff_id=by.staff_id, claimed_at=now)
        except IntegrityError:
            await Agent.filter(staff_id=by.staff_id).update(claimed_at=now)
    if await Conversation.filter(staff_id=by.staff_id, state=State.PERSON).count() >= most:
        raise AgentFull(most=most)


async def _refusal(conversation_id: int) -> AlreadyTaken | None:
    conversation = await Conversation.get(id=conversation_id)
    if conversation.state != State.PERSON:
        return None
    return AlreadyTaken(name=await name_of(conversation.staff_id))


async def name_of(staff_id: int | None) -> str:
    return (await staff.names_of({staff_id or 0})).get(staff_id or 0, "同事")


async def _tell(conversation: Conversation, what: str, by: By, now: datetime, *, why: str = "") -> None:
    await audit(
        by=by, action=f"chat.{what}", subject=f"chat:{conversation.code}", citizen_id=conversation.citizen_id,
        why=why, now=now,
    )  # fmt: skip
