"""What citizens asked the bot, counted from its messages. A job: messages are read once, in order of their numbers."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import takewhile
from typing import Any

from tortoise.exceptions import IntegrityError
from tortoise.expressions import F

from app.db import transactional
from chatbot.engine.replies import ANSWER, CHOICES, NOTHING, PERSON, RULE
from chatbot.engine.text import plain
from chatbot.learning.marks import ASKED, ensure
from chatbot.learning.models import OPEN, SETTLED, Asked, Mark
from chatbot.learning.rules import same_words
from chatbot.models import Message
from chatbot.writing import BOT, CITIZEN, SYSTEM

BATCH = 500  # messages
SETTLED_AFTER = timedelta(seconds=15)  # a younger message may have an elder one beside it that is not committed yet
LONGEST_TEXT = 500
UNHELPFUL = ("没有帮助", "没帮助", "没有用", "答非所问")  # said, or tapped, after an answer
_SPEAKS = {ANSWER, RULE, CHOICES, NOTHING}
_MISSES = {CHOICES, NOTHING, PERSON}
_CONTEXT = "上文"  # step of the trace: the question alone says nothing


@dataclass(frozen=True, slots=True)
class Turn:
    """A question and the bot's reply to it. `offered`: the FAQs to choose from."""

    conversation_id: int
    text: str
    kind: str
    answer_id: str
    offered: frozenset[str]
    needs_context: bool
    at: datetime

    @property
    def key(self) -> str:
        return same_words(self.text)

    @property
    def is_question(self) -> bool:
        return bool(self.key) and not self.needs_context and plain(self.text) not in UNHELPFUL


@dataclass(slots=True)
class Count:
    """What a batch adds to a question. `missed` goes down for choices that were taken after all."""

    count: int = 0
    missed: int = 0
    chosen: str = ""
    turn: Turn | None = None


async def collect(now: datetime) -> int:
    """Read a batch of messages. Returns how many were read; any number of processes may run it."""
    await ensure(ASKED)
    return await _batch(now)


@transactional
async def _batch(now: datetime) -> int:
    mark = await Mark.get(key=ASKED)
    rows = await Message.filter(id__gt=mark.value).order_by("id").limit(BATCH)
    rows = list(takewhile(lambda row: row.at <= now - SETTLED_AFTER, rows))
    if not rows or not await Mark.filter(key=ASKED, value=mark.value).update(value=rows[-1].id):
        return 0
    turns = _turns([*await _before(rows), *rows])
    for key, count in _counted(turns, since=rows[0].id).items():
        await _add(key, count)
    return len(rows)


async def _before(rows: Sequence[Message]) -> list[Message]:
    """The last words said earlier in conversations that go on in this batch: what was asked, and what was offered."""
    first = rows[0].id
    ids = list({row.conversation_id for row in rows})
    last: dict[int, list[int]] = {}
    earlier = Message.filter(conversation_id__in=ids, id__lt=first, author__in=(CITIZEN, BOT, SYSTEM))
    for number, conversation_id in await earlier.order_by("id").values_list("id", "conversation_id"):
        last[conversation_id] = [*last.get(conversation_id, [])[-2:], number]
    wanted = [number for numbers in last.values() for number in numbers]
    return await Message.filter(id__in=wanted).order_by("id") if wanted else []


def _turns(rows: Iterable[Message]) -> list[tuple[int, Turn]]:
    """Each reply of the bot with the question before it; with the reply's number."""
    said: dict[int, Message] = {}
    found = []
    for row in rows:
        if row.author == CITIZEN:
            said[row.conversation_id] = row
        elif (kind := _kind(row)) and (question := said.pop(row.conversation_id, None)):
            found.append((row.id, _turn(question, row, kind)))
    return found


def _kind(row: Message) -> str:
    """Of the bot's reply; empty for whatever is none, such as a person who was asked for."""
    if row.author == BOT and row.kind in _SPEAKS:
        return row.kind
    is_at_its_end = row.author == SYSTEM and any(
        step["name"] == "转人工" for step in (row.answer or {}).get("trace", ())
    )
    return PERSON if is_at_its_end else ""


def _turn(question: Message, row: Message, kind: str) -> Turn:
    answer: dict[str, Any] = row.answer or {}
    return Turn(
        conversation_id=row.conversation_id,
        text=question.text[:LONGEST_TEXT],
        kind=kind,
        answer_id=answer.get("answer_id", ""),
        offered=frozenset(choice["faq_id"] for choice in answer.get("choices", ())),
        needs_context=any(step["name"] == _CONTEXT for step in answer.get("trace", ())),
        at=question.at,
    )


def _counted(turns: Iterable[tuple[int, Turn]], *, since: int) -> dict[str, Count]:
    """By key of the question. Turns before `since` were counted in their own batch; only what follows them counts."""
    counts: dict[str, Count] = {}
    before: dict[int, Turn] = {}
    for number, turn in turns:
        if number >= since:
            _count(turn, before.get(turn.conversation_id), counts)
        before[turn.conversation_id] = turn
    return counts


def _count(turn: Turn, before: Turn | None, counts: dict[str, Count]) -> None:
    if before is not None and before.is_question:
        _look_back(turn, before, counts)
    if turn.is_question:
        own = counts.setdefault(turn.key, Count())
        own.count += 1
        own.missed += turn.kind in _MISSES
        own.turn = turn


def _look_back(turn: Turn, before: Turn, counts: dict[str, Count]) -> None:
    """What somebody does next says whether the reply before was any good."""
    if before.kind == CHOICES and turn.answer_id in before.offered:
        own = counts.setdefault(before.key, Count())
        own.missed -= 1
        own.chosen = turn.answer_id
    elif before.kind == ANSWER and plain(turn.text) in UNHELPFUL:
        counts.setdefault(before.key, Count()).missed += 1


async def _add(key: str, more: Count) -> None:
    known = Asked.filter(key=key)
    changed: dict[str, Any] = {"count": F("count") + more.count, "missed": F("missed") + more.missed}
    if more.chosen:
        changed["chosen"] = more.chosen
    if more.turn is not None:
        changed |= {"kind": more.turn.kind, "answer_id": more.turn.answer_id, "last_at": more.turn.at}
    if not await known.update(**changed) and more.turn is not None:
        try:
            await _first(key, more, more.turn)
        except IntegrityError:
            await known.update(**changed)
    if more.missed > 0:  # what was settled is missed again
        await known.filter(state=SETTLED).update(state=OPEN)


@transactional
async def _first(key: str, more: Count, turn: Turn) -> None:
    await Asked.create(
        key=key, text=turn.text, count=more.count, missed=more.missed, kind=turn.kind, answer_id=turn.answer_id,
        chosen=more.chosen, last_at=turn.at,
    )  # fmt: skip


@transactional
async def purge(now: datetime, *, keep_days: int) -> int:
    """Forget a batch of questions that nobody has asked for long, as conversations are forgotten."""
    old = Asked.filter(last_at__lt=now - timedelta(days=keep_days)).order_by("last_at").limit(BATCH)
    ids = await old.values_list("id", flat=True)
    return await Asked.filter(id__in=ids).delete() if ids else 0
