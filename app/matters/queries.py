"""Everything that reads matters. Lists and searches come from the index, whole guides from the table."""

from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from tortoise.expressions import Q

from app.errors import NotFound
from app.matters import live, misses
from app.matters.models import CANCELLED, LifeEvent, Matter, MatterImport, Revision, SearchMiss, Theme
from app.matters.rules import STALE_AFTER_DAYS, stale_before
from app.matters.search.entry import ANY, Entry, Filter, Found

MAX_PAGE = 50
UNNAMED = "现场业务"
USUAL_DURATION = 15  # minutes at the counter, where no guide says it


async def matter(code: str) -> Matter:
    """The matter with its whole guide; suspended ones too, which say so. Raises `NotFound`, also when cancelled."""
    found = await Matter.get_or_none(code=code)
    if found is None or found.status == CANCELLED:
        raise NotFound()
    return found


async def search(
    text: str = "", *, where: Filter = ANY, page: int = 1, page_size: int = 20, now: datetime | None = None
) -> Found:
    """One page of what answers `text`, best first; without a text, of all matters, the most asked for first.

    Args:
        now: given when the text was typed by a citizen: a search without an answer is then noted for staff.
    """
    index = await live.index()
    found = index.search(text, where=where, offset=(page - 1) * page_size, limit=min(page_size, MAX_PAGE))
    if now is not None and not found.total and where == ANY:
        await misses.note(text, now=now)
    return found


async def suggest(text: str, *, limit: int = 8) -> Found:
    """What the citizen may mean while still typing; the most asked for before the first letter."""
    return (await live.index()).search(text, limit=limit)


async def hot(limit: int = 8) -> list[Entry]:
    """The matters asked for most."""
    found = (await live.index()).browse(limit=limit)
    return [hit.entry for hit in found.hits]


async def at_window(hall_code: str, group_code: str) -> list[Entry]:
    """The matters that a group of counters handles now, the most asked for first."""
    entries = (await live.index()).entries
    return [entry for entry in entries if not entry.is_suspended and entry.is_at(hall_code, group_code)]


async def in_hall(hall_code: str) -> list[Entry]:
    """The matters that a hall handles now, the most asked for first."""
    entries = (await live.index()).entries
    return [entry for entry in entries if not entry.is_suspended and entry.is_in(hall_code)]


async def names(codes: list[str]) -> dict[str, str]:
    """Code to name; cancelled ones too, because old bookings name them. A code without a matter stands for itself.

    The empty code is a matter that nobody has named: who takes a number on the spot need not.
    """
    rows = await Matter.filter(code__in=codes).values_list("code", "name") if codes else []
    return {code: code or UNNAMED for code in codes} | {str(code): str(name) for code, name in rows}


async def name(code: str) -> str:
    """The same for one."""
    return (await names([code]))[code]


async def listed(codes: list[str]) -> dict[str, str]:
    """Code to name, for those that have a guide to look at now."""
    entries = {entry.code: entry.name for entry in (await live.index()).entries}
    return {code: entries[code] for code in codes if code in entries}


async def bookable(codes: set[str]) -> set[str]:
    """Those of the codes that can be booked now."""
    return {entry.code for entry in (await live.index()).entries if entry.bookable and entry.code in codes}


async def mentioned(codes: list[str]) -> list[Matter]:
    """The matters that a booking mentions, in its order; cancelled ones too, because the booking still stands."""
    rows = {row.code: row for row in await Matter.filter(code__in=codes)}
    return [rows[code] for code in codes if code in rows]


@dataclass(frozen=True, slots=True)
class ThemeCount:
    code: str
    name: str
    audience: str
    count: int


async def themes() -> list[ThemeCount]:
    """The navigation themes in the city's order, with how many matters each holds."""
    index = await live.index()
    counts: dict[str, int] = {}
    for entry in index.entries:
        for code in entry.themes:
            counts[code] = counts.get(code, 0) + 1
    rows = await Theme.all().order_by("position")
    return [ThemeCount(row.code, row.name, row.audience, counts.get(row.code, 0)) for row in rows]


async def life_events() -> list[LifeEvent]:
    return await LifeEvent.all().order_by("position")


async def windows_of(code: str) -> list[tuple[str, str]]:
    """(hall code, window group) of every place that handles the matter. Raises `NotFound`."""
    return (await matter(code)).places


async def duration_min(code: str) -> int:
    """Minutes at the counter. Raises `NotFound`."""
    return (await matter(code)).duration_min


async def durations(codes: list[str]) -> dict[str, int]:
    """Minutes at the counter by code, for those that exist."""
    rows = await Matter.filter(code__in=codes).values_list("code", "duration_min")
    return {str(code): minutes for code, minutes in rows}


@dataclass(frozen=True, slots=True)
class Stale:
    code: str
    name: str
    dept_name: str
    checked_on: date | None
    version: int


async def stale(*, today: date, days: int = STALE_AFTER_DAYS, limit: int = 200) -> list[Stale]:
    """Guides that nobody has checked for `days` days, the longest unchecked first."""
    old = Q(checked_on__lte=stale_before(today, days=days)) | Q(checked_on__isnull=True)
    rows = await Matter.exclude(status=CANCELLED).filter(old).order_by("checked_on", "code").limit(limit)
    return [Stale(row.code, row.name, row.dept_name, row.checked_on, row.version) for row in rows]


@dataclass(frozen=True, slots=True)
class Miss:
    text: str
    count: int
    last_at: datetime


async def searches_without_answer(*, since: date, limit: int = 100) -> list[Miss]:
    """What citizens typed in vain since a day, the most frequent first."""
    rows = SearchMiss.filter(on_day__gte=since).order_by("-last_at").limit(5000)
    merged: dict[str, Miss] = {}
    for row in await rows:
        known = merged.get(row.text)
        merged[row.text] = Miss(row.text, row.count + known.count, known.last_at) if known else _miss(row)
    return sorted(merged.values(), key=lambda miss: (-miss.count, miss.text))[:limit]


def _miss(row: SearchMiss) -> Miss:
    return Miss(row.text, row.count, row.last_at)


async def guide_at(code: str, version: int) -> dict[str, Any]:
    """The guide as it stood at a version: a case goes by the one it began with. Raises `NotFound`."""
    revision = await Revision.get_or_none(matter_code=code, version=version)
    if revision is None:
        raise NotFound()
    return revision.guide


async def revisions(code: str, limit: int = 30) -> list[Revision]:
    """The latest versions of a matter, newest first."""
    return await Revision.filter(matter_code=code).order_by("-version").limit(limit)


async def imports(limit: int = 20) -> list[MatterImport]:
    """The latest uploads, without their rows."""
    shown = ("id", "code", "filename", "digest", "state", "report", "by", "at", "applied_at", "undone_at")
    return await MatterImport.all().order_by("-id").limit(limit).only(*shown)
