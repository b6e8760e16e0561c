"""离线登记: a page that opens without network, verifies codes by their signature, and reports what it saw later."""

import hashlib
import json
from collections.abc import Awaitable, Callable
from typing import Annotated, TypeVar

from pydantic import Field, StringConstraints
from sanic import Blueprint, HTTPResponse, raw
from sanic import json as json_answer

from admin.asked import Moment
from admin.caller import desk_needed, render, staff_page
from admin.face import face
from app import clock, codes
from app.errors import NotFound
from app.halls import queries as halls
from app.halls.models import Counter
from app.http.context import AppRequest
from app.http.fields import OutsideCode, PersonName
from app.http.messages import Message, checked
from app.pickup.offline import SeenHandOver, hand_over_seen
from app.queue.judged import AT_ONCE, Judged, Seen
from app.queue.offline import check_in_seen
from app.staff.errors import HallNotYours
from app.staff.queries import Member

pages = Blueprint("admin_offline")

PAGE = "/admin/offline"
FILES = ("console.css", "console.js", "camera.js", "offline.js", "vendor/qr-scanner.min.js",
         "vendor/qr-scanner-worker.min.js")  # fmt: skip


class ScanIn(Message):
    """`scanId`: random, made by the device. `seenAt`: when it was scanned, with its offset. `counter`: where."""

    scan_id: Annotated[str, StringConstraints(pattern=r"^[A-Za-z0-9-]{8,36}$")]
    text: Annotated[str, StringConstraints(min_length=1, max_length=2000)]
    seen_at: Moment
    counter: OutsideCode

    @property
    def seen(self) -> Seen:
        return Seen(self.scan_id, self.text, self.seen_at)


S = TypeVar("S", bound=ScanIn)


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
    desk = await desk_needed(request, member.by)
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


@pages.get("/offline/clock")
@staff_page()
async def server_clock(request: AppRequest, member: Member) -> HTTPResponse:
    """The server's time in milliseconds since 1970, by which a device whose clock is wrong judges codes."""
    return json_answer({"now": int(clock.now().timestamp() * 1000)}, headers={"cache-control": "no-store"})


@pages.post("/offline/check-ins")
@staff_page()
async def sync_check_ins(request: AppRequest, member: Member) -> HTTPResponse:
    """Check-ins scanned without network, as JSON; sending them again changes nothing."""
    body = checked(CheckInsIn.model_validate_json, request.body)

    async def enter(counter: Counter, records: list[ScanIn]) -> list[Judged]:
        seen = [record.seen for record in records]
        return await check_in_seen(records=seen, hall_code=counter.hall_code, by=member.by, now=clock.now())

    return _answers(await _where_made(body.records, enter))


@pages.post("/offline/pickups")
@staff_page()
async def sync_pickups(request: AppRequest, member: Member) -> HTTPResponse:
    """Hand-overs made without network, as JSON; sending them again changes nothing."""
    body = checked(PickupsIn.model_validate_json, request.body)

    async def enter(counter: Counter, records: list[HandOverIn]) -> list[Judged]:
        return await hand_over_seen(
            records=[SeenHandOver(record.seen, record.items_counted, record.receiver) for record in records],
            hall_code=counter.hall_code,
            counter_code=counter.code,
            by=member.by,
            now=clock.now(),
        )

    return _answers(await _where_made(body.records, enter))


async def _where_made(records: list[S], enter: Callable[[Counter, list[S]], Awaitable[list[Judged]]]) -> list[Judged]:
    """Enter each record at the counter it was made at, whichever is chosen now. Returns the answers in order.

    A counter that is gone, or in a hall no longer theirs, is the answer to its own records and holds up no others.
    """
    answers: dict[str, Judged] = {}
    for code in dict.fromkeys(record.counter for record in records):
        made_here = [record for record in records if record.counter == code]
        try:
            judged = await enter(await halls.counter(code), made_here)
        except (NotFound, HallNotYours) as refusal:
            judged = [Judged(record.scan_id, refusal.code, refusal.text_to_staff) for record in made_here]
        answers |= {one.scan_id: one for one in judged}
    return [answers[record.scan_id] for record in records]


def _answers(judged: list[Judged]) -> HTTPResponse:
    items = [
        {"scanId": one.scan_id, "outcome": one.outcome, "isConflict": one.is_conflict, "message": one.message}
        for one in judged
    ]
    return json_answer({"items": items, "total": len(items)}, headers={"cache-control": "no-store"}, ensure_ascii=False)
