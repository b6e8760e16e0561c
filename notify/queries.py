"""The inbox of a citizen, and what staff must know of sending."""

from collections.abc import Collection, Iterable
from dataclasses import dataclass
from datetime import datetime

from tortoise.expressions import Q
from tortoise.models import Model
from tortoise.queryset import QuerySet

from app.booking.models import Booking, Waiting
from app.errors import NotFound
from app.pickup.models import Pickup
from app.queue.models import Ticket
from notify.leases import OPEN
from notify.models import Dispatch, Notice
from notify.people import TAKEN
from notify.policy import ENOUGH
from notify.templates import CONSENTS, MOMENTS, MUST_ARRIVE


async def inbox(citizen_id: int, *, page: int = 1, page_size: int = 20) -> tuple[list[Notice], int]:
    """One page of messages, the newest first, and how many there are."""
    mine = _inbox(citizen_id)
    rows = await mine.order_by("-id").offset((page - 1) * page_size).limit(page_size)
    return rows, await mine.count()


async def message(code: str, *, citizen_id: int) -> Notice:
    """A citizen's own message. Raises `NotFound`, also for somebody else's."""
    row = await Notice.get_or_none(code=code, citizen_id=citizen_id)
    if row is None:
        raise NotFound()
    return row


async def unread_count(citizen_id: int) -> int:
    return await _inbox(citizen_id).filter(read_at=None).count()


def _inbox(citizen_id: int) -> QuerySet[Notice]:
    """Without what only tells of the others (`digests`)."""
    return Notice.filter(citizen_id=citizen_id).exclude(kind="digest")


@dataclass(frozen=True, slots=True)
class Unreached:
    """A notice that is in the inbox only. `about`: what its page shows, such as ("bookings", number); `hall_code` and
    `booking_number` are empty for what concerns no hall, or came of no booking.
    """

    title: str
    about: tuple[str, str]
    hall_code: str
    booking_number: str
    citizen_id: int
    channel: str
    reason: str
    final_at: datetime | None


LOOKED_AT = 1000  # of the latest: enough to see that a channel is down
_ABOUT: dict[str, tuple[type[Model], str, str]] = {  # the columns of its key in the path and of the booking's number
    "bookings": (Booking, "number", "number"),
    "pickups": (Pickup, "code", "booking_number"),
    "tickets": (Ticket, "code", "booking_number"),
    "waiting": (Waiting, "code", "booking_number"),
}
_NOWHERE = ("", "")


async def unreached(hall_codes: Collection[str] | None = None, *, limit: int = 100) -> list[Unreached]:
    """Sendings that were given up, and those of changes that reached nobody over any channel; the latest first.

    Args:
        hall_codes: only of these halls, and what concerns no hall; None for all.
    """
    rows = Dispatch.filter(Q(state="failed") | Q(state="skipped", kind__in=MUST_ARRIVE))
    rows = rows.exclude(reason__in=ENOUGH)
    return (await _told(rows, hall_codes))[:limit]


async def failed_count(hall_codes: Collection[str] | None = None, *, since: datetime) -> int:
    """How many sendings of these halls were given up since then, up to `LOOKED_AT`."""
    return len(await _told(Dispatch.filter(state="failed", final_at__gte=since), hall_codes))


async def _told(dispatches: QuerySet[Dispatch], hall_codes: Collection[str] | None) -> list[Unreached]:
    rows = await _last_of_each(await dispatches.order_by("-id").limit(LOOKED_AT))
    notices = {row.id: row for row in await Notice.filter(id__in=[row.notice_id for row in rows])}
    abouts = {row.id: _about(row.page) for row in notices.values()}
    known = await _hall_and_booking_of(abouts.values())
    found = [
        Unreached(
            title=notices[row.notice_id].title,
            about=abouts[row.notice_id],
            hall_code=known.get(abouts[row.notice_id], _NOWHERE)[0],
            booking_number=known.get(abouts[row.notice_id], _NOWHERE)[1],
            citizen_id=row.citizen_id,
            channel=row.channel,
            reason=row.reason,
            final_at=row.final_at,
        )
        for row in rows
        if row.notice_id in notices
    ]
    return [each for each in found if hall_codes is None or not each.hall_code or each.hall_code in hall_codes]


async def _last_of_each(rows: Iterable[Dispatch]) -> list[Dispatch]:
    """The last sending of each notice, of those that no other channel has brought or still may."""
    last: dict[int, Dispatch] = {}
    for row in rows:
        last.setdefault(row.notice_id, row)
    others = Dispatch.filter(notice_id__in=list(last), state__in=(*OPEN, *TAKEN))
    for notice_id in await others.values_list("notice_id", flat=True):
        last.pop(int(str(notice_id)), None)
    return list(last.values())


def _about(page: str) -> tuple[str, str]:
    """From /h5/tickets/CODE/rate: tickets and CODE."""
    kind, _, rest = page.removeprefix("/h5/").partition("/")
    return kind, rest.partition("/")[0]


async def _hall_and_booking_of(abouts: Iterable[tuple[str, str]]) -> dict[tuple[str, str], tuple[str, str]]:
    """The hall that each of these concerns, and the number of the booking it came of, empty for none."""
    wanted: dict[str, set[str]] = {}
    for kind, key in abouts:
        wanted.setdefault(kind, set()).add(key)
    found: dict[tuple[str, str], tuple[str, str]] = {}
    for kind, (model, column, booking) in _ABOUT.items():
        rows = model.filter(**{f"{column}__in": sorted(wanted.get(kind, ()))})
        listed = await rows.values_list(column, "hall_code", booking)
        found |= {(kind, str(key)): (str(hall), str(number or "")) for key, hall, number in listed}
    return found


@dataclass(frozen=True, slots=True)
class Ask:
    """One line of the subscribe sheet: the kind of notice, WeChat's id of its template, and what it says."""

    kind: str
    template_id: str
    title: str


def asked_at(moment: str, templates: dict[str, str]) -> list[Ask]:
    """What the subscribe sheet should ask for at a moment of `MOMENTS`. `templates`: WeChat's ids by consent."""
    return [Ask(kind, templates[kind], CONSENTS[kind]) for kind in MOMENTS[moment] if kind in templates]
