"""What staff do at the desk: take whoever waits, answer, note, give back, end. Each is one transaction and audited."""

from datetime import datetime
from typing import Any

from tortoise.expressions import F

from app import live
from app.db import transactional
from app.errors import InvalidInput, NotFound
from app.staff import queries as staff
from app.staff.auditing import audit
from app.staff.by import By
from app.staff.queries import Colleague
from app.staff.rules import Role
from chatbot import agents, queues, words
from chatbot.attachments import Handed, attach
from chatbot.deliveries import NO_WORDS
from chatbot.errors import AgentFull, AlreadyTaken, ColleagueAway, ColleagueFull, NotNow, NotYourConversation
from chatbot.models import Conversation
from chatbot.states import NAMES, State
from chatbot.texts import cleaned, masked
from chatbot.writing import NOTE, STAFF, SYSTEM, take_step, topic_of, write

Details = dict[str, Any]

_CLAIMED = "人工客服已接入，请说。"
_TRANSFERRED = "正在为您转给其他人工客服，请稍候。"
_PASSED = "已为您转给另一位人工客服，请稍候。"
_CLOSED = "人工客服已结束本次咨询，请您评价。"


@transactional
async def claim(*, code: str, by: By, most: int, now: datetime) -> Conversation:
    """Take whoever waits. Taken again by the same person it changes nothing.

    Args:
        most: how many one member of staff may be busy with, unless their own figure says otherwise.

    Raises:
        AlreadyTaken: a colleague was first.
        AgentFull, NotNow, NotFound.
    """
    conversation = await handed(code)
    if conversation.state == State.PERSON and conversation.staff_id == by.staff_id:
        return conversation
    await agents.seat(by.staff_id, most=most, now=now)
    first = conversation.taken_at or now
    try:
        taken = await take_step(
            conversation, "claim", now=now, staff_id=by.staff_id, claimed_at=now, taken_at=first, owed_at=now,
            answered_at=None,
        )  # fmt: skip
    except NotNow as refusal:
        raise await _refusal(conversation.id) or refusal from None
    await write(taken, SYSTEM, _CLAIMED, kind="claimed", now=now)
    await _tell(taken, "claim", by, now)
    return taken


@transactional
async def reply(
    *, code: str, by: By, text: str, now: datetime, confirmed: str = "", file: Handed | None = None
) -> Conversation:
    """Answer the citizen. Raises InvalidInput, `NotNow`, `NotYourConversation`, NotFound, Unfitting.

    Args:
        confirmed: see `words.ensure_fitting`.
        file: a picture that goes with it, or in its place.
    """
    plain, conversation = cleaned(text or (NO_WORDS if file else "")), await _mine(code, by)
    sent_anyhow = await words.ensure_fitting(plain, confirmed=confirmed)
    first = conversation.first_reply_at or now
    unread = None if conversation.account else conversation.unread_since or now
    await _touch(conversation, now, first_reply_at=first, unread_since=unread, staff_typing_at=None)
    message = await write(conversation, STAFF, plain, staff_id=by.staff_id, now=now)
    if file:
        await attach(message, file, now=now)
    details = {"words": sent_anyhow} if sent_anyhow else {}
    await _tell(conversation, "reply", by, now, details=details)
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
async def transfer(*, code: str, by: By, why: str, now: datetime, queue: str | None = None) -> Conversation:
    """Back into the line, at its end, or into that of another queue; the reason stays as a note. A manager may do it
    for a colleague. Raises as `reply`.
    """
    plain, conversation = cleaned(why, field="why"), await _mine(code, by, or_manager=True)
    target, known = conversation.queue if queue is None else queue, await queues.names()
    if target not in known:
        raise InvalidInput({"to": "这个队列已经没有了，请重新选择"})
    waiting = await take_step(
        conversation, "transfer", now=now, seen=_as_seen(conversation), staff_id=None, asked_at=now, promised_at=None,
        owed_at=None, queue=target, queued_at=now,
    )  # fmt: skip
    where = f"转到{known[target]}" if target != conversation.queue else "转回等候"
    await write(waiting, NOTE, f"{where}：{plain}", staff_id=by.staff_id, now=now)
    await write(waiting, SYSTEM, _TRANSFERRED, kind="transferred", now=now)
    await _tell(waiting, "transfer", by, now, why=masked(plain), details={"queue": target})
    return waiting


@transactional
async def pass_on(*, code: str, by: By, to: str, why: str, most: int, now: datetime) -> Conversation:
    """To a colleague who is there and not too busy, at once. `to`: their account's code.

    Raises as `reply`, and ColleagueAway, ColleagueFull.
    """
    plain, conversation = cleaned(why, field="why"), await _mine(code, by, or_manager=True)
    colleague = await _colleague(to, now)
    try:
        await agents.seat(colleague.staff_id, most=most, now=now)
    except AgentFull as full:
        raise ColleagueFull(name=colleague.name, most=full.data["most"]) from None
    passed = await take_step(
        conversation, "pass_on", now=now, seen=_as_seen(conversation), staff_id=colleague.staff_id, claimed_at=now,
        owed_at=now, answered_at=None,
    )  # fmt: skip
    await write(passed, NOTE, f"转给 {colleague.name}：{plain}", staff_id=by.staff_id, now=now)
    await write(passed, SYSTEM, _PASSED, kind="passed_on", now=now)
    await _tell(passed, "pass_on", by, now, why=masked(plain), details={"to": colleague.code})
    return passed


async def _colleague(code: str, now: datetime) -> Colleague:
    found = next((each for each in await agents.colleagues() if each.code == code), None)
    if found is None or not await agents.is_on_duty(found.staff_id, now):
        raise ColleagueAway(name=found.name if found else "这位同事")
    return found


def _as_seen(conversation: Conversation) -> dict[str, object]:
    return {"staff_id": conversation.staff_id}


@transactional
async def close(*, code: str, by: By, now: datetime) -> Conversation:
    """A manager may do it for a colleague. Raises as `reply`."""
    conversation = await _mine(code, by, or_manager=True)
    closed = await take_step(conversation, "close", now=now, open_key=None, closed_at=now, owed_at=None)
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


async def _refusal(conversation_id: int) -> AlreadyTaken | None:
    conversation = await Conversation.get(id=conversation_id)
    if conversation.state != State.PERSON:
        return None
    return AlreadyTaken(name=await name_of(conversation.staff_id))


async def name_of(staff_id: int | None) -> str:
    return (await staff.names_of({staff_id or 0})).get(staff_id or 0, "同事")


async def _tell(
    conversation: Conversation,
    what: str,
    by: By,
    now: datetime,
    *,
    why: str = "",
    details: dict[str, Any] | None = None,
) -> None:
    await audit(
        by=by, action=f"chat.{what}", subject=f"chat:{conversation.code}", citizen_id=conversation.citizen_id,
        why=why, details=details or None, now=now,
    )  # fmt: skip
