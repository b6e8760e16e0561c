"""What the service achieves: by the bot, by people, how fast, and what citizens think of it."""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from math import ceil
from statistics import median
from typing import Any

from app.clock import CHINA
from app.errors import InvalidInput
from chatbot.engine.replies import ANSWER
from chatbot.history import waited_s
from chatbot.models import Conversation, Message
from chatbot.queries import LATE_AFTER
from chatbot.states import State
from chatbot.writing import BOT

MOST = 50_000
CHUNK = 500
DISCONTENT = (4, 5)  # GB/T 39046 A.8
_COLUMNS = (
    "id", "opened_at", "queue", "staff_id", "state", "handed_at", "due_at", "taken_at", "first_reply_at", "grade",
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Talk:
    """A conversation as figures see it. Seconds count within working time; None for what never was."""

    on_day: date
    queue: str
    staff_id: int | None
    was_answered_by_bot: bool
    was_handed: bool
    is_over: bool
    wait_s: int | None
    first_reply_s: int | None
    grade: int | None

    @property
    def bot_solved(self) -> bool:
        return self.was_answered_by_bot and not self.was_handed

    @property
    def person_solved(self) -> bool:
        return self.is_over and self.first_reply_s is not None and self.grade not in DISCONTENT


@dataclass(frozen=True, slots=True)
class Figures:
    """`over`: those of the handed over that have ended or were given up. Shares are None without anything to divide."""

    talks: int
    bot_solved: int
    handed: int
    over: int
    person_solved: int
    first_replies: list[int]
    waits: list[int]
    grades: list[int]

    @property
    def bot_share(self) -> float | None:
        return self.bot_solved / self.talks if self.talks else None

    @property
    def person_share(self) -> float | None:
        return self.person_solved / self.over if self.over else None

    @property
    def in_time_share(self) -> float | None:
        """Of those answered by a person: within 60 seconds."""
        limit = LATE_AFTER.total_seconds()
        return sum(s <= limit for s in self.first_replies) / len(self.first_replies) if self.first_replies else None

    @property
    def grade(self) -> float | None:
        return sum(self.grades) / len(self.grades) if self.grades else None

    @classmethod
    def of(cls, talks: Sequence[Talk]) -> "Figures":
        handed = [talk for talk in talks if talk.was_handed]
        return cls(
            talks=len(talks),
            bot_solved=sum(talk.bot_solved for talk in talks),
            handed=len(handed),
            over=sum(talk.is_over for talk in handed),
            person_solved=sum(talk.person_solved for talk in handed),
            first_replies=sorted(talk.first_reply_s for talk in handed if talk.first_reply_s is not None),
            waits=sorted(talk.wait_s for talk in handed if talk.wait_s is not None),
            grades=[talk.grade for talk in talks if talk.grade],
        )


def middle(values: Sequence[int]) -> float | None:
    return median(values) if values else None


def ninth_tenth(values: Sequence[int]) -> int | None:
    """What nine of ten do not exceed; of values in order."""
    return values[ceil(len(values) * 0.9) - 1] if values else None


def by(talks: Iterable[Talk], key: Callable[[Talk], Any]) -> dict[Any, Figures]:
    groups: dict[Any, list[Talk]] = {}
    for talk in talks:
        groups.setdefault(key(talk), []).append(talk)
    return {name: Figures.of(groups[name]) for name in sorted(groups)}


async def talks(*, since: datetime, until: datetime) -> list[Talk]:
    """Conversations that began in the period. Raises InvalidInput for more than can be counted at once."""
    began = Conversation.filter(opened_at__gte=since, opened_at__lt=until)
    rows = await began.order_by("id").limit(MOST + 1).only(*_COLUMNS)
    if len(rows) > MOST:
        raise InvalidInput({"last": f"这段时间的咨询超过 {MOST} 次，请缩短日期"})
    answered = await _answered_by_bot([row.id for row in rows])
    return [_talk(row, row.id in answered) for row in rows]


async def _answered_by_bot(ids: Sequence[int]) -> set[int]:
    found: set[int] = set()
    for start in range(0, len(ids), CHUNK):
        part = Message.filter(conversation_id__in=ids[start : start + CHUNK], author=BOT, kind=ANSWER)
        found.update(row.conversation_id for row in await part.only("id", "conversation_id"))
    return found


def _talk(row: Conversation, was_answered_by_bot: bool) -> Talk:
    wait = row.taken_at - row.due_at if row.taken_at and row.due_at else None
    return Talk(
        on_day=row.opened_at.astimezone(CHINA).date(),
        queue=row.queue,
        staff_id=row.staff_id,
        was_answered_by_bot=was_answered_by_bot,
        was_handed=row.handed_at is not None,
        is_over=row.state in (State.CLOSED, State.BOT),
        wait_s=max(0, int(wait.total_seconds())) if wait is not None else None,
        first_reply_s=waited_s(row),
        grade=row.grade,
    )
