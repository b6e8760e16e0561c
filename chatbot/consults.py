"""Questions left outside of working time, as consult records (GB/T 39046 table 10), with reason and days of delay.

The text of the standard was not at hand: names, order and lengths in `FIELDS` are our reading of what the table needs
(待核), in one place for whoever connects the provincial platform.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from tortoise.expressions import F

from app.citizens import queries as citizens
from app.clock import CHINA
from app.db import transactional
from app.errors import InvalidInput
from app.matters import queries as matters
from app.staff import queries as staff
from app.staff.auditing import audit
from app.staff.by import By
from app.workdays import queries as workdays
from app.workdays.queries import Workdays
from chatbot.desk import handed
from chatbot.models import Conversation, Message
from chatbot.texts import cleaned, masked
from chatbot.writing import CITIZEN, STAFF, matter_of

MOST = 5000
LONGEST_REASON = 100
CHANNELS = {"h5": "手机网页"}


@dataclass(frozen=True, slots=True)
class Field:
    """An item of the record. `most`: characters; `needed`: always, or once it is answered or overdue; empty never."""

    name: str
    most: int
    needed: str = ""


ALWAYS, ANSWERED, OVERDUE = "always", "answered", "overdue"
FIELDS = (
    Field("咨询编号", 50, ALWAYS),
    Field("咨询人", 50),
    Field("联系电话", 20),
    Field("咨询渠道", 20, ALWAYS),
    Field("事项编码", 64),
    Field("事项名称", 200),
    Field("咨询内容", 2000, ALWAYS),
    Field("咨询时间", 15, ALWAYS),
    Field("承诺答复时间", 15, ALWAYS),
    Field("答复单位", 100, ANSWERED),
    Field("答复人", 50, ANSWERED),
    Field("答复内容", 2000, ANSWERED),
    Field("答复时间", 15, ANSWERED),
    Field("延期原因", LONGEST_REASON, OVERDUE),
    Field("超期天数", 4, ALWAYS),
    Field("满意度", 1),
)

Record = Mapping[str, str]


@dataclass(frozen=True, slots=True)
class ConsultView:
    """A record, what is missing in it, and its times to be read by people."""

    code: str
    record: Record
    faults: list[str]
    asked_at: datetime
    due_at: datetime
    answered_at: datetime | None


def moment(at: datetime | None) -> str:
    """20261127T200000, China's time; empty for none."""
    return f"{at.astimezone(CHINA):%Y%m%dT%H%M%S}" if at else ""


def overdue_days(calendar: Workdays, *, due: datetime, answered: datetime) -> int:
    """Working days from the one after the promised day up to the day of the answer; 0 when it came in time."""
    first, last = _day(due), _day(answered)
    span = (first + timedelta(days=n) for n in range(1, (last - first).days + 1))
    return sum(calendar.is_working(on) for on in span)


def faults(record: Record) -> list[str]:
    """What keeps a record from being handed in, each as a sentence."""
    when = {ALWAYS: True, ANSWERED: bool(record["答复时间"]), OVERDUE: record["超期天数"] not in ("", "0"), "": False}
    missing = [f"缺少{item.name}" for item in FIELDS if when[item.needed] and not record[item.name]]
    return missing + [f"{item.name}超过 {item.most} 个字" for item in FIELDS if len(record[item.name]) > item.most]


async def consults(*, since: datetime, until: datetime, now: datetime, office: str) -> list[ConsultView]:
    """Those asked in the period, in order. `office`: who answers where no department does."""
    rows = Conversation.filter(handed_at__gte=since, handed_at__lt=until, due_at__gt=F("handed_at"))
    found = await rows.order_by("handed_at", "id").limit(MOST)
    calendar = await workdays.shown()
    return [await _view(row, calendar, office, now) for row in found]


async def _view(row: Conversation, calendar: Workdays, office: str, now: datetime) -> ConsultView:
    record = await _record(row, calendar, office, now)
    asked_at = row.handed_at or row.opened_at
    return ConsultView(row.code, record, faults(record), asked_at, row.due_at or asked_at, row.first_reply_at)


async def _record(row: Conversation, calendar: Workdays, office: str, now: datetime) -> Record:
    code, due, answered = matter_of(row), row.due_at or now, row.first_reply_at
    matter = next(iter(await matters.mentioned([code])), None) if code else None
    ended = answered or row.closed_at or now
    return {
        **await _who_asks(row),
        "咨询编号": row.code,
        "咨询渠道": CHANNELS.get(row.channel, row.channel),
        "事项编码": code,
        "事项名称": matter.name if matter else "",
        "咨询内容": await _said(row, CITIZEN) or row.why,
        "咨询时间": moment(row.handed_at),
        "承诺答复时间": moment(due),
        **await _answer(row, matter.dept_name if matter else office),
        "延期原因": row.delay_reason,
        "超期天数": str(overdue_days(calendar, due=due, answered=ended)),
        "满意度": str(row.grade or ""),
    }


async def _who_asks(row: Conversation) -> dict[str, str]:
    """Masked: what leaves by a file is not more than staff see."""
    person = (await citizens.citizens({row.citizen_id})).get(row.citizen_id) if row.citizen_id else None
    return {
        "咨询人": (person.masked_name if person else None) or "",
        "联系电话": (person.masked_mobile if person else None) or "",
    }


async def _answer(row: Conversation, office: str) -> dict[str, str]:
    if row.first_reply_at is None:
        return dict.fromkeys(("答复单位", "答复人", "答复内容", "答复时间"), "")
    first = await Message.filter(conversation_id=row.id, author=STAFF).order_by("id").first()
    names = await staff.names_of({first.staff_id or 0}) if first else {}
    return {
        "答复单位": office,
        "答复人": next(iter(names.values()), "人工客服"),
        "答复内容": await _said(row, STAFF),
        "答复时间": moment(row.first_reply_at),
    }


async def _said(row: Conversation, author: str) -> str:
    rows = await Message.filter(conversation_id=row.id, author=author).order_by("id").limit(50)
    return "\n".join(each.text for each in rows)[:2000]


def _day(at: datetime) -> date:
    return at.astimezone(CHINA).date()


@transactional
async def set_reason(*, code: str, why: str, by: By, now: datetime) -> None:
    """Why the promised time was not kept. Raises InvalidInput, NotFound."""
    row, plain = await handed(code), masked(cleaned(why, field="delay"))
    if len(plain) > LONGEST_REASON:
        raise InvalidInput({"delay": f"延期原因最多 {LONGEST_REASON} 个字"})
    await Conversation.filter(id=row.id).update(delay_reason=plain)
    await audit(
        by=by, action="chat.delay", subject=f"chat:{code}", citizen_id=row.citizen_id, why=plain, now=now
    )  # fmt: skip
