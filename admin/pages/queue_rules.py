"""排队规则: the figures of a hall's queue, tried in words before they are saved."""

from collections.abc import Mapping
from typing import Any

from sanic import Blueprint, HTTPResponse, redirect

from admin import figures
from admin.caller import hall_chosen, my_halls, render, said, staff_page
from app import clock
from app.errors import AppError
from app.http.context import AppRequest
from app.http.pages import typed
from app.queue import tuning
from app.queue.policy import FIGURES, POLICIES
from app.queue.rules import QueuePolicy
from app.queue.wording import in_words
from app.staff.queries import Member

pages = Blueprint("admin_queue_rules")

LABELS = figures.labels(FIGURES)


@pages.get("/queue-rules")
@staff_page()
async def ask(request: AppRequest, member: Member) -> HTTPResponse:
    """The hall's figures, and what they mean."""
    return await _show(request, member, hall_code=request.args.get("hall"))


@pages.post("/queue-rules")
@staff_page()
async def change(request: AppRequest, member: Member) -> HTTPResponse:
    """Say what the figures would mean; save them with the second button."""
    form = typed(request)
    hall_code, is_saved = str(form.get("hall", "")), form.get("do") == "save"
    try:
        numbers = figures.read_figures(FIGURES, form)
        if is_saved:
            await tuning.set_figures(by=member.by, hall_code=hall_code, figures=numbers, now=clock.now())
            return redirect(f"/admin/queue-rules?hall={hall_code}&done=1", status=303)
    except AppError as refusal:
        return await _show(request, member, hall_code=hall_code, form=form, refusal=refusal)
    return await _show(request, member, hall_code=hall_code, form=form, tried=POLICIES.with_these(numbers))


async def _show(
    request: AppRequest,
    member: Member,
    *,
    hall_code: str | None,
    form: Mapping[str, Any] | None = None,
    tried: QueuePolicy | None = None,
    refusal: AppError | None = None,
) -> HTTPResponse:
    hall = await hall_chosen(request, member.by, hall_code)
    now_holds = await POLICIES.read(hall.code) if hall else POLICIES.defaults
    told, before = said(refusal), in_words(now_holds)
    return render(
        request, "queue_rules.html", **told, hall=hall, halls=await my_halls(member.by), labels=LABELS,
        sections=figures.tables(
            FIGURES, now=now_holds, defaults=POLICIES.defaults, typed=form, faults=told["faults"]
        ),
        sentences=[(text, text not in before) for text in in_words(tried or now_holds)],
        rule=tried or now_holds, is_tried=tried is not None, done=request.args.get("done"),
    )  # fmt: skip
