"""Looking at what somebody says of themselves: 已核验, or 不符 and back to their own place."""

from typing import Literal

from sanic import Blueprint, HTTPResponse, redirect

from admin.caller import staff_page
from app import clock
from app.http.context import AppRequest
from app.http.fields import OutsideCode
from app.http.messages import Form
from app.http.pages import read_form
from app.queue import priority
from app.staff.queries import Member

pages = Blueprint("admin_priority")


class VerdictForm(Form):
    ticket: OutsideCode
    verdict: Literal["confirm", "refuse"]


@pages.post("/priority")
@staff_page()
async def decide(request: AppRequest, member: Member) -> HTTPResponse:
    """The paper was shown, or not."""
    form = read_form(request, VerdictForm)
    act = priority.confirm if form.verdict == "confirm" else priority.refuse
    await act(ticket_code=form.ticket, by=member.by, now=clock.now())
    return redirect("/admin/today", status=303)
