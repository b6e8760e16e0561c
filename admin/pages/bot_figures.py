"""命中率: the city's test questions put to what is published, and other thresholds put to recorded questions."""

from typing import Annotated

from pydantic import Field
from sanic import Blueprint, HTTPResponse

from admin.caller import render, said, staff_page
from admin.pages.faqs import brain_of
from app import clock
from app.errors import AppError
from app.http.context import AppRequest
from app.http.messages import Form
from app.http.pages import read_form, typed
from app.staff.auditing import audit
from app.staff.queries import Member
from chatbot.learning import testing
from chatbot.learning.testing import Comparison

pages = Blueprint("admin_bot_figures")

LABELS = {"answer": "直接作答的门槛", "offer": "给出选项的门槛"}
Share = Annotated[float, Field(gt=0, lt=1)]


class ThresholdsForm(Form):
    answer: Share
    offer: Share


@pages.get("/faqs/figures")
@staff_page()
async def show(request: AppRequest, member: Member) -> HTTPResponse:
    return await _show(request)


async def _show(
    request: AppRequest, compared: Comparison | None = None, refusal: AppError | None = None
) -> HTTPResponse:
    brain = await brain_of(request)
    now = {"answer": brain.thresholds.answer, "offer": brain.thresholds.offer}
    questions = {document.faq.id: document.faq.question for document in brain.index.documents}
    sent = {name: value for name, value in typed(request).items() if name in LABELS}
    return render(
        request, "bot_figures.html", **said(refusal), report=await testing.report(brain), compared=compared, now_at=now,
        form={**now, **sent}, labels=LABELS, questions=questions,
    )  # fmt: skip


@pages.post("/faqs/figures")
@staff_page()
async def compare(request: AppRequest, member: Member) -> HTTPResponse:
    """What other thresholds would do; nothing is changed."""
    try:
        form = read_form(request, ThresholdsForm)
        other = testing.thresholds(form.answer, form.offer)
    except AppError as refusal:
        return await _show(request, refusal=refusal)
    compared = await testing.compare(await brain_of(request), other)
    details = {"直接作答": form.answer, "给出选项": form.offer}
    await audit(by=member.by, action="faqs.compare", details=details, now=clock.now())
    return await _show(request, compared)
