"""消息提醒: over which channels one wants to be told."""

from typing import Literal

from sanic import Blueprint, HTTPResponse, redirect

from app import clock
from app.http.context import AppRequest
from app.http.messages import Form
from app.http.pages import read_form
from h5.face import face, render
from h5.signed_in import caller_of
from notify import preferences

pages = Blueprint("h5_notice_settings")


class ChoiceForm(Form):
    channel: str
    state: Literal["on", "off"]


@pages.get("/me/notices")
@face.page(caller=True)
async def settings(request: AppRequest) -> HTTPResponse:
    """Each channel with its switch, and why nothing comes there if that is so."""
    choices = await preferences.choices(caller_of(request).id)
    return render(request, "notice_settings.html", choices=choices, policy=request.app.ctx.settings.notices)


@pages.post("/me/notices")
@face.page(caller=True)
async def choose(request: AppRequest) -> HTTPResponse:
    form = read_form(request, ChoiceForm)
    await preferences.choose(
        citizen_id=caller_of(request).id, channel=form.channel, is_on=form.state == "on", now=clock.now()
    )
    return redirect("/h5/me/notices", status=303)
