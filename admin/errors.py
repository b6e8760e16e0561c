"""Refusals as a page of the console, or as JSON to a script that sent JSON."""

from sanic import HTTPResponse, redirect

from admin.caller import NoDesk, render
from app.errors import SignInNeeded
from app.http.context import AppRequest
from app.http.errors import as_refusal, headers_of
from app.http.errors import refuse as refuse_as_json


def refuse(request: AppRequest, exc: Exception) -> HTTPResponse:
    """Show whatever was raised; whose session has ended signs in again and comes back, and
    whoever wants a page of a counter chooses one first. A press without a counter is told that nothing was done.
    """
    if request.headers.get("content-type", "").startswith("application/json"):
        return refuse_as_json(request, exc)
    refusal = as_refusal(request, exc)
    if isinstance(refusal, SignInNeeded):
        return redirect("/admin/sign-in?ended=1", status=303)
    if isinstance(refusal, NoDesk) and request.method == "GET":
        return redirect("/admin/desk", status=303)
    fields: dict[str, str] = refusal.data.get("fields", {})
    page = render(
        request, "error.html", status=refusal.status, text=refusal.text_to_staff, fields=fields, code=refusal.code
    )
    page.headers.update(headers_of(refusal))
    return page
