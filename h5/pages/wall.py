"""The tablet on the wall of a hall: a code that changes all the time, by which phones prove to be here."""

import asyncio
from dataclasses import dataclass
from datetime import datetime

from sanic import Blueprint, HTTPResponse

from app import clock
from app.halls import queries as halls
from app.http.context import AppRequest
from app.http.qr import qr_svg
from app.queue import presence
from app.queue.errors import NotPaired
from app.queue.models import Device
from h5.devices import device_of, pair, unpaired
from h5.face import face, render

pages = Blueprint("h5_wall")

SKEW_SHOWN_S, SKEW_TOLERATED_S = 5, 120


@dataclass(frozen=True)
class WallCode:
    """`skew_s`: by how many seconds the tablet's clock is ahead of ours, where it has told; nothing depends on it."""

    svg: str
    now: datetime
    skew_s: int = 0

    @property
    def skew(self) -> str:
        """What to say about the clock, if it is worth a word."""
        if abs(self.skew_s) <= SKEW_SHOWN_S:
            return ""
        is_much, seconds = abs(self.skew_s) > SKEW_TOLERATED_S, abs(self.skew_s)
        length = f"{seconds} 秒" if seconds < 3600 else f"约 {round(seconds / 3600)} 小时"
        told = f"本机时钟{'快' if self.skew_s > 0 else '慢'} {length}"
        return f"{told}，请校准本机时间" if is_much else f"{told}，不影响签到"


@pages.get("/wall/<hall:str>")
@face.page()
async def wall(request: AppRequest, hall: str) -> HTTPResponse:
    """The code, how to use it, and what to do without a phone. Opened with `key`, it pairs the tablet."""
    if key := request.args.get("key"):
        return await pair(request, key=key, kind="wall", hall=hall, page=f"/h5/wall/{hall}")
    try:
        device = await device_of(request, kind="wall", hall=hall)
    except NotPaired as refusal:
        return unpaired(request, refusal)
    return render(request, "wall.html", hall=await halls.hall(hall), code=await _code(request, device))


@pages.get("/wall/<hall:str>/now")
@face.page()
async def renewed(request: AppRequest, hall: str) -> HTTPResponse:
    """The code alone. The tablet tells the time it believes it is, in milliseconds: `at`."""
    device = await device_of(request, kind="wall", hall=hall)
    return render(request, "wall_code.html", code=await _code(request, device))


async def _code(request: AppRequest, device: Device) -> WallCode:
    now = clock.now()
    text = f"{request.app.ctx.settings.public_url}/h5/here?c={presence.wall_code(device, now=now)}"
    return WallCode(await asyncio.to_thread(qr_svg, text), now, _skew_s(request, now))


def _skew_s(request: AppRequest, now: datetime) -> int:
    told = request.args.get("at") or ""
    if not (told.isascii() and told.isdigit() and len(told) <= 15):
        return 0
    return round(int(told) / 1000 - now.timestamp())
