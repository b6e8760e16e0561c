"""取件登记: what is expected, what lies on the shelf, is overdue, to be sent, archived or handed over."""

from typing import Annotated, Any

from pydantic import Field, StringConstraints
from sanic import Blueprint, HTTPResponse, raw, redirect

from admin.caller import hall_chosen, my_halls, render, said, staff_page
from admin.face import moment_s
from admin.pages.pickup import seen
from admin.tables import csv_text
from admin.views import PickupView, pickup_views
from app import clock
from app.clock import CHINA
from app.errors import AppError, NotFound
from app.http.context import AppRequest
from app.http.fields import OutsideCode, ShortText
from app.http.messages import Form
from app.http.pages import read_form, typed
from app.log import mask
from app.pickup import actions, queries
from app.pickup.models import Pickup
from app.pickup.rules import Item
from app.pickup.states import NAMES, State
from app.staff.auditing import audit
from app.staff.queries import Member

pages = Blueprint("admin_pickups")

ROWS = 3  # kinds of item the form offers
OVERDUE = "overdue"
TABS: dict[str, str] = {
    State.READY: "待领取",
    OVERDUE: "逾期未领",
    State.COURIER_ASKED: "待寄送",
    State.ARCHIVED: "已归档",
    State.IN_LOCKER: "自助柜待取",
    State.EXPECTED: "制作中",
    State.HANDED_OVER: "已领取",
    State.SENT: "已寄出",
}
WHOSE = ("pickup", "booking")  # what the form may be opened for
SHOWN, MOST_EXPORTED = 50, 5000
COLUMNS = ("预约号或排队号", "事项", "状态", "货架", "件数", "上架时间", "领取期限", "交付时间", "经办人")
Count = Annotated[int, Field(ge=1, le=99)]


class ReadyForm(Form):
    """Rows are told apart by name, not by order: empty fields of a form do not arrive."""

    name1: ShortText
    count1: Count
    name2: ShortText | None = None
    count2: Count = 1
    name3: ShortText | None = None
    count3: Count = 1
    shelf: Annotated[ShortText, StringConstraints(max_length=16)]

    @property
    def items(self) -> list[Item]:
        rows = ((self.name1, self.count1), (self.name2, self.count2), (self.name3, self.count3))
        return [Item(name, count) for name, count in rows if name]


class OfBookingForm(ReadyForm):
    booking: Annotated[str, StringConstraints(min_length=16, max_length=24)]

    @property
    def whose(self) -> dict[str, str]:
        return {"booking_number": "".join(self.booking.split()).upper()}


class OfPickupForm(ReadyForm):
    pickup: OutsideCode

    @property
    def whose(self) -> dict[str, str]:
        return {"pickup_code": self.pickup}


@pages.get("/pickups")
@staff_page()
async def shelf(request: AppRequest, member: Member) -> HTTPResponse:
    """The hall's results by state, or those that match what is sought."""
    hall = await hall_chosen(request, member.by, request.args.get("hall"))
    tab = request.args.get("tab") if request.args.get("tab") in TABS else State.READY
    sought = (request.args.get("q") or "")[:32]
    rows, total = await _listed(member, hall.code, tab, sought) if hall else ([], 0)
    return render(
        request, "pickups.html", hall=hall, halls=await my_halls(member.by), tab=tab, tabs=TABS, sought=sought,
        rows=await pickup_views(rows), total=total, done=request.args.get("done"), states=NAMES,
    )  # fmt: skip


async def _listed(
    member: Member, hall_code: str, tab: str, sought: str, *, limit: int = SHOWN, action: str = "pickup.list"
) -> tuple[list[Pickup], int]:
    """The list that is about to be shown or written out: the look is written down first."""
    now = clock.now()
    details = {"state": tab, "sought": mask(sought)}
    await audit(by=member.by, action=action, hall_code=hall_code, details=details, now=now)
    if tab == OVERDUE:
        return await queries.overdue(hall_code, today=now.astimezone(CHINA).date(), sought=sought, limit=limit)
    return await queries.shelf(hall_code, state=State(tab), sought=sought, limit=limit)


@pages.get("/pickups/export")
@staff_page()
async def export(request: AppRequest, member: Member) -> HTTPResponse:
    """The list as a table for Excel; it names no person."""
    hall = await hall_chosen(request, member.by, request.args.get("hall"))
    tab = request.args.get("tab") if request.args.get("tab") in TABS else State.READY
    if hall is None:
        raise NotFound()
    rows, _ = await _listed(member, hall.code, tab, "", limit=MOST_EXPORTED, action="pickup.export")
    text = csv_text(COLUMNS, [_cells(view) for view in await pickup_views(rows)])
    headers = {"content-disposition": f'attachment; filename="pickups-{tab}.csv"', "cache-control": "no-store"}
    return raw(text.encode("utf-8-sig"), headers=headers, content_type="text/csv; charset=utf-8")


def _cells(view: PickupView) -> list[object]:
    return [
        view.booking_number or view.ticket, view.matter, NAMES[State(view.state)], view.shelf, view.total,
        view.ready_at and moment_s(view.ready_at), view.until_on, view.handed_at and moment_s(view.handed_at),
        view.handed_at and view.handed_by,
    ]  # fmt: skip


@pages.get("/pickups/ready")
@staff_page()
async def ask_ready(request: AppRequest, member: Member) -> HTTPResponse:
    """The form that puts a result on the shelf: one that is expected, or that of a booking that is typed."""
    return await _ask_ready(request, member, form={name: (request.args.get(name) or "")[:24] for name in WHOSE})


async def _ask_ready(
    request: AppRequest, member: Member, *, form: dict[str, Any], refusal: AppError | None = None
) -> HTTPResponse:
    code = form.get("pickup")
    row = (await pickup_views([await seen(member, code)]))[0] if code else None
    return render(request, "pickup_ready.html", form=form, row=row, rows=ROWS, **said(refusal))


@pages.post("/pickups/ready")
@staff_page()
async def mark_ready(request: AppRequest, member: Member) -> HTTPResponse:
    """On the shelf; the citizen is told once."""
    try:
        kind: type[OfBookingForm | OfPickupForm] = OfPickupForm if typed(request).get("pickup") else OfBookingForm
        form = read_form(request, kind)
        pickup = await actions.mark_ready(
            **form.whose, items=form.items, shelf=form.shelf, by=member.by, now=clock.now()
        )
    except AppError as refusal:
        return await _ask_ready(request, member, form=typed(request), refusal=refusal)
    done = "ready" if pickup.citizen_id is not None else "quietly"
    return redirect(f"/admin/pickups?done={done}", status=303)
