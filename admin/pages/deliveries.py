"""失败与未送达: events no subscriber could take in after many tries, to be tried again by hand; notices not sent."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

from sanic import Blueprint, HTTPResponse, redirect

from admin import doing
from admin.access import CLERKS
from admin.caller import my_halls, render, staff_page
from admin.people import Masked, holder, people_of
from app import clock, outbox
from app.booking import desk
from app.citizens import queries as citizens
from app.errors import NotFound
from app.http.context import AppRequest
from app.staff.auditing import audit
from app.staff.by import By
from app.staff.queries import Member
from app.staff.rules import Role
from notify import queries as notices
from notify.queries import Unreached

pages = Blueprint("admin_deliveries")

SHOWN = 100
OPENED = ("bookings", "pickups")  # have a page in the console, by the same name


@dataclass(frozen=True, slots=True)
class UnreachedView:
    """A notice somebody did not get, and whom to telephone about it, masked. `path`: where the number can be seen."""

    title: str
    name: str
    mobile: str
    path: str
    channel: str
    reason: str
    final_at: datetime | None


@pages.get("/deliveries")
@staff_page()
async def failed(request: AppRequest, member: Member) -> HTTPResponse:
    """What an administrator can mend: dead deliveries, and how many are late. What a hall must make good by telephone:
    its notices that could not be sent.
    """
    mends = Role.ADMIN in member.by.roles
    return render(
        request,
        "deliveries.html",
        mends=mends,
        rows=await outbox.dead(limit=SHOWN) if mends else [],
        late=await outbox.retrying_count() if mends else 0,
        unreached=await _unreached(member),
        done=request.args.get("done") or "",
    )


async def _unreached(member: Member) -> list[UnreachedView]:
    by = member.by
    rows = await notices.unreached(None if Role.ADMIN in by.roles else {hall.code for hall in await my_halls(by)})
    await audit(by=by, action="notify.unreached", details={"count": len(rows)}, now=clock.now())
    who = await _who(rows)
    return [_view(row, who[row], by) for row in rows]


async def _who(rows: Iterable[Unreached]) -> dict[Unreached, Masked]:
    """Whom to telephone about each: the contact left with the booking it concerns, else who has the account. The family
    hear of somebody else's booking: they have theirs.
    """
    listed = list(rows)
    bookings = await desk.numbered(row.booking_number for row in listed if row.booking_number)
    people = await people_of(bookings.values())
    left = {(number, bookings[number].citizen_id): person for number, person in people.items()}
    accounts = await citizens.citizens({row.citizen_id for row in listed})
    known = {row: left.get((row.booking_number, row.citizen_id)) for row in listed}
    return {row: (person or holder(accounts.get(row.citizen_id))).masked for row, person in known.items()}


def _view(row: Unreached, who: Masked, by: By) -> UnreachedView:
    kind, key = row.about
    may_open = kind in OPENED and bool(by.roles & CLERKS) and by.sees(row.hall_code)
    return UnreachedView(
        title=row.title,
        name=who.name,
        mobile=who.mobile,
        path=f"/admin/{kind}/{key}" if may_open else "",
        channel=row.channel,
        reason=row.reason,
        final_at=row.final_at,
    )


@pages.post("/deliveries/<code:str>/retry")
@staff_page()
async def retry(request: AppRequest, member: Member, code: str) -> HTTPResponse:
    if not (code.isascii() and code.isdecimal() and len(code) < 19):
        raise NotFound()
    if not await doing.retry_delivery(delivery_id=int(code), by=member.by, now=clock.now()):
        raise NotFound()
    return redirect("/admin/deliveries?done=1", status=303)
