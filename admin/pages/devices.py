"""大厅设备: the hall's tablets and kiosks. A new one is paired by a link that is shown once and works once.

What a big screen shows is public: it needs the hall's address and no key.
"""

import asyncio
from dataclasses import dataclass
from datetime import datetime
from typing import Literal

from sanic import Blueprint, HTTPResponse, redirect

from admin.caller import hall_chosen, my_halls, render, said, staff_page
from app import clock
from app.errors import AppError
from app.halls import places
from app.http.context import AppRequest
from app.http.fields import OutsideCode, ShortText
from app.http.messages import Form
from app.http.pages import read_form, typed
from app.http.qr import qr_svg
from app.queue import devices
from app.queue.devices import KINDS
from app.queue.models import Device
from app.staff.queries import Member

pages = Blueprint("admin_devices")


class DeviceForm(Form):
    hall: OutsideCode
    kind: Literal["wall", "kiosk"]
    name: ShortText


@dataclass(frozen=True, slots=True)
class DeviceView:
    code: str
    name: str
    kind_name: str
    state: str
    last_seen_at: datetime | None
    is_in_use: bool


@dataclass(frozen=True)
class Link:
    """What pairs a device, on this page only and never again."""

    name: str
    address: str
    svg: str


@pages.get("/devices")
@staff_page()
async def overview(request: AppRequest, member: Member) -> HTTPResponse:
    return await show(request, member)


async def show(
    request: AppRequest, member: Member, *, hall: str | None = None, refusal: AppError | None = None,
    link: Link | None = None,
) -> HTTPResponse:  # fmt: skip
    form = typed(request) if refusal else {}
    chosen = await hall_chosen(request, member.by, hall or form.get("hall") or request.args.get("hall"))
    rows = await devices.devices_of(chosen.code) if chosen else []
    return render(
        request, "devices.html", **said(refusal), hall=chosen, halls=await my_halls(member.by), kinds=KINDS,
        devices=[_view(row) for row in rows], link=link, form=form, place=places.on_map(chosen) if chosen else None,
        changed=await places.last_change(chosen.code) if chosen else None,
        done=request.args.get("done") or "", public_url=request.app.ctx.settings.public_url,
    )  # fmt: skip


def _view(row: Device) -> DeviceView:
    return DeviceView(
        code=row.code,
        name=row.name,
        kind_name=KINDS[row.kind],
        state=_state(row),
        last_seen_at=row.last_seen_at,
        is_in_use=row.revoked_at is None,
    )


def _state(row: Device) -> str:
    if row.revoked_at is not None:
        return "已停用"
    return "已配对" if row.key_hash is not None else "待配对"


@pages.post("/devices")
@staff_page()
async def add(request: AppRequest, member: Member) -> HTTPResponse:
    """A new device, and the link that pairs it."""
    try:
        form = read_form(request, DeviceForm)
        device, key = await devices.add(
            hall_code=form.hall, kind=form.kind, name=form.name, by=member.by, now=clock.now()
        )
    except AppError as refusal:
        return await show(request, member, refusal=refusal)
    return await show(request, member, hall=device.hall_code, link=await _link(request, device, key))


@pages.post("/devices/<code:str>/link")
@staff_page()
async def renew(request: AppRequest, member: Member, code: str) -> HTTPResponse:
    """Another link for the same device."""
    try:
        device, key = await devices.renew(code=code, by=member.by, now=clock.now())
    except AppError as refusal:
        return await show(request, member, refusal=refusal)
    return await show(request, member, hall=device.hall_code, link=await _link(request, device, key))


@pages.post("/devices/<code:str>/revoke")
@staff_page()
async def revoke(request: AppRequest, member: Member, code: str) -> HTTPResponse:
    """The device is out."""
    try:
        device = await devices.revoke(code=code, by=member.by, now=clock.now())
    except AppError as refusal:
        return await show(request, member, refusal=refusal)
    return redirect(f"/admin/devices?hall={device.hall_code}&done=revoked", status=303)


async def _link(request: AppRequest, device: Device, key: str) -> Link:
    public_url = request.app.ctx.settings.public_url
    address = f"{public_url}/h5/{device.kind}/{device.hall_code}?key={key}"
    return Link(device.name, address, await asyncio.to_thread(qr_svg, address))
