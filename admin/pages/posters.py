"""二维码海报: for the hall, for each counter and for each matter, to be printed in A4 or A5."""

import asyncio
from collections.abc import Sequence
from typing import Literal
from urllib.parse import quote

from sanic import Blueprint, HTTPResponse, raw

from admin import asked
from admin.caller import hall_chosen, my_halls, render, staff_page
from admin.poster import Poster, pdf
from app import clock
from app.errors import InvalidInput, NotFound
from app.halls import places
from app.halls import queries as halls
from app.halls.models import Counter, Hall
from app.http.context import AppRequest
from app.matters import queries as matters
from app.matters.search.entry import Entry
from app.queue.policy import policy_of
from app.staff.auditing import audit
from app.staff.queries import Member

pages = Blueprint("admin_posters")

PER_FILE = 200
SIZES: tuple[Literal["A4", "A5"], ...] = ("A4", "A5")
ARRIVING = (
    "微信扫一扫，签到取号",
    ("有预约：扫码后点“签到”", "没有预约：选择业务，取现场号", "手机上看前面几人，快到时提醒您"),
)
GUIDE = ("微信扫一扫，看办事指南", ("要带什么材料、在哪办、多久办好", "可在线预约的事项，扫码选时间"))
NOT_AT_ALL, NEARBY, ALWAYS = range(3)  # as the rule of the hall's queue says
HOLDS = {
    NOT_AT_ALL: "本码长期有效，用来了解怎样签到；签到取号请扫大厅签到屏上的动态二维码",
    NEARBY: "本码长期有效；签到取号时，手机须在大厅附近并允许定位",
    ALWAYS: "本码长期有效，限到大厅后使用",
}

_one_at_a_time = asyncio.Lock()  # hundreds of pages keep a processor busy; whoever comes second waits


@pages.get("/posters")
@staff_page()
async def overview(request: AppRequest, member: Member) -> HTTPResponse:
    """What can be printed for a hall."""
    hall = await hall_chosen(request, member.by, request.args.get("hall"))
    here = await matters.in_hall(hall.code) if hall else []
    return render(
        request, "posters.html", hall=hall, halls=await my_halls(member.by), sizes=SIZES,
        counters=await halls.counters(hall.code) if hall else [],
        matters=[(entry.code, entry.name) for entry in here], parts=range(-(-len(here) // PER_FILE)),
        printed_qr=(await policy_of(hall.code)).printed_qr if hall else 0,
    )  # fmt: skip


@pages.get("/posters/file")
@staff_page()
async def file(request: AppRequest, member: Member) -> HTTPResponse:
    """One poster, or all of a kind: `kind` hall, counter or matter; `code` for one; `part` of a long list."""
    size, kind, code = (request.args.get(name) or "" for name in ("size", "kind", "code"))
    if size not in SIZES or kind not in ("hall", "counter", "matter"):
        raise InvalidInput({"size": "请从页面上选择要打印的海报"})
    hall = await hall_chosen(request, member.by, request.args.get("hall"))
    posters = await _posters(request, hall, kind, code) if hall else []
    if not posters:
        raise NotFound()
    details = {"kind": kind, "size": size, "count": len(posters)}
    await audit(
        by=member.by, action="posters.print", hall_code=hall.code if hall else "", details=details, now=clock.now()
    )
    async with _one_at_a_time:
        content = await asyncio.to_thread(pdf, posters, size=size)
    name = quote(f"海报-{posters[0].title if len(posters) == 1 else kind}-{size}.pdf")
    headers = {"content-disposition": f"attachment; filename*=UTF-8''{name}", "cache-control": "no-store"}
    return raw(content, headers=headers, content_type="application/pdf")


async def _posters(request: AppRequest, hall: Hall, kind: str, code: str) -> list[Poster]:
    """At most `PER_FILE`, from the part that is asked for."""
    url, today = request.app.ctx.settings.public_url, f"（{clock.now():%Y-%m-%d} 印制）"
    note = HOLDS[await _counts(hall)] + today
    if kind == "hall":
        return [_of_hall(hall, url, note)]
    if kind == "counter":
        counters = [one for one in await halls.counters(hall.code) if code in ("", one.code)]
        return [_of_counter(hall, counter, url, note) for counter in counters[:PER_FILE]]
    entries = [one for one in await matters.in_hall(hall.code) if code in ("", one.code)]
    return [_of_matter(entry, url, today) for entry in _part(request, entries)]


async def _counts(hall: Hall) -> int:
    """How far a printed code counts here: in a hall whose place is unknown no phone is found to be near it."""
    printed_qr = (await policy_of(hall.code)).printed_qr
    return NOT_AT_ALL if printed_qr == NEARBY and places.on_map(hall) is None else printed_qr


def _part(request: AppRequest, entries: Sequence[Entry]) -> Sequence[Entry]:
    first = asked.number(request, "part", default=0, lowest=0, highest=1000) * PER_FILE
    return entries[first : first + PER_FILE]


def _of_hall(hall: Hall, url: str, note: str) -> Poster:
    call, steps = ARRIVING
    return Poster("政务服务大厅", hall.name, f"{url}/h5/here?hall={hall.code}", call, steps, note)


def _of_counter(hall: Hall, counter: Counter, url: str, note: str) -> Poster:
    call, steps = ARRIVING
    address = f"{url}/h5/here?hall={hall.code}&counter={counter.code}"
    return Poster(hall.name, f"{counter.no} {counter.name}", address, call, steps, note)


def _of_matter(entry: Entry, url: str, today: str) -> Poster:
    call, steps = GUIDE
    note = f"本码长期有效，内容以手机上显示的最新指南为准{today}"
    return Poster(entry.department, entry.name, f"{url}/h5/matters/{quote(entry.code)}", call, steps, note)
