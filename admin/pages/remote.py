"""Visits by video or telephone: 进入, 呼叫, and how it ended."""

from typing import Literal

from sanic import Blueprint, HTTPResponse, redirect

from admin.caller import staff_page
from admin.pages.bookings import seen, show
from admin.people import people_of
from app import clock
from app.booking import remote
from app.errors import AppError
from app.http.context import AppRequest
from app.http.messages import Form
from app.http.pages import read_form
from app.staff.queries import Member

pages = Blueprint("admin_remote")


class FinishForm(Form):
    outcome: Literal["done", "not_reached"]


@pages.get("/bookings/<number:str>/enter")
@staff_page()
async def enter(request: AppRequest, member: Member, number: str) -> HTTPResponse:
    """Into the video room; the act is written down."""
    try:
        address = await remote.enter_for(by=member.by, number=number, now=clock.now())
    except AppError as refusal:
        return await show(request, await seen(member, number), refusal=refusal)
    return redirect(address, status=303)


@pages.post("/bookings/<number:str>/call")
@staff_page()
async def call(request: AppRequest, member: Member, number: str) -> HTTPResponse:
    """The number to call, in the clear; the act is written down."""
    try:
        row = await remote.call(by=member.by, number=number, now=clock.now())
    except AppError as refusal:
        return await show(request, await seen(member, number), refusal=refusal)
    return await show(request, row, clear=(await people_of([row]))[number])


@pages.post("/bookings/<number:str>/finish")
@staff_page()
async def finish(request: AppRequest, member: Member, number: str) -> HTTPResponse:
    """Done, or nobody was reached."""
    try:
        form = read_form(request, FinishForm)
        await remote.finish(by=member.by, number=number, reached=form.outcome == "done", now=clock.now())
    except AppError as refusal:
        return await show(request, await seen(member, number), refusal=refusal)
    return redirect(f"/admin/bookings/{number}?done={form.outcome}", status=303)
