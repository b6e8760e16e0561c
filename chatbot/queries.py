"""What the citizen's page and the desk show of conversations. Staff's reads are audited here."""

from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from app.staff import queries as staff
from app.staff.auditing import audit
from app.staff.by import By
from chatbot import expecting, labels
from chatbot.desk import handed
from chatbot.hours import when
from chatbot.models import Conversation, Message
from chatbot.peers import Peer
from chatbot.states import NAMES, State
from chatbot.writing import NOTE, matter_of, place_of

SHOWN = 50  # messages on the citizen's page
AT_DESK = 20  # and at the desk (features.md F8)
LISTED = 100
LATE_AFTER = timedelta(seconds=60)  # features.md F9: the first answer of a person
JUST_OVER = timedelta(days=1)  # for which a closed conversation is shown, and can be rated


@dataclass(frozen=True, slots=True)
class Said:
    """One message. `answer`: what `writing.kept` keeps of the bot's reply, empty for everybody else's."""

    id: int
    at: datetime
    author: str
    kind: str
    text: str
    answer: dict[str, Any] = field(default_factory=dict)
    by: str = ""


@dataclass(frozen=True, slots=True)
class Transcript:
    """A conversation as its citizen sees it. `place`: in the line, 0 for who does not wait; `promised` and
    `expected`, how long it will still take, in words.
    """

    code: str
    state: State
    state_name: str
    messages: list[Said]
    place: int
    promised: str
    grade: int | None
    expected: str = ""


@dataclass(frozen=True, slots=True)
class InboxView:
    """A line of the inbox, without what was said and by whom. `waits_s`: seconds without a person's first answer,
    `owed_s` without the next one.
    """

    code: str
    state: State
    why: str
    matter_code: str
    has_account: bool
    staff_id: int | None
    staff: str
    asked_at: datetime
    promised: str
    waits_s: int
    is_late: bool
    queue: str = ""
    is_urgent: bool = False
    labels: list[str] = field(default_factory=list)
    owed_s: int = 0


@dataclass(frozen=True, slots=True)
class DeskView:
    """A conversation as staff see it: the last messages, notes among them, and those of `earlier` conversations.

    `due_at`: the promised time, of one that was left outside of working time.
    """

    line: InboxView
    state_name: str
    citizen_id: int | None
    messages: list[Said]
    grade: int | None
    is_mine: bool
    about: dict[str, str]
    earlier: list[Said]
    due_at: datetime | None
    delay_reason: str


async def latest(peer: Peer, *, now: datetime) -> Conversation | None:
    """The open conversation, else the last one if it was ended within a day."""
    row = await Conversation.filter(peer=peer.key).order_by("-id").first()
    is_over = row is not None and row.closed_at is not None and row.closed_at < now - JUST_OVER
    return None if is_over else row


async def transcript(conversation_id: int, *, now: datetime) -> Transcript:
    row = await Conversation.get(id=conversation_id)
    rows = await Message.filter(conversation_id=row.id).exclude(author=NOTE).order_by("-id").limit(SHOWN)
    state, promised, place = State(row.state), row.promised_at, await place_of(row)
    is_promised = promised is not None and promised > now
    likely = None if is_promised else await expecting.expected(row.queue, place=place, now=now)
    return Transcript(
        code=row.code,
        state=state,
        state_name=NAMES[state],
        messages=[_said(each) for each in reversed(rows)],
        place=place,
        promised=when(promised, now=now) if promised and promised > now else "",
        grade=row.grade,
        expected=likely.text if likely else "",
    )


async def inbox(*, by: By, now: datetime) -> list[InboxView]:
    """Who waits, the longest first, then who is being answered. The read is audited."""
    lines = await lines_now(now)
    await audit(by=by, action="chat.list", details={"count": len(lines)}, now=now)
    return lines


async def lines_now(now: datetime) -> list[InboxView]:
    """The same for a page that is open: it names nobody."""
    open_ones = [
        await Conversation.filter(state=state).order_by("-is_urgent", "asked_at", "id").limit(LISTED)
        for state in (State.WAITING, State.PERSON)
    ]
    rows: list[Conversation] = [row for found in open_ones for row in found]
    names = await staff.names_of({row.staff_id for row in rows if row.staff_id})
    marks = await labels.of_conversations([row.id for row in rows])
    return [_line(row, names, marks, now) for row in rows]


async def late_count(now: datetime) -> int:
    """How many have waited too long for a person's first answer."""
    return sum(line.is_late for line in await lines_now(now))


