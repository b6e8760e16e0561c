"""The group of all citizen pages, under `/h5`."""

from sanic import Blueprint
from sanic.blueprint_group import BlueprintGroup

from h5.errors import refuse
from h5.face import face
from h5.pages import (
    bookings,
    choosing,
    display,
    family,
    home,
    look,
    matters,
    me,
    messages,
    pickups,
    rate,
    screen,
    sign_in,
    sign_in_phone,
    ticket,
)

PAGES: list[Blueprint] = [
    home.pages,
    look.pages,
    matters.pages,
    choosing.pages,
    display.pages,
    bookings.pages,
    me.pages,
    messages.pages,
    pickups.pages,
    ticket.pages,
    family.pages,
    rate.pages,
    screen.pages,
    sign_in.pages,
    sign_in_phone.pages,
]

for _pages in PAGES:
    _pages.exception(Exception)(refuse)
face.static.serve_on(home.pages)

blueprint: BlueprintGroup = Blueprint.group(*PAGES, url_prefix="/h5")
