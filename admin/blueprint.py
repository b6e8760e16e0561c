"""The group of all pages of the console, under `/admin`."""

from sanic import Blueprint
from sanic.blueprint_group import BlueprintGroup

from admin.errors import refuse
from admin.face import face
from admin.pages import (
    accounts,
    audit,
    book_for,
    booking_rules,
    bookings,
    calendar,
    conduct,
    deliveries,
    hours,
    matters,
    pickups,
    remote,
    scan,
    sign_in,
    today,
    waiting,
)

PAGES: list[Blueprint] = [
    sign_in.pages,
    today.pages,
    scan.pages,
    pickups.pages,
    book_for.pages,
    bookings.pages,
    remote.pages,
    waiting.pages,
    hours.pages,
    booking_rules.pages,
    conduct.pages,
    matters.pages,
    calendar.pages,
    deliveries.pages,
    accounts.pages,
    audit.pages,
]

for _pages in PAGES:
    _pages.exception(Exception)(refuse)
face.static.serve_on(sign_in.pages)

blueprint: BlueprintGroup = Blueprint.group(*PAGES, url_prefix="/admin")