@dataclass(frozen=True, slots=True)
class Signs:
    """What open pages go by. `stamp` changes with every change of a conversation that staff see, and when somebody has
    waited too long; `late` and `waiting` are codes.
    """

    stamp: str
    late: str
    waiting: str


async def signs(now: datetime) -> Signs:
    """All three from one read."""
    columns = ("code", "version", "state", "asked_at", "promised_at", "first_reply_at", "queued_at")
    rows = await Conversation.filter(state__in=(State.WAITING, State.PERSON)).order_by("id").only("id", *columns)
    late = {row.code for row in rows if _waits(row, now) > LATE_AFTER}
    return Signs(
        stamp=",".join(f"{row.code}:{row.version}:{int(row.code in late)}" for row in rows),
        late=",".join(row.code for row in rows if row.code in late),
        waiting=",".join(row.code for row in rows if row.state == State.WAITING),
    )


async def at_desk(code: str, *, by: By, now: datetime) -> DeskView:
    """A conversation for somebody who opens it; the read is audited. Raises NotFound."""
    row = await handed(code)
    await audit(by=by, action="chat.view", subject=f"chat:{code}", citizen_id=row.citizen_id, now=now)
    return await _desk_view(row, by, now)


async def of_holder(code: str, *, by: By, now: datetime) -> DeskView | None:
    """The same for the page of whoever holds it, which looks by itself; None for anybody else. Raises NotFound."""
    row = await handed(code)
    is_held = row.state == State.PERSON and row.staff_id == by.staff_id
    return await _desk_view(row, by, now) if is_held else None


async def _desk_view(row: Conversation, by: By, now: datetime) -> DeskView:
    rows = await Message.filter(conversation_id=row.id).order_by("-id").limit(AT_DESK)
    ids = {staff_id for staff_id in (row.staff_id, *(each.staff_id for each in rows)) if staff_id}
    names = await staff.names_of(ids)
    is_mine = row.state == State.PERSON and row.staff_id == by.staff_id
    return DeskView(
        line=_line(row, names, await labels.of_conversations([row.id]), now),
        state_name=NAMES[State(row.state)],
        citizen_id=row.citizen_id,
        messages=[_said(each, names) for each in reversed(rows)],
        grade=row.grade,
        is_mine=is_mine,
        about=row.about or {},
        earlier=await _earlier(row, names) if is_mine else [],
        due_at=row.due_at if row.due_at and row.handed_at and row.due_at > row.handed_at else None,
        delay_reason=row.delay_reason,
    )


async def _earlier(row: Conversation, names: dict[int, str]) -> list[Said]:
    """The last words of the same person's former conversations with staff; what was for the bot alone stays out."""
    former = Conversation.filter(peer=row.peer, id__lt=row.id, asked_at__not_isnull=True).order_by("-id")
    ids = [each.id for each in await former.limit(10).only("id")]
    rows = await Message.filter(conversation_id__in=ids).order_by("-id").limit(AT_DESK) if ids else []
    return [_said(each, names) for each in reversed(rows)]


def _said(row: Message, names: dict[int, str] | None = None) -> Said:
    by = (names or {}).get(row.staff_id or 0, "")
    return Said(row.id, row.at, row.author, row.kind, row.text, row.answer or {}, by)


def _line(row: Conversation, names: dict[int, str], marks: dict[int, list[str]], now: datetime) -> InboxView:
    waits, promised = _waits(row, now), row.promised_at
    return InboxView(
        code=row.code,
        state=State(row.state),
        why=row.why,
        matter_code=matter_of(row),
        has_account=row.citizen_id is not None,
        staff_id=row.staff_id,
        staff=names.get(row.staff_id or 0, ""),
        asked_at=row.asked_at or row.opened_at,
        promised=when(promised, now=now) if promised and promised > now else "",
        waits_s=int(waits.total_seconds()),
        is_late=waits > LATE_AFTER,
        queue=row.queue,
        is_urgent=row.is_urgent,
        labels=marks.get(row.id, []),
        owed_s=int((now - row.owed_at).total_seconds()) if row.owed_at and row.first_reply_at else 0,
    )


def _waits(row: Conversation, now: datetime) -> timedelta:
    """How long somebody has waited for a person's first answer, within working time; nothing once they have it. Who was
    answered and waits again has waited since then.
    """
    is_waiting = row.state == State.WAITING or (row.state == State.PERSON and row.first_reply_at is None)
    if not is_waiting or row.asked_at is None:
        return timedelta()
    since = row.asked_at if row.first_reply_at is None else row.queued_at or row.asked_at
    return max(timedelta(), now - max(since, row.promised_at or since))
