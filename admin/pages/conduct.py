"""爽约与申诉: who may not book for a while, and appeals that wait for an answer."""

from typing import Annotated, Literal

from pydantic import StringConstraints
from sanic import Blueprint, HTTPResponse, redirect

from admin.absent import RestrictionView, restriction_views
from admin.caller import render, said, staff_page
from app import clock
from app.booking import conduct, desk, queries
from app.errors import AppError
from app.http.context import AppRequest
from app.http.fields import Text
from app.http.messages import Form
from app.http.pages import read_form
from app.staff.auditing import audit
from app.staff.queries import Member

pages = Blueprint("admin_conduct")


class AnswerForm(Form):
    verdict: Literal["accept", "refuse"]
    answer: Annotated[Text, StringConstraints(min_length=2, max_length=200)]


@pages.get("/conduct")
@staff_page()
async def overview(request: AppRequest, member: Member) -> HTTPResponse:
    return await _show(request, member)


async def _show(request: AppRequest, member: Member, *, refusal: AppError | None = None) -> HTTPResponse:
    now = clock.now()
    appeals, restricted = await queries.open_appeals(), await desk.restrictions(now=now)
    await audit(by=member.by, action="booking.restrictions", details={"count": len(restricted)}, now=now)
    return render(
        request, "conduct.html", **said(refusal), appeals=await restriction_views(appeals, by=member.by),
        restricted=await restriction_views(restricted, by=member.by), decided=await _decided(request, member),
    )  # fmt: skip


async def _decided(request: AppRequest, member: Member) -> RestrictionView | None:
    """The one that was answered a moment ago."""
    row = await desk.restriction((request.args.get("done") or "")[:16])
    return (await restriction_views([row], by=member.by))[0] if row else None


@pages.post("/conduct/<code:str>")
@staff_page()
async def decide(request: AppRequest, member: Member, code: str) -> HTTPResponse:
    """Answer an appeal; an accepted one lifts the restriction at once."""
    try:
        form = read_form(request, AnswerForm)
        await conduct.decide_appeal(
            by=member.by, code=code, accept=form.verdict == "accept", answer=form.answer, now=clock.now()
        )
    except AppError as refusal:
        return await _show(request, member, refusal=refusal)
    return redirect(f"/admin/conduct?done={code}", status=303)
