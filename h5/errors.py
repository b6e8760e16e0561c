"""Refusals as a page: what happened, what to do next, and a number to call."""

from urllib.parse import quote, urlsplit

from sanic import HTTPResponse, redirect

from app.citizens.errors import ConsentNeeded
from app.http.context import AppRequest
from app.http.errors import as_refusal, headers_of
from app.http.pages import safe_path
from h5.face import render


def refuse(request: AppRequest, exc: Exception) -> HTTPResponse:
    """Show whatever was raised on a page of this face; for a missing consent, the page that asks for it."""
    refusal = as_refusal(request, exc)
    if isinstance(refusal, ConsentNeeded):
        return redirect(f"/h5/consent?next={quote(_where_to_retry(request), safe='')}", status=303)
    fields: dict[str, str] = refusal.data.get("fields", {})
    page = render(
        request, "error.html", status=refusal.status, text=refusal.text, fields=fields, retry=_where_to_retry(request)
    )
    page.headers.update(headers_of(refusal))
    return page


def _where_to_retry(request: AppRequest) -> str:
    """The page itself; after a form the page with the form, since the form's own address may show nothing."""
    if request.method == "GET":
        return request.path + (f"?{request.query_string}" if request.query_string else "")
    try:
        came_from = urlsplit(request.headers.get("referer", ""))
    except ValueError:  # such as "http://["
        return "/h5/"
    if came_from.netloc != request.headers.get("host"):
        return "/h5/"
    return safe_path(came_from.path + (f"?{came_from.query}" if came_from.query else ""), "/h5/")
