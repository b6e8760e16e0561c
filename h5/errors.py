"""Refusals as a page: what happened, what to do next, and a number to call."""

from sanic import HTTPResponse

from app.http.context import AppRequest
from app.http.errors import as_refusal, headers_of
from h5.face import render


def refuse(request: AppRequest, exc: Exception) -> HTTPResponse:
    """Show whatever was raised on a page of this face."""
    refusal = as_refusal(request, exc)
    fields: dict[str, str] = refusal.data.get("fields", {})
    page = render(request, "error.html", status=refusal.status, text=refusal.text, fields=fields, code=refusal.code)
    page.headers.update(headers_of(refusal))
    return page
