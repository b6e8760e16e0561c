"""账号权限: accounts, what they may do and where, and first passwords, shown once."""

from typing import Annotated

from pydantic import Field, StringConstraints
from sanic import Blueprint, HTTPResponse, redirect

from admin.caller import render, said, staff_page
from app import clock
from app.errors import AppError
from app.halls import queries as halls
from app.http.context import AppRequest
from app.http.fields import PersonName
from app.http.messages import Form
from app.http.pages import read_form, typed
from app.staff import actions, queries
from app.staff.passwords import first_password
from app.staff.queries import Member
from app.staff.rules import USERNAME, Role

pages = Blueprint("admin_accounts")

Username = Annotated[str, StringConstraints(pattern=USERNAME, to_lower=True, strip_whitespace=True)]
HallCodes = Annotated[
    list[Annotated[str, StringConstraints(max_length=24)]], Field(max_length=100, default_factory=list)
]


class AccessForm(Form):
    roles: Annotated[list[Role], Field(max_length=5, default_factory=list)]
    halls: HallCodes
    active: str = ""


class AccountForm(Form):
    username: Username
    name: PersonName
    roles: Annotated[list[Role], Field(min_length=1, max_length=5)]
    halls: HallCodes


@pages.get("/accounts")
@staff_page()
async def overview(request: AppRequest, member: Member) -> HTTPResponse:
    return await _show(request)


async def _show(
    request: AppRequest, *, refusal: AppError | None = None, told: tuple[str, str] | None = None
) -> HTTPResponse:
    """`told`: an account and its first password, on this page only and never again."""
    return render(
        request, "accounts.html", **said(refusal), accounts=await queries.accounts(),
        halls=await halls.halls(), roles=list(Role), told=told, form=typed(request) if refusal else {}, 
        done=request.args.get("done") or "",
    )  # fmt: skip


@pages.post("/accounts")
@staff_page()
async def add(request: AppRequest, member: Member) -> HTTPResponse:
    """A new account with a random first password, which its owner must change."""
    password = first_password()
    try:
        form = read_form(request, AccountForm)
        await actions.add_staff(
            by=member.by, username=form.username, name=form.name, roles=form.roles, hall_codes=form.halls,
            password=password, now=clock.now(),
        )  # fmt: skip
    except AppError as refusal:
        return await _show(request, refusal=refusal)
    return await _show(request, told=(form.username, password))


@pages.post("/accounts/<username:str>/access")
@staff_page()
async def change_access(request: AppRequest, member: Member, username: str) -> HTTPResponse:
    """Roles, halls, or the account as a whole; whoever is signed in with it is out at once."""
    try:
        form = read_form(request, AccessForm)
        await actions.change_access(
            by=member.by, username=username, roles=form.roles, hall_codes=form.halls,
            is_active=form.active == "on", now=clock.now(),
        )  # fmt: skip
    except AppError as refusal:
        return await _show(request, refusal=refusal)
    return redirect("/admin/accounts?done=access", status=303)


@pages.post("/accounts/<username:str>/password")
@staff_page()
async def reset_password(request: AppRequest, member: Member, username: str) -> HTTPResponse:
    password = first_password()
    try:
        await actions.reset_password(by=member.by, username=username, password=password, now=clock.now())
    except AppError as refusal:
        return await _show(request, refusal=refusal)
    return await _show(request, told=(username, password))
