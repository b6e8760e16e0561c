"""选择窗口: sitting down, taking over, pausing, going on, leaving."""

from typing import Annotated

from pydantic import StringConstraints
from sanic import Blueprint, HTTPResponse, redirect

from admin.caller import DESK, my_halls, render, staff_page
from admin.pages.today import TODAY, act_at_desk
from app import clock
from app.halls import queries as halls
from app.halls.models import MACHINE, Counter
from app.http.context import AppRequest
from app.http.fields import OutsideCode, Text
from app.http.messages import Form
from app.http.pages import read_form, set_cookie
from app.queue import desks, queries
from app.queue.errors import CounterTaken
from app.staff import queries as staff
from app.staff.queries import Member

pages = Blueprint("admin_desk", url_prefix="/desk")


class DeskForm(Form):
    """`instead_of` names the sitting that is to end, once that was confirmed."""

    counter: Annotated[str, StringConstraints(min_length=1, max_length=32)]
    instead_of: OutsideCode | None = None


class PauseForm(Form):
    why: Annotated[Text, StringConstraints(min_length=1, max_length=60)]


@pages.get("/")
@staff_page()
async def choose(request: AppRequest, member: Member) -> HTTPResponse:
    """Choose the hall, then the counter."""
    mine = await my_halls(member.by)
    code = request.args.get("hall") or (mine[0].code if len(mine) == 1 else None)
    return await _choose(request, member, code)


async def _choose(
    request: AppRequest, member: Member, code: str | None, *, taken: CounterTaken | None = None, counter: str = ""
) -> HTTPResponse:
    mine = await my_halls(member.by)
    if code is None:
        return render(request, "desk.html", halls=mine, hall=None, taken=None)
    member.by.ensure_sees(code)
    found, wanted = await halls.counters(code), (request.args.get("q") or "").strip()[:20]
    groups = {group.group_code: group for group in await halls.groups(code)}
    machines = {group.group_code for group in groups.values() if group.kind == MACHINE}
    names = {group_code: group.name for group_code, group in groups.items()}
    staffed = [row for row in found if row.group_code not in machines]
    counters = [row for row in staffed if _matches(row, names, wanted)]
    seats = await desks.desks_of(code)
    last = await desks.last_of(member.by, code)
    return render(
        request,
        "desk.html",
        status=taken.status if taken else 200,
        halls=mine,
        hall=await halls.hall(code),
        counters=counters,
        wanted=wanted,
        last=next((row for row in staffed if row.code == last), None) if not wanted else None,
        groups=names,
        busy=await queries.is_busy([row.code for row in counters]),
        seats=seats,
        names=await staff.names_of({seat.staff_id for seat in seats.values()}),
        taken=taken,
        counter=counter,
    )


def _matches(row: Counter, groups: dict[str, str], wanted: str) -> bool:
    """By number, name or business, as somebody types it."""
    return wanted.lower() in f"{row.no} {row.name} {groups.get(row.group_code, '')}".lower()


@pages.post("/")
@staff_page()
async def sit_down(request: AppRequest, member: Member) -> HTTPResponse:
    """Open the counter and remember it on this device."""
    form = read_form(request, DeskForm)
    try:
        desk = await desks.open_desk(
            counter_code=form.counter, by=member.by, now=clock.now(), instead_of=form.instead_of
        )
    except CounterTaken as taken:
        hall_code = (await halls.counter(form.counter)).hall_code
        return await _choose(request, member, hall_code, taken=taken, counter=form.counter)
    response = redirect(TODAY, status=303)
    set_cookie(request, response, DESK, desk.counter_code, max_age_s=12 * 3600)
    return response


@pages.post("/pause")
@staff_page()
async def pause(request: AppRequest, member: Member) -> HTTPResponse:
    """暂停"""
    form = read_form(request, PauseForm)
    return await act_at_desk(
        request,
        member,
        lambda desk: desks.pause(counter_code=desk.counter.code, why=form.why, by=member.by, now=clock.now()),
    )


@pages.post("/go-on")
@staff_page()
async def go_on(request: AppRequest, member: Member) -> HTTPResponse:
    """继续受理"""
    return await act_at_desk(
        request, member, lambda desk: desks.go_on(counter_code=desk.counter.code, by=member.by, now=clock.now())
    )


@pages.post("/close")
@staff_page()
async def close(request: AppRequest, member: Member) -> HTTPResponse:
    """收窗"""
    return await act_at_desk(
        request, member, lambda desk: desks.close_desk(counter_code=desk.counter.code, by=member.by, now=clock.now())
    )
