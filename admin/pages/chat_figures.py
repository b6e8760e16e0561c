"""咨询统计 and 留言答复: what the service achieves; the consult records of questions left outside of working time."""

from collections.abc import Sequence
from datetime import date, timedelta

from sanic import Blueprint, HTTPResponse

from admin import asked
from admin.caller import render, said, staff_page
from admin.tables import table_file
from app import clock
from app.errors import AppError, InvalidInput
from app.http.context import AppRequest
from app.staff import queries as staff
from app.staff.auditing import audit
from app.staff.queries import Member
from chatbot import consults, figures, queues
from chatbot.figures import Figures, Talk, middle, ninth_tenth

pages = Blueprint("admin_chat_figures", url_prefix="/chats")

LONGEST = timedelta(days=92)
COLUMNS = (
    "咨询", "智能解决", "智能解决率", "转人工", "人工解决", "人工解决率", "首答中位", "首答九成", "60 秒内首答",
    "接入中位", "接入九成", "已评价", "评价平均", "非常满意", "满意", "基本满意", "不满意", "非常不满意",
)  # fmt: skip


@pages.get("/figures")
@staff_page()
async def show(request: AppRequest, member: Member) -> HTTPResponse:
    """The figures of the last seven days, unless others are asked for."""
    first, last = _days(request)
    refusal, seen = None, list[Talk]()
    try:
        seen = await _talks(first, last)
    except AppError as exc:
        refusal = exc
    return render(
        request, "chat_figures.html", **said(refusal), first=first, last=last, total=Figures.of(seen),
        parts=await _parts(seen), columns=COLUMNS, cells=cells, middle=middle, ninth_tenth=ninth_tenth,
        query=f"first={first}&last={last}",
    )  # fmt: skip


@pages.get("/figures/export")
@staff_page()
async def export(request: AppRequest, member: Member) -> HTTPResponse:
    """All tables of the page in one file."""
    first, last = _days(request)
    seen = await _talks(first, last)
    await audit(by=member.by, action="chat.figures", details={"first": str(first), "last": str(last)}, now=clock.now())
    parts = {"合计": {"合计": Figures.of(seen)}, **await _parts(seen)}
    lines = [[title, name, *cells(row)] for title, rows in parts.items() for name, row in rows.items()]
    return await table_file(f"chat-figures-{first}-{last}", _kind(request), ("分组", "名称", *COLUMNS), lines)


@pages.get("/consults")
@staff_page()
async def consulted(request: AppRequest, member: Member) -> HTTPResponse:
    """Questions left outside of working time, and what is missing in their records."""
    first, last = _days(request, 30)
    rows = await _consults(request, member, action="chat.consults")
    return render(request, "chat_consults.html", first=first, last=last, rows=rows, query=f"first={first}&last={last}")


@pages.get("/consults/export")
@staff_page()
async def export_consults(request: AppRequest, member: Member) -> HTTPResponse:
    """The consult records as a file."""
    first, last = _days(request, 30)
    rows = await _consults(request, member, action="chat.export_consults")
    head = [item.name for item in consults.FIELDS]
    lines = [[row.record[name] for name in head] for row in rows]
    return await table_file(f"consults-{first}-{last}", _kind(request), head, lines)


async def _consults(request: AppRequest, member: Member, *, action: str) -> list[consults.ConsultView]:
    first, last = _days(request, 30)
    rows = await consults.consults(
        since=asked.midnight(first), until=asked.midnight(last + timedelta(days=1)), now=clock.now(),
        office=request.app.ctx.city.organiser,
    )  # fmt: skip
    details = {"first": str(first), "last": str(last), "count": len(rows)}
    await audit(by=member.by, action=action, details=details, now=clock.now())
    return rows


def _kind(request: AppRequest) -> str:
    return "xlsx" if request.args.get("as") == "xlsx" else "csv"


def _days(request: AppRequest, usual: int = 7) -> tuple[date, date]:
    last = asked.day(request, "last")
    return asked.day(request, "first", last - timedelta(days=usual - 1)), last


async def _talks(first: date, last: date) -> list[Talk]:
    """Raises InvalidInput."""
    if last < first or last - first > LONGEST:
        raise InvalidInput({"last": f"结束日期不早于开始日期，且最多 {LONGEST.days} 天"})
    return await figures.talks(since=asked.midnight(first), until=asked.midnight(last + timedelta(days=1)))


async def _parts(seen: Sequence[Talk]) -> dict[str, dict[str, Figures]]:
    """By day, and of what was handed over by queue and by who held it last."""
    handed, known = [talk for talk in seen if talk.was_handed], await queues.names()
    held = [talk for talk in handed if talk.staff_id]
    names = await staff.names_of({talk.staff_id for talk in held if talk.staff_id})
    return {
        "按日期": {f"{on:%m-%d}": row for on, row in figures.by(seen, lambda talk: talk.on_day).items()},
        "按队列": {known.get(c, "已删除的队列"): r for c, r in figures.by(handed, lambda talk: talk.queue).items()},
        "按接待人": {names.get(i, "同事"): r for i, r in figures.by(held, lambda talk: talk.staff_id).items()},
    }


def cells(row: Figures) -> list[object]:
    """A line of a table, in the order of `COLUMNS`: seconds, shares in per cent, empty where there is nothing."""
    return [
        row.talks, row.bot_solved, _share(row.bot_share), row.handed, row.person_solved, _share(row.person_share),
        middle(row.first_replies), ninth_tenth(row.first_replies), _share(row.in_time_share), middle(row.waits),
        ninth_tenth(row.waits), len(row.grades), f"{row.grade:.2f}" if row.grade else "",
        *(row.grades.count(grade) for grade in range(1, 6)),
    ]  # fmt: skip


def _share(value: float | None) -> str:
    return "" if value is None else f"{value:.1%}"
