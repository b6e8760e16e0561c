"""Messages: what we told the citizen, each with one thing to do."""

from sanic import Blueprint, HTTPResponse, redirect

from app import clock
from app.http.context import AppRequest
from h5.face import face, render
from h5.signed_in import caller_of
from notify import actions, queries

pages = Blueprint("h5_messages")


@pages.get("/messages")
@face.page(caller=True)
async def inbox(request: AppRequest) -> HTTPResponse:
    """The newest fifty."""
    citizen_id = caller_of(request).id
    items, _ = await queries.inbox(citizen_id, page_size=50)
    return render(request, "messages.html", items=items, unread=await queries.unread_count(citizen_id))


@pages.get("/messages/<code:str>")
@face.page(caller=True)
async def message(request: AppRequest, code: str) -> HTTPResponse:
    """One message; opening it is reading it."""
    citizen_id = caller_of(request).id
    item = await queries.message(code, citizen_id=citizen_id)
    await actions.mark_read(citizen_id=citizen_id, code=code, now=clock.now())
    return render(request, "message.html", item=item)


@pages.post("/messages/read")
@face.page(caller=True)
async def read_all(request: AppRequest) -> HTTPResponse:
    """Mark all as read."""
    await actions.mark_all_read(citizen_id=caller_of(request).id, now=clock.now())
    return redirect("/h5/messages", status=303)
