"""Conversations that staff had, by day, label, member of staff, queue and state. Reads are audited."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from tortoise.expressions import Subquery
from tortoise.queryset import QuerySet

from app.staff import queries as staff
from app.staff.auditing import audit
from app.staff.by import By
from chatbot import labels
from chatbot.models import Conversation, Labelled
from chatbot.states import State
from chatbot.writing import matter_of

PAGE, EXPORTED = 30, 5000


@dataclass(frozen=True, slots=True)
class Sought:
    """`since` and `until`: of the time at which a person was wanted. Empty filters filter nothing."""

    since: datetime
    until: datetime
    label: str = ""
    staff_id: int = 0
    state: str = ""
    queue: str | None = None


@dataclass(frozen=True, slots=True)
class PastView:
    """A line of the list, without what was said and by whom. `labels` are codes; `wait_s` until the first answer."""

    code: str
    handed_at: datetime
    state: State
    why: str
    matter_code: str
    has_account: bool
    queue: str
    staff: str
    labels: list[str]
    wait_s: int | None
    grade: int | None


async def search(sought: Sought, *, by: By, page: int, now: datetime) -> tuple[list[PastView], int]:
    """One page, the latest first, and how many there are."""
    rows = _rows(sought)
    total = await rows.count()
    found = await rows.order_by("-handed_at", "-id").offset((page - 1) * PAGE).limit(PAGE)
    await audit(by=by, action="chat.history", details=_said(sought, total) | {"page": page}, now=now)
    return await _views(found), total


async def export(sought: Sought, *, by: By, now: datetime) -> list[PastView]:
    """All of it, up to 5,000 lines."""
    found = await _rows(sought).order_by("-handed_at", "-id").limit(EXPORTED)
    await audit(by=by, action="chat.export", details=_said(sought, len(found)), now=now)
    return await _views(found)


def _rows(sought: Sought) -> QuerySet[Conversation]:
    rows = Conversation.filter(handed_at__gte=sought.since, handed_at__lt=sought.until, asked_at__not_isnull=True)
    if sought.label:
        rows = rows.filter(id__in=Subquery(Labelled.filter(label=sought.label).values("conversation_id")))
    if sought.staff_id:
        rows = rows.filter(staff_id=sought.staff_id)
    if sought.state:
        rows = rows.filter(state=sought.state)
    return rows if sought.queue is None else rows.filter(queue=sought.queue)


def _said(sought: Sought, count: int) -> dict[str, object]:
    return {
        "first": f"{sought.since:%Y-%m-%d}", "last": f"{sought.until:%Y-%m-%d}", "label": sought.label,
        "state": sought.state, "staff": sought.staff_id or None, "count": count,
    }  # fmt: skip


async def _views(rows: Sequence[Conversation]) -> list[PastView]:
    names = await staff.names_of({row.staff_id for row in rows if row.staff_id})
    marked = await labels.of_conversations([row.id for row in rows])
    return [
        PastView(
            code=row.code, handed_at=row.handed_at or row.opened_at, state=State(row.state), why=row.why,
            matter_code=matter_of(row), has_account=row.citizen_id is not None, queue=row.queue,
            staff=names.get(row.staff_id or 0, ""), labels=marked.get(row.id, []), wait_s=waited_s(row),
            grade=row.grade,
        )
        for row in rows
    ]  # fmt: skip


def waited_s(row: Conversation) -> int | None:
    """Seconds until a person's first answer, within working time; None without one."""
    if row.first_reply_at is None or row.due_at is None:
        return None
    return max(0, int((row.first_reply_at - row.due_at).total_seconds()))
