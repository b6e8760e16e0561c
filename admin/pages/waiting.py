"""候补名单: who waits for which part of a day in a hall, in order; masked, and the read is written down."""

from datetime import timedelta

from sanic import Blueprint, HTTPResponse

from admin import asked
from admin.caller import hall_chosen, my_halls, render, staff_page
from app import clock
from app.booking.titles import titles_of
from app.booking.waiting_list import of_day
from app.citizens import queries as citizens
from app.http.context import AppRequest
from app.staff.auditing import audit
from app.staff.queries import Member

pages = Blueprint("admin_waiting")


@pages.get("/waiting")
@staff_page()
async def waiting(request: AppRequest, member: Member) -> HTTPResponse:
    hall, on = await hall_chosen(request, member.by, request.args.get("hall")), asked.day(request, "on")
    rows = await of_day(hall.code, on) if hall else []
    people = await citizens.citizens({row.citizen_id for row in rows})
    if hall:
        details = {"on": str(on), "count": len(rows)}
        await audit(by=member.by, action="booking.waiting", hall_code=hall.code, details=details, now=clock.now())
    return render(
        request, "waiting.html", hall=hall, halls=await my_halls(member.by), on=on, before=on - timedelta(days=1),
        after=on + timedelta(days=1), rows=rows, titles=await titles_of(rows),
        names={citizen_id: person.masked_name or "未留姓名" for citizen_id, person in people.items()},
    )  # fmt: skip
