"""离线登记: a page that opens without network, verifies codes by their signature, and reports what it saw later."""

import hashlib
import json
from typing import Annotated

from pydantic import AwareDatetime, Field, StringConstraints
from sanic import Blueprint, HTTPResponse, raw, redirect
from sanic import json as json_answer

from admin.caller import Desk, NoDesk, desk_of, render, staff_page
from admin.face import face
from app import clock, codes
from app.http.context import AppRequest
from app.http.fields import PersonName
from app.http.messages import Message, checked
from app.pickup.offline import SeenHandOver, hand_over_seen
from app.queue.judged import AT_ONCE, Judged, Seen
from app.queue.offline import check_in_seen
from app.staff.queries import Member

pages = Blueprint("admin_offline")

PAGE = "/admin/offline"
FILES = ("console.css", "console.js", "camera.js", "offline.js", "vendor/qr-scanner.min.js",
         "vendor/qr-scanner-worker.min.js")  # fmt: skip


class ScanIn(Message):
    """`scanId`: random, made by the device. `seenAt`: when it was scanned, with its offset."""

    scan_id: Annotated[str, StringConstraints(pattern=r"^[A-Za-z0-9-]{8,36}$")]
    text: Annotated[str, StringConstraints(min_length=1, max_length=2000)]
    seen_at: AwareDatetime

    @property
    def seen(self) -> Seen:
        return Seen(self.scan_id, self.text, self.seen_at)


class HandOverIn(ScanIn):
    items_counted: Annotated[int, Field(ge=1, le=99)]
    receiver: PersonName


class CheckInsIn(Message):
    records: Annotated[list[ScanIn], Field(min_length=1, max_length=AT_ONCE)]


class PickupsIn(Message):
    records: Annotated[list[HandOverIn], Field(min_length=1, max_length=AT_ONCE)]


@pages.get("/offline")
@staff_page()
async def offline(request: AppRequest, member: Member) -> HTTPResponse:
    """Kept by the device; `offline.js` does the rest."""
    desk = await desk_of(request, member.by)
    if desk is None:
        return redirect("/admin/desk", status=303)
    return render(request, "offline.html", desk=desk, username=member.username, key=codes.public_key())


@pages.get("/offline/worker.js")
async def worker(request: AppRequest) -> HTTPResponse:
    """The service worker with the addresses of what it keeps; nothing in it is secret."""
    files = [face.static.url(name) for name in FILES]
    version = hashlib.sha256("".join(files).encode()).hexdigest()[:12]
    known = json.dumps({"page": PAGE, "version": version, "files": files})
    text = f"const KNOWN = {known};\n{face.static.text('offline-worker.js')}"
    headers = {"cache-control": "no-cache", "service-worker-allowed": PAGE}
    return raw(text.encode(), headers=headers, content_type="application/javascript; charset=utf-8")


@pages.post("/offline/check-ins")
@staff_page()
async def sync_check_ins(request: AppRequest, member: Member) -> HTTPResponse:
    """Check-ins scanned without network, as JSON; sending them again changes nothing."""
    desk = await _desk(request, member)
    body = checked(CheckInsIn.model_validate_json, request.body)
    answers = await check_in_seen(
        records=[record.seen for record in body.records], hall_code=desk.hall.code, by=member.by, now=clock.now()
    )
    return _answers(answers)


@pages.post("/offline/pickups")
@staff_page()
async def sync_pickups(request: AppRequest, member: Member) -> HTTPResponse:
    """Hand-overs made without network, as JSON; sending them again changes nothing."""
    desk = await _desk(request, member)
    body = checked(PickupsIn.model_validate_json, request.body)
    answers = await hand_over_seen(
        records=[SeenHandOver(record.seen, record.items_counted, record.receiver) for record in body.records],
        hall_code=desk.hall.code,
        counter_code=desk.counter.code,
        by=member.by,
        now=clock.now(),
    )
    return _answers(answers)


async def _desk(request: AppRequest, member: Member) -> Desk:
    desk = await desk_of(request, member.by)
    if desk is None:
        raise NoDesk()
    return desk


def _answers(judged: list[Judged]) -> HTTPResponse:
    items = [
        {"scanId": one.scan_id, "outcome": one.outcome, "isConflict": one.is_conflict, "message": one.message}
        for one in judged
    ]
    return json_answer({"items": items, "total": len(items)}, headers={"cache-control": "no-store"}, ensure_ascii=False)
