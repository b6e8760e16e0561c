"""The inbox of a citizen, and what staff must know of sending."""

from dataclasses import dataclass

from app.errors import NotFound
from notify.models import Dispatch, Notice
from notify.templates import MOST_ASKED, TEMPLATES


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


async def failed(*, limit: int = 100) -> list[Dispatch]:
    """Sendings that were given up, the latest first; their notices are in the inbox all the same."""
    return await Dispatch.filter(state="failed").order_by("-id").limit(limit)


@dataclass(frozen=True, slots=True)
class Ask:
    """One line of the subscribe sheet: the kind of notice, WeChat's id of its template, and what it says."""

    kind: str
    template_id: str
    title: str


def asked_for(templates: dict[str, str], *, after: str = "booking") -> list[Ask]:
    """What the subscribe sheet should ask for after a booking, or after "waiting"; WeChat shows three at most.

    Args:
        templates: WeChat's ids by kind.
    """
    asked = [(kind, it) for kind, it in TEMPLATES.items() if it.asked == after and kind in templates]
    return [Ask(kind, templates[kind], it.title) for kind, it in asked[:MOST_ASKED]]
