"""大厅位置: where a hall is, beside its devices; by it phones find the nearest hall and posters know who is there."""

from typing import Annotated

from pydantic import StringConstraints
from sanic import Blueprint, HTTPResponse, redirect

from admin.caller import staff_page
from admin.pages.devices import show
from app import clock
from app.city import city_of
from app.errors import AppError, InvalidInput
from app.halls import places
from app.halls.places import MapPlace
from app.http.context import AppRequest
from app.http.fields import OutsideCode, Text
from app.http.messages import Form
from app.http.pages import read_form, typed
from app.staff.queries import Member

pages = Blueprint("admin_hall_place")

Number = Annotated[Text, StringConstraints(max_length=20)]


class PlaceForm(Form):
    hall: OutsideCode
    lon: Number = ""
    lat: Number = ""
    paste: Annotated[Text, StringConstraints(max_length=500)] = ""

    @property
    def place(self) -> MapPlace:
        """What was pasted, else what was typed."""
        return places.pasted(self.paste) if self.paste else MapPlace(self.lon, self.lat)


class HallForm(Form):
    hall: OutsideCode


@pages.post("/place")
@staff_page()
async def set_place(request: AppRequest, member: Member) -> HTTPResponse:
    """Two numbers, or whatever was copied from a map."""
    try:
        form = read_form(request, PlaceForm)
        await _set(request, member, form.hall, form.place)
    except AppError as refusal:
        return await show(request, member, refusal=_where_pasted(request, refusal))
    return redirect(f"/admin/devices?hall={form.hall}&done=place", status=303)


def _where_pasted(request: AppRequest, refusal: AppError) -> AppError:
    """What is wrong with a pair stands where it was pasted, not beside two fields that nobody filled in."""
    faults = refusal.data.get("fields", {})
    pair = [faults[name] for name in ("lon", "lat") if name in faults]
    if not (pair and str(typed(request).get("paste", "")).strip()):
        return refusal
    return InvalidInput({"paste": "；".join(dict.fromkeys(pair))})


@pages.post("/place/undo")
@staff_page()
async def undo(request: AppRequest, member: Member) -> HTTPResponse:
    """Back to what stood there before the last change."""
    try:
        hall_code = read_form(request, HallForm).hall
        member.by.ensure_sees(hall_code)
        if change := await places.last_change(hall_code):
            await _set(request, member, hall_code, change.before)
    except AppError as refusal:
        return await show(request, member, refusal=refusal)
    return redirect(f"/admin/devices?hall={hall_code}&done=place", status=303)


async def _set(request: AppRequest, member: Member, hall_code: str, place: MapPlace | None) -> None:
    bounds = city_of(request.app.ctx.settings.city).bounds
    await places.set_place(by=member.by, hall_code=hall_code, place=place, bounds=bounds, now=clock.now())
