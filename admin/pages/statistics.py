"""统计: how many came, how long they waited and how long it took, by hall, group, hour and day; also as a CSV file."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta

from sanic import Blueprint, HTTPResponse
from sanic.response import raw

from admin import asked
from admin.caller import my_halls, render, said, staff_page
from admin.tables import csv_text
from app import clock
from app.errors import AppError, InvalidInput
from app.halls import queries as halls
from app.halls.models import Hall
from app.http.context import AppRequest
from app.queue import figures
from app.queue.figures import Asked, Figures, Visit
from app.staff.auditing import audit
from app.staff.queries import Member

pages = Blueprint("admin_statistics", url_prefix="/statistics")

LONGEST = timedelta(days=92)
COLUMNS = (
    "到场",
    "办结",
    "过号",
    "过号率",
    "放弃",
    "等候平均",
    "等候中位",
    "等候九成",
    "办理平均",
    "办理中位",
    "办理九成",
)


@dataclass(frozen=True, slots=True)
class Part:
    """One table: `rows` are a name and its figures."""

    key: str
    title: str
    rows: list[tuple[str, Figures]]


@dataclass(frozen=True, slots=True)
class Choice:
    """What was chosen in the form, and the halls and groups to choose from."""

    asked: Asked
    halls: list[Hall]
    groups: dict[str, str]
    hall: str
    group: str

    @property
    def query(self) -> str:
        return f"hall={self.hall}&group={self.group}&first={self.asked.first}&last={self.asked.last}"


@pages.get("/")
@staff_page()
async def show(request: AppRequest, member: Member) -> HTTPResponse:
    """The figures of some days; of the last seven, unless others are asked for."""
    refusal: AppError | None = None
    choice = await _choice(request, member)
    try:
        seen = await _visits(choice)
    except AppError as exc:
        seen, refusal = [], exc
    return render(
        request, "statistics.html", **said(refusal), choice=choice, total=Figures.of(seen),
        parts=await _parts(seen, choice), columns=COLUMNS, cells=cells,
        export=f"/admin/statistics/export?{choice.query}",
    )  # fmt: skip


@pages.get("/export")
@staff_page()
async def export(request: AppRequest, member: Member) -> HTTPResponse:
    """All tables of the page in one file. Who exports what is written down."""
    choice = await _choice(request, member)
    seen = await _visits(choice)
    days = {"first": str(choice.asked.first), "last": str(choice.asked.last)}
    details = {"hall": choice.hall, "group": choice.group, **days}
    await audit(by=member.by, action="statistics.export", hall_code=choice.hall, details=details, now=clock.now())
    parts = [Part("all", "合计", [("合计", Figures.of(seen))]), *await _parts(seen, choice)]
    lines = [[part.title, name, *cells(row)] for part in parts for name, row in part.rows]
    name = f"zhangban-{choice.asked.first}-{choice.asked.last}.csv"
    headers = {"content-disposition": f'attachment; filename="{name}"', "cache-control": "no-store"}
    content = csv_text(("分组", "名称", *COLUMNS), lines).encode("utf-8-sig")  # the mark by which Excel knows UTF-8
    return raw(content, headers=headers, content_type="text/csv; charset=utf-8")


async def _visits(choice: Choice) -> list[Visit]:
    """Raises `InvalidInput` or `TooManyVisits`."""
    if choice.asked.last < choice.asked.first or choice.asked.last - choice.asked.first > LONGEST:
        raise InvalidInput({"last": f"结束日期不早于开始日期，且最多 {LONGEST.days} 天"})
    return await figures.visits(choice.asked) if choice.asked.hall_codes else []


async def _choice(request: AppRequest, member: Member) -> Choice:
    """Raises `HallNotYours` for a hall that is not theirs."""
    mine, hall = await my_halls(member.by), request.args.get("hall") or ""
    if hall:
        member.by.ensure_sees(hall)
    elif len(mine) == 1:
        hall = mine[0].code
    groups = {group.group_code: group.name for group in await halls.groups(hall)} if hall else {}
    group = request.args.get("group") or ""
    group = group if group in groups else ""
    last = asked.day(request, "last")
    wanted = Asked(
        hall_codes=(hall,) if hall else tuple(each.code for each in mine),
        first=asked.day(request, "first", last - timedelta(days=6)),
        last=last,
        group_code=group or None,
    )
    return Choice(wanted, mine, groups, hall, group)


async def _parts(seen: Sequence[Visit], choice: Choice) -> list[Part]:
    names = {hall.code: hall.name for hall in choice.halls}
    keys = sorted({f"{visit.hall_code}.{visit.group_code}" for visit in seen})
    groups = await halls.group_names(keys) if keys else {}
    by_hall = figures.by(seen, lambda visit: visit.hall_code)
    by_group = figures.by(seen, lambda visit: f"{visit.hall_code}.{visit.group_code}")
    by_hour = figures.by(seen, lambda visit: visit.hour)
    by_day = figures.by(seen, lambda visit: visit.on_day)
    several = len(choice.asked.hall_codes) > 1
    found = [
        Part("hour", "按到场时段", [(f"{hour:02d}:00", row) for hour, row in by_hour.items()]),
        Part("day", "按日期", [(f"{on:%m-%d}", row) for on, row in by_day.items()]),
        Part(
            "group", "按业务", [(_group(key, groups, names if several else {}), row) for key, row in by_group.items()]
        ),
        Part("hall", "按大厅", [(names.get(code, code), row) for code, row in by_hall.items()]),
    ]
    return found if several else found[:-1]


def _group(key: str, groups: dict[str, str], halls_named: dict[str, str]) -> str:
    hall, _, group = key.rpartition(".")
    name = groups.get(key, group)
    return f"{halls_named[hall]} {name}" if hall in halls_named else name


def cells(row: Figures) -> list[str]:
    """A line of a table, in the order of `COLUMNS`; minutes with one decimal, empty where nobody was."""
    return [
        *map(str, (row.arrived, row.done, row.missed)),
        f"{row.missed_share:.1%}" if row.missed + row.done else "",
        str(row.given_up),
        *(f"{value:.1f}" if spread.count else "" for spread in (row.wait, row.service)
          for value in (spread.mean, spread.median, spread.p90)),
    ]  # fmt: skip
