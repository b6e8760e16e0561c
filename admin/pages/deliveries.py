"""失败任务: events no subscriber could take in after many tries, to be tried again by hand; notices not sent."""

from sanic import Blueprint, HTTPResponse, redirect

from admin import doing
from admin.caller import render, staff_page
from app import clock, outbox
from app.errors import NotFound
from app.http.context import AppRequest
from app.staff.queries import Member
from notify import queries as notices

pages = Blueprint("admin_deliveries")

SHOWN = 100


@pages.get("/deliveries")
@staff_page()
async def dead(request: AppRequest, member: Member) -> HTTPResponse:
    """Dead deliveries, how many are late, and notices that could not be sent."""
    return render(
        request,
        "deliveries.html",
        rows=await outbox.dead(limit=SHOWN),
        late=await outbox.retrying_count(),
        unreached=await notices.unreached(),
        done=request.args.get("done") or "",
    )


@pages.post("/deliveries/<code:str>/retry")
@staff_page()
async def retry(request: AppRequest, member: Member, code: str) -> HTTPResponse:
    if not (code.isascii() and code.isdecimal() and len(code) < 19):
        raise NotFound()
    if not await doing.retry_delivery(delivery_id=int(code), by=member.by, now=clock.now()):
        raise NotFound()
    return redirect("/admin/deliveries?done=1", status=303)
