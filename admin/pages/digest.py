"""待办汇总 (features.md N5): how the lines stand, and all that wants attention."""

from sanic import Blueprint, HTTPResponse

from admin.caller import my_halls, render, staff_page
from admin.digest import Asker, digest
from app import clock
from app.http.context import AppRequest
from app.queue import watch
from app.staff.queries import Member

pages = Blueprint("admin_digest")


@pages.get("/digest")
@staff_page()
async def seen(request: AppRequest, member: Member) -> HTTPResponse:
    now = clock.now()
    halls = {hall.code: hall.name for hall in await my_halls(member.by)}
    findings = await digest(Asker(halls=halls, roles=member.by.roles, now=now))
    return render(request, "digest.html", findings=findings, lines=await watch.lines_now(halls, now), halls=halls)
