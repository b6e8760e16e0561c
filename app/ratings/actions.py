"""Rating a visit: one ticket, one rating, whichever way it comes in."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Literal

from tortoise.exceptions import IntegrityError

from app import outbox
from app.db import transactional
from app.ids import new_code
from app.queue import viewing
from app.queue.models import Ticket
from app.queue.states import State
from app.queue.viewing import Viewer
from app.ratings import rules
from app.ratings.errors import NotFinishedYet
from app.ratings.events import VisitRated
from app.ratings.indicators import CURRENT
from app.ratings.models import Rating

Channel = Literal["page", "counter", "app"]


@dataclass(frozen=True, slots=True)
class Opinion:
    """What somebody says: the grade, codes of reasons, and words of their own."""

    grade: int
    reasons: Sequence[str] = ()
    text: str = ""


@dataclass(frozen=True, slots=True)
class Rated:
    """`is_repeat`: the visit was rated before, and that rating stands."""

    rating: Rating
    is_repeat: bool


@transactional
async def rate(*, ticket_code: str, viewer: Viewer, opinion: Opinion, channel: Channel, now: datetime) -> Rated:
    """Rate a visit that is over. A second try gets the first rating and changes nothing.

    Raises:
        NotFinishedYet: the ticket has not been served to the end.
        InvalidInput: no such grade or reason, or a bad grade without a reason.
        NotFound, OnlyTheOwner: it is not theirs to rate.
    """
    ticket = await viewing.own(ticket_code, viewer)
    if first := await Rating.get_or_none(ticket_code=ticket.code):
        return Rated(first, is_repeat=True)
    if ticket.state != State.DONE:
        raise NotFinishedYet()
    rules.ensure_complete(CURRENT, grade=opinion.grade, reasons=opinion.reasons)
    try:
        rating = await _write(ticket, opinion, channel, now)
    except IntegrityError:  # the same person in the same moment, on the counter's tablet or another page
        return Rated(await Rating.get(ticket_code=ticket.code), is_repeat=True)
    return Rated(rating, is_repeat=False)


@transactional
async def _write(ticket: Ticket, opinion: Opinion, channel: Channel, now: datetime) -> Rating:
    rating = await Rating.create(
        code=new_code(),
        ticket_code=ticket.code,
        on_day=ticket.on_day,
        hall_code=ticket.hall_code,
        group_code=ticket.group_code,
        counter_code=ticket.counter_code,
        staff_id=ticket.called_by,
        matter_code=ticket.matter_code,
        grade=opinion.grade,
        indicators=CURRENT.version,
        reasons=sorted(set(opinion.reasons)),
        text=opinion.text,
        channel=channel,
        rated_at=now,
    )
    await outbox.record(
        VisitRated(
            occurred_at=now,
            rating_code=rating.code,
            hall_code=rating.hall_code,
            group_code=rating.group_code,
            counter_code=rating.counter_code,
            grade=rating.grade,
            is_bad=rating.grade in rules.BAD,
        )
    )
    return rating
