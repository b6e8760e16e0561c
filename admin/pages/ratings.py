"""群众评价: what people thought of their visits, by day, and the sums; nothing says who it was."""

from dataclasses import dataclass
from datetime import date
from math import ceil

from sanic import Blueprint, HTTPResponse

from admin.caller import hall_chosen, my_halls, render, staff_page
from admin.pages.bookings import chosen_day
from app import clock
from app.errors import NotFound
from app.halls import queries as halls
from app.http.context import AppRequest
from app.log import mask
from app.ratings import queries
from app.ratings.queries import Said
from app.ratings.rules import BAD, GRADES
from app.staff.auditing import audit
from app.staff.queries import Member

pages = Blueprint("admin_ratings")

PAGE_SIZE = 50


@dataclass(frozen=True, slots=True)
class SaidView:
    """`text` without what somebody may have typed of identity and mobile numbers."""

    on_day: date
    group: str
    grade: str
    is_bad: bool
    reasons: str
    text: str


@pages.get("/ratings")
@staff_page()
async def ratings(request: AppRequest, member: Member) -> HTTPResponse:
    """A hall's ratings of some days."""
    hall = await hall_chosen(request, member.by, request.args.get("hall"))
    if hall is None:
        raise NotFound()
    first, last = chosen_day(request, "first"), chosen_day(request, "last")
    only_bad, page = request.args.get("only") == "bad", page_of(request)
    rows, total = await queries.listed(
        hall.code, first=first, last=last, only_bad=only_bad, page=page, page_size=PAGE_SIZE
    )
    details = {"first": str(first), "last": str(last), "only_bad": only_bad, "page": page}
    await audit(by=member.by, action="ratings.list", hall_code=hall.code, details=details, now=clock.now())
    groups = {group.group_code: group.name for group in await halls.groups(hall.code)}
    return render(
        request, "ratings.html", hall=hall, halls=await my_halls(member.by), first=first, last=last,
        only_bad=only_bad, rows=[_view(row, groups) for row in rows], total=total, page=page,
        pages=ceil(total / PAGE_SIZE), figures=await queries.figures(hall.code, first, last), grades=GRADES,
    )  # fmt: skip


def _view(row: Said, groups: dict[str, str]) -> SaidView:
    return SaidView(
        on_day=row.on_day,
        group=groups.get(row.group_code, row.group_code),
        grade=row.grade_name,
        is_bad=row.grade in BAD,
        reasons="、".join(row.reasons),
        text=mask(row.text),
    )


def page_of(request: AppRequest) -> int:
    """The page in the address; the first when there is none or it is none."""
    text = request.args.get("page") or "1"
    return min(max(int(text) if text.isascii() and text.isdecimal() and len(text) < 6 else 1, 1), 10_000)
