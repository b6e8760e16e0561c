"""Reading ratings: one's own, what staff may read, and figures."""

from collections import Counter
from dataclasses import dataclass
from datetime import date

from tortoise.expressions import Q
from tortoise.functions import Count

from app.queue.models import Ticket
from app.queue.states import State
from app.queue.viewing import Viewer
from app.ratings.errors import NothingToRate
from app.ratings.indicators import CURRENT, VERSIONS
from app.ratings.models import Rating
from app.ratings.rules import BAD, GRADES, good_share


async def rating_of(ticket_code: str) -> Rating | None:
    """How this visit was rated, if it was."""
    return await Rating.get_or_none(ticket_code=ticket_code)


def reasons_of(rating: Rating) -> list[str]:
    """The reasons in the words of the version they were chosen from."""
    indicators = VERSIONS.get(rating.indicators, CURRENT)
    return [indicators.name(code) for code in rating.reasons]


async def last_visit(counter_code: str, viewer: Viewer, *, on: date) -> Ticket:
    """What this person finished last at this counter on this day. Raises `NothingToRate`."""
    theirs = Q(citizen_id=viewer.citizen_id) if viewer.citizen_id is not None else Q()
    if viewer.guest_hash is not None:
        theirs |= Q(guest_hash=viewer.guest_hash)
    if viewer == Viewer():
        raise NothingToRate()
    done = Ticket.filter(theirs, counter_code=counter_code, on_day=on, state=State.DONE)
    ticket = await done.order_by("-ended_at", "-id").first()
    if ticket is None:
        raise NothingToRate()
    return ticket


@dataclass(frozen=True, slots=True)
class Said:
    """A rating as staff may read it: the day, not the hour, and nothing that leads to a person. `text` is raw."""

    on_day: date
    group_code: str
    grade: int
    grade_name: str
    reasons: tuple[str, ...]
    text: str


async def listed(
    hall_code: str, *, first: date, last: date, only_bad: bool = False, page: int = 1, page_size: int = 50
) -> tuple[list[Said], int]:
    """One page of a hall's ratings, the newest day first, and how many there are.

    Within a day they stand in no order of time, so that nobody can count back to who was at the counter.
    """
    rows = Rating.filter(hall_code=hall_code, on_day__gte=first, on_day__lte=last)
    if only_bad:
        rows = rows.filter(grade__in=sorted(BAD))
    found = await rows.order_by("-on_day", "code").offset((page - 1) * page_size).limit(page_size)
    return [_said(row) for row in found], await rows.count()


def _said(row: Rating) -> Said:
    return Said(row.on_day, row.group_code, row.grade, GRADES[row.grade], tuple(reasons_of(row)), row.text)


@dataclass(frozen=True, slots=True)
class Figures:
    """A hall's ratings of some days. Whoever did not rate is 未评 and counts for nothing else (features.md J10).

    Attributes:
        finished: visits that were served to the end.
        by_grade: ratings by grade, 1 to 5, zeros included.
    """

    finished: int
    by_grade: dict[int, int]

    @property
    def rated(self) -> int:
        return sum(self.by_grade.values())

    @property
    def unrated(self) -> int:
        return max(0, self.finished - self.rated)

    @property
    def average(self) -> float | None:
        """The mean grade, 1 the best; None when nobody rated."""
        return sum(grade * count for grade, count in self.by_grade.items()) / self.rated if self.rated else None

    @property
    def good_share(self) -> float | None:
        return good_share(self.by_grade)


async def good_percent(hall_codes: list[str], on: date) -> float | None:
    """好评率 of some halls on a day, with one decimal; None while nobody has rated."""
    rows = Rating.filter(hall_code__in=hall_codes, on_day=on).annotate(count=Count("id")).group_by("grade")
    share = good_share(dict(await rows.values_list("grade", "count")))
    return None if share is None else round(100 * share, 1)


async def figures(hall_code: str, first: date, last: date) -> Figures:
    """Counted from the tables, for the days from `first` to `last`."""
    grades = Rating.filter(hall_code=hall_code, on_day__gte=first, on_day__lte=last).values_list("grade", flat=True)
    counts = Counter(int(str(grade)) for grade in await grades)
    done = Ticket.filter(hall_code=hall_code, on_day__gte=first, on_day__lte=last, state=State.DONE)
    return Figures(finished=await done.count(), by_grade={grade: counts[grade] for grade in GRADES})
