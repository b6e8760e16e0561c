"""One result: where it is, the hand-over with its proof, and that taken back."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from datetime import datetime
from typing import Annotated

from pydantic import BeforeValidator, Field, StringConstraints
from sanic import Blueprint, HTTPResponse, raw, redirect
from sanic.request import File

from admin.caller import desk_needed, render, said, staff_page
from admin.people import people_of
from admin.views import pickup_views
from app import clock, files, pictures
from app.booking import queries as bookings
from app.citizens.rules import masked_name
from app.errors import AppError, NotFound
from app.halls import queries as halls
from app.http.context import AppRequest
from app.http.fields import PersonName
from app.http.messages import Form
from app.http.pages import read_form, typed
from app.pickup import courier, handing, lockers, machines, proxies, queries, slips
from app.pickup.courier import Address
from app.pickup.handing import Counted, Proofs
from app.pickup.models import Pickup, Proxy
from app.pickup.rules import ensure_may_undo, ensure_presented
from app.pickup.states import NAMES, State
from app.staff.auditing import audit
from app.staff.queries import Member

pages = Blueprint("admin_pickup")

MAX_UPLOAD = pictures.MAX_BYTES + 512 * 1024  # a photo, a signature, and what surrounds them
LONGEST_SIGNATURE = 400_000
PROOFS = {"photo": "photo_key", "signature": "signature_key"}
GUARDED = {
    "cache-control": "no-store",
    "content-disposition": "attachment",
    "content-security-policy": "default-src 'none'; sandbox",
}


def _ticked(value: object) -> bool:
    return value == "1"


class HandOverForm(Form):
    counted: Annotated[int, Field(ge=1, le=99)]
    receiver: PersonName
    proxy: Annotated[bool, BeforeValidator(_ticked)] = False
    signature: Annotated[str, StringConstraints(max_length=LONGEST_SIGNATURE)] = ""


@dataclass(frozen=True, slots=True)
class ProxyShown:
    """Whom the owner has named: what the clerk compares with the document."""

    name: str
    tail: str


@dataclass(frozen=True, slots=True)
class Given:
    """At which counter it was handed over, and to whom, masked."""

    counter: str
    receiver: str


@dataclass(frozen=True, slots=True)
class Locker:
    name: str
    site: str
    no: int


@dataclass(frozen=True, slots=True)
class Sending:
    asked_at: datetime
    carrier: str
    waybill: str
    sent_at: datetime | None


@pages.get("/pickups/<code:str>")
@staff_page()
async def pickup(request: AppRequest, member: Member, code: str) -> HTTPResponse:
    """One result: what it is, where it lies, and, after its code was presented, the hand-over."""
    return await show(request, member, await seen(member, code), proof=request.args.get("proof") or "")


async def seen(member: Member, code: str, *, action: str = "pickup.view") -> Pickup:
    """A result that is about to be shown: the look is written down first."""
    row = await queries.in_hall(code)
    member.by.ensure_sees(row.hall_code)
    await audit(
        by=member.by, action=action, subject=f"pickup:{row.code}", citizen_id=row.citizen_id,
        hall_code=row.hall_code, now=clock.now(),
    )  # fmt: skip
    return row


async def show(
    request: AppRequest,
    member: Member,
    row: Pickup,
    *,
    refusal: AppError | None = None,
    proof: str = "",
    address: Address | None = None,
    slip: str = "",
) -> HTTPResponse:
    """`slip`: the digits to write down, once."""
    booking = await bookings.any_booking(row.booking_number) if row.booking_number else None
    people = await people_of([booking] if booking else [])
    return render(
        request, "pickup.html", **said(refusal), row=(await pickup_views([row]))[0],
        person=people[booking.number].masked if booking else None, is_presented=_is_presented(row, member),
        proxy=await _proxy(row), locker=await _locker(row), machines=await _free_machines(row),
        sending=await _sending(row), address=address, may_undo=_may_undo(row, member), proof=proof,
        form=typed(request) if refusal else {}, needs_proof=request.app.ctx.settings.pickup.proof_required,
        states=NAMES, given=await _given(row), slip=slip, may_have_slip=await _may_have_slip(row),
    )  # fmt: skip


async def _may_have_slip(row: Pickup) -> bool:
    return row.state in slips.GIVEN_IN and await slips.is_needed(row)


async def _given(row: Pickup) -> Given | None:
    if row.state != State.HANDED_OVER:
        return None
    receiver = handing.receiver_of(row)
    counter = (await halls.counters_by_code([row.counter_code])).get(row.counter_code) if row.counter_code else None
    return Given(counter=counter.no if counter else "", receiver=masked_name(receiver) if receiver else "")


async def _proxy(row: Pickup) -> ProxyShown | None:
    proxy_id = row.handed_proxy_id if row.state == State.HANDED_OVER else row.presented_proxy_id
    proxy = await Proxy.get_or_none(id=proxy_id) if proxy_id else None
    return ProxyShown(masked_name(proxies.name_of(proxy)), proxies.tail_of(proxy)) if proxy else None


async def _locker(row: Pickup) -> Locker | None:
    place = await lockers.place_of(row) if row.state == State.IN_LOCKER else None
    return Locker(place[0].name, place[0].site, place[1].no) if place else None


async def _free_machines(row: Pickup) -> list[machines.MachineView]:
    if row.state != State.READY:
        return []
    return [m for m in await machines.machines_of(row.hall_code) if m.is_active and m.taken < m.compartments]


async def _sending(row: Pickup) -> Sending | None:
    sent = await courier.sending_of(row) if row.state in (State.COURIER_ASKED, State.SENT) else None
    return Sending(sent.asked_at, sent.carrier, sent.waybill, sent.sent_at) if sent else None


def _is_presented(row: Pickup, member: Member) -> bool:
    try:
        ensure_presented(at=row.presented_at, by=row.presented_by, staff_id=member.by.staff_id, now=clock.now())
    except AppError:
        return False
    return row.state == State.READY


def _may_undo(row: Pickup, member: Member) -> bool:
    try:
        ensure_may_undo(at=row.handed_at, by=row.handed_by, staff_id=member.by.staff_id, now=clock.now())
    except AppError:
        return False
    return row.state == State.HANDED_OVER


@pages.post("/pickups/<code:str>/hand-over")
@staff_page(max_body=MAX_UPLOAD)
async def hand_over(request: AppRequest, member: Member, code: str) -> HTTPResponse:
    """Counted, looked at, handed over with a photo or a signature: once."""
    desk = await desk_needed(request, member.by)

    async def act() -> None:
        form = read_form(request, HandOverForm)
        await handing.hand_over(
            pickup_code=code,
            counter_code=desk.counter.code,
            counted=Counted(form.counted, form.receiver, is_proxy_confirmed=form.proxy),
            proofs=_proofs(request, form),
            by=member.by,
            now=clock.now(),
        )

    return await step(request, member, code, act)


def _proofs(request: AppRequest, form: HandOverForm) -> Proofs:
    settings = request.app.ctx.settings
    photo: File | None = request.files.get("photo") if request.files else None
    return Proofs(
        folder=settings.files_folder,
        photo=photo.body if photo else b"",
        signature=form.signature,
        is_required=settings.pickup.proof_required,
    )


@pages.post("/pickups/<code:str>/undo")
@staff_page()
async def undo(request: AppRequest, member: Member, code: str) -> HTTPResponse:
    """Handed to the wrong person a moment ago: it is back."""
    folder = request.app.ctx.settings.files_folder
    return await step(
        request, member, code, lambda: handing.undo(pickup_code=code, folder=folder, by=member.by, now=clock.now())
    )


@pages.get("/pickups/<code:str>/proof/<kind:str>")
@staff_page()
async def proof(request: AppRequest, member: Member, code: str, kind: str) -> HTTPResponse:
    """The photo or the signature of a hand-over; the look is written down, and no cache keeps it."""
    if kind not in PROOFS:
        raise NotFound()
    row = await seen(member, code, action=f"pickup.view_{kind}")
    key = getattr(row, PROOFS[kind])
    if key is None:
        raise NotFound()
    content = await files.read(request.app.ctx.settings.files_folder, key)
    return raw(content, headers=GUARDED, content_type="image/jpeg")


async def step(request: AppRequest, member: Member, code: str, act: Callable[[], Awaitable[object]]) -> HTTPResponse:
    """Do it; a refusal is said on the page of the result as it is now."""
    try:
        await act()
    except AppError as refusal:
        return await show(request, member, await seen(member, code), refusal=refusal)
    return redirect(f"/admin/pickups/{code}", status=303)
