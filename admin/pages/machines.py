"""自助柜: pair a locker with a hall, see what is in use, take one off."""

from typing import Annotated

from pydantic import Field, StringConstraints
from sanic import Blueprint, HTTPResponse, redirect

from admin.caller import hall_chosen, my_halls, render, said, staff_page
from app import clock
from app.errors import AppError
from app.http.context import AppRequest
from app.http.fields import OutsideCode, ShortText
from app.http.messages import Form
from app.http.pages import read_form, typed
from app.pickup import machines
from app.staff.queries import Member

pages = Blueprint("admin_machines")


class MachineForm(Form):
    hall: OutsideCode
    name: Annotated[ShortText, StringConstraints(max_length=30)]
    site: ShortText
    compartments: Annotated[int, Field(ge=1, le=machines.MOST_COMPARTMENTS)]


@pages.get("/machines")
@staff_page()
async def overview(request: AppRequest, member: Member) -> HTTPResponse:
    return await _show(request, member)


async def _show(
    request: AppRequest, member: Member, *, key: str = "", hall_code: str = "", refusal: AppError | None = None
) -> HTTPResponse:
    hall = await hall_chosen(request, member.by, hall_code or request.args.get("hall"))
    return render(
        request, "machines.html", **said(refusal), hall=hall, halls=await my_halls(member.by), key=key,
        rows=await machines.machines_of(hall.code) if hall else [], form=typed(request) if refusal else {},
        done=request.args.get("done") or "",
    )  # fmt: skip


@pages.post("/machines")
@staff_page()
async def add(request: AppRequest, member: Member) -> HTTPResponse:
    """Shows the key, this once; no address carries it."""
    try:
        form = read_form(request, MachineForm)
        _, key = await machines.add_machine(
            name=form.name, hall_code=form.hall, site=form.site, compartments=form.compartments, by=member.by,
            now=clock.now(),
        )  # fmt: skip
    except AppError as refusal:
        return await _show(request, member, refusal=refusal)
    return await _show(request, member, key=key, hall_code=form.hall)


@pages.post("/machines/<code:str>/revoke")
@staff_page()
async def revoke(request: AppRequest, member: Member, code: str) -> HTTPResponse:
    try:
        await machines.revoke_machine(code=code, by=member.by, now=clock.now())
    except AppError as refusal:
        return await _show(request, member, refusal=refusal)
    return redirect("/admin/machines?done=revoked", status=303)
