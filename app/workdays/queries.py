"""The working-day calendar, loaded once and then asked without the database."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date

from app.recent import Recent
from app.workdays import rules
from app.workdays.models import CalendarChange, CalendarDay
from app.workdays.rules import Kind, Pause

OFFICIAL = "official"
SEED = "seed"  # who brings the city's own files in
SHOWN = 20


@dataclass(frozen=True)
class DueDate:
    """`is_provisional` is true when a day was counted that no official notice covers yet: show 暂定."""

    counted_from: date
    due_on: date
    is_provisional: bool


@dataclass(frozen=True)
class Workdays:
    """All days we know. A day without a row follows the week and is not official."""

    working: dict[date, bool]
    official: frozenset[date]
    names: dict[date, str]

    def is_working(self, day: date) -> bool:
        return rules.is_working(self.working, day)

    def is_official(self, day: date) -> bool:
        return day in self.official

    def is_holiday(self, day: date) -> bool:
        """Off because of a holiday, not only because it is a weekend."""
        return day in self.names and not self.is_working(day)

    def name(self, day: date) -> str:
        """The holiday's name (also on the make-up day worked for it), or an empty text."""
        return self.names.get(day, "")

    def pattern_weekday(self, day: date) -> int | None:
        """Which weekday's hours (1 Monday to 7 Sunday) a hall keeps on this day; None on a holiday.

        A weekend day that is worked in exchange keeps the hours of the nearest weekday: Saturday Friday's, Sunday
        Monday's.
        """
        if self.is_holiday(day):
            return None
        if self.is_working(day) and day.isoweekday() >= rules.SATURDAY:
            return 5 if day.isoweekday() == rules.SATURDAY else 1
        return day.isoweekday()

    def add(self, start: date, days: int) -> tuple[date, bool]:
        """The working day `days` after `start` (which does not count), and whether it is provisional."""
        end = rules.add_working_days(self.working, start, days)
        return end, self._is_provisional(start, end)

    def due(self, *, submitted: date, days: int, kind: Kind, pauses: Iterable[Pause] = ()) -> DueDate:
        """When a period ends; `pauses` are pairs of first and last day on which the clock stood still."""
        found = rules.due(self.working, submitted=submitted, count=days, kind=kind, pauses=pauses)
        return DueDate(found.counted_from, found.due_on, self._is_provisional(submitted, found.due_on))

    def _is_provisional(self, first: date, last: date) -> bool:
        span = (first + rules.DAY * n for n in range((last - first).days + 1))
        return not all(day in self.official for day in span)


async def load() -> Workdays:
    """Read the calendar: three years are some 1,100 rows, a few milliseconds."""
    rows = await CalendarDay.all().values_list("date", "is_working", "name", "status")
    return Workdays(
        working={day: bool(is_working) for day, is_working, _, _ in rows},
        official=frozenset(day for day, _, _, status in rows if status == OFFICIAL),
        names={day: name for day, _, name, _ in rows if name},
    )


async def _remember(_: str) -> Workdays:
    return await load()


_shown = Recent(_remember)


async def shown() -> Workdays:
    """The calendar for pages that many look at, up to a second old. What makes or moves slots asks `load`."""
    return await _shown.get("")


async def changes() -> list[CalendarChange]:
    """Imports and corrections by people, the latest first."""
    return await CalendarChange.exclude(by=SEED).order_by("-id").limit(SHOWN)
