"""Where a result goes when nobody stands at the counter: a locker, the courier, back from the archive; and the slip of
paper with which somebody without an account comes for it.
"""

from typing import Annotated

from pydantic import Field, StringConstraints
from sanic import Blueprint, HTTPResponse

from admin.caller import staff_page
from admin.pages.pickup import seen, show, step
from app import clock
from app.errors import AppError
from app.http.context import AppRequest
from app.http.fields import IdTail, OutsideCode, ShortText
from app.http.messages import Form
from app.http.pages import read_form
from app.pickup import courier, lockers, machines, overdue, slips
from app.staff.queries import Member

pages = Blueprint("admin_pickup_moves")


class ShelfForm(Form):
    shelf: Annotated[ShortText, StringConstraints(max_length=16)]


class SlipForm(Form):
    tail: IdTail


class StoreForm(Form):
    machine: OutsideCode
    no: Annotated[int, Field(ge=1, le=machines.MOST_COMPARTMENTS)]


class SentForm(Form):
    carrier: Annotated[ShortText, StringConstraints(max_length=30)]
    waybill: Annotated[str, StringConstraints(pattern=r"^[A-Za-z0-9-]{6,40}$", strip_whitespace=True)]


@pages.post("/pickups/<code:str>/store")
@staff_page()
async def store(request: AppRequest, member: Member, code: str) -> HTTPResponse:
    """放入自助柜"""

    async def act() -> None:
        form = read_form(request, StoreForm)
        await lockers.store(pickup_code=code, machine_code=form.machine, no=form.no, by=member.by, now=clock.now())

    return await step(request, member, code, act)


@pages.post("/pickups/<code:str>/take-out")
@staff_page()
async def take_out(request: AppRequest, member: Member, code: str) -> HTTPResponse:
    """取回货架"""

    async def act() -> None:
        shelf = read_form(request, ShelfForm).shelf
        await lockers.take_out(pickup_code=code, shelf=shelf, by=member.by, now=clock.now())

    return await step(request, member, code, act)


@pages.post("/pickups/<code:str>/bring-back")
@staff_page()
async def bring_back(request: AppRequest, member: Member, code: str) -> HTTPResponse:
    """从归档调回"""

    async def act() -> None:
        shelf = read_form(request, ShelfForm).shelf
        await overdue.bring_back(pickup_code=code, shelf=shelf, by=member.by, now=clock.now())

    return await step(request, member, code, act)


@pages.post("/pickups/<code:str>/slip")
@staff_page()
async def give_slip(request: AppRequest, member: Member, code: str) -> HTTPResponse:
    """取件凭条: the digits, on this page only."""
    try:
        tail = read_form(request, SlipForm).tail
        digits = await slips.give(pickup_code=code, tail=tail, by=member.by, now=clock.now())
    except AppError as refusal:
        return await show(request, member, await seen(member, code), refusal=refusal)
    return await show(request, member, await seen(member, code), slip=digits)


@pages.post("/pickups/<code:str>/address")
@staff_page()
async def read_address(request: AppRequest, member: Member, code: str) -> HTTPResponse:
    """查看邮寄地址: the look is written down."""
    try:
        address = await courier.read_address(pickup_code=code, by=member.by, now=clock.now())
    except AppError as refusal:
        return await show(request, member, await seen(member, code), refusal=refusal)
    return await show(request, member, await seen(member, code), address=address)


@pages.post("/pickups/<code:str>/sent")
@staff_page()
async def mark_sent(request: AppRequest, member: Member, code: str) -> HTTPResponse:
    """登记寄出"""

    async def act() -> None:
        form = read_form(request, SentForm)
        await courier.mark_sent(
            pickup_code=code, carrier=form.carrier, waybill=form.waybill, by=member.by, now=clock.now()
        )

    return await step(request, member, code, act)
