"""The privacy text, read and agreed to before anything personal is taken; then on to where the citizen was."""

from sanic import Blueprint, HTTPResponse, redirect

from app import clock
from app.citizens import consenting
from app.citizens import queries as citizens
from app.citizens.consents import CURRENT
from app.http.context import AppRequest
from app.http.messages import Form
from app.http.pages import read_form, safe_path
from h5.face import face, render
from h5.signed_in import HOME, caller_of

pages = Blueprint("h5_consent")

MINE = "/h5/me#consent"


class AgreeForm(Form):
    version: str
    next: str = HOME


@pages.get("/consent")
@face.page(caller=True)
async def ask(request: AppRequest) -> HTTPResponse:
    """The text as it reads now, and the one button."""
    has_agreed = await citizens.has_agreed(caller_of(request).id)
    after = safe_path(request.args.get("next"), HOME)
    return render(request, "consent.html", text=CURRENT["privacy"], has_agreed=has_agreed, next=after)


@pages.post("/consent")
@face.page(caller=True)
async def agree(request: AppRequest) -> HTTPResponse:
    """Agree to the version that was shown."""
    form = read_form(request, AgreeForm)
    await consenting.agree(
        citizen_id=caller_of(request).id, name="privacy", version=form.version, channel="h5", now=clock.now()
    )
    return redirect(safe_path(form.next, HOME), status=303)


@pages.post("/consent/withdraw")
@face.page(caller=True)
async def withdraw(request: AppRequest) -> HTTPResponse:
    """Take it back; the record of it stays."""
    await consenting.withdraw(citizen_id=caller_of(request).id, name="privacy", now=clock.now())
    return redirect(MINE, status=303)
