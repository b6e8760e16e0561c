"""What a clerk presses at the counter: next, again, not here, later, elsewhere, done, and taking it back.

Every form names the ticket it was made for. A press repeated because its answer was lost changes nothing.
"""

from collections.abc import Awaitable, Callable
from typing import Annotated, Literal

from pydantic import StringConstraints
from sanic import Blueprint, HTTPResponse, redirect

from admin.caller import Desk, staff_page
from admin.pages.today import act_at_desk
from app import clock
from app.http.context import AppRequest
from app.http.fields import OutsideCode, Text
from app.http.messages import Form
from app.http.pages import read_form
from app.pickup import making
from app.queue import actions, returning, undoing
from app.queue.errors import NobodyAtCounter, NotNow
from app.queue.stepping import is_done_already, ticket_by
from app.staff.queries import Member

pages = Blueprint("admin_counter", url_prefix="/today")


class TicketForm(Form):
    ticket: OutsideCode


class ParkForm(TicketForm):
    why: Annotated[Text, StringConstraints(max_length=60)] = ""


class TransferForm(TicketForm):
    """`to` is a group, or a group and a counter: `HZ`, `HZ|HALL-SZ-B02`."""

    to: Annotated[str, StringConstraints(min_length=1, max_length=50)]


class FinishForm(TicketForm):
    result: Literal["on_spot", "later"]


async def _step(
    request: AppRequest, member: Member, name: str, step: Callable[..., Awaitable[object]], form: TicketForm,
    **more: object,
) -> HTTPResponse:  # fmt: skip
    """Take a step with the ticket the page showed."""

    async def act(desk: Desk) -> None:
        try:
            await step(ticket_code=form.ticket, counter_code=desk.counter.code, by=member.by, now=clock.now(), **more)
        except (NotNow, NobodyAtCounter):
            if not await is_done_already(form.ticket, name, member.by):
                raise

    return await act_at_desk(request, member, act)


@pages.post("/next")
@staff_page()
async def call_next(request: AppRequest, member: Member) -> HTTPResponse:
    """下一位"""
    return await act_at_desk(
        request,
        member,
        lambda desk: actions.call_next(counter_code=desk.counter.code, by=member.by, now=clock.now()),
    )


@pages.post("/recall")
@staff_page()
async def recall(request: AppRequest, member: Member) -> HTTPResponse:
    """重呼"""
    return await _step(request, member, "recall", actions.recall, read_form(request, TicketForm))


@pages.post("/serve")
@staff_page()
async def serve(request: AppRequest, member: Member) -> HTTPResponse:
    """已到窗口"""
    return await _step(request, member, "serve", actions.serve, read_form(request, TicketForm))


@pages.post("/no-show")
@staff_page()
async def no_show(request: AppRequest, member: Member) -> HTTPResponse:
    """过号"""
    return await _step(request, member, "miss", actions.no_show, read_form(request, TicketForm))


@pages.post("/skip")
@staff_page()
async def skip(request: AppRequest, member: Member) -> HTTPResponse:
    """顺延"""
    return await _step(request, member, "skip", actions.skip, read_form(request, TicketForm))


@pages.post("/hold")
@staff_page()
async def hold(request: AppRequest, member: Member) -> HTTPResponse:
    """暂离"""
    return await _step(request, member, "hold", actions.hold, read_form(request, TicketForm))


@pages.post("/park")
@staff_page()
async def park(request: AppRequest, member: Member) -> HTTPResponse:
    """挂起"""
    form = read_form(request, ParkForm)
    return await _step(request, member, "park", actions.park, form, why=form.why)


@pages.post("/resume")
@staff_page()
async def resume(request: AppRequest, member: Member) -> HTTPResponse:
    """继续办理"""
    return await _step(request, member, "resume", actions.resume, read_form(request, TicketForm))


@pages.post("/transfer")
@staff_page()
async def transfer(request: AppRequest, member: Member) -> HTTPResponse:
    """转窗口"""
    form = read_form(request, TransferForm)
    group, _, counter = form.to.partition("|")
    return await _step(request, member, "transfer", actions.transfer, form, to_group=group, to_counter=counter or None)


@pages.post("/finish")
@staff_page()
async def finish(request: AppRequest, member: Member) -> HTTPResponse:
    """完成; whose result comes later goes on to the form of the shelf, or to the slip of paper they need."""
    form = read_form(request, FinishForm)
    answer = await _step(request, member, "finish", actions.finish, form, result=form.result)
    if form.result == "on_spot" or answer.status != 303:
        return answer
    ticket = await ticket_by(form.ticket)
    if ticket.result != "later":
        return answer
    pickup = await making.of_ticket(ticket, now=clock.now())
    has_account = pickup.citizen_id is not None
    place = f"/admin/pickups/ready?pickup={pickup.code}" if has_account else f"/admin/pickups/{pickup.code}"
    return redirect(place, status=303)


@pages.post("/undo")
@staff_page()
async def undo(request: AppRequest, member: Member) -> HTTPResponse:
    """撤销过号或完成"""
    form = read_form(request, TicketForm)
    return await act_at_desk(
        request,
        member,
        lambda desk: undoing.undo(
            ticket_code=form.ticket, counter_code=desk.counter.code, by=member.by, now=clock.now()
        ),
    )


@pages.post("/requeue")
@staff_page()
async def requeue(request: AppRequest, member: Member) -> HTTPResponse:
    """恢复排队"""
    code = read_form(request, TicketForm).ticket
    return await act_at_desk(
        request, member, lambda _: returning.requeue(ticket_code=code, by=member.by, now=clock.now())
    )
