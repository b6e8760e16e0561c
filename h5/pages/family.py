"""A relative's phone that is told what the owner of a ticket is told: the invitation, the consent, the end."""

import asyncio
from urllib.parse import quote

from sanic import Blueprint, HTTPResponse, redirect

from app import clock, codes
from app.http.context import AppRequest
from app.http.fields import OutsideCode, Text
from app.http.messages import Form
from app.http.pages import read_form
from app.queue import companions
from h5.face import face, qr_svg, render
from h5.pages.tickets import shown
from h5.signed_in import caller_of
from h5.viewer import ensure_known, ticket_seen, viewer_of

pages = Blueprint("h5_family")


class JoinForm(Form):
    c: Text


class EndForm(Form):
    companion: OutsideCode | None = None


@pages.get("/tickets/<code:str>/family")
@face.page()
async def invite(request: AppRequest, code: str) -> HTTPResponse:
    """The code to be scanned by the family, and who is there already."""
    found = await ticket_seen(request, code)
    if isinstance(found, HTTPResponse):
        return found
    invitation = await companions.invite(ticket_code=code, viewer=viewer_of(request), now=clock.now())
    link = f"{request.app.ctx.settings.public_url}/h5/family?c={quote(codes.issue(invitation))}"
    return render(
        request,
        "family.html",
        code=code,
        number=found.ticket.number,
        link=link,
        svg=await asyncio.to_thread(qr_svg, link),
        until=invitation.expires_at,
        family=await companions.companions(found.ticket.id),
        most=companions.MOST,
    )


@pages.get("/family")
@face.page(caller=True)
async def ask(request: AppRequest) -> HTTPResponse:
    """What one is asked to be told of, before one says yes."""
    text = request.args.get("c") or ""
    ticket = await companions.invited(text=text, now=clock.now())
    return render(request, "family_join.html", t=(await shown([ticket], now=clock.now()))[0], text=text)


@pages.post("/family")
@face.page(caller=True)
async def join(request: AppRequest) -> HTTPResponse:
    form = read_form(request, JoinForm)
    ticket = await companions.join(text=form.c, citizen_id=caller_of(request).id, now=clock.now())
    return redirect(f"/h5/tickets/{ticket.code}?joined=1", status=303)


@pages.post("/tickets/<code:str>/family/end")
@face.page()
async def end(request: AppRequest, code: str) -> HTTPResponse:
    """The owner ends one of the family; a relative ends their own."""
    form, viewer = read_form(request, EndForm), ensure_known(request)
    await companions.end(ticket_code=code, viewer=viewer, companion_code=form.companion, now=clock.now())
    return redirect(f"/h5/tickets/{code}" if form.companion else "/h5/me", status=303)
