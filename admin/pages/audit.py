"""审计日志: who did or read what, whose, when and why. Searching it is written down too."""

from datetime import datetime, time, timedelta
from math import ceil

from sanic import Blueprint, HTTPResponse

from admin.caller import render, staff_page
from admin.pages.bookings import chosen_day
from app import clock
from app.clock import CHINA
from app.http.context import AppRequest
from app.staff import queries
from app.staff.auditing import audit
from app.staff.queries import Member

pages = Blueprint("admin_audit")

PAGE_SIZE = 50
FIELDS = ("action", "staff_name", "subject")


@pages.get("/audit")
@staff_page()
async def search(request: AppRequest, member: Member) -> HTTPResponse:
    """Rows of some days, newest first."""
    first, last = chosen_day(request, "first"), chosen_day(request, "last")
    asked = {name: (request.args.get(name) or "").strip()[:96] for name in FIELDS}
    page = min(max(int(text) if (text := request.args.get("page") or "1").isdecimal() else 1, 1), 10_000)
    rows, total = await queries.audit_rows(
        since=datetime.combine(first, time(), CHINA),
        until=datetime.combine(last, time(), CHINA) + timedelta(days=1),
        page=page,
        page_size=PAGE_SIZE,
        **asked,
    )
    details = {"first": str(first), "last": str(last), "page": page, **asked}
    await audit(by=member.by, action="audit.search", details=details, now=clock.now())
    return render(
        request, "audit.html", first=first, last=last, asked=asked, rows=rows, total=total, page=page,
        pages=ceil(total / PAGE_SIZE),
    )  # fmt: skip
