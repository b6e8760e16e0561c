"""The inbox of a citizen, and what staff must know of sending."""

from dataclasses import dataclass
from datetime import datetime

from tortoise.expressions import Q

from app.errors import NotFound
from notify.models import Dispatch, Notice
from notify.templates import CONSENTS, MOMENTS, MUST_ARRIVE


async def inbox(citizen_id: int, *, page: int = 1, page_size: int = 20) -> tuple[list[Notice], int]:
    """One page of messages, the newest first, and how many there are."""
    mine = Notice.filter(citizen_id=citizen_id)
    rows = await mine.order_by("-id").offset((page - 1) * page_size).limit(page_size)
    return rows, await mine.count()


async def message(code: str, *, citizen_id: int) -> Notice:
    """A citizen's own message. Raises `NotFound`, also for somebody else's."""
    row = await Notice.get_or_none(code=code, citizen_id=citizen_id)
    if row is None:
        raise NotFound()
    return row


async def unread_count(citizen_id: int) -> int:
    return await Notice.filter(citizen_id=citizen_id, read_at=None).count()


@dataclass(frozen=True, slots=True)
class Unreached:
    """A notice that is in the inbox only. `booking_number`: whom to telephone about it; empty without a booking."""

    title: str
    booking_number: str
    channel: str
    reason: str
    final_at: datetime | None


async def unreached(*, limit: int = 100) -> list[Unreached]:
    """Sendings that were given up, and those of changes that somebody had not allowed; the latest first."""
    rows = Dispatch.filter(Q(state="failed") | Q(state="skipped", kind__in=MUST_ARRIVE))
    found = await rows.order_by("-id").limit(limit)
    notices = {row.id: row for row in await Notice.filter(id__in=[row.notice_id for row in found])}
    return [_unreached(row, notices[row.notice_id]) for row in found if row.notice_id in notices]


def _unreached(row: Dispatch, notice: Notice) -> Unreached:
    start = "/h5/bookings/"
    number = notice.page.removeprefix(start) if notice.page.startswith(start) else ""
    return Unreached(notice.title, number, row.channel, row.reason, row.final_at)


async def failed_count(*, since: datetime) -> int:
    """How many sendings were given up since then."""
    return await Dispatch.filter(state="failed", final_at__gte=since).count()


@dataclass(frozen=True, slots=True)
class Ask:
    """One line of the subscribe sheet: the kind of notice, WeChat's id of its template, and what it says."""

    kind: str
    template_id: str
    title: str


def asked_at(moment: str, templates: dict[str, str]) -> list[Ask]:
    """What the subscribe sheet should ask for at a moment of `MOMENTS`. `templates`: WeChat's ids by consent."""
    return [Ask(kind, templates[kind], CONSENTS[kind]) for kind in MOMENTS[moment] if kind in templates]
