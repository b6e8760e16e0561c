"""取件登记: what is expected, what lies on the shelf, what was handed over; and the hand-over itself."""

from typing import Annotated, Any

from pydantic import Field, StringConstraints
from sanic import Blueprint, HTTPResponse, redirect

from admin.caller import Desk, NoDesk, desk_of, hall_chosen, my_halls, render, said, staff_page
from admin.people import people_of
from admin.views import pickup_views
from app import clock
from app.booking import queries as bookings
from app.errors import AppError
from app.http.context import AppRequest
from app.http.fields import PersonName, ShortText
from app.http.messages import Form
from app.http.pages import read_form, typed
from app.pickup import actions, queries
from app.pickup.models import Pickup
from app.pickup.rules import Item, ensure_presented
from app.pickup.states import State
from app.staff.auditing import audit
from app.staff.queries import Member

pages = Blueprint("admin_pickups")

ROWS = 3  # kinds of item the form offers
TABS = {State.EXPECTED: "制作中", State.READY: "待领取", State.HANDED_OVER: "已领取"}
Count = Annotated[int, Field(ge=1, le=99)]


class ReadyForm(Form):
    """Rows are told apart by name, not by order: empty fields of a form do not arrive."""

    booking: Annotated[str, StringConstraints(min_length=16, max_length=24)]
    name1: ShortText
    count1: Count
    name2: ShortText | None = None
    count2: Count = 1
    name3: ShortText | None = None
    count3: Count = 1
    shelf: Annotated[ShortText, StringConstraints(max_length=16)]

    @property
    def number(self) -> str:
        return "".join(self.booking.split()).upper()

    @property
    def items(self) -> list[Item]:
        rows = ((self.name1, self.count1), (self.name2, self.count2), (self.name3, self.count3))
        return [Item(name, count) for name, count in rows if name]


class HandOverForm(Form):
    counted: Count
    receiver: PersonName


@pages.get("/pickups")
@staff_page()
async def shelf(request: AppRequest, member: Member) -> HTTPResponse:
    """The hall's shelf, by state."""
    hall = await hall_chosen(request, member.by, request.args.get("hall"))
    tab = State(request.args.get("tab")) if request.args.get("tab") in set(State) else State.READY
    rows, total = await queries.shelf(hall.code, state=tab) if hall else ([], 0)
    if hall:
        await audit(by=member.by, action="pickup.list", hall_code=hall.code, details={"state": tab}, now=clock.now())
    return render(
        request, "pickups.html", hall=hall, halls=await my_halls(member.by), tab=tab, tabs=TABS,
        rows=await pickup_views(rows), total=total, done=request.args.get("done"),
    )  # fmt: skip


@pages.get("/pickups/ready")
@staff_page()
async def ask_ready(request: AppRequest, member: Member) -> HTTPResponse:
    """The form that puts a result on the shelf."""
    return _ask_ready(request, form={"booking": (request.args.get("booking") or "")[:24]})


def _ask_ready(request: AppRequest, *, form: dict[str, Any], refusal: AppError | None = None) -> HTTPResponse:
    return render(request, "pickup_ready.html", form=form, rows=ROWS, **said(refusal))


@pages.post("/pickups/ready")
@staff_page()
async def mark_ready(request: AppRequest, member: Member) -> HTTPResponse:
    """On the shelf; the citizen is told once."""
    try:
        form = read_form(request, ReadyForm)
        await actions.mark_ready(
            booking_number=form.number, items=form.items, shelf=form.shelf, by=member.by, now=clock.now()
        )
    except AppError as refusal:
        return _ask_ready(request, form=typed(request), refusal=refusal)
    return redirect("/admin/pickups?done=ready", status=303)


@pages.get("/pickups/<code:str>")
@staff_page()
async def pickup(request: AppRequest, member: Member, code: str) -> HTTPResponse:
    """One result: what it is, where it lies, and, after its code was presented, the hand-over."""
    return await _show(request, member, await _seen(member, code))


async def _seen(member: Member, code: str) -> Pickup:
    """A result that is about to be shown: the look is written down first."""
    row = await queries.in_hall(code)
    member.by.ensure_sees(row.hall_code)
    await audit(
        by=member.by, action="pickup.view", subject=f"pickup:{row.code}", citizen_id=row.citizen_id,
        hall_code=row.hall_code, now=clock.now(),
    )  # fmt: skip
    return row


@pages.post("/pickups/<code:str>/hand-over")
@staff_page()
async def hand_over(request: AppRequest, member: Member, code: str) -> HTTPResponse:
    """Counted, looked at, handed over: once."""
    desk = await _desk(request, member)
    try:
        form = read_form(request, HandOverForm)
        await actions.hand_over(
            pickup_code=code, counter_code=desk.counter.code, items_counted=form.counted, receiver=form.receiver,
            by=member.by, now=clock.now(),
        )  # fmt: skip
    except AppError as refusal:
        return await _show(request, member, await _seen(member, code), refusal=refusal)
    return redirect(f"/admin/pickups/{code}", status=303)


async def _desk(request: AppRequest, member: Member) -> Desk:
    desk = await desk_of(request, member.by)
    if desk is None:
        raise NoDesk()
    return desk


async def _show(request: AppRequest, member: Member, row: Pickup, *, refusal: AppError | None = None) -> HTTPResponse:
    booking = await bookings.any_booking(row.booking_number) if row.booking_number else None
    people = await people_of([booking] if booking else [])
    return render(
        request, "pickup.html", **said(refusal), row=(await pickup_views([row]))[0],
        person=people[booking.number].masked if booking else None, is_presented=_is_presented(row, member),
        form=typed(request) if refusal else {},
    )  # fmt: skip


def _is_presented(row: Pickup, member: Member) -> bool:
    try:
        ensure_presented(at=row.presented_at, by=row.presented_by, staff_id=member.by.staff_id, now=clock.now())
    except AppError:
        return False
    return row.state == State.READY
